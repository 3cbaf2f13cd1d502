"""What the colours of the tiles stand for: the diverging map with the weights at its ends."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from saegui.ui.theme import UNIT, Theme

BAR_WIDTH, BAR_HEIGHT = 88, 10


class ScaleBar(QWidget):
    """A strip of colour with words on both sides, at its right end; nothing where there is no room for it.

    Asks ``words`` for them whenever it is painted.
    """

    def __init__(
        self, theme: Theme, words: Callable[[], tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        """``words()``: what stands before and after the strip, such as ``−0.33`` and ``+0.33``."""
        super().__init__(parent)
        self._theme, self._words = theme, words
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Colour scale")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        before, after = self._words()
        measure = self.fontMetrics().horizontalAdvance
        x = self.width() - measure(before) - measure(after) - BAR_WIDTH - 2 * UNIT
        if not after or x < 0:
            return
        tokens = self._theme.tokens
        painter = QPainter(self)
        bar_x = x + measure(before) + UNIT
        bar = QRectF(bar_x + 0.5, (self.height() - BAR_HEIGHT) // 2 + 0.5, BAR_WIDTH - 1, BAR_HEIGHT)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for index, colour in enumerate(tokens.diverging):
            gradient.setColorAt(index / (len(tokens.diverging) - 1), QColor(colour))
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.setBrush(gradient)
        painter.drawRect(bar)
        painter.setPen(tokens.color("muted"))
        for left, text in ((x, before), (bar_x + BAR_WIDTH + UNIT, after)):
            room = QRectF(left, 0, measure(text) + 2, self.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
