"""What the colours of the tiles stand for: the diverging map with the weights at its ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFontMetrics,
    QHelpEvent,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saegui.core.arrays import Shape
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.pictures import zero_in_words
from saegui.ui.widgets.text import SMALL_PX, small_font

BAR_WIDTH, LEAST_WIDTH, BAR_HEIGHT = 88, 24, 10
"""px: the strip at its longest and at its shortest, and how high it is."""
ROOM = 108
"""px in which a strip stands with the weights at both of its ends."""

Words = tuple[str, str]
"""What stands before and after the strip, such as ``−0.33`` and ``+0.33``."""


class ScaleBar(QWidget):
    """A strip of colour with words on both sides, at its right end; nothing where there is no room for it.

    Asks ``words`` for them whenever it is painted: the same in fewer and fewer letters. The strip is shortened first.
    Tiles in colour have a strip of greys, since each channel has a scale of its own; plots have only the words.
    """

    accessible_role = QAccessible.Role.Graphic

    def __init__(
        self,
        theme: Theme,
        words: Callable[[], Sequence[Words]],
        shape: Callable[[], Shape],
        parent: QWidget | None = None,
    ) -> None:
        """``words()``: the longest first, which is also the tooltip; none when there is nothing to explain.

        ``shape()``: of what the tiles show.
        """
        super().__init__(parent)
        self._theme, self._words, self._shape = theme, words, shape
        self.meaning: Callable[[], str] = lambda: ""
        """What tiles show in place of weights; empty where they show these."""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Colour scale")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def fitting(self) -> tuple[Words, int] | None:
        """The words, and how long the strip is; None where there is no room."""
        measure = QFontMetrics(small_font(self.font(), SMALL_PX)).horizontalAdvance
        for words in self._words():
            strip = self.width() - sum(measure(word) + UNIT for word in words if word)
            if not self._colours() and strip >= 0:
                return words, 0
            if strip >= LEAST_WIDTH:
                return words, min(strip, BAR_WIDTH)
        return None

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.fitting():
            ends = " to ".join(word for word in self._words()[0] if word)
            kind = "heights" if len(self._shape()) == 1 else "colours"
            text = f"Weights as {kind}: {ends}. {zero_in_words(self._shape())}"
            text = f"Tiles show the {means}." if (means := self.meaning()) else text
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _colours(self) -> Sequence[str]:
        """From the least weight to the largest; none for plots."""
        tokens, shape = self._theme.tokens, self._shape()
        return () if len(shape) == 1 else ("#000000", "#FFFFFF") if len(shape) == 3 else tokens.diverging

    def paintEvent(self, event: QPaintEvent) -> None:
        found = self.fitting()
        if found is None:
            return
        (before, after), length = found
        painter = QPainter(self)
        painter.setFont(small_font(self.font(), SMALL_PX))
        measure = painter.fontMetrics().horizontalAdvance
        bar_x = self.width() - length - (measure(after) + UNIT if after else 0)
        x = bar_x - UNIT - measure(before)
        tokens, colours = self._theme.tokens, self._colours()
        bar = QRectF(bar_x + 0.5, (self.height() - BAR_HEIGHT) // 2 + 0.5, length - 1, BAR_HEIGHT)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for index, colour in enumerate(colours):
            gradient.setColorAt(index / (len(colours) - 1), QColor(colour))
        if colours:
            painter.setPen(QPen(tokens.color("line"), 1))
            painter.setBrush(gradient)
            painter.drawRect(bar)
        painter.setPen(tokens.color("muted"))
        for left, text in ((x, before), (bar_x + length + UNIT, after)):
            room = QRectF(left, 0, measure(text) + 2, self.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
