"""How high the panels of each column are, and how they follow when the window's height changes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QMainWindow, QToolBar

from saegui.ui.panels.panel import Place
from saegui.ui.window.dock import PanelDock
from saegui.ui.window.drags import Drags

_SEPARATOR, _TABS = 6, 26
"""px between two docks, and that the tabs of a stack take."""

Stack = list[PanelDock]
"""Docks that share one place as tabs, the front one first."""


def shared(places: Sequence[Place], height: int) -> list[int]:
    """px of height for each place of a column: its least, then what is enough from top to bottom, then its share of the rest."""
    found = [place.least for place in places]
    rest = height - sum(found)
    for index in reversed(range(len(places))):
        # Too little: the lowest give way first, each by a fifth.
        if rest < 0:
            less = min(-rest, found[index] // 5)
            found[index] -= less
            rest += less
    if rest < 0:
        return [height * each // sum(found) for each in found]
    for index, place in enumerate(places):
        more = min(rest, max(0, place.enough - place.least))
        found[index] += more
        rest -= more
    shares = sum(place.height for place in places)
    return [each + round(rest * place.height / shares) for each, place in zip(found, places, strict=True)]


class Heights(QObject):
    """Shares out the height of each column, until somebody drags a line between panels: then Qt stretches them evenly."""

    def __init__(self, window: QMainWindow, drags: Drags, columns: Sequence[Sequence[Stack]]) -> None:
        super().__init__(window)
        self._window, self._drags, self._columns = window, drags, columns
        self._height = 0
        """px that the columns had when they were shared out; 0 before that."""
        self.chosen = False
        """Whether somebody made them as high as they are."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.follow)
        for dock in (dock for column in columns for stack in column for dock in stack):
            dock.installEventFilter(self)
            dock.visibilityChanged.connect(self._shown)

    def share(self) -> None:
        """Give every panel its height."""
        self.chosen = False
        height = self._height = self._room()
        for column in self._columns:
            seen = [stack for stack in column if any(not dock.isHidden() for dock in stack)]
            if len(seen) > 1:
                taken = _SEPARATOR * (len(seen) - 1) + _TABS * any(len(stack) > 1 for stack in seen)
                heights = shared([stack[0].panel.place for stack in seen], height - taken)
                self._window.resizeDocks([stack[0] for stack in seen], heights, Qt.Orientation.Vertical)

    def restore(self, *, chosen: bool) -> None:
        """Panels are as high as they were when the window closed: if nobody chose that, they follow the window again."""
        self.chosen = chosen
        self._height = -1

    def _room(self) -> int:
        # Asked for more than there is between the bars, Qt would let the window grow.
        banners = [bar for bar in self._window.findChildren(QToolBar) if not bar.isHidden()]
        bars = (self._window.menuBar(), self._window.statusBar(), *banners)
        return self._window.height() - sum(bar.sizeHint().height() for bar in bars)

    @Slot()
    def follow(self) -> None:
        """Share again after there is more room or less, unless somebody chose the heights."""
        docks = [stack[0] for column in self._columns for stack in column]
        # While one panel is maximised there is nothing to share.
        placed = sum(not dock.isHidden() and not dock.isFloating() for dock in docks) > 1
        untouched = not self.chosen and not self._drags.under_way
        if self._height and placed and untouched and self._room() != self._height:
            self.share()

    @Slot(bool)
    def _shown(self, visible: bool) -> None:
        if visible:
            self._soon.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.chosen = self.chosen or self._drags.under_way
            # A bar came or went.
            self._soon.start()
        return False
