"""Where the rows of active latents stand: one below the other, in several columns where one is too short for all."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize

from saegui.ui.theme.tokens import GAP

ROW = 30
"""px of a row."""
LOWEST = 22
"""px of a row where all rows are then in sight, which they would else not be."""
SMALLEST = 18
"""px of a row where even so there would be too little room for all."""
LEAST = QSize(220, 3 * ROW)
"""px that any view needs, whatever it shows."""
COLUMN = 186
"""px that a column needs."""
COMPACT = 124
"""px that a column needs without contributions, where all rows are then in sight."""
NAMED_COLUMN = 270
"""px that a column needs where latents are named by texts."""


@dataclass(frozen=True)
class Places:
    """``count`` rows from the upper left on, along each line first: the strongest are in sight however many there are."""

    count: int
    columns: int
    width: int
    """px of all columns."""
    row: int = ROW
    """px of a row's height."""

    @property
    def lines(self) -> int:
        """How many rows stand below each other."""
        return -(-self.count // self.columns)

    @property
    def height(self) -> int:
        """px."""
        return self.lines * self.row

    @property
    def column_width(self) -> int:
        """px of one row."""
        return (self.width - GAP * (self.columns - 1)) // self.columns

    def rect(self, row: int) -> QRectF:
        """Where a row stands, from the top of the first one on."""
        line, column = divmod(row, self.columns)
        return QRectF(column * (self.column_width + GAP), line * self.row, self.column_width, self.row)

    def row_at(self, at: QPointF) -> int | None:
        """The row under a point, or None."""
        line, column = int(at.y() // self.row), int(at.x() // max(1, self.column_width + GAP))
        row = line * self.columns + column
        return row if line >= 0 and 0 <= column < self.columns and row < self.count else None

    def between(self, top: int, bottom: int) -> range:
        """The rows that touch the pixels ``top`` to ``bottom``."""
        first, last = max(0, top // self.row), bottom // self.row + 1
        return range(min(self.count, first * self.columns), min(self.count, last * self.columns))


def arranged(
    count: int, width: int, height: int, column: int = COLUMN, compact: int = COMPACT, scrolled: int = ROW
) -> tuple[int, int]:
    """Columns, and px of a row: as few columns as show ``count`` rows in ``width`` × ``height`` px, or as many as there is width
    for, each of at least ``column`` px. Rows are lower, or columns only ``compact`` px wide, where all rows then fit. Where they
    do not, a row has ``scrolled`` px."""

    def most(least: int) -> int:
        return max(1, (width + GAP) // (least + GAP))

    columns = max(1, min(-(-count // max(1, height // ROW)), most(column)))
    for lowest in (LOWEST, SMALLEST):
        for tried in range(columns, max(columns, most(compact)) + 1):
            room = height // max(1, -(-count // tried))
            if room >= lowest:
                return tried, min(room, ROW)
    return columns, scrolled
