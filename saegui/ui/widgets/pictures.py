"""Inputs and weights of any shape on the screen: grey pictures, colour pictures, and vectors as small line plots.

A grey picture's weights are drawn in diverging colours and its ink in the theme's greys. A colour picture is drawn in
its own colours, and its weights so that mid grey is zero in each channel. Pixels are never smoothed.
"""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from saegui.core.arrays import BYTES, Array, Images, Shape, Span
from saegui.core.data.registry import shows_ink
from saegui.core.figures.tiles import NARROWEST, line_points
from saegui.core.model.snapshot import Snapshot
from saegui.ui.theme.colour_map import colour_channels, colour_weights
from saegui.ui.theme.tokens import Tokens

PLOT = (2, 3)
"""Height and width that a vector's plot has."""
SCALE_WEIGHTS = 131_072
"""Weights that a shared scale is taken from, at most."""

Values = Array | Images


class Shades(NamedTuple):
    """How inputs and reconstructions are drawn."""

    span: Span = BYTES
    """The numbers that are drawn as the darkest and as the brightest grey; bytes have their own."""
    ink: bool = True
    """Whether the lower end is paper and the upper one ink, in the theme's greys; else it is black, and the upper white."""


SHADES = Shades()
"""Of bytes that show ink."""


def shades_of(snapshot: Snapshot | None) -> Shades:
    """How what a model reads is drawn."""
    return SHADES if snapshot is None else Shades(snapshot.span, shows_ink(snapshot.config.dataset))


# -- shapes and sizes -------------------------------------------------------------------------------------------------


COPY = 280
"""px: about the longer side of a picture that is copied."""


def proportions(shape: Shape) -> tuple[int, int]:
    """Height and width of a picture of inputs of ``shape``, in any unit."""
    height, width = PLOT if len(shape) == 1 else shape[:2]
    return max(height, -(-width // NARROWEST)), max(width, -(-height // NARROWEST))


def pixels(shape: Shape) -> int:
    """Pixels of a picture's longer side; 1 for a plot, which can have any size."""
    return 1 if len(shape) == 1 else max(shape[:2])


def size_in(proportion: tuple[int, int], side: int) -> QSize:
    """Size in px of a picture whose longer side has ``side``; ``proportion`` is height and width."""
    height, width = proportion
    if width >= height:
        return QSize(side, max(1, round(side * height / width)))
    return QSize(max(1, round(side * width / height)), side)


def side_within(proportion: tuple[int, int], width: int, height: int | None = None) -> int:
    """px of the longer side of the largest picture within ``width`` and, where given, ``height``."""
    tall, wide = proportion
    longer = max(tall, wide)
    across = width * longer // wide
    return across if height is None else min(across, height * longer // tall)


def fitted(shape: Shape, room: QRect) -> QRect:
    """The largest picture of ``shape`` in the middle of ``room``."""
    proportion = proportions(shape)
    size = size_in(proportion, side_within(proportion, room.width(), room.height()))
    corner = room.topLeft()
    return QRect(
        corner.x() + (room.width() - size.width()) // 2,
        corner.y() + (room.height() - size.height()) // 2,
        size.width(),
        size.height(),
    )


def whole(side: int, shape: Shape) -> int:
    """The largest longer side up to ``side`` at which all pixels are equally large; ``side`` where that is far smaller."""
    found = side // pixels(shape) * pixels(shape)
    return found if 3 * found >= 2 * side else side


def zero_in_words(shape: Shape) -> str:
    """How zero looks in a picture of weights, as a sentence."""
    if len(shape) == 1:
        return "The horizontal line is zero."
    if len(shape) == 3:
        return "Mid grey is zero: where red, green or blue is brighter the weight is positive, where darker negative."
    return "The middle colour is zero."


def shared_scale(weights: Array) -> float:
    """One scale for many tiles ``(n, …)``: the 99.5th percentile of |w|, so that a single weight does not dim all others."""
    if not weights.size:
        return 0.0
    # A percentile of millions of weights costs more than a screen refresh; a hundred thousand are as good. Their
    # distance has no divisor in common with the size of a tile, so that they are not always the same pixels of it.
    flat = weights.ravel(order="K")
    tile = weights[0].size if weights.ndim > 1 else 1
    distance = -(-len(flat) // SCALE_WEIGHTS) | 1
    while gcd(distance, tile) > 1:
        distance += 2
    magnitudes = np.abs(flat[::distance])
    # np.percentile would import masked arrays for it, forty milliseconds of the window's start.
    place = round(0.995 * (len(magnitudes) - 1))
    return float(np.partition(magnitudes, place)[place])


# -- pictures, one pixel a pixel --------------------------------------------------------------------------------------


def weight_pixels(weights: Array, scale: float | Array, tokens: Tokens, shape: Shape) -> NDArray[np.uint8]:
    """Signed weights ``(…, *shape)`` of pictures → BGRA bytes ``(…, h, w, 4)``; zero is exactly the middle colour."""
    if len(shape) == 3:
        return colour_channels(weights, scale)
    return colour_weights(weights, scale, tokens)


def weight_image(weights: Array, scale: float, tokens: Tokens) -> QImage:
    """Signed weights (h, w) or (h, w, 3) → a picture; ±``scale`` are the ends of the colours."""
    return to_image(weight_pixels(weights, scale, tokens, weights.shape))


def ink_image(ink: Values, tokens: Tokens, shades: Shades = SHADES) -> QImage:
    """Bytes, or numbers that are clipped to the span of ``shades``: (h, w) in greys, (h, w, 3) in its colours."""
    share = shares(ink, shades.span).clip(0, 1)
    if ink.ndim == 3:
        blue_first = np.full((*ink.shape[:2], 4), 255, np.uint8)
        blue_first[..., :3] = np.rint(255 * share[..., ::-1])
        return to_image(blue_first)
    ends = [QColor(tokens.paper), QColor(tokens.ink)] if shades.ink else [QColor("black"), QColor("white")]
    paper, full = (np.array([c.blue(), c.green(), c.red(), 255], np.float32) for c in ends)
    return to_image(np.rint(paper + share[..., None] * (full - paper)).astype(np.uint8))


def shares(values: Values, span: Span = BYTES) -> Array:
    """Bytes / 255; other numbers as shares of the way from the lower to the upper end of ``span``."""
    numbers = values.astype(np.float32)
    if values.dtype == np.uint8:
        return numbers / np.float32(255)
    low, high = span
    return numbers if span == BYTES else (numbers - np.float32(low)) / np.float32(high - low)


def to_image(pixels: NDArray[np.uint8], form: QImage.Format = QImage.Format.Format_RGB32) -> QImage:
    """BGRA bytes (h, w, 4) as a picture."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    # copy(): the QImage must own its bytes, since the array goes away.
    return QImage(pixels.data, width, height, 4 * width, form).copy()


def paint_picture(painter: QPainter, target: QRectF, picture: QImage) -> None:
    """Draw ``picture`` into ``target`` with nearest-neighbour scaling."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(target, picture)


# -- plots ------------------------------------------------------------------------------------------------------------


def paint_weight_plot(painter: QPainter, room: QRectF, weights: Array, scale: float, tokens: Tokens) -> None:
    """Signed weights (d,) as a line on the middle colour: above zero in one colour, below in the other."""
    painter.fillRect(room, QColor(tokens.diverging[len(tokens.diverging) // 2]))
    paint_signed_line(painter, room, weights, plot_limits(scale), tokens)


def plot_limits(scale: float) -> Span:
    """The ends of a plot of weights: ±``scale``, or ±1 where all weights are 0."""
    return (-scale, scale) if scale > 0 else (-1.0, 1.0)


def weight_copy(weights: Array, scale: float, tokens: Tokens) -> QImage:
    """A picture of signed weights to take away, about :data:`COPY` px large; a vector is a plot."""
    image, room = _sheet(weights.shape, tokens)
    painter = QPainter(image)
    if weights.ndim == 1:
        paint_weight_plot(painter, room, weights, scale, tokens)
    else:
        paint_picture(painter, room, weight_image(weights, scale, tokens))
    painter.end()
    return image


def ink_copy(ink: Values, tokens: Tokens, shades: Shades = SHADES) -> QImage:
    """A picture of an input to take away, likewise."""
    image, room = _sheet(ink.shape, tokens)
    painter = QPainter(image)
    if ink.ndim == 1:
        paint_ink_plot(painter, room, ink, tokens, shades.span)
    else:
        paint_picture(painter, room, ink_image(ink, tokens, shades))
    painter.end()
    return image


def _sheet(shape: Shape, tokens: Tokens) -> tuple[QImage, QRectF]:
    size = size_in(proportions(shape), whole(COPY, shape))
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(tokens.color("panel"))
    return image, QRectF(image.rect())


def paint_ink_plot(
    painter: QPainter, room: QRectF, ink: Values, tokens: Tokens, limits: tuple[float, float] = BYTES
) -> None:
    """Bytes / 255, or numbers, (d,) as a line on paper; ``limits`` are the values at the lower and the upper edge."""
    painter.fillRect(room, tokens.color("paper"))
    colour = tokens.color("ink", 0.8)
    _line(painter, room, shares(ink, BYTES), limits, tokens, ((colour, room),))


def paint_signed_line(
    painter: QPainter, room: QRectF, values: Array, limits: tuple[float, float], tokens: Tokens
) -> None:
    """A zero line and ``values`` (d,), without a background: positive ones in the map's upper colour, others in its lower."""
    zero = _height(room, limits, 0.0)
    above = QRectF(room.left(), room.top(), room.width(), zero - room.top())
    below = QRectF(room.left(), zero, room.width(), room.bottom() - zero)
    plus, minus = QColor(tokens.positive), QColor(tokens.negative)
    _line(painter, room, values, limits, tokens, ((plus, above), (minus, below)))


def _line(
    painter: QPainter,
    room: QRectF,
    values: Array,
    limits: tuple[float, float],
    tokens: Tokens,
    parts: tuple[tuple[QColor, QRectF], ...],
) -> None:
    """A line within ``room``, filled down or up to zero, in one colour for each part of the room."""
    x, heights = line_points(values, max(1, int(room.width())))
    xs = (room.left() + x * room.width()).tolist()
    ys = [_height(room, limits, value) for value in heights.tolist()]
    zero = _height(room, limits, 0.0)
    places = [QPointF(a, b) for a, b in zip(xs, ys, strict=True)]
    line = QPolygonF(places)
    area = QPolygonF([QPointF(xs[0], zero), *places, QPointF(xs[-1], zero)])
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    level = min(max(round(zero), int(room.top())), int(room.bottom()) - 1)
    painter.fillRect(QRectF(room.left(), level, room.width(), 1), tokens.color("muted", 0.45))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, part in parts:
        painter.setClipRect(part)
        fill = QColor(colour)
        fill.setAlphaF(0.22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(area)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.25 if room.width() < 120 else 1.75))
        painter.drawPolyline(line)
    painter.restore()


def _height(room: QRectF, limits: tuple[float, float], value: float) -> float:
    low, high = limits
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    # Half a line's width is left free, so that a value at the end of the scale is seen.
    return room.bottom() - 1 - share * (room.height() - 2)
