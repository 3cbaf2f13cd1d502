"""The mouse and the keyboard: their events enter where the platform's do, so grabs, menus and modal windows act."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWheelEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

NONE = Qt.KeyboardModifier.NoModifier
_MODIFIERS = {
    Qt.Key.Key_Control: Qt.KeyboardModifier.ControlModifier,
    Qt.Key.Key_Shift: Qt.KeyboardModifier.ShiftModifier,
    Qt.Key.Key_Alt: Qt.KeyboardModifier.AltModifier,
}


def _handle(top: QWidget) -> QWindow | None:
    """The window as the platform knows it; None where it is gone, or where PySide takes it for one that had its address."""
    handle = top.windowHandle() if isValid(top) and top.isVisible() else None
    return handle if handle is not None and isValid(handle) else None


class Hand:
    """Places are inside a top-level widget. What happens to a window that is gone by now does not happen."""

    def __init__(self, elsewhere: Callable[[], QWidget]) -> None:
        """``elsewhere``: where a button goes up whose own window is gone."""
        self._elsewhere = elsewhere
        self.held: tuple[QWidget, Qt.MouseButton] | None = None
        """The button that is down, and where it went down."""

    def press(
        self, top: QWidget, at: QPoint, button: Qt.MouseButton, modifier: Qt.KeyboardModifier = NONE
    ) -> None:
        """A button goes down; one at a time."""
        self.let_go()
        if (handle := _handle(top)) is not None:
            self.held = top, button
            QTest.mousePress(handle, button, modifier, at)

    def let_go(self, at: QPoint | None = None) -> None:
        """The button that is down goes up; does nothing where none is."""
        if self.held is not None:
            (top, button), self.held = self.held, None
            if (handle := _handle(top) or _handle(self._elsewhere())) is not None:
                QTest.mouseRelease(handle, button, NONE, at if at is not None else QPoint(5, 5))

    def move(self, top: QWidget, at: QPoint) -> None:
        """The pointer moves; with a button, over the window that holds it."""
        if (handle := _handle(self.held[0] if self.held is not None else top)) is not None:
            QTest.mouseMove(handle, at)

    def click(
        self, top: QWidget, at: QPoint, button: Qt.MouseButton, modifier: Qt.KeyboardModifier = NONE
    ) -> None:
        """A button goes down and up."""
        self.press(top, at, button, modifier)
        self.let_go(at)

    def double_click(self, top: QWidget, at: QPoint) -> None:
        """The left button twice. For windows that stay: the second click would go to what the first one has closed."""
        self.let_go()
        if (handle := _handle(top)) is not None:
            QTest.mouseDClick(handle, Qt.MouseButton.LeftButton, NONE, at)

    def turn(self, top: QWidget, at: QPoint, turned: int, modifier: Qt.KeyboardModifier) -> None:
        """The wheel turns; a notch is 120."""
        if (handle := _handle(top)) is not None:
            event = QWheelEvent(
                QPointF(at),
                QPointF(top.mapToGlobal(at)),
                QPoint(),
                QPoint(0, turned),
                QGuiApplication.mouseButtons(),
                modifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(handle, event)

    def key(self, top: QWidget, pressed: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        """A key goes down and up, after its modifier."""
        for key, name in _MODIFIERS.items():
            # By itself first: it ends a drag and closes a menu, and the window that had the keyboard with them.
            if modifier & name and (handle := _handle(top)) is not None:
                QTest.keyPress(handle, key)
        if (handle := _handle(top)) is not None:
            QTest.keyPress(handle, pressed, modifier)
        if (handle := _handle(top) or _handle(self._elsewhere())) is not None:
            QTest.keyRelease(handle, pressed, modifier)

    def type(self, top: QWidget, text: str) -> None:
        """Whatever has the keyboard is typed into."""
        for letter in text:
            if (edit := QApplication.focusWidget()) is None or edit.window() is not top:
                return
            # Qt's test library knows the keys of ASCII alone.
            QApplication.sendEvent(edit, QKeyEvent(QKeyEvent.Type.KeyPress, 0, NONE, letter))
