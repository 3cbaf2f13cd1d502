"""Where the panels stand in the window: arranged by their places, remembered, reset, and one of them maximised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import get_args

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QTabBar

from saegui.app.settings import Settings
from saegui.ui.panels.panel import Column
from saegui.ui.window.columns import Columns, sides
from saegui.ui.window.dock import PanelDock
from saegui.ui.window.drags import Drags
from saegui.ui.window.heights import Heights, Stack
from saegui.ui.window.maximised import Maximised
from saegui.ui.window.saved_layout import VERSION, Box, LayoutRefusedError, SavedLayout, reachable

_KEY = "window"
_OLDER = ("geometry", "docks", "columns")
"""Under which earlier versions kept theirs."""


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

    maximised_changed = Signal()
    """:attr:`maximised` changed."""

    def __init__(self, window: QMainWindow, docks: Sequence[PanelDock], settings: Settings) -> None:
        super().__init__(window)
        self._window, self._docks, self._settings = window, tuple(docks), settings
        self._stacks = stacks(docks)
        self._heads = [column[0][0] for column in self._stacks.values()]
        """The uppermost dock of each column."""
        self.refused = ""
        """A sentence for people where the saved layout could not be used."""
        self._fresh = True
        """Whether the layout is the first one, whose sizes are shared out when the window is shown."""
        self._hidden: list[PanelDock] = []
        """Panels that are windows of their own, and were hidden because their window closes."""
        self.drags = Drags(window, docks)
        self._maximised = Maximised(window, docks)
        self.columns = Columns(window, lambda: self.drags.under_way, *self._heads)
        self.heights = Heights(window, self.drags, list(self._stacks.values()))
        self.drags.ended.connect(self.follow)
        window.setDockNestingEnabled(True)
        window.setTabPosition(
            Qt.DockWidgetArea.AllDockWidgetAreas, window.tabPosition(Qt.DockWidgetArea.TopDockWidgetArea)
        )
        for dock in docks:
            dock.maximise_asked.connect(self.toggle_maximised)
            dock.open_asked.connect(self.set_open)
            dock.installEventFilter(self)

    def begin(self) -> None:
        """The layout of the last time, or the first one; called once, before the window is shown."""
        # Not arranged first: of what is arranged twice before it is shown, Qt leaves a bar of tabs lying on the menu.
        try:
            restored = self._restore()
        except LayoutRefusedError as error:
            self.refused = f"The saved layout of the panels {error}. Every panel is in its first place."
            restored = False
        if not restored:
            self._settings.forget_layout()
            self._arrange()
        self._fresh = not restored

    @Slot()
    def shown(self) -> None:
        """The window is on the screen: what was arranged before had no sizes to share."""
        if self._fresh:
            self._share_space()
        self.follow()

    @Slot()
    def follow(self) -> None:
        """The window has another size, or what kept the panels from following it is over."""
        self.columns.follow()
        self.heights.follow()

    def save(self) -> None:
        """Remember where everything is, or nothing where the next start could not show every open panel."""
        self.drags.finish()
        self._maximised.leave()
        screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        open_ = [dock for dock in self._docks if not dock.isHidden()]
        lost = [dock for dock in open_ if dock.isFloating() and not reachable(dock.geometry(), screens)]
        layout = SavedLayout(
            {dock.panel.name: _place(dock) for dock in self._docks},
            self.columns.saved(),
            bytes(self._window.saveGeometry().data()),
            bytes(self._window.saveState(VERSION).data()),
            self.heights.chosen,
        )
        self._settings.forget_layout()
        try:
            if not lost:
                self._settings.set_layout(_KEY, QByteArray(layout.encode()))
        except LayoutRefusedError:
            # The next window has the first layout.
            return

    def hide_floating(self) -> None:
        """Hide the panels that are windows of their own: their window closes. Deleted while it can be seen, one ends the process."""
        self._hidden = [dock for dock in self._docks if dock.isFloating() and not dock.isHidden()]
        for dock in self._hidden:
            dock.hide()

    def show_floating(self) -> None:
        """Show those again that were hidden because the window was to close, which then did not."""
        for dock in self._hidden:
            dock.show()
        self._hidden = []

    @Slot()
    def reset(self) -> None:
        """Move every panel back to its own place."""
        self.drags.finish()
        self._maximised.forget()
        self.maximised_changed.emit()
        self._settings.forget_layout()
        self.columns.forget()
        self._arrange()
        QTimer.singleShot(0, self.follow)

    @Slot(object)
    def toggle_maximised(self, dock: PanelDock) -> None:
        """Give one panel the whole window, or bring the others back."""
        self.drags.finish()
        again = self._maximised.dock is dock
        self.leave_maximised()
        if not again:
            self._maximised.enter(dock)
            self.maximised_changed.emit()

    @Slot()
    def leave_maximised(self) -> None:
        """Bring the other panels back; does nothing where none is maximised."""
        if self._maximised.dock is not None:
            self.drags.finish()
            self._maximised.leave()
            self.maximised_changed.emit()

    @property
    def maximised(self) -> PanelDock | None:
        """The panel that has the whole window."""
        return self._maximised.dock

    @Slot(object, bool)
    def set_open(self, dock: PanelDock, on: bool) -> None:
        """Open a panel and bring it to the front, or close it. Closing the maximised one brings the others back."""
        self.drags.finish()
        alone = self._maximised.dock is dock
        if not (alone and on):
            self.leave_maximised()
        if on:
            dock.show()
            dock.raise_()
            dock.take_keyboard()
        elif not alone:
            dock.close()
        dock.open_action.setChecked(not dock.isHidden())

    def reveal(self, dock: PanelDock) -> None:
        """Bring a panel into sight, and leave the keyboard where it is."""
        self.drags.finish()
        self.leave_maximised()
        dock.show()
        dock.raise_()

    def _restore(self) -> bool:
        """The layout that was saved last; False where there is none.

        Raises:
            LayoutRefusedError: there is one, and it cannot be used; nothing was changed.
        """
        saved = self._settings.layout(_KEY)
        if saved.isEmpty():
            if any(not self._settings.layout(name).isEmpty() for name in _OLDER):
                raise LayoutRefusedError("is of an earlier version of saegui")
            return False
        layout = SavedLayout.decode(bytes(saved.data()))
        layout.check_screens(screen.availableGeometry() for screen in QGuiApplication.screens())
        if not self._window.restoreState(QByteArray(layout.docks), VERSION):
            raise LayoutRefusedError("is damaged")
        self._window.restoreGeometry(QByteArray(layout.geometry))
        self.heights.restore(chosen=layout.heights_chosen)
        self.columns.restore(layout.columns)
        for column in self._stacks.values():
            for stack in column:
                known = [dock for dock in stack if self._has_place(dock)]
                for dock in stack:
                    if dock not in known:
                        self._insert(dock, column)
                    dock.setVisible(layout.panels.get(dock.panel.name, True) is not False)
                if known and len(known) < len(stack):
                    # A panel that is new comes behind those that people know.
                    next((dock for dock in known if not dock.isHidden()), known[0]).raise_()
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
        left, right = sides(width)
        self._window.resizeDocks(self._heads, [left, width - left - right, right], Qt.Orientation.Horizontal)
        self.heights.share()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Closing the maximised panel by itself brings the others back rather than an empty window.
        if event.type() == QEvent.Type.Close and watched is self._maximised.dock:
            QTimer.singleShot(0, self.leave_maximised)
        return False


def _place(dock: PanelDock) -> Box | bool:
    if dock.isHidden() or not dock.isFloating():
        return not dock.isHidden()
    box = dock.geometry()
    return box.x(), box.y(), box.width(), box.height()
