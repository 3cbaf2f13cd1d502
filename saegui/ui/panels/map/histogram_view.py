"""Bars between edges; the one under the pointer, or that keys moved to, says its numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from saegui.core.analysis.distributions import Distribution
from saegui.ui.panels.map.cloud import log_ticks, ticks
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.text import SMALL_PX, number, small_font


class HistogramView(QWidget):
    """Paints a :class:`Distribution`. Left and Right go from bar to bar."""

    accessible_role = QAccessible.Role.Chart

    pointed_at = Signal(object)
    """The bar under the pointer, or that keys moved to; None for none."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._found: Distribution | None = None
        self._logarithmic = True
        self._words = ("", "")
        self._target = ""
        self.bar: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_distribution(
        self, found: Distribution, words: tuple[str, str], target: str, *, logarithmic: bool
    ) -> None:
        """``words`` name the vertical and the horizontal axis; ``target`` stands beside the line of the target."""
        self._found, self._words, self._target, self._logarithmic = found, words, target, logarithmic
        if self.bar is not None and self.bar >= len(found.counts):
            self.point(None)
        self.update()

    def point(self, bar: int | None) -> None:
        """Look at another bar."""
        if bar != self.bar:
            self.bar = bar
            self.pointed_at.emit(bar)
            self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    # -- places ---------------------------------------------------------------------------------------------------

    @property
    def room(self) -> QRectF:
        """Where the bars are, in px."""
        line = self.fontMetrics().height()
        below, left = 2.5 * line, 52.0
        return QRectF(
            left, 2.0 * line, max(10.0, self.width() - left - 12), max(10.0, self.height() - below - 2 * line)
        )

    def _shares(self, values: np.ndarray) -> np.ndarray:
        """Of the width, from the left."""
        assert self._found is not None
        low, high = self._limits()
        at = np.log10(values) if self._logarithmic else values
        found: np.ndarray = (at - low) / ((high - low) or 1.0)
        return found

    def _limits(self) -> tuple[float, float]:
        assert self._found is not None
        edges = self._found.edges
        if self._logarithmic:
            return float(np.log10(edges[0])), float(np.log10(edges[-1]))
        # Numbers of active latents: the bars and the target with a little room, not all from 0.
        used = np.flatnonzero(self._found.counts)
        first, last = (int(used[0]), int(used[-1])) if len(used) else (0, len(self._found.counts) - 1)
        target = self._found.target
        low, high = (min(first, target), max(last, target)) if target is not None else (first, last)
        return max(-0.5, low - 5.5), high + 5.5

    def bar_rect(self, bar: int) -> QRectF:
        """A bar, in px; of nothing it has no height."""
        assert self._found is not None
        room = self.room
        left, right = room.left() + room.width() * self._shares(self._found.edges[bar : bar + 2])
        most = max(1, int(self._found.counts.max(initial=0)))
        height = room.height() * int(self._found.counts[bar]) / most
        return QRectF(left, room.bottom() - height, right - left, height)

    def bar_at(self, at: QPointF) -> int | None:
        """The bar above or below a point."""
        room = self.room
        if self._found is None or not (room.left() <= at.x() < room.right()) or at.y() < room.top():
            return None
        edges = self._shares(self._found.edges)
        bar = int(np.searchsorted(edges, (at.x() - room.left()) / room.width(), side="right")) - 1
        return bar if 0 <= bar < len(self._found.counts) else None

    # -- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), self._theme.tokens
        painter.setFont(small_font(self.font(), SMALL_PX))
        found, room = self._found, self.room
        if found is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            for bar in np.flatnonzero(found.counts).tolist():
                rect = self.bar_rect(bar)
                gap = 1.0 if rect.width() > 4 else 0.0
                colour = tokens.color("accent") if bar == self.bar else tokens.color("muted", 0.75)
                painter.fillRect(rect.adjusted(0, 0, -gap, 0).intersected(room), colour)
            painter.setPen(QPen(tokens.color("line"), 1))
            painter.drawLine(room.bottomLeft(), room.bottomRight())
            self._paint_numbers(painter, room)
            self._paint_target(painter, room)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _paint_numbers(self, painter: QPainter, room: QRectF) -> None:
        assert self._found is not None
        metrics = painter.fontMetrics()
        painter.setPen(self._theme.tokens.color("muted"))
        low, high = self._limits()
        base = room.bottom() + UNIT + metrics.ascent()
        for value in (log_ticks if self._logarithmic else ticks)(low, high, max(2, int(room.width() / 70))):
            if not self._logarithmic and value != round(value):
                continue
            words = f"{10**value:.1g}" if self._logarithmic else f"{value:,.0f}"
            x = room.left() + room.width() * (value - low) / ((high - low) or 1.0)
            painter.drawText(QPointF(x - metrics.horizontalAdvance(words) / 2, base), words)
        most = max(1, int(self._found.counts.max(initial=0)))
        for value in ticks(0, most, 5):
            if value != round(value):
                continue
            words = f"{value:,.0f}"
            y = room.bottom() - room.height() * value / most
            painter.drawText(
                QPointF(room.left() - 6 - metrics.horizontalAdvance(words), y + metrics.ascent() / 2 - 1),
                words,
            )
        painter.drawText(QPointF(UNIT + 2, UNIT + metrics.ascent()), self._words[0])
        end = room.right() - metrics.horizontalAdvance(self._words[1])
        painter.drawText(QPointF(end, base + metrics.height()), self._words[1])

    def _paint_target(self, painter: QPainter, room: QRectF) -> None:
        """A line at the number that is aimed at, with its name above the bars."""
        if self._found is None or self._found.target is None:
            return
        tokens, metrics = self._theme.tokens, painter.fontMetrics()
        low, high = self._limits()
        x = room.left() + room.width() * (self._found.target - low) / ((high - low) or 1.0)
        painter.setPen(QPen(tokens.color("active"), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        width = metrics.horizontalAdvance(self._target)
        left = x + UNIT if x + UNIT + width <= self.width() else x - UNIT - width
        painter.drawText(QPointF(left, room.top() - UNIT), self._target)

    # -- pointer and keys -----------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point(self.bar_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        move = moves.get(Qt.Key(event.key()))
        if move is None or self._found is None or not self._found.counts.any():
            super().keyPressEvent(event)
            return
        used = np.flatnonzero(self._found.counts).tolist()
        if self.bar is None:
            self.point(used[0] if move > 0 else used[-1])
            return
        beyond = [bar for bar in used if (bar > self.bar if move > 0 else bar < self.bar)]
        if beyond:
            self.point(beyond[0] if move > 0 else beyond[-1])


def span(low: float, high: float) -> str:
    """Such as ``0.01 to 0.02``."""
    return f"{number(low)} to {number(high)}"
