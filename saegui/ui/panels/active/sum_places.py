"""Where the terms of a sum stand: one beside the other, a term above the partial sum that it leads to."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QSize

from saegui.core.arrays import Shape
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.pictures import proportions, side_within, size_in, whole
from saegui.ui.widgets.text import SMALL_PX

WORDS = SMALL_PX + 2
"""px: a line of words above and below the pictures."""
LEAST, MOST = 28, 112
"""px: the longer side of a picture."""
NARROWEST = 28
"""px of width that the number below a picture needs."""


@dataclass(frozen=True)
class SumPlaces:
    """``count`` cells from the left on; pictures have the size ``tile``."""

    count: int
    tile: QSize

    @property
    def step(self) -> int:
        """px from one cell to the next."""
        return max(self.tile.width(), NARROWEST) + GAP

    @property
    def width(self) -> int:
        """px of all cells."""
        return self.count * self.step

    @property
    def height(self) -> int:
        """px of a cell."""
        return 2 * (self.tile.height() + WORDS) + UNIT

    def cell(self, place: int) -> QRect:
        """The whole of a cell; the sign before it stands in its left edge."""
        return QRect(place * self.step, 0, self.step, self.height)

    def pictures(self, place: int) -> tuple[QRect, QRect]:
        """The term, and the partial sum."""
        cell = self.cell(place)
        left = cell.left() + GAP + (cell.width() - GAP - self.tile.width()) // 2
        term = QRect(left, cell.top() + WORDS, self.tile.width(), self.tile.height())
        return term, term.translated(0, self.tile.height() + UNIT)

    def words(self, place: int) -> tuple[QRect, QRect]:
        """The name above, and the number below."""
        cell = self.cell(place).adjusted(GAP // 2, 0, GAP // 2, 0)
        cell.setHeight(WORDS)
        return cell, cell.translated(0, self.height - WORDS)

    def place_at(self, at: QPointF) -> int | None:
        """The cell under a point, or None."""
        place = int(at.x() // self.step)
        inside = 0 <= at.y() < self.height
        return place if inside and at.x() >= 0 and place < self.count else None


def places_in(count: int, width: int, height: int, shape: Shape) -> SumPlaces:
    """The largest pictures with which ``count`` cells fit into ``width`` × ``height`` px; small ones where none does."""
    proportion = proportions(shape)
    room = (height - 2 * WORDS - UNIT) // 2
    across = width // max(1, count) - GAP
    side = min(MOST, side_within(proportion, max(across, LEAST), max(room, 1)))
    return SumPlaces(count, size_in(proportion, whole(max(side, 8), shape)))
