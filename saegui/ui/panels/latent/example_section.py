"""What the sections with examples have in common: strips of them, of which one example was pointed at last."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from saegui.app.services import Services
from saegui.core.arrays import Images
from saegui.ui.commands.analyse_menu import OF_EXAMPLE
from saegui.ui.panels.latent.examples import Example, ExamplesView
from saegui.ui.panels.latent.layout import STRIP_HEAD
from saegui.ui.panels.latent.parts import label
from saegui.ui.panels.latent.section import Section
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.text import SMALL_PX, fit_words, number
from saegui.ui.widgets.text_list import Entry, TextList


class Strip(QWidget):
    """One line of what the examples are, and the pictures, or in their place the texts."""

    looked_at = Signal(object)
    """The activation of the example that the user points at, or None."""
    pointed_at = Signal(object)
    """This strip: one of its examples became the current one."""
    chosen = Signal(object)
    """The :class:`Example` that was clicked."""

    def __init__(self, theme: Theme, title: str, view: ExamplesView, parent: QWidget) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = (title,)
        self._explained = ""
        self.title = label(self, title, muted=True, pixels=SMALL_PX)
        self.view = view
        self.view.setParent(self)
        self.view.setAccessibleName(title)
        self.texts = TextList(theme, self)
        self.texts.setAccessibleName(title)
        self.texts.hide()
        self.view.looked_at.connect(self.looked_at)
        self.texts.pointed.connect(self._point_at_text)
        for part in (self.view, self.texts):
            part.chosen.connect(self._choose)

    def name(self, *titles: str, explained: str = "") -> None:
        """Say what the examples are, in the first of ``titles`` that has room; ``explained`` is more about them."""
        if (titles, explained) == (self._names, self._explained):
            return
        self._names, self._explained = titles, explained
        for part in (self.view, self.texts):
            part.setAccessibleName(titles[0])
        self._fit_title()

    def _fit_title(self) -> None:
        fit_words(self.title, self._names, self.width(), self._explained)

    def show_texts(self, on: bool) -> None:
        """Show the examples as the texts that they were made of."""
        examples = self.view.examples if on else ()
        self.texts.show_entries(
            [Entry(each.text, f"{number(each.value)} {each.badge}".strip(), each.tip) for each in examples]
        )
        self.texts.setVisible(on)
        self.view.setHidden(on)

    def forget(self) -> None:
        """Show no examples."""
        self.view.clear()
        self.texts.show_entries(())

    def context_menus(self) -> list[ContextMenu]:
        """What the right button offers on an example."""
        return [
            ContextMenu(self.view, self._point, OF_EXAMPLE),
            ContextMenu(self.texts, self._point_text, OF_EXAMPLE),
        ]

    def _point(self, at: QPoint | None) -> QPoint | None:
        self.pointed_at.emit(self)
        return self.view.choose(at)

    def _point_text(self, at: QPoint | None) -> QPoint | None:
        found = self.texts.choose(at)
        if found is not None and self.texts.current is not None:
            self.pointed_at.emit(self)
            self.view.point_to(self.texts.current)
        return found

    @Slot(int)
    def _point_at_text(self, place: int) -> None:
        self.looked_at.emit(self.view.examples[place].value if place >= 0 else None)

    @Slot(int)
    def _choose(self, place: int) -> None:
        self.pointed_at.emit(self)
        self.chosen.emit(self.view.examples[place])

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.title.setGeometry(0, 0, self.width(), STRIP_HEAD - 2)
        self._fit_title()
        for view in (self.view, self.texts):
            view.setGeometry(0, STRIP_HEAD, self.width(), self.height() - STRIP_HEAD)


class ExampleSection(Section):
    """Strips of examples. Pointing at one tells its activation, and a click makes it the current input."""

    needs_measurement = True

    looked_at = Signal(object)
    """The activation of the example that the user points at, or None."""
    pointed_at = Signal(object)
    """This section: one of its examples became the current one."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.strips: list[Strip] = []
        self._pointed: Strip | None = None
        # At once, though nobody may see it: actions use them too, and their numbers are those of the former inputs.
        services.state.dataset_changed.connect(self._forget)

    def add_strip(self, title: str, view: ExamplesView) -> Strip:
        """One more strip, below the others."""
        strip = Strip(self.theme, title, view, self)
        strip.looked_at.connect(self.looked_at)
        strip.pointed_at.connect(self._point_at)
        strip.chosen.connect(self._choose)
        self.strips.append(strip)
        return strip

    @property
    def pointed(self) -> tuple[Example, Images] | None:
        """The example that was pointed at last, at first that of the highest activation, and its input; or None."""
        view = (self._pointed or self.strips[0]).view
        place = view.current
        return (view.examples[place], view.images[place]) if place is not None else None

    def draw_pointed(self) -> None:
        """Make it the current input."""
        if self.pointed is not None:
            self._choose(self.pointed[0])

    def context_menus(self) -> Sequence[ContextMenu]:
        return [menu for strip in self.strips for menu in strip.context_menus()]

    @Slot(object)
    def _point_at(self, strip: Strip) -> None:
        self._pointed = strip
        self.pointed_at.emit(self)

    @Slot(object)
    def _choose(self, example: Example) -> None:
        self.services.state.show_input("train", example.index, example.title)

    @Slot()
    def _forget(self) -> None:
        for strip in self.strips:
            strip.forget()
