"""Where the panels stand in the window: arranged by their places, remembered, reset, and one of them maximised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import get_args

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QTabBar

from saegui.app.settings import Settings
from saegui.ui.panels.panel import Column
from saegui.ui.window.columns import Columns, sides
from saegui.ui.window.dock import PanelDock

LAYOUT_VERSION = 1
"""Raised when docks are renamed: an older layout is then not restored."""

Stack = list[PanelDock]
"""Docks that share one place as tabs, the front one first."""


def stacks(docks: Sequence[PanelDock]) -> dict[Column, list[Stack]]:
    """The stacks of each column, from top to bottom.

    Raises:
        ValueError: a column is empty.
    """
    found: dict[Column, list[Stack]] = {column: [] for column in get_args(Column)}
    for dock in sorted(docks, key=lambda dock: dock.panel.place.order):
        column = found[dock.panel.place.column]
        if dock.panel.place.tabbed and column:
            column[-1].append(dock)
        else:
            column.append([dock])
    for name, column in found.items():
        if not column:
            raise ValueError(f"No panel has its place in the {name} column; the window needs one there.")
    return found


class Docking(QObject):
    """Arranges the docks of a window; ``docks`` are all of its panels.

    Raises:
        ValueError: see :func:`stacks`.
    """

    def __init__(self, window: QMainWindow, docks: Sequence[PanelDock], settings: Settings) -> None:
        super().__init__(window)
        self._window, self._docks, self._settings = window, tuple(docks), settings
        self._stacks = stacks(docks)
        self._heads = [column[0][0] for column in self._stacks.values()]
        """The uppermost dock of each column."""
        self._maximised: PanelDock | None = None
        self._before_maximise = QByteArray()
        self.columns = Columns(window, *self._heads)
        window.setDockNestingEnabled(True)
        window.setTabPosition(
            Qt.DockWidgetArea.AllDockWidgetAreas, window.tabPosition(Qt.DockWidgetArea.TopDockWidgetArea)
        )
        for dock in docks:
            dock.maximise_asked.connect(self.toggle_maximised)
            dock.installEventFilter(self)

    def begin(self) -> None:
        """The layout of the last time, or the first one; called once, before the window is shown."""
        # Not arranged first: of what is arranged twice before it is shown, Qt leaves a bar of tabs lying on the menu.
        if not self._restore():
            self._arrange()

    @Slot()
    def shown(self) -> None:
        """The window is on the screen: what was arranged before had no sizes to share."""
        if self._settings.layout("docks").isEmpty():
            self._share_space()
        self.columns.follow()

    def save(self) -> None:
        """Remember where everything is."""
        if self._maximised is not None:
            self.toggle_maximised(self._maximised)
        self._settings.set_layout("geometry", self._window.saveGeometry())
        self._settings.set_layout("docks", self._window.saveState(LAYOUT_VERSION))
        self._settings.set_layout("columns", self.columns.saved())

    @Slot()
    def reset(self) -> None:
        """Move every panel back to its own place."""
        self._maximised = None
        self._settings.forget_layout()
        self.columns.forget()
        self._arrange()
        QTimer.singleShot(0, self.columns.follow)

    @Slot(object)
    def toggle_maximised(self, dock: PanelDock) -> None:
        """Give one panel the whole window, or bring the others back."""
        if self._maximised is not None:
            self._maximised = None
            self._window.restoreState(self._before_maximise, LAYOUT_VERSION)
            return
        self._before_maximise = self._window.saveState(LAYOUT_VERSION)
        self._maximised = dock
        focused = QApplication.focusWidget()
        for other in self._docks:
            other.setVisible(other is dock)
        if focused is None or not dock.isAncestorOf(focused):
            # Else it would go to whatever is left in the window, the run menu.
            dock.panel.setFocus()

    def _restore(self) -> bool:
        """The layout that was saved last; False where there is none."""
        geometry, state = self._settings.layout("geometry"), self._settings.layout("docks")
        if not geometry.isEmpty():
            self._window.restoreGeometry(geometry)
        self.columns.restore(self._settings.layout("columns"))
        if state.isEmpty() or not self._window.restoreState(state, LAYOUT_VERSION):
            return False
        for column in self._stacks.values():
            for dock in (dock for stack in column for dock in stack):
                if not self._has_place(dock):
                    self._insert(dock, column)
        return True

    def _has_place(self, dock: PanelDock) -> bool:
        return self._window.dockWidgetArea(dock) != Qt.DockWidgetArea.NoDockWidgetArea

    def _insert(self, dock: PanelDock, column: list[Stack]) -> None:
        """Place a panel that the saved layout does not know, next to another one of its column."""
        (stack,) = (stack for stack in column if dock in stack)
        others = [other for tabs in column for other in tabs if other is not dock]
        near = [other for other in others if self._has_place(other) and not other.isFloating()]
        # The nearest one above it, else the first one below.
        above = [other for other in near if other.panel.place.order <= dock.panel.place.order]
        partner = next(iter([*reversed(above), *near]), None)
        if partner is None:
            self._window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        elif partner in stack:
            self._window.tabifyDockWidget(partner, dock)
        else:
            self._window.splitDockWidget(partner, dock, Qt.Orientation.Vertical)
        dock.show()

    def _arrange(self) -> None:
        window = self._window
        for dock in self._docks:
            # Of one that was removed, Qt would forget that it is to float no longer.
            dock.setFloating(False)
            window.removeDockWidget(dock)
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self._heads[0])
        for left, right in pairwise(self._heads):
            window.splitDockWidget(left, right, Qt.Orientation.Horizontal)
        for column in self._stacks.values():
            for above, below in pairwise(column):
                window.splitDockWidget(above[0], below[0], Qt.Orientation.Vertical)
        for before, behind in self._tabs():
            window.tabifyDockWidget(before, behind)
        for dock in self._docks:
            dock.show()
        for stack in self._all_stacks():
            stack[0].raise_()
        for bar in window.findChildren(QTabBar):
            bar.setAccessibleName("Panels that share this place")
        self._share_space()

    def _all_stacks(self) -> Iterator[Stack]:
        for column in self._stacks.values():
            yield from column

    def _tabs(self) -> Iterator[tuple[PanelDock, PanelDock]]:
        for stack in self._all_stacks():
            yield from pairwise(stack)

    def _share_space(self) -> None:
        width = self._window.width()
        # Asked for more than there is between menu and status bar, Qt would let the window grow.
        height = (
            self._window.height()
            - self._window.menuBar().sizeHint().height()
            - self._window.statusBar().sizeHint().height()
            - 20
        )
        left, right = sides(width)
        self._window.resizeDocks(self._heads, [left, width - left - right, right], Qt.Orientation.Horizontal)
        for column in self._stacks.values():
            shares = [stack[0].panel.place.height for stack in column]
            heights = [round(height * share / sum(shares)) for share in shares]
            if len(column) > 1:
                self._window.resizeDocks([stack[0] for stack in column], heights, Qt.Orientation.Vertical)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Closing the maximised panel by its own button brings the others back rather than an empty window.
        if event.type() == QEvent.Type.Close and watched is self._maximised:
            QTimer.singleShot(0, self._bring_back)
        return False

    @Slot()
    def _bring_back(self) -> None:
        if self._maximised is not None:
            self.toggle_maximised(self._maximised)
