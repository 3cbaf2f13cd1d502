"""A drag with the mouse that changes the layout, of a panel's title, of a line between panels or of a tab, ends in time.

While one is under way Qt holds a second layout, with a gap where the panel may land. Whatever else changes the layout then
leaves the two in disagreement: panels become windows that nobody can reach, what is saved grows, and Qt may end the process.
So the drag ends first, as though the button had been let go.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor, QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTabBar, QWidget
from shiboken6 import isValid

from saegui.ui.window.dock import PanelDock

_KEPT = (Qt.Key.Key_Control, Qt.Key.Key_Shift)
"""With Ctrl held, a panel that is let go floats; so this key may be pressed meanwhile."""


class Drags(QObject):
    """Knows what of the layout the left button holds, and can let go of it.

    It lets go by itself at every key, when a dialog opens, and when the pointer moves without a button.
    """

    ended = Signal()

    def __init__(self, window: QMainWindow, docks: Sequence[PanelDock]) -> None:
        super().__init__(window)
        self._window = window
        self._held: QWidget | None = None
        self._ends_soon = False
        # A panel that glides to its place is in two layouts as well, for as long as it glides.
        window.setAnimated(False)
        window.installEventFilter(self)
        for dock in docks:
            dock.installEventFilter(self)

    @property
    def under_way(self) -> bool:
        """Whether the left button holds a title or a line between panels."""
        return self._held is not None

    @Slot()
    def finish(self) -> None:
        """End what is being dragged where it is; call it before the layout is changed or saved."""
        if self._held is not None:
            held = self._held
            self._forget()
            _let_go(held)
            for _ in range(2):
                # Qt puts a panel into its place by events that it posts to itself.
                QCoreApplication.sendPostedEvents()
                if not isValid(self):
                    # One of these events closed the window, and it is gone.
                    return
            if not held.isWindow():
                # As a window of its own it had the keyboard, and took it along.
                self._window.activateWindow()
            self.ended.emit()
        if QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
                _let_go(bar)

    def _finish_soon(self) -> None:
        # Once for however many events: a dialog that opens is told to each of a thousand widgets.
        if not self._ends_soon:
            self._ends_soon = True
            QTimer.singleShot(0, self._due)

    @Slot()
    def _due(self) -> None:
        self._ends_soon = False
        self.finish()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            if event.button() == Qt.MouseButton.LeftButton and (
                watched is self._window or isinstance(watched, PanelDock)
            ):
                self._hold(watched)
        elif self._held is None:
            pass
        elif kind == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            if event.button() == Qt.MouseButton.LeftButton and watched is self._held:
                # Qt ends the drag itself when this event arrives.
                self._forget()
                self.ended.emit()
        elif _ends(event):
            if isinstance(event, QKeyEvent) and self._concerns(watched):
                # The window to which Qt delivers the key would be gone when Qt comes back to it, and end the process.
                event.accept()
                self._finish_soon()
                return True
            if kind == QEvent.Type.WindowBlocked:
                # Qt is going through all windows and what is in them, and none may vanish meanwhile.
                self._finish_soon()
            else:
                self.finish()
        return False

    def _concerns(self, receiver: QObject) -> bool:
        """Whether the panel that is held is a window of its own, and keys go there: this one, or what has the keyboard."""
        held = self._held
        if held is None or not held.isWindow():
            return False
        if isinstance(receiver, QWidget) and receiver.window() is held:
            # The system may know by now which window has the keyboard, before Qt does.
            return True
        return held.windowHandle() in (receiver, QGuiApplication.focusWindow())

    def _hold(self, widget: QObject) -> None:
        assert isinstance(widget, QWidget)
        if self._held is widget:
            return
        self.finish()
        self._held = widget
        # Keys go to whatever has the focus. Only meanwhile: Python would be asked about every event of the program.
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def _forget(self) -> None:
        self._held = None
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)


def _ends(event: QEvent) -> bool:
    kind = event.type()
    if kind == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
        # The release went elsewhere, to a dialog or to another program.
        return not event.buttons() & Qt.MouseButton.LeftButton
    if kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent):
        return event.key() not in _KEPT
    return kind in (QEvent.Type.WindowBlocked, QEvent.Type.Shortcut)


def _let_go(widget: QWidget) -> None:
    at = QCursor.pos()
    event = QMouseEvent(
        QEvent.Type.MouseButtonRelease,
        QPointF(widget.mapFromGlobal(at)),
        QPointF(at),
        Qt.MouseButton.LeftButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)
