"""A line for a latent's number."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QWidget

_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)


class LatentLine(QLineEdit):
    """Takes a number as it is shown, such as ``1427`` or ``#1,427``. Letters are left to the window's shortcuts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setValidator(QRegularExpressionValidator(r"#? ?[\d,. ]{0,9}", self))

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if (
            override
            and isinstance(event, QKeyEvent)
            and event.text().isalpha()
            and event.modifiers() in _PLAIN
        ):
            event.ignore()
            return False
        return super().event(event)
