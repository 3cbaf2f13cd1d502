"""A line that is as long as there is room for, such as the one above the tiles."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy


class FittedLine(QLabel):
    """One muted line, shortened to fit; its tooltip has all of it."""

    def __init__(self, left_out: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        """``left_out``: where an ellipsis stands for what does not fit."""
        super().__init__()
        self._left_out = left_out
        self.full = ""
        self._shorter: tuple[str, ...] = ()
        self.setProperty("muted", True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, text: str, details: str = "", *shorter: str) -> None:
        """Show ``text``, or the first of ``shorter`` that fits; the tooltip adds ``details``."""
        self.full, self._shorter = text, shorter
        self.setToolTip("\n".join(filter(None, (text, details))) if text else "")
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(60, super().minimumSizeHint().height())

    def _fit(self) -> None:
        room = self.contentsRect().width()
        texts = (self.full, *self._shorter)
        text = next((text for text in texts if self.fontMetrics().horizontalAdvance(text) <= room), texts[-1])
        self.setText(self.fontMetrics().elidedText(text, self._left_out, room))
