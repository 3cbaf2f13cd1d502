"""A line for a latent's number."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QWidget

_COMMANDS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)

MOST_LETTERS = 80


class LatentLine(QLineEdit):
    """Takes a number as it is shown, such as ``1427`` or ``#1,427``. Letters are left to the window's shortcuts, unless the line
    takes ``words`` of a label, too."""

    def __init__(self, parent: QWidget | None = None, *, words: bool = False) -> None:
        super().__init__(parent)
        self._words = words
        if words:
            self.setMaxLength(MOST_LETTERS)
            return
        self.setValidator(QRegularExpressionValidator(r"#? ?[\d,. ]{0,9}", self))

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and self._is_window_s(event):
            event.ignore()
            return False
        return super().event(event)

    def _is_window_s(self, event: QKeyEvent) -> bool:
        """Whether a key is none of this line: a letter, and Undo or Redo where nothing was typed that they could change."""
        keys = QKeySequence.StandardKey
        if event.matches(keys.Undo):
            return not self.isUndoAvailable()
        if event.matches(keys.Redo):
            return not self.isRedoAvailable()
        return not self._words and event.text().isalpha() and not event.modifiers() & _COMMANDS
