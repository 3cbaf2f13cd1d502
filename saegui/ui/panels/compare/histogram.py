"""How many latents of each model have how good a match in the other: two histograms in one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saegui.core.analysis.matching import BINS, Matching, histogram
from saegui.core.numbers import counted_latents
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.text import small_font

TICK_PX = 10


class MatchHistogram(QWidget):
    """Bars of A and B side by side, from cosine 0, or below, to 1; a line where a latent counts as found again."""

    accessible_role = QAccessible.Role.Chart

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._counts: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None
        self._edges: NDArray[np.float64] = np.linspace(0, 1, BINS + 1)
        self._least = 0.0
        self.setAccessibleName("Histogram of best matches")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_matching(self, matching: Matching, least: float) -> None:
        """Count the latents of both models by their best matches."""
        self._edges, a, b = histogram(matching)
        self._counts, self._least = (a, b), least
        self.setAccessibleDescription(
            f"{int((matching.a.best >= least).sum()):,} of {counted_latents(len(matching.a.best))} of A and "
            f"{int((matching.b.best >= least).sum()):,} of {len(matching.b.best):,} of B have a match of at least {least:g}."
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 84)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def _plot(self) -> QRectF:
        return QRectF(2, 4, max(1, self.width() - 4), max(1, self.height() - TICK_PX - 10))

    def bin_at(self, point: QPointF) -> int | None:
        """The bin under ``point``."""
        plot = self._plot()
        if self._counts is None or not plot.contains(point):
            return None
        return min(BINS - 1, int((point.x() - plot.left()) / plot.width() * BINS))

    def words_of(self, place: int) -> str:
        """What one bin counts."""
        if self._counts is None:
            return ""
        a, b = self._counts
        low, high = self._edges[place : place + 2]
        return (
            f"cosine {low:.2f} to {high:.2f}: {counted_latents(int(a[place]))} of A, {int(b[place]):,} of B"
        )

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.bin_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.words_of(place) if place is not None else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens, plot = QPainter(self), self._theme.tokens, self._plot()
        painter.setFont(small_font(self.font(), TICK_PX))
        painter.fillRect(QRectF(plot.left(), plot.bottom(), plot.width(), 1), tokens.color("line"))
        if self._counts is None:
            return
        most = max(1, *(int(counts.max(initial=0)) for counts in self._counts))
        width = plot.width() / BINS
        for which, counts in enumerate(self._counts):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QPen(tokens.series[which]).color())
            for place, count in enumerate(counts.tolist()):
                height = plot.height() * count / most
                left = plot.left() + place * width + 1 + which * (width - 2) / 2
                if count:
                    painter.drawRect(
                        QRectF(left, plot.bottom() - max(1, height), (width - 2) / 2, max(1, height))
                    )
        low = float(self._edges[0])
        x = plot.left() + plot.width() * (self._least - low) / (1 - low)
        painter.setPen(QPen(tokens.color("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setPen(tokens.color("muted"))
        self._paint_ticks(painter, plot, low)

    def _paint_ticks(self, painter: QPainter, plot: QRectF, low: float) -> None:
        for value in (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0):
            if value < low - 1e-9:
                continue
            x = plot.left() + plot.width() * (value - low) / (1 - low)
            box = QRectF(x - 20, plot.bottom() + 2, 40, TICK_PX + UNIT)
            box.moveLeft(min(max(box.left(), 0), self.width() - 40))
            side = Qt.AlignmentFlag.AlignHCenter
            if x < 20:
                side = Qt.AlignmentFlag.AlignLeft
            elif x > self.width() - 20:
                side = Qt.AlignmentFlag.AlignRight
            painter.drawText(box, side | Qt.AlignmentFlag.AlignTop, f"{value:g}".replace("-", "−"))
