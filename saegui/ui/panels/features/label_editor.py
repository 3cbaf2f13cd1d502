"""The field in which a latent's label is typed, over its tile."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from saegui.core.numbers import latent_name
from saegui.core.runs.latent_notes import LONGEST_LABEL

WIDTH, HEIGHT = 180, 28
"""px"""


class LabelEditor(QLineEdit):
    """Enter, or a click elsewhere, takes the text; Esc gives it up."""

    entered = Signal(int, str)
    """The latent and its label."""
    left = Signal()
    """It was closed with the keyboard, which belongs to the tiles again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._tiles = parent
        self.latent: int | None = None
        """Whose label is typed; None while hidden."""
        self.setMaxLength(LONGEST_LABEL)
        self.setPlaceholderText("label")
        self.setToolTip("What this latent stands for. Enter keeps the label, Esc gives it up")
        self.returnPressed.connect(self._enter)
        self.hide()

    def begin(self, latent: int, label: str, tile: QRect) -> None:
        """Let the label of ``latent`` be typed over ``tile``, in the parent's coordinates."""
        self.latent = latent
        self.setAccessibleName(f"Label of latent {latent_name(latent)}")
        self.setText(label)
        self.selectAll()
        room = self._tiles.rect()
        width = min(WIDTH, room.width())
        x = max(0, min(tile.left(), room.width() - width))
        y = max(0, min(tile.bottom() + 1 - HEIGHT, room.height() - HEIGHT))
        self.setGeometry(x, y, width, HEIGHT)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            # Esc is this field's, not the window's, while it is open.
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # Its own menu, to paste for instance, takes the keyboard only for a while.
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self._take()

    @Slot()
    def _enter(self) -> None:
        self._take()
        self.left.emit()

    def _take(self) -> None:
        latent, text = self.latent, self.text()
        self._close()
        if latent is not None:
            self.entered.emit(latent, text)

    def _close(self) -> None:
        self.latent = None
        self.hide()
