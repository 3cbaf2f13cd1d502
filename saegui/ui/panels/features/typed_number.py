"""A number typed without a field: digits, then Enter or a short rest."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent

REST_MS = 600
MAX_DIGITS = 5
"""Enough for every latent there can be."""


class TypedNumber(QObject):
    """Feed it key events; it says when a number is complete."""

    changed = Signal()
    """Other digits are waiting."""
    completed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.digits = ""
        """What was typed so far."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self._complete)

    def take(self, event: QKeyEvent) -> bool:
        """Whether the key was for the number: a digit, or a key that ends, corrects or drops the number typed so far."""
        text, key = event.text(), event.key()
        if (
            len(text) == 1
            and text in "0123456789"
            and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        ):
            self._set((self.digits + text)[:MAX_DIGITS])
            return True
        if not self.digits:
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._complete()
        elif key == Qt.Key.Key_Backspace:
            self._set(self.digits[:-1])
        elif key == Qt.Key.Key_Escape:
            self._set("")
        else:
            return False
        return True

    @Slot()
    def _complete(self) -> None:
        digits = self.digits
        self._set("")
        if digits:
            self.completed.emit(int(digits))

    def _set(self, digits: str) -> None:
        self.digits = digits
        if digits:
            self._timer.start()
        else:
            self._timer.stop()
        self.changed.emit()
