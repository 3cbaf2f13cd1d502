"""Examples in columns: each column holds inputs of one interval of activations, the weakest at the left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent

from saegui.core.analysis.example_choice import N_INTERVALS, PER_INTERVAL
from saegui.core.data.noun import Noun
from saegui.ui.panels.latent.bars import TICK_PX, tick
from saegui.ui.panels.latent.examples import GAP, LARGEST, ExamplesView, Grid
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.pictures import proportions, side_within
from saegui.ui.widgets.text import number, small_font

ENOUGH = 56
"""px: the longer side of a picture below other sections; on a page of its own it has the room that there is."""
AXIS = TICK_PX + 6
"""px below the pictures, for the activations."""


class IntervalsView(ExamplesView):
    """Ten columns of up to five pictures, with the activations where columns begin and end below them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, N_INTERVALS * PER_INTERVAL)
        self._columns: list[int] = []
        self._edges: NDArray[np.float32] | None = None
        self._tips: tuple[str, ...] = ()

    def show_intervals(
        self, columns: Sequence[int], edges: NDArray[np.float32], counts: Sequence[int], noun: Noun
    ) -> None:
        """After :meth:`show_examples`: the column of each, in order, the ``edges (N_INTERVALS + 1,)`` of the columns, and how
        many inputs there are in each."""
        self._columns, self._edges = list(columns), edges
        limits = [number(edge) for edge in edges.tolist()]
        self._tips = tuple(
            f"activation {limits[i]} to {limits[i + 1]}: {noun.counted(count)}"
            for i, count in enumerate(counts)
        )
        self.update()

    def clear(self) -> None:
        self._columns, self._edges, self._tips = [], None, ()
        super().clear()

    def rect_of(self, place: int) -> QRect:
        column = self._columns[place]
        row = place - self._columns.index(column)
        return self._grid().rect(row * N_INTERVALS + column)

    def tip_at(self, position: QPointF) -> tuple[str, QRect]:
        tip, room = super().tip_at(position)
        if tip or not self._tips:
            return tip, room
        column = int(position.x()) // self._step()
        if not 0 <= column < N_INTERVALS:
            return "", QRect()
        return self._tips[column], QRect(column * self._step(), 0, self._step(), self.height())

    def height_for(self, width: int) -> int:
        """px that it takes where it is ``width`` px wide."""
        return self._grid_of(width, ENOUGH).height(N_INTERVALS * PER_INTERVAL) + AXIS

    def _step(self) -> int:
        return self._grid().tile.width() + GAP

    def _grid(self) -> Grid:
        high, wide = proportions(self._shape)
        low = (self.height() - AXIS + GAP) // PER_INTERVAL - GAP
        return self._grid_of(self.width(), min(LARGEST, low * max(high, wide) // high))

    def _grid_of(self, width: int, largest: int) -> Grid:
        proportion = proportions(self._shape)
        side = side_within(proportion, (width + GAP) // N_INTERVALS - GAP, largest)
        return Grid(N_INTERVALS, max(1, min(side, largest)), False, proportion)

    def _moves(self) -> dict[Qt.Key, int]:
        """Up and down within a column, left and right to the next one that has pictures."""
        columns, at = self._columns, min(self._cursor, len(self._columns) - 1)
        if not columns:
            return {}
        row = at - columns.index(columns[at])
        same = [place for place, column in enumerate(columns) if column == columns[at]]

        def beside(by: int) -> int:
            column = columns[at] + by
            while 0 <= column < N_INTERVALS and column not in columns:
                column += by
            if not 0 <= column < N_INTERVALS:
                return -1
            return columns.index(column) + min(row, columns.count(column) - 1)

        return {
            Qt.Key.Key_Left: beside(-1),
            Qt.Key.Key_Right: beside(1),
            Qt.Key.Key_Up: at - 1 if at - 1 in same else -1,
            Qt.Key.Key_Down: at + 1 if at + 1 in same else -1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(columns) - 1,
        }

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._edges is None:
            return
        painter = QPainter(self)
        painter.setFont(small_font(self.font(), TICK_PX))
        painter.setPen(self._theme.tokens.color("muted"))
        top = self._grid().height(N_INTERVALS * PER_INTERVAL) + 2
        for left, width, text in self.axis_labels(painter.fontMetrics()):
            painter.drawText(QRectF(left, top, width, AXIS - 2), Qt.AlignmentFlag.AlignCenter, text)

    def axis_labels(self, metrics: QFontMetrics) -> list[tuple[float, int, str]]:
        """(left, width in px, text) of the activations at the ends of columns: of all of them, of every second one, or of as many
        as have room at equal distances."""
        if self._edges is None:
            return []
        edges, step = self._edges.tolist(), self._step()
        if edges[0] == edges[-1]:
            edges = edges[:1]
        last, texts = step * N_INTERVALS - GAP, _equally_long(edges)
        found: list[tuple[float, int, str]] = []
        # Both ends are always there, since they say from where to where the activations go.
        for distance in (1, 2, 5, N_INTERVALS):
            found = []
            for place in range(0, len(edges), distance):
                wide = metrics.horizontalAdvance(texts[place]) + 4
                left = min(max(place * step - GAP / 2 - wide / 2, 0), max(last - wide, 0))
                found.append((left, wide, texts[place]))
            if all(one[0] + one[1] <= other[0] for one, other in pairwise(found)):
                return found
        return found


def _equally_long(values: Sequence[float]) -> list[str]:
    """Numbers of an axis with as many digits after the point as the largest needs for three in all."""
    largest = max(abs(value) for value in values)
    digits = max(0, 2 - math.floor(math.log10(largest))) if largest > 0 else 0
    return [f"{value:,.{digits}f}" if round(value, digits) else tick(value) for value in values]
