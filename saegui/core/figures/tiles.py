"""Inputs and weights of any shape on paper: grey pictures, colour pictures, and vectors as small line plots.

A value of a picture is a square of whole device pixels. Where a picture has more values than there is room, a pixel
is the mean of a square of them. Grey weights have the colours of a diverging map; a colour picture's weights are drawn
as ``0.5 + w / (2 · limit)`` in each channel, so that mid grey is zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.named_axes import MOST_BARS
from saegui.core.arrays import BYTES, Floats, Shape
from saegui.core.figures import paper
from saegui.core.figures.base import Cell
from saegui.core.figures.paper import MUTED, PT, SERIES, SMALL, TEXT, Box, Page, Rgb, number

PLOT = (16, 24)
"""Height and width of a vector's plot, in units that are enlarged as pixels are."""
_LEAST_ROW = 5.5
"""Points of height that a bar beside its name needs."""
_LEAST_NAMED = 60.0
"""Points of width below which names would be cut to nothing."""
_FREE = 0.03
"""Share of a plot's height that is left free at either end of its scale."""
NARROWEST = 8
"""Pictures that are longer are drawn as if their longer side were this many times the shorter one, here and in the window:
a tile of one row of pixels could neither be seen nor pointed at."""
CHANNELS = "rgb"

Values = NDArray[Any]
Range = tuple[float, float]


# -- in tables --------------------------------------------------------------------------------------------------------


def columns(shape: Shape, axes: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of an input's columns: ``y0x0`` for grey pictures, ``y0x0r`` in colour, ``x0`` for vectors, or their ``axes``.

    They are in the order of the values in memory: rows from the top, each from the left, red before green and blue.
    """
    if len(shape) == 1 and len(axes) == shape[0]:
        return tuple(axes)
    if len(shape) == 1:
        return tuple(f"x{x}" for x in range(shape[0]))
    channels = CHANNELS if len(shape) == 3 else ("",)
    return tuple(
        f"y{y}x{x}{channel}" for y in range(shape[0]) for x in range(shape[1]) for channel in channels
    )


def cells(values: Values) -> list[Cell]:
    """The values of one input, in the order of :func:`columns`."""
    found: list[Cell] = values.reshape(-1).tolist()
    return found


# -- on the page ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tile:
    """How large inputs of one shape are drawn. Sizes are in device pixels."""

    shape: Shape
    enlarge: int
    """Device pixels along the side of one value."""
    shrink: int = 1
    """Values along the side of the square of which one pixel is the mean."""
    square: bool = False
    """Whether a vector's plot is as high as it is wide, so that more names fit below each other."""

    @classmethod
    def within(cls, shape: Shape, side: int, longest: int | None = None) -> Tile:
        """The largest one that is at most ``side`` wide and high; or ``side`` wide and ``longest`` wide and high."""
        height, width = _units(shape)
        room = min(side / width, (side if longest is None else longest) / max(height, width))
        return cls(shape, int(room)) if room >= 1 else cls(shape, 1, int(np.ceil(1 / room)))

    @property
    def vector(self) -> bool:
        """Whether it is a line plot."""
        return len(self.shape) == 1

    @property
    def height(self) -> int:
        if self.square and self.vector:
            return self.width
        return -(-_units(self.shape)[0] // self.shrink) * self.enlarge

    @property
    def width(self) -> int:
        return -(-_units(self.shape)[1] // self.shrink) * self.enlarge

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points."""
        return self.width / PT, self.height / PT

    def box(self, left: float, top: float) -> Box:
        """Where it lies, in points."""
        return (left, top, *self.size)

    def halved(self) -> Tile:
        """One of half the size; of the same where that is one device pixel a value already."""
        return replace(self, enlarge=max(1, self.enlarge // 2))

    def named(self, axes: Sequence[str]) -> bool:
        """Whether a vector's numbers are drawn as bars beside their names: where they have some, and there is room."""
        width, height = self.size
        few = 0 < len(axes) <= MOST_BARS
        return self.vector and few and height >= _LEAST_ROW * len(axes) and width >= _LEAST_NAMED

    def plain(
        self,
        page: Page,
        values: Values,
        left: float,
        top: float,
        span: Range = (0.0, 1.0),
        axes: Sequence[str] = (),
    ) -> None:
        """An input or a reconstruction, bytes, or numbers from black to white over ``span``, as a vector's plot is."""
        if self.named(axes):
            _bars(page, self.box(left, top), values.astype(np.float64), span, axes, (TEXT, TEXT))
        elif self.vector:
            _plots(page, [self.box(left, top)], values.reshape(1, -1).astype(np.float64), span, TEXT)
        else:
            page.picture(self._sized(_plain(self._means(_shares(values, span)), self.shape)), left, top)

    def signed(
        self, page: Page, values: Floats, limit: float, left: float, top: float, axes: Sequence[str] = ()
    ) -> None:
        """Weights, a contribution or an error, on a scale from −limit to limit; ``axes`` are the names of a vector's numbers."""
        if self.named(axes):
            ends = paper.signed(np.array([-0.7, 0.7]), 1.0)
            colours = f"#{bytes(ends[0]).hex()}", f"#{bytes(ends[1]).hex()}"
            _bars(page, self.box(left, top), values, (-limit, limit), axes, colours)
        elif self.vector:
            self.plots(page, [self.box(left, top)], values.reshape(1, -1), limit)
        else:
            page.picture(self.pixels(values, limit), left, top)

    def pixels(self, values: Floats, limit: float, *, pale: bool = False) -> Rgb:
        """Signed pictures ``(…, *shape)`` as device pixels ``(…, height, width, 3)``; ``pale`` ones are half as strong."""
        rgb = signed(self._means(values), self.shape, limit)
        return self._sized(rgb // 2 + np.uint8(128) if pale else rgb)

    def inks(self, values: Floats) -> Rgb:
        """Pictures ``(…, *shape)`` in [0, 1] as device pixels ``(…, height, width, 3)``, from black to white."""
        return self._sized(_plain(self._means(values), self.shape))

    @staticmethod
    def plots(page: Page, boxes: Sequence[Box], values: Floats, limit: float, *, pale: bool = False) -> None:
        """Signed vectors ``(n, d)`` as line plots, one in each box."""
        _plots(page, boxes, values, (-limit, limit), MUTED if pale else SERIES[0])

    def _means(self, values: Values) -> Values:
        """One value a pixel."""
        lead = values.ndim - len(self.shape)
        for axis, times in enumerate(_stretch(self.shape), start=lead):
            values = values.repeat(times, axis=axis) if times > 1 else values
        if self.shrink == 1:
            return values
        scaled = values / 255 if values.dtype == np.uint8 else values
        height, width = scaled.shape[lead : lead + 2]
        missing = (-height % self.shrink, -width % self.shrink)
        padding = [(0, 0)] * lead + [(0, missing[0]), (0, missing[1])] + [(0, 0)] * (len(self.shape) - 2)
        padded = np.pad(scaled.astype(np.float32), padding, mode="edge")
        rows, across = padded.shape[lead] // self.shrink, padded.shape[lead + 1] // self.shrink
        split = padded.reshape(
            *padded.shape[:lead], rows, self.shrink, across, self.shrink, *padded.shape[lead + 2 :]
        )
        means: Values = split.mean(axis=(lead + 1, lead + 3))
        return means

    def _sized(self, rgb: Rgb) -> Rgb:
        return paper.enlarged(rgb, self.enlarge)


def span_of(tile: Tile, pictures: Range, *values: Floats) -> Range:
    """What inputs that are compared are drawn over: ``pictures``, or in plots of vectors all values, and zero."""
    if not tile.vector:
        return pictures
    low = min(float(part.min(initial=0)) for part in values)
    high = max(float(part.max(initial=0)) for part in values)
    return (low, high) if high > low else (0.0, 1.0)


def _shares(values: Values, span: Range) -> Values:
    """Bytes as they are; numbers as shares of the way from one end of ``span`` to the other."""
    low, high = span
    return values if values.dtype == np.uint8 or span == BYTES else (values - low) / (high - low)


def span_words(span: Range) -> str:
    """The values at the lower and at the upper edge of a plot."""
    return f"plotted from {number(span[0])} to {number(span[1])}"


def signed(values: Values, shape: Shape, limit: float) -> Rgb:
    """Colours of signed pictures ``(…, *shape)`` whose scale ends at ±limit."""
    if len(shape) == 3:
        return np.rint(255 * np.clip(0.5 + values / (2 * limit), 0, 1)).astype(np.uint8)
    return paper.signed(values, limit)


def scale(page: Page, tile: Tile, left: float, top: float, limit: float, words: str, note: str) -> None:
    """What the colours, or the heights in line plots, mean: from −limit to +limit; :func:`scale_height` points high."""
    lines = (words, note, *_notes(tile, limit))
    if tile.vector:
        _plot_scale(page, left, top, limit, lines)
    else:
        page.scale_bar(left, top, limit, lines, ramp(tile.shape))


def scale_height(tile: Tile) -> float:
    """Points from the top of a scale to the end of the page."""
    return 26.0 + 8 * len(_notes(tile, 1.0))


def _notes(tile: Tile, limit: float) -> list[str]:
    """How numbers are drawn, where that is not plain from the scale."""
    if tile.vector:
        return ["the grey line is zero"]
    found = [channels(limit)] if len(tile.shape) == 3 else []
    return found + ["neighbouring pixels are averaged to fit"] * (tile.shrink > 1)


def channels(limit: float) -> str:
    """How a signed number is drawn in a colour picture, in words."""
    return f"each channel: 0.5 + value/(2·{number(limit)})"


def ramp(shape: Shape) -> Callable[[Floats, float], Rgb]:
    """Colours of numbers on the scale of signed pictures; of those in colour, where all channels are equal."""
    return _greys if len(shape) == 3 else paper.signed


def unit(shape: Shape, pictures: Range) -> str:
    """What the values of inputs are, in words; ``pictures`` is what they are drawn over."""
    if pictures != BYTES:
        return "in the unit of the data"
    return "values in [0, 1]" if len(shape) == 1 else "pixels in [0, 1]"


def _stretch(shape: Shape) -> tuple[int, int]:
    """How often each row and each column is drawn."""
    height, width = shape[:2]
    return -(-width // (NARROWEST * height)), -(-height // (NARROWEST * width))


def _units(shape: Shape) -> tuple[int, int]:
    """Height and width before enlarging."""
    if len(shape) == 1:
        return PLOT
    rows, across = _stretch(shape)
    return shape[0] * rows, shape[1] * across


def _plain(values: Values, shape: Shape) -> Rgb:
    rgb = paper.grey(values)
    # Grey repeats each value for three channels; a colour picture has its own.
    return rgb[..., 0] if len(shape) == 3 else rgb


def _greys(values: Floats, limit: float) -> Rgb:
    return paper.grey(0.5 + values / (2 * limit))


def _plots(page: Page, boxes: Sequence[Box], values: Floats, span: Range, colour: str) -> None:
    if not len(boxes):
        return
    low, high = span

    def down(box: Box, value: Floats | float) -> Any:
        # A little is left free above and below, so that a line at the end of the scale is seen beside the frame.
        return box[1] + box[3] * (_FREE + (1 - 2 * _FREE) * (high - np.clip(value, low, high)) / (high - low))

    zero = [((box[0], down(box, 0.0)), (box[0] + box[2], down(box, 0.0))) for box in boxes]
    page.strokes(np.asarray(zero, float), MUTED, line=0.3)
    lines = []
    for box, row in zip(boxes, values, strict=True):
        x, y = line_points(row, max(1, int(box[2] * PT)))
        lines.append(np.stack([box[0] + box[2] * x, down(box, y)], -1))
    page.strokes(np.stack(lines), colour, line=float(np.clip(boxes[0][2] / 60, 0.25, 0.7)))


def _bars(
    page: Page, box: Box, values: Floats, span: Range, axes: Sequence[str], colours: tuple[str, str]
) -> None:
    """A bar from zero for each of ``values (d,)`` from the top down, beside its name; ``colours`` of those below zero and others."""
    left, top, width, height = box
    row = height / len(axes)
    size = min(SMALL, row)
    named = min(0.5 * width, max(paper.text_width(name, size) for name in axes))
    start, room = left + named + 5, width - named - 8
    low, high = span

    def across(value: Floats | float) -> Any:
        return start + room * (np.clip(value, low, high) - low) / (high - low)

    middles = top + row * (np.arange(len(axes)) + 0.5)
    for name, middle in zip(axes, middles.tolist(), strict=True):
        page.text(left + named + 2, middle + 0.35 * size, name, size=size, align="right", room=named + 0.5)
    zero = float(across(0.0))
    ends = across(np.asarray(values, np.float64))
    for colour, chosen in zip(colours, (values < 0, values >= 0), strict=True):
        lines = [((zero, y), (end, y)) for y, end in zip(middles[chosen], ends[chosen], strict=True)]
        page.strokes(np.asarray(lines, float).reshape(-1, 2, 2), colour, line=0.55 * row)
    page.strokes(np.array([[(zero, top), (zero, top + height)]]), MUTED, line=0.3)


def line_points(values: Floats, columns: int) -> tuple[Floats, Floats]:
    """Where the points of a line lie as shares of the width, and their values.

    Of more values than two a column, only the smallest and the largest of each column are kept.
    """
    count = len(values)
    if count == 1:
        return np.array([0.0, 1.0]), np.repeat(values, 2)
    if count <= 2 * columns:
        return (np.arange(count) + 0.5) / count, values
    starts = np.arange(columns) * count // columns
    extremes = np.stack([np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)], axis=1)
    return np.repeat((np.arange(columns) + 0.5) / columns, 2), extremes.ravel()


def _plot_scale(page: Page, left: float, top: float, limit: float, lines: Sequence[str]) -> None:
    width, height = 24.0, 20.0
    page.boxes([(left, top, width, height)])
    page.strokes(np.array([[(left, top + height / 2), (left + width, top + height / 2)]]), MUTED, line=0.3)
    for share, value in ((0.0, limit), (0.5, 0.0), (1.0, -limit)):
        page.text(left + width + 4, top + share * height + 2, number(value), size=SMALL, colour=MUTED)
    page.scale_words(left + width + 44, top, lines)
