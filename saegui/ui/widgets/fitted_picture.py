"""A picture, such as a figure, as large as there is room."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget


class FittedPicture(QLabel):
    """It keeps its proportions, and is as sharp as the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = QPixmap()
        self.setMinimumSize(1, 1)

    def show_png(self, png: bytes) -> None:
        """Show what a PNG file holds."""
        self._whole.loadFromData(png)
        self._fit()

    @Slot()
    def clear(self) -> None:
        """Show nothing."""
        self._whole = QPixmap()
        super().clear()

    def _fit(self) -> None:
        if self._whole.isNull():
            return
        ratio = self.devicePixelRatioF()
        fitted = self._whole.scaled(
            self.size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(ratio)
        self.setPixmap(fitted)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
