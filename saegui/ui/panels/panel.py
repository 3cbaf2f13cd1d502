"""What every panel is: the content of one dock, and everything that the window must know about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QFocusEvent
from PySide6.QtWidgets import QWidget

from saegui.app.services import Services
from saegui.app.settings import Setting
from saegui.app.state import Topic
from saegui.ui.commands import ActionSpec, Handler
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.context_menu import ContextMenu

Column = Literal["left", "middle", "right"]


@dataclass(frozen=True)
class Place:
    """Where a panel stands in the window at first. People may move it; *Reset layout* brings it back here."""

    column: Column
    order: float
    """Panels of one column stand in this order, from top to bottom."""
    height: float = 1.0
    """Share of the column's height that is left over, relative to the other panels in it."""
    least: int = 0
    """px of height, title included, that it has before another has more, where the window is high enough."""
    enough: int = 0
    """px of height, title included, up to which it comes before the panels below it."""
    tabbed: bool = False
    """Behind the panel before it, as a tab, instead of below it. Its ``height`` then counts for nothing."""


class Panel(QWidget):
    """The content of one dock. Knows the services and the theme, never another panel.

    To add one: write the class, give it a place, and name it in :data:`saegui.ui.panels.registry.PANELS`.
    ``docs/examples/panel.py`` is a whole one.
    """

    accessible_role = QAccessible.Role.Grouping

    name: ClassVar[str]
    """Layouts are remembered by it."""
    title: ClassVar[str]
    help: ClassVar[str] = ""
    """One sentence: the title's tooltip and the accessible description."""
    place: ClassVar[Place]
    topics: ClassVar[tuple[Topic, ...]] = ()
    """What it shows: messages about these topics do not cover it."""
    figures: ClassVar[tuple[str, ...]] = ()
    """Kinds of figure that *Export…* offers here, the main one first."""
    exports: ClassVar[tuple[ActionSpec, ...]] = ()
    """Actions that *Export…* offers beside the figures, such as those that save a table."""
    settings: ClassVar[tuple[Setting[Any], ...]] = ()
    """The choices that it remembers between starts: read and write them with ``services.settings``."""
    specs: ClassVar[tuple[ActionSpec, ...]] = ()
    """Its actions. They appear in the menus, the command palette, the list of shortcuts and the README."""
    first_focus: ClassVar[bool] = False
    """Whether it has the keyboard when the window opens; one panel does."""

    focus_changed = Signal()
    """The panel itself has the keyboard now, or has it no longer."""
    retitled = Signal()
    """:attr:`shown_title` changed."""
    front_asked = Signal()
    """It is to be opened, and brought to the front."""
    export_asked = Signal(str)
    """The name of a kind of figure that is to be saved."""
    action_asked = Signal(str)
    """The name of an action of the window that is to be done."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{self.name}-panel")
        self.setAccessibleName(self.title)
        self.setAccessibleDescription(self.help)
        self.services, self.theme = services, theme
        self.shown_title = self.title
        """What it is called now: a panel that does something else for other data says so."""
        self.state = services.state
        # A click on a part that takes no focus chooses the panel all the same: figures are exported of that one.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        theme.changed.connect(self.retheme)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()

    def first_stop(self) -> QWidget:
        """Where the keyboard goes when the panel is chosen: the first part of it that Tab reaches, else the panel itself.

        Panels whose order of Tab is not the order in which their parts were made say so themselves. Qt's own chain of the focus
        is not walked: to PySide each widget of it then belongs to the one before, so that the window and all that it made itself
        would go with the first message that is closed.
        """
        for widget in self.findChildren(QWidget):
            if (
                widget.focusPolicy() & Qt.FocusPolicy.TabFocus
                and widget.isEnabled()
                and widget.isVisibleTo(self)
            ):
                return widget
        return self

    def retitle(self, title: str) -> None:
        """Be called ``title`` from now on."""
        if title != self.shown_title:
            self.shown_title = title
            self.setAccessibleName(title)
            self.retitled.emit()

    @property
    def shown_figure(self) -> str:
        """The kind of figure that shows what is in sight; only of panels that have :attr:`figures`."""
        return self.figures[0]

    def handlers(self) -> Mapping[str, Handler]:
        """What the actions in :attr:`specs` do, by their names."""
        return {}

    def kept_clear(self) -> Sequence[QWidget]:
        """The parts of it that no message may cover, whatever it is about."""
        return ()

    def context_menus(self) -> Sequence[ContextMenu]:
        """What the right button offers on its parts."""
        return ()

    def build(self) -> None:
        """What may wait until the window is on the screen, such as importing a large library. Called once."""

    @Slot()
    def retheme(self) -> None:
        """The colours changed. Panels that paint by themselves override this."""
        self.update()
