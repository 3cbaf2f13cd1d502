"""Where the panels stand in the window: arranged at first, remembered, reset, and one of them maximised."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QTabBar

from saegui.app.settings import Settings
from saegui.ui.window.columns import Columns, sides
from saegui.ui.window.dock import PanelDock

LAYOUT_VERSION = 1
"""Raised when docks are renamed: an older layout is then not restored."""


class Docking(QObject):
    """Arranges the docks of a window; ``docks`` are its panels by name."""

    def __init__(self, window: QMainWindow, docks: dict[str, PanelDock], settings: Settings) -> None:
        super().__init__(window)
        self._window, self._docks, self._settings = window, docks, settings
        self._maximised: PanelDock | None = None
        self._before_maximise = QByteArray()
        self.columns = Columns(window, docks["train"], docks["features"], docks["draw"])
        window.setDockNestingEnabled(True)
        window.setTabPosition(
            Qt.DockWidgetArea.AllDockWidgetAreas, window.tabPosition(Qt.DockWidgetArea.TopDockWidgetArea)
        )
        for dock in docks.values():
            dock.maximise_asked.connect(self.toggle_maximised)
            dock.installEventFilter(self)

    def begin(self) -> None:
        """As it was when the window was closed last, or as it is at first; once, before it is shown."""
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
        """Every panel back where it was at first."""
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
        for other in self._docks.values():
            other.setVisible(other is dock)
        if focused is None or not dock.isAncestorOf(focused):
            # Else it would go to whatever is left in the window, the run menu.
            dock.panel.setFocus()

    def _restore(self) -> bool:
        """As it was when the window was closed last; False where that is not known."""
        geometry, state = self._settings.layout("geometry"), self._settings.layout("docks")
        if not geometry.isEmpty():
            self._window.restoreGeometry(geometry)
        self.columns.restore(self._settings.layout("columns"))
        return not state.isEmpty() and self._window.restoreState(state, LAYOUT_VERSION)

    def _arrange(self) -> None:
        docks = self._docks
        left = Qt.DockWidgetArea.LeftDockWidgetArea
        for dock in docks.values():
            # Of one that was removed, Qt would forget that it is to float no longer.
            dock.setFloating(False)
            self._window.removeDockWidget(dock)
        self._window.addDockWidget(left, docks["train"])
        self._window.splitDockWidget(docks["train"], docks["features"], Qt.Orientation.Horizontal)
        self._window.splitDockWidget(docks["features"], docks["draw"], Qt.Orientation.Horizontal)
        self._window.splitDockWidget(docks["train"], docks["curves"], Qt.Orientation.Vertical)
        self._window.splitDockWidget(docks["draw"], docks["active"], Qt.Orientation.Vertical)
        self._window.splitDockWidget(docks["active"], docks["latent"], Qt.Orientation.Vertical)
        self._window.tabifyDockWidget(docks["curves"], docks["runs"])
        for dock in docks.values():
            dock.show()
        docks["curves"].raise_()
        for bar in self._window.findChildren(QTabBar):
            bar.setAccessibleName("Panels that share this place")
        self._share_space()

    def _share_space(self) -> None:
        docks, width = self._docks, self._window.width()
        # Asked for more than there is between menu and status bar, Qt would let the window grow.
        height = (
            self._window.height()
            - self._window.menuBar().sizeHint().height()
            - self._window.statusBar().sizeHint().height()
            - 20
        )
        left, right = sides(width)
        horizontal = Qt.Orientation.Horizontal
        self._window.resizeDocks(
            [docks["train"], docks["features"], docks["draw"]],
            [left, width - left - right, right],
            horizontal,
        )
        vertical = Qt.Orientation.Vertical
        self._window.resizeDocks(
            [docks["train"], docks["curves"]], [round(height * 0.55), round(height * 0.45)], vertical
        )
        self._window.resizeDocks(
            [docks["draw"], docks["active"], docks["latent"]],
            [round(height * 0.36), round(height * 0.21), round(height * 0.43)],
            vertical,
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Closing the maximised panel by its own button brings the others back rather than an empty window.
        if event.type() == QEvent.Type.Close and watched is self._maximised:
            QTimer.singleShot(0, self._bring_back)
        return False

    @Slot()
    def _bring_back(self) -> None:
        if self._maximised is not None:
            self.toggle_maximised(self._maximised)
