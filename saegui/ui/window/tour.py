"""The tour of the window: six cards, each beside the widget that it speaks of, which goes on when the user does what it asks."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QScrollArea, QWidget
from shiboken6 import isValid

from saegui.app.nouns import noun_of
from saegui.app.services import Services
from saegui.app.settings import switch
from saegui.ui.theme.theme import Theme
from saegui.ui.window import tour_place
from saegui.ui.window.dock import PanelDock
from saegui.ui.window.docking import Docking
from saegui.ui.window.tour_card import Outline, TourCard
from saegui.ui.window.tour_steps import Done, TourStep, tour_steps

OFFERED = switch("tour/offered", False)
AGAIN = "Help › Tour shows the tour again, and Help › Experiments… trains runs to compare."
_MOVED = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest)


class Tour(QObject):
    """Shows one step after the other. Nothing is locked meanwhile: the window can be used in any way."""

    changed = Signal()
    """:attr:`active` changed, or the step."""

    def __init__(
        self,
        services: Services,
        theme: Theme,
        docking: Docking,
        docks: Mapping[str, PanelDock],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._services, self._docking, self._docks, self._window = services, docking, docks, window
        self._state = services.state
        self.steps = tour_steps(services, docks)
        self.card, self.outline = TourCard(theme, window), Outline(theme)
        self.outline.setParent(window)
        self._at: int | None = None
        self._offering = False
        self._done: Done = lambda: False
        self._watched: list[QWidget] = []
        # The widgets move one after the other; the card follows once, after all of them.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._place)
        self.card.next_asked.connect(self.go_on)
        self.card.back_asked.connect(self.go_back)
        self.card.skip_asked.connect(self.end)
        self._state.phase_changed.connect(self._say)
        self._state.dataset_changed.connect(self._say)
        self._state.snapshot_changed.connect(self._say)

    @property
    def active(self) -> bool:
        """Whether a card is shown."""
        return self._at is not None or self._offering

    @property
    def step(self) -> TourStep | None:
        """The step that is shown; None where there is none."""
        return self.steps[self._at] if self._at is not None else None

    @property
    def target(self) -> QWidget | None:
        """The widget that the card speaks of."""
        if self._offering:
            return self.steps[0].target()
        return self.step.target() if self.step is not None else None

    @Slot()
    def start(self) -> None:
        """Begin with the first step, and give the card the keyboard."""
        self._offering = False
        self._services.settings.set(OFFERED, True)
        self._show(0)
        self.card.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def offer(self) -> None:
        """Ask once, at the first start, whether to begin; the keyboard stays where it is."""
        if self.active or self._services.settings.get(OFFERED):
            return
        self._services.settings.set(OFFERED, True)
        self._offering = True
        self._watch()
        self._say()
        self.card.show()
        self._place()
        self.changed.emit()

    @Slot()
    def go_on(self) -> None:
        """The next step; after the last one the tour ends."""
        if self._offering:
            self.start()
        elif self._at is not None and self._at + 1 < len(self.steps):
            self._show(self._at + 1)
        elif self._at is not None:
            self.end()

    @Slot()
    def go_back(self) -> None:
        """The step before; does nothing in the first one."""
        if self._at:
            self._show(self._at - 1)

    @Slot()
    def end(self) -> None:
        """Close the card."""
        if not self.active:
            return
        self._unlisten()
        self._at, self._offering = None, False
        self._unwatch()
        self.outline.hide()
        self.card.leave()
        self._state.notify("info", AGAIN)
        self.changed.emit()

    def release(self) -> None:
        """Stop listening: the window closes."""
        self._unlisten()
        self._unwatch()
        self._later.stop()
        self._at, self._offering = None, False
        self.card.hide()
        self.outline.hide()
        # It may stand in a panel that is a window of its own, and goes before it.
        self.outline.setParent(self._window)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _show(self, place: int) -> None:
        self._unlisten()
        self._at = place
        step = self.steps[place]
        # What else it speaks of comes in front, unless it was closed; the panel of the target is opened, and last.
        for name in (*(name for name in step.also if not self._docks[name].isHidden()), step.panel):
            dock = self._docks[name]
            if not dock.isVisible() or dock.visibleRegion().isEmpty() or self._docking.maximised is not None:
                self._docking.reveal(dock)
        target = step.target()
        area = _scroll_area_of(target)
        if area is not None:
            area.ensureWidgetVisible(target)
        self._done = step.begin()
        for signal in step.signals:
            signal.connect(self._look)
        self._watch()
        self._say()
        self.card.show()
        self._place()
        self._later.start()
        self.changed.emit()

    def _unlisten(self) -> None:
        if self.step is not None:
            for signal in self.step.signals:
                signal.disconnect(self._look)

    @Slot()
    def _look(self) -> None:
        if self._done():
            # After whoever else listens to what the user did.
            self._done = lambda: False
            QTimer.singleShot(0, self, self.go_on)

    @Slot()
    def _say(self) -> None:
        if self._offering:
            self.card.back.hide()
            self.card.skip.show()
            self.card.say(
                "Welcome to saegui",
                "A tour of six steps shows what you can do here: draw, click, train, tweak, go back in time, export.",
                skip="Not now",
                go_on="Start the tour",
            )
        elif self.step is not None and self._at is not None:
            self.card.back.setVisible(self._at > 0)
            last = self._at + 1 == len(self.steps)
            text = noun_of(self._state).instead_of_input(self.step.text())
            if text != self.card.text.text():
                self.card.say(
                    self.step.title(),
                    text,
                    f"{self._at + 1} of {len(self.steps)}",
                    go_on="Done" if last else "Next",
                )
                # There is nothing left to skip.
                self.card.skip.setVisible(not last)

    def _watch(self) -> None:
        """Notice when the target moves: everything that it stands in, and all panels."""
        self._unwatch()
        widget = self.target
        while widget is not None:
            self._watched.append(widget)
            widget = widget.parentWidget()
        self._watched += [dock for dock in self._docks.values() if dock not in self._watched]
        if self._window not in self._watched:
            self._watched.append(self._window)
        for each in self._watched:
            each.installEventFilter(self)

    def _unwatch(self) -> None:
        for widget in self._watched:
            if isValid(widget):
                widget.removeEventFilter(self)
        self._watched = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVED and self.active:
            self._later.start()
        return False

    @Slot()
    def _place(self) -> None:
        target = self.target
        if target is None:
            return
        if target not in self._watched:
            # Another kind of data has another place to draw in, or a panel has left the window.
            self._watch()
        box = self._box(target)
        step = self.step or self.steps[0]
        also = [self._box(self._docks[name]) for name in step.also]
        panel = self._box(self._docks[step.panel])
        placed = tour_place.choose(self.card.size(), box, panel, self._room(), also)
        self.card.setGeometry(placed)
        self.card.raise_()
        if self._offering or not target.isVisible():
            self.outline.hide()
        else:
            window = target.window()
            self.outline.surround(window, QRect(target.mapTo(window, QPoint()), target.size()))
            self.card.raise_()

    def _room(self) -> QRect:
        """Where the panels are: the card leaves the menus and the status bar free."""
        room = QRect()
        for dock in self._docks.values():
            if dock.isVisible() and not dock.isFloating():
                room = room.united(dock.geometry())
        return room.intersected(self._window.rect()) or self._window.rect()

    def _box(self, widget: QWidget) -> QRect:
        """Where a widget is, seen from the window; a panel may be a window of its own."""
        if not widget.isVisible():
            return QRect()
        return QRect(self._window.mapFromGlobal(widget.mapToGlobal(QPoint())), widget.size())


def _scroll_area_of(widget: QWidget) -> QScrollArea | None:
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    return parent
