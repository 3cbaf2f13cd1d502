"""Where the tiles of the feature grid stand: plain numbers, no widget."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from PySide6.QtCore import QPoint, QRect, QSize

from saegui.ui.widgets.pictures import size_in

GAP = 4
"""px between tiles, and between the outermost tiles and the edge: room for the rings around them."""
PAIR_GAP = 2
"""px between the decoder and the encoder of one latent."""
MIN_SIDE, MAX_SIDE = 36, 240
"""px: longer sides of a tile that can be chosen."""
SCROLLED_SIDE = 56
"""px: about the longer side of a tile where there are too many to be seen at once; two screen pixels a pixel."""
NUMBERED_FROM = 72
"""px: from this side on every tile carries its index."""
VALUED_FROM = 56
"""px: from this side on an active tile carries its activation."""
ROOM_FOR_WORDS = (40, 24)
"""px: width and height that a tile of any size needs for a number."""

FULL_ROW, LONE = 0.12, 0.1
"""What a full last row is worth, and that it is not a single tile, as a share of the tiles' side."""
WORTH = 1 - FULL_ROW - LONE
"""No tile is smaller than this share of what it could be, for the sake of the last row."""


@dataclass(frozen=True)
class GridLayout:
    """``count`` places, row by row, in a column ``width`` px wide that grows downwards from (0, 0).

    A place holds one picture whose longer side has ``side`` px, or two side by side where ``pair`` is set.
    """

    count: int
    side: int
    width: int
    pair: bool = False
    most_columns: int = 65_536
    proportion: tuple[int, int] = (1, 1)
    """Height and width of a picture, in any unit."""
    spread: int = 0
    """px by which places of a row stand further apart than they must."""

    @cached_property
    def tile(self) -> QSize:
        """px of one picture."""
        return size_in(self.proportion, self.side)

    @cached_property
    def cell_width(self) -> int:
        """px of one place without its gap."""
        return 2 * self.tile.width() + PAIR_GAP if self.pair else self.tile.width()

    @cached_property
    def numbered(self) -> bool:
        """Whether every tile carries its index."""
        return self.side >= NUMBERED_FROM and self._has_room_for_words

    @cached_property
    def valued(self) -> bool:
        """Whether an active tile carries its activation."""
        return self.side >= VALUED_FROM and self._has_room_for_words

    @property
    def _has_room_for_words(self) -> bool:
        return self.tile.width() >= ROOM_FOR_WORDS[0] and self.tile.height() >= ROOM_FOR_WORDS[1]

    @cached_property
    def gap(self) -> int:
        """px between two places of a row."""
        return self.least_gap + self.spread

    @property
    def least_gap(self) -> int:
        """px that they need; pairs stand further apart, so that they are read as pairs."""
        return 2 * GAP if self.pair else GAP

    @cached_property
    def columns(self) -> int:
        """Places in a row, at least one."""
        room = (self.width - 2 * GAP + self.least_gap) // (self.cell_width + self.least_gap)
        return max(1, min(room, self.most_columns))

    @cached_property
    def rows(self) -> int:
        """Rows, the last of which may not be full."""
        return -(-self.count // self.columns)

    @cached_property
    def row_height(self) -> int:
        """px from one row to the next."""
        return self.tile.height() + GAP

    @cached_property
    def height(self) -> int:
        """px of everything."""
        return self.rows * self.row_height + GAP if self.count else 0

    @cached_property
    def left(self) -> int:
        """px before the first column: what is left over is shared by both sides."""
        used = self.columns * (self.cell_width + self.gap) - self.gap
        return max(GAP, (self.width - used) // 2)

    def rect(self, place: int) -> QRect:
        """The picture, or the pair of pictures, of ``place``."""
        row, column = divmod(place, self.columns)
        x = self.left + column * (self.cell_width + self.gap)
        return QRect(x, GAP + row * self.row_height, self.cell_width, self.tile.height())

    def pictures(self, place: int) -> list[QRect]:
        """The pictures of ``place``: one, or decoder and encoder."""
        rect = self.rect(place)
        first = QRect(rect.topLeft(), rect.bottomRight())
        first.setWidth(self.tile.width())
        return [first, first.translated(self.tile.width() + PAIR_GAP, 0)] if self.pair else [first]

    def place_at(self, point: QPoint) -> int | None:
        """The place whose picture is at ``point`` or less than half a gap away; None outside."""
        x, y = point.x() - self.left + self.least_gap // 2, point.y() - GAP + GAP // 2
        (column, within), row = divmod(x, self.cell_width + self.gap), y // self.row_height
        if not (0 <= column < self.columns and row >= 0 and within < self.cell_width + self.least_gap):
            return None
        place = row * self.columns + column
        return place if place < self.count else None

    def rows_between(self, top: int, bottom: int) -> range:
        """Rows that touch the pixels ``top`` to ``bottom``, both included."""
        first = max(0, (top - GAP) // self.row_height)
        return range(first, min(self.rows, max(first, (bottom - GAP) // self.row_height + 1)))

    def places_in(self, row: int) -> range:
        """Places of one row."""
        return range(row * self.columns, min(self.count, (row + 1) * self.columns))

    def moved(self, place: int, steps: int) -> int:
        """The place ``steps`` further on. A step over an edge stays, a page stops at the first or last."""
        wanted = place + steps
        if 0 <= wanted < self.count:
            return wanted
        if abs(steps) <= self.columns:
            return place
        return 0 if steps < 0 else self.count - 1


@lru_cache(maxsize=16)
def fitted(
    count: int,
    width: int,
    height: int,
    scroll_bar: int,
    *,
    pair: bool = False,
    proportion: tuple[int, int] = (1, 1),
) -> GridLayout:
    """The largest tiles that all fit into ``width`` × ``height`` px, else ones to scroll that fill the width.

    Slightly smaller ones are taken where they save the last row from being nearly empty. ``scroll_bar`` is the px
    that a scroll bar takes from the width.
    """

    def of(side: int, width: int = width, columns: int = 65_536) -> GridLayout:
        return GridLayout(count, side, width, pair, columns, proportion)

    def too_large(side: int) -> bool:
        layout = of(side)
        return layout.height > height or layout.cell_width + 2 * GAP > width

    sides = range(MIN_SIDE, MAX_SIDE + 1)
    largest = bisect_left(sides, True, key=too_large)
    if largest:
        best = of(sides[largest - 1])
        # The largest tiles of each number of columns.
        found: dict[int, GridLayout] = {}
        for side in reversed(sides[:largest]):
            widest = of(side)
            if side < WORTH * best.side:
                break
            fewest = -(-count // max(1, (height - GAP) // widest.row_height))
            for columns in range(fewest, widest.columns + 1):
                found.setdefault(columns, of(side, columns=columns))
        return max(
            found.values(), key=lambda layout: (layout.side / best.side + _fullness(layout), layout.side)
        )
    narrow = of(SCROLLED_SIDE, width - scroll_bar)
    # Of numbers of columns that fill the width with tiles of about that side.
    choices = range(max(1, narrow.columns - 1), narrow.columns + 2)
    filled = [_filled(of(MIN_SIDE, narrow.width, columns)) for columns in choices]
    return max(filled, key=lambda layout: _fullness(layout) - abs(layout.side / SCROLLED_SIDE - 1))


def _fullness(layout: GridLayout) -> float:
    """What the last row is worth."""
    last = len(layout.places_in(layout.rows - 1))
    lone = last == 1 and layout.rows > 1 and layout.columns > 1
    return FULL_ROW * last / layout.columns - LONE * lone


def _filled(layout: GridLayout) -> GridLayout:
    """As many columns, of tiles that fill the width."""
    pitch = (layout.width - 2 * GAP + layout.gap) // layout.columns - layout.gap
    tile = (pitch - PAIR_GAP) // 2 if layout.pair else pitch
    # The longer side of a picture that is as wide.
    side = tile * max(layout.proportion) // layout.proportion[1]
    return replace(layout, side=max(MIN_SIDE, min(MAX_SIDE, side)))


def sized(
    count: int,
    side: int,
    width: int,
    height: int,
    scroll_bar: int,
    *,
    pair: bool = False,
    proportion: tuple[int, int] = (1, 1),
) -> GridLayout:
    """Tiles of a chosen ``side``, spread over the width; the scroll bar takes its room only where there is something to
    scroll.
    """
    layout = GridLayout(count, side, width, pair, proportion=proportion)
    layout = layout if layout.height <= height else replace(layout, width=width - scroll_bar)
    even = _balanced(layout)
    fewer = _balanced(replace(layout, most_columns=max(1, even.columns - 1)))
    if _fullness(fewer) > _fullness(even) + FULL_ROW / 2 and fewer.height <= max(height, even.height):
        even = fewer
    if even.columns > 1 and even.rows > 1:
        left = even.width - 2 * GAP - even.columns * (even.cell_width + even.gap) + even.gap
        even = replace(even, spread=max(0, min(left // (even.columns - 1), even.cell_width // 2)))
    return even


def _balanced(layout: GridLayout) -> GridLayout:
    """As many rows, evenly filled."""
    return replace(layout, most_columns=max(1, -(-layout.count // max(1, layout.rows))))
