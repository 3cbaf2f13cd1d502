"""Vectors whose few numbers have names: a bar for each beside its name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from saegui.core.analysis.named_axes import MOST_BARS
from saegui.core.arrays import Array, Span
from saegui.ui.theme.tokens import Tokens
from saegui.ui.widgets.pictures import Values, shares
from saegui.ui.widgets.text import small_font

LEAST_HEIGHT = 10.0
"""px of a bar's row."""
LEAST_WIDTH = 84.0
"""px below which names would take the room of the bars."""
_GAP = 4.0


def fits(room: QRectF, axes: Sequence[str]) -> bool:
    """Whether there is room for a bar and a name for each of ``axes``."""
    return bool(
        0 < len(axes) <= MOST_BARS
        and room.height() >= LEAST_HEIGHT * len(axes)
        and room.width() >= LEAST_WIDTH
    )


def row_at(room: QRectF, axes: Sequence[str], point: QPointF) -> int | None:
    """Which number a plot of named numbers shows at ``point``: bars from the top down, a line from the left."""
    if not axes or not room.contains(point):
        return None
    share = (
        (point.y() - room.top()) / room.height()
        if fits(room, axes)
        else (point.x() - room.left()) / room.width()
    )
    return min(len(axes) - 1, int(share * len(axes)))


def paint_named(
    painter: QPainter,
    room: QRectF,
    values: Values,
    limits: Span,
    axes: Sequence[str],
    tokens: Tokens,
    *,
    signed: bool,
    over: bool = False,
) -> None:
    """A bar from zero for each of ``values (d,)``, from the top down, with its name; ``limits`` are the ends of the bars.

    ``signed``: weights, in the two colours of weights; else an input, in the colour of ink. ``over``: thin bars alone, on others.
    """
    numbers: Array = values.astype(np.float32) if signed else shares(values)
    middle = QColor(tokens.diverging[len(tokens.diverging) // 2])
    painter.save()
    if not over:
        painter.fillRect(room, middle if signed else tokens.color("paper"))
    tall = room.height() / len(axes)
    font = small_font(painter.font(), round(min(11.0, max(8.0, tall - 2))))
    painter.setFont(font)
    metrics = QFontMetrics(font)
    widest = max(metrics.horizontalAdvance(name) for name in axes)
    named = min(widest + 1.0, 0.5 * room.width())
    bars = QRectF(room.left() + named + 2 * _GAP, room.top(), room.width() - named - 3 * _GAP, room.height())
    low, high = limits
    zero = bars.left() + bars.width() * _share(0.0, low, high)
    plus, minus = QColor(tokens.positive), QColor(tokens.negative)
    for place, (name, number) in enumerate(zip(axes, numbers.tolist(), strict=True)):
        top = room.top() + place * tall
        if not over:
            painter.setPen(tokens.color("text"))
            painter.drawText(
                QRectF(room.left() + _GAP, top, named, tall),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(named) + 1),
            )
        end = bars.left() + bars.width() * _share(number, low, high)
        thick = min(tall - 2, 12.0) * (0.5 if over else 1)
        colour = (plus if number > 0 else minus) if signed else tokens.color("ink", 0.7)
        painter.fillRect(
            QRectF(min(zero, end), top + (tall - thick) / 2, max(abs(end - zero), 0.5), thick), colour
        )
    painter.fillRect(QRectF(zero - 0.5, room.top(), 1, room.height()), tokens.color("muted", 0.45))
    painter.restore()


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)
