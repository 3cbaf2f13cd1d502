"""Where the keyboard goes back to when what lay over the panels closes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget
from shiboken6 import isValid


class FocusMemory(QObject):
    """Remembers what had the keyboard before one of ``overlays`` took it: the command palette, a message."""

    def __init__(self, window: QWidget, changed: Callable[[QWidget], None]) -> None:
        """``changed`` is called with every widget of ``window`` that gets the keyboard."""
        super().__init__(window)
        self._window, self._changed = window, changed
        self._overlays: tuple[QWidget, ...] = ()
        self._last: QWidget | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)
        window.installEventFilter(self)

    def leave_out(self, *overlays: QWidget) -> None:
        """These lie over the panels: the keyboard is only lent to them."""
        self._overlays = overlays

    def give_back(self) -> None:
        """The keyboard goes where it was, if that can still be seen."""
        if (
            self._last is not None
            and isValid(self._last)
            and self._last.isVisible()
            and self._last.isEnabled()
        ):
            self._last.setFocus()

    def release(self) -> None:
        """Stop listening: the window closes."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.disconnect(self._moved)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowUnblocked:
            # A dialog closes. Where no window manager does so, nobody else gives the keyboard to another window.
            QTimer.singleShot(0, self._window, self._window.activateWindow)
        return False

    @Slot(object, object)
    def _moved(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is None and before is not None and before.window().parentWidget() is self._window:
            QTimer.singleShot(0, self._window, partial(self._take_over, before.window()))
        if now is None or not self._is_ours(now.window()):
            return
        if not any(overlay is now or overlay.isAncestorOf(now) for overlay in self._overlays):
            self._last = now
            self._changed(now)

    def _take_over(self, other: QWidget) -> None:
        """Where a window beside this one was closed, the keyboard comes back here, as after a dialog."""
        # If it is still there, the user went to another program.
        if QApplication.activeWindow() is None and not (isValid(other) and other.isVisible()):
            self._window.activateWindow()

    def _is_ours(self, window: QWidget) -> bool:
        """Whether it is the main window or one of its floating panels; dialogs and menus are not."""
        return window is self._window or (
            isinstance(window, QDockWidget) and window.parentWidget() is self._window
        )
