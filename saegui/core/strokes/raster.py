"""A drawing's strokes → the 28×28 image a model sees.

MNIST's digits were fitted into a 20×20 box with their aspect ratio kept, and the box was put into the 28×28
image by the centre of mass of its pixels (LeCun, Bottou, Bengio & Haffner 1998, and the data set's page).
Yadav & Bottou 2019 ("Cold Case: The Lost MNIST Digits", QMNIST) reconstructed how exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from saegui.core.arrays import Array
from saegui.core.errors import StrokesError

IMAGE_SIDE = 28
"""Side in pixels of the image that a drawing becomes."""

IMAGE_SHAPE = (IMAGE_SIDE, IMAGE_SIDE)

BOX_SIDE = 20
"""Side in pixels of the square that a digit is fitted into before it is centred."""

PEN = 2.3
"""Width of the pen in pixels after the fit, so that small and large drawings look alike."""

_RADIUS = PEN / 2
_SNAP = 1024  # parts of a pixel that points are rounded to: equal shapes give equal images at any scale
_PIECE = 1.0  # pixels; no piece of a line is longer, so that each one touches few pixels
_REACH = _RADIUS + 0.5 + _PIECE / 2  # from a piece's middle to the farthest pixel centre that it inks
_WINDOW = int(2 * _REACH) + 1
_PAD = _WINDOW
_SIDE = BOX_SIDE + 2 * _PAD
_BLOCK = 4096  # pieces drawn at once, which bounds the memory
_SOLID = (_RADIUS - 0.5) ** 2  # squared distance up to which a pixel is full of ink


def render(strokes: Sequence[ArrayLike]) -> NDArray[np.uint8]:
    """Draw strokes as MNIST would have them: a list of ``(n, 2)`` points → uint8 ``(28, 28)``, ink bright.

    The drawing's bounding box is fitted into 20×20 pixels with its aspect ratio kept, drawn with a round pen
    2.3 pixels wide whose width counts into the 20, its peak scaled to 255, and its centre of mass put on the
    image's centre by :func:`place` (LeCun et al. 1998; Yadav & Bottou 2019). At the pen's edge ink falls
    from full to none over one pixel, ``clip(r + ½ − distance to the line, 0, 1)``: about the area of a
    pixel that a straight edge covers, and of all widths tried the one with grey levels most like MNIST's.

    Where and how large the strokes are makes no difference. A drawing without extent becomes a dot as wide as
    the pen; one without points becomes zeros.

    Raises:
        StrokesError: a stroke is not of shape ``(n, 2)``, or holds coordinates that are not finite.
    """
    return place(box(strokes))


def box(strokes: Sequence[ArrayLike]) -> Array:
    """The ink of strokes fitted into the digit's box: ``(20, 20)`` in [0, 1], not yet centred on its mass.

    Raises:
        StrokesError: a stroke is not of shape ``(n, 2)``, or holds coordinates that are not finite.
    """
    points, lengths = _join(strokes)
    if not points.size:
        return np.zeros((BOX_SIDE, BOX_SIDE), np.float32)
    starts, ends = _lines(_fit(points), lengths)
    distance = np.sqrt(_squared_distance(*_split(starts, ends)))
    return np.clip(_RADIUS + 0.5 - distance, 0, 1)


def place(ink: NDArray[Any]) -> NDArray[np.uint8]:
    """Centre a digit's box on its ink: ``(20, 20)`` of any ink ≥ 0 → uint8 ``(28, 28)`` whose peak is 255.

    The centre of mass b is taken with pixel centres at i + 0.5; the box is put at the integer offset
    int(15 − b) per axis, clamped to 0…8, which brings b into [14, 15), or [13.5, 14.5) as a 0-based index,
    unless clamped (LeCun et al. 1998; Yadav & Bottou 2019). Where b is a whole number the offset is 14 − b:
    MNIST has centres at exactly 13.5 and none at 14.5. A box without ink gives zeros.

    Raises:
        StrokesError: the box has another shape, or holds ink that is negative or not finite.
    """
    ink = np.asarray(ink, dtype=np.float64)
    if ink.shape != (BOX_SIDE, BOX_SIDE):
        raise StrokesError(f"The box of a digit has shape {ink.shape}; give it as {(BOX_SIDE, BOX_SIDE)}.")
    if not (np.isfinite(ink).all() and ink.min() >= 0):
        raise StrokesError(
            "The ink of a digit is negative or not finite; give grey levels from 0 (no ink) up."
        )
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    if ink.max() > 0:
        top, left = offsets(ink)
        image[top : top + BOX_SIDE, left : left + BOX_SIDE] = _grey(ink)
    return image


def offsets(ink: NDArray[Any]) -> tuple[int, int]:
    """Row and column at which :func:`place` puts a box ``(20, 20)`` that holds ink."""
    grey = _grey(np.asarray(ink, dtype=np.float64))
    return _offset(grey.sum(1, dtype=np.int64)), _offset(grey.sum(0, dtype=np.int64))


def _grey(ink: NDArray[np.float64]) -> NDArray[np.uint8]:
    grey: NDArray[np.uint8] = np.rint(ink / ink.max() * 255).astype(np.uint8)
    return grey


def as_points(stroke: ArrayLike) -> NDArray[np.float64]:
    """One stroke as float64 ``(n, 2)``; an empty one as ``(0, 2)``.

    Raises:
        StrokesError: it has another shape, or holds coordinates that are not finite numbers.
    """
    try:
        points = np.asarray(stroke, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise StrokesError(f"A stroke is no array of numbers ({error}); give points (x, y).") from error
    if not points.size:
        return np.empty((0, 2))
    if points.ndim != 2 or points.shape[1] != 2:
        raise StrokesError(f"A stroke has shape {points.shape}; give it as (n, 2), one point (x, y) a row.")
    if not np.isfinite(points).all():
        row = int(np.flatnonzero(~np.isfinite(points).all(1))[0])
        x, y = points[row]
        raise StrokesError(f"Point {row} of a stroke is ({x}, {y}); remove points that are not finite.")
    return points


def _join(strokes: Sequence[ArrayLike]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """All points as ``(2, P)``, as numpy is fastest along the last axis, and the points in each stroke."""
    kept = [points for points in map(as_points, strokes) if len(points)]
    lengths = np.array([len(points) for points in kept], np.intp)
    return np.ascontiguousarray(np.concatenate(kept or [np.empty((0, 2))]).T), lengths


def _fit(points: NDArray[np.float64]) -> Array:
    """Points in the box's pixels, the longer side spanning 20 less the pen, the shorter one in the middle."""
    low, high = points.min(1, keepdims=True), points.max(1, keepdims=True)
    # Halves, so that no sum or difference of finite coordinates overflows.
    middle, half_extent = low / 2 + high / 2, float((high / 2 - low / 2).max())
    # Smaller differences are rounding errors of the coordinates, or too small to divide by.
    if half_extent <= max(1e-9 * float(np.abs([low, high]).max()), 1e-300):
        fitted = np.full_like(points, BOX_SIDE / 2)
    else:
        fitted = (points / 2 - middle / 2) * ((BOX_SIDE - PEN) / half_extent) + BOX_SIDE / 2
    # What is left are multiples of 1/1024 below 20, which single precision holds exactly.
    return (np.rint(fitted * _SNAP) / _SNAP).astype(np.float32)


def _lines(points: Array, lengths: NDArray[np.intp]) -> tuple[Array, Array]:
    """Starts and ends ``(2, P)`` of the lines. A stroke's last point ends in itself: dots are drawn."""
    ends = np.empty_like(points)
    ends[:, :-1] = points[:, 1:]
    last = np.cumsum(lengths) - 1
    ends[:, last] = points[:, last]
    return points, ends


def _split(starts: Array, ends: Array) -> tuple[Array, Array]:
    """Starts and steps ``(2, P')`` of pieces no longer than one pixel that cover the same lines."""
    step = ends - starts
    parts = np.maximum(np.ceil(np.hypot(*step) / np.float32(_PIECE)), 1).astype(np.intp)
    if parts.max() == 1:
        return starts, step
    line = np.repeat(np.arange(parts.size), parts)
    nth = (np.arange(line.size) - np.repeat(np.cumsum(parts) - parts, parts)).astype(np.float32)
    step = (step / parts.astype(np.float32))[:, line]
    return starts[:, line] + step * nth, step


def _squared_distance(starts: Array, steps: Array) -> Array:
    """``(20, 20)``: squared distance of a pixel's centre to the nearest piece; infinite if none is near."""
    # Each piece is compared with the window of pixels that it can ink, not with all of them.
    corners = np.ceil(starts + steps / 2 - np.float32(_REACH + 0.5)).astype(np.intp)
    field = np.full((_SIDE, _SIDE), np.inf, np.float32)
    _mark(field, starts[:, :_BLOCK], steps[:, :_BLOCK], corners[:, :_BLOCK])
    rest = np.arange(_BLOCK, starts.shape[1])
    while rest.size:
        rest = rest[_can_add_ink(field, corners[:, rest])]
        now, rest = rest[:_BLOCK], rest[_BLOCK:]
        _mark(field, starts[:, now], steps[:, now], corners[:, now])
    return field[_PAD:-_PAD, _PAD:-_PAD]


def _can_add_ink(field: Array, corners: NDArray[np.intp]) -> NDArray[np.bool_]:
    """False for pieces over ink as dark as they could make it: a long scribble costs little more."""
    inside = np.zeros_like(field)
    inside[_PAD:-_PAD, _PAD:-_PAD] = field[_PAD:-_PAD, _PAD:-_PAD]
    windows = sliding_window_view(inside, (_WINDOW, _WINDOW)) > _closest()
    x, y = corners + _PAD
    can: NDArray[np.bool_] = np.any(windows, axis=(2, 3))[y, x]
    return can


@cache
def _closest() -> Array:
    """``(window, window)``: squared distance up to which a pixel of a piece's window gains no ink from it."""
    # A piece's middle lies somewhere in the square of side 1 around the point (reach, reach) of its window.
    gap = np.maximum(np.abs(np.arange(_WINDOW) + 0.5 - _REACH) - 0.5, 0)
    distance = np.maximum(np.hypot(gap[:, None], gap) - _PIECE / 2, 0)
    return np.where(distance < _RADIUS + 0.5, np.maximum(distance**2, _SOLID), np.inf).astype(np.float32)


def _mark(field: Array, starts: Array, steps: Array, corners: NDArray[np.intp]) -> None:
    """Lower ``field`` where a piece is nearer; arrays are (window row, window column, piece)."""
    length = np.hypot(*steps)
    unit = steps / np.where(length > 0, length, 1)
    unit[0, length == 0] = 1  # any direction does for a point
    # From each piece's start to the centres of its window's columns and rows …
    span = np.arange(_WINDOW)
    start = (corners - starts + 0.5).astype(np.float32)
    column, row = start[:, None] + span[:, None].astype(np.float32)
    # … and the same vectors along and across the piece.
    along = (row * unit[1])[:, None] + column * unit[0]
    across = (row * unit[0])[:, None] - column * unit[1]
    along -= np.minimum(np.maximum(along, np.float32(0)), length)
    nearest = along * along + across * across
    x, y = corners + _PAD
    pixels = (y * _SIDE + x) + (span[:, None] * _SIDE + span)[:, :, None]
    np.minimum.at(field.reshape(-1), pixels.ravel(), nearest.ravel())


def _offset(profile: NDArray[np.int64]) -> int:
    # In whole numbers, so that a symmetric drawing lands on the same side on every machine:
    # b = moment / (2·mass), and the offset is 14 − b rounded up.
    mass = int(profile.sum())
    moment = int(profile @ (2 * np.arange(BOX_SIDE) + 1))
    return min(max(-((moment - IMAGE_SIDE * mass) // (2 * mass)), 0), IMAGE_SIDE - BOX_SIDE)
