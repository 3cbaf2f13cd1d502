"""Where the parts of the latent panel go, for every size it may be given."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRect, QSize

from saegui.core.analysis.example_choice import N_EXAMPLES
from saegui.core.arrays import Shape
from saegui.ui.panels.latent.examples import CAPTION_FROM, LARGEST, Grid
from saegui.ui.panels.latent.examples import GAP as TILE_GAP
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.pictures import proportions, side_within, size_in, whole
from saegui.ui.widgets.text import SMALL_PX

HEADER = 34
CAPTION = SMALL_PX + 4
STRIP_HEAD = 18
"""px: the line above a strip of examples."""
NUMBER_ROW = 16
NUMBERS = 5
ALL_NUMBERS = 7
"""Rows of numbers where there is room: with skew and kurtosis."""
NUMBERS_WIDTH = 136
"""px: what the longest number needs beside its caption."""
SIDES = (393, 337, 281, 225, 197, 169, 141, 113, 85)
"""px, frame included: about the longer sides of a picture; it is made smaller until all its pixels are equally large."""
SMALLEST = 64
SMALL_PICTURE = 57
"""px: the longer side at least, where the numbers are below the pictures."""
NARROWEST = 48
"""px of width that a picture has at least, with free room beside a narrow one, so that its caption is a whole word."""
CHARTS = 56
"""px: less is no chart."""
LARGE_CHARTS = 96
"""px: pictures grow only while the charts keep this."""
WIDE = 600
"""px: from here on a flat panel puts its charts beside the pictures."""
LOW = 240
"""px below the header: where less is left, and no charts beside the pictures, they and the examples stand there."""
LOW_CHARTS = 60
"""px of height of the charts above these examples."""
LEAST_CHART = 108
"""px of width that each of two charts has there."""
BESIDE = 2 * LEAST_CHART + PAD
"""px of width that charts and examples so need."""
LINES_OF_TEXTS = 3
"""A list of texts with fewer lines than these is a half as wide and twice as high."""
LINE_OF_TEXTS = 18
"""px of one of these lines."""
LARGE_TILE = 24
"""px: of smaller pictures there are five in a row, not ten, where two strips stand side by side."""


@dataclass(frozen=True)
class Layout:
    """One rectangle a part; that of a chart that has no room is empty."""

    header: QRect
    encoder: QRect
    decoder: QRect
    numbers: QRect
    histogram: QRect
    classes: QRect
    strips: tuple[QRect, QRect]
    """Of the examples with the highest activations and of random ones: one above the other, or side by side; each with its
    line above."""
    low: bool = False
    """Whether the examples stand beside the pictures."""

    @property
    def heads(self) -> QRect:
        """The line above the strips."""
        first, second = self.strips
        return QRect(first.left(), first.top(), second.right() + 1 - first.left(), STRIP_HEAD)

    def for_texts(self) -> Layout:
        """The same where the examples are texts: low lists stand side by side, higher by a part of what the charts have, so
        that none is a line and a half."""
        first, second = self.strips
        least, chart = STRIP_HEAD + LINES_OF_TEXTS * LINE_OF_TEXTS, self.histogram.height()
        if first.height() >= least:
            return self
        lacking = least - first.united(second).height()
        more = max(0, (chart - LARGE_CHARTS) // 3, min(lacking, chart - CHARTS))
        # Where charts stand beside the pictures, lists reach as far up as these allow.
        more = max(0, min(more, first.top() - GAP - self.encoder.bottom() - 1 - CAPTION))
        numbers, lists = QRect(self.numbers), first.united(second).adjusted(0, -more, 0, 0)
        numbers.setBottom(min(numbers.bottom(), lists.top() - GAP))
        return replace(
            self,
            numbers=numbers,
            histogram=self.histogram.adjusted(0, 0, 0, -more),
            classes=self.classes.adjusted(0, 0, 0, -more),
            strips=_side_by_side(lists),
        )

    @property
    def sections(self) -> dict[str, QRect]:
        """The room of each section by its name."""
        return {
            "pictures": self.encoder.united(self.decoder).adjusted(0, 0, 0, CAPTION),
            "numbers": self.numbers,
            "histogram": self.histogram,
            "classes": self.classes,
            "nearest": self.classes,
            "examples": self.strips[0].united(self.strips[1]),
        }


def arrange(width: int, height: int, shape: Shape = (1, 1), head: int = HEADER) -> Layout:
    """Fill ``width`` × ``height`` px: pictures grow in steps, both strips are always there, charts take the rest.

    ``shape`` is that of the model's inputs, ``head`` the height of the header.
    """
    proportion = proportions(shape)
    inner = QRect(PAD, GAP, max(width - 2 * PAD, 200), max(height - 2 * GAP, 200))
    header = QRect(inner.left(), inner.top(), inner.width(), head)
    below = inner.adjusted(0, head + UNIT, 0, 0)
    wide = inner.width() >= WIDE and below.height() < 0.6 * inner.width()
    if not wide and below.height() < LOW and inner.width() >= NUMBERS_WIDTH + PAD + BESIDE:
        return _low(header, below, shape)
    strips = _strips(below, N_EXAMPLES if wide else N_EXAMPLES // 2, wide, proportion)
    upper = QRect(below.left(), below.top(), below.width(), strips[0].top() - below.top() - GAP)
    if wide:
        block = QRect(upper.left(), upper.top(), upper.width() // 2 - PAD, upper.height())
        charts = QRect(block.right() + PAD, upper.top(), upper.right() - block.right() - PAD, upper.height())
        size = _size(shape, block.width(), block.height() - CAPTION)
    else:
        size = _size(
            shape,
            upper.width(),
            min(int(0.3 * below.height()), upper.height() - CAPTION - UNIT - LARGE_CHARTS),
        )
        every = ALL_NUMBERS * NUMBER_ROW
        rows = ALL_NUMBERS if upper.height() - every - UNIT >= LARGE_CHARTS else NUMBERS
        tall = max(size.height() + CAPTION, rows * NUMBER_ROW)
        block = QRect(upper.left(), upper.top(), upper.width(), tall)
        charts = upper.adjusted(0, tall + UNIT, 0, 0)
    encoder = QRect(block.topLeft(), size)
    decoder = encoder.translated(size.width() + GAP, 0)
    half = (charts.width() - PAD) // 2
    return Layout(
        header=header,
        encoder=encoder,
        decoder=decoder,
        numbers=block.adjusted(2 * (size.width() + GAP) + UNIT, 0, 0, 0),
        histogram=QRect(charts.left(), charts.top(), half, charts.height()),
        classes=charts.adjusted(half + PAD, 0, 0, 0),
        strips=strips,
    )


def least_height(width: int, head: int = HEADER) -> int:
    """px below which a panel of ``width`` px, whose header has ``head`` px, scrolls."""
    beside = width - 2 * PAD >= NUMBERS_WIDTH + PAD + BESIDE
    # The last number may take a little of the margin below it.
    margins = 2 * GAP - UNIT // 2
    return margins + head + UNIT + (SMALL_PICTURE + CAPTION + UNIT + NUMBERS * NUMBER_ROW if beside else 252)


def _low(header: QRect, below: QRect, shape: Shape) -> Layout:
    """Pictures with the numbers below them, and to their right small charts above the examples."""
    numbers = NUMBERS * NUMBER_ROW
    proportion = proportions(shape)
    sizes = [_room(proportion, whole(side - 1, shape) + 1) for side in (*SIDES, SMALL_PICTURE)]

    def fits(size: QSize) -> bool:
        tall = size.height() + CAPTION + UNIT + numbers <= below.height()
        return tall and below.width() - _pair(size) - PAD >= BESIDE

    size = next((size for size in sizes if fits(size)), sizes[-1])
    block = QRect(below.topLeft(), QSize(_pair(size), size.height() + CAPTION))
    encoder = QRect(block.topLeft(), size)
    beside = below.adjusted(block.width() + PAD, 0, 0, 0)
    chart = QRect(beside.left(), beside.top(), (beside.width() - PAD) // 2, LOW_CHARTS)
    return Layout(
        header=header,
        encoder=encoder,
        decoder=encoder.translated(size.width() + GAP, 0),
        numbers=QRect(block.left(), block.bottom() + 1 + UNIT, block.width(), numbers),
        histogram=chart,
        classes=chart.translated(chart.width() + PAD, 0),
        strips=_side_by_side(beside.adjusted(0, LOW_CHARTS + UNIT, 0, 0)),
        low=True,
    )


def _room(proportion: tuple[int, int], side: int) -> QSize:
    """px for a picture whose longer side has ``side``, and for its caption."""
    return size_in(proportion, side).expandedTo(QSize(NARROWEST, 0))


def _pair(size: QSize) -> int:
    """px of width of two pictures side by side, or of the numbers below them where that is more."""
    return max(NUMBERS_WIDTH, 2 * size.width() + GAP)


def _size(shape: Shape, width: int, height: int) -> QSize:
    """Of one of two pictures that stand in ``width`` px beside the numbers."""
    sides = [whole(side - 1, shape) + 1 for side in SIDES]
    sizes = [_room(proportions(shape), side) for side in (*sides, SMALLEST)]
    fits = (
        size
        for size in sizes
        if size.height() <= height and 2 * (size.width() + GAP) + UNIT + NUMBERS_WIDTH <= width
    )
    return next(fits, sizes[-1])


def _side_by_side(area: QRect) -> tuple[QRect, QRect]:
    """Two equal parts of ``area``."""
    half = (area.width() - PAD) // 2
    left = QRect(area.left(), area.top(), half, area.height())
    return left, left.translated(half + PAD, 0)


def _strips(below: QRect, per_row: int, wide: bool, proportion: tuple[int, int]) -> tuple[QRect, QRect]:
    """The strips at the foot of ``below``: one above the other, or with captions, where the rest stays large enough."""
    tiles = [_tiles(below.width(), per_row, captions, proportion) for captions in (True, False)]
    numbers = NUMBERS * NUMBER_ROW
    least = numbers if wide else numbers + UNIT + CHARTS
    roomy = numbers if wide else numbers + UNIT + 2 * CHARTS
    for tile, needed in zip(tiles, (2 * roomy, roomy), strict=True):
        tall = STRIP_HEAD + tile.height(N_EXAMPLES)
        narrow = tile.captions and tile.tile.width() < CAPTION_FROM
        if not narrow and below.height() - 2 * (tall + GAP) >= needed:
            top = below.bottom() + 1 - 2 * tall - GAP
            first = QRect(below.left(), top, below.width(), tall)
            return first, first.translated(0, tall + GAP)
    half = (below.width() - PAD) // 2
    large = _tiles(half, N_EXAMPLES // 2, False, proportion)
    tile = large if large.side >= LARGE_TILE else _tiles(half, N_EXAMPLES // 4, False, proportion)
    # In a very low panel the examples become smaller before numbers and charts are cut.
    room = max(below.height() - least - GAP, STRIP_HEAD + 30)
    tall = min(STRIP_HEAD + tile.height(N_EXAMPLES), room)
    return _side_by_side(QRect(below.left(), below.bottom() + 1 - tall, below.width(), tall))


def _tiles(width: int, per_row: int, captions: bool, proportion: tuple[int, int]) -> Grid:
    """Examples that fill ``width`` px."""
    side = min(side_within(proportion, (width + TILE_GAP) // per_row - TILE_GAP), LARGEST)
    return Grid(per_row, max(1, side), captions, proportion)
