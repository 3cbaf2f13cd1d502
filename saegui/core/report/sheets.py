"""Thousands of small pictures as one PNG: the page cuts them out again."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Floats, Images, Shape, Span

Bytes = NDArray[np.uint8]
MOST_PIXELS = 1 << 24
"""Of the pictures of one sheet together: 4,096 × 4,096, which every browser opens. Larger ones are averaged to fit."""
ZERO, STEPS = 128, 127
"""The byte that stands for a weight of zero, and how many there are up to either end of the scale."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """``count`` pictures of ``height × width`` pixels, row by row, ``columns`` in each."""

    png: bytes
    columns: int
    count: int
    height: int
    width: int
    colour: bool

    def described(self) -> dict[str, Any]:
        """What the page has to know of it, the picture itself included."""
        return {
            "src": f"data:image/png;base64,{base64.b64encode(self.png).decode('ascii')}",
            "columns": self.columns,
            "count": self.count,
            "height": self.height,
            "width": self.width,
            "colour": self.colour,
        }


def of_weights(images: Floats, limit: float) -> Sheet:
    """Weights ``(n, *shape)``: a grey picture or a vector as bytes from 1 (−limit) over 128 (zero) to 255 (limit); those of a
    colour picture as they are drawn, mid grey zero."""
    fitting = shrunk(images, MOST_PIXELS)
    if fitting.ndim == 4:
        return packed(_bytes(0.5 + fitting / (2 * limit)))
    return packed((ZERO + np.rint(np.clip(fitting / limit, -1, 1) * STEPS)).astype(np.uint8))


def of_inputs(images: Images, span: Span, most: int = MOST_PIXELS) -> Sheet:
    """Inputs ``(n, h, w[, 3])`` as they are drawn, from black to white over ``span``; all together at most ``most`` pixels."""
    if images.dtype == np.uint8:
        return packed(np.rint(shrunk(images, most)).astype(np.uint8))
    low, high = span
    return packed(_bytes((shrunk(images, most) - low) / (high - low)))


def shrunk(images: NDArray[Any], most: int) -> NDArray[Any]:
    """``images (n, *shape)``, pixels averaged over squares, or numbers over pieces, until all have at most ``most``."""
    shape = images.shape[1:]
    sides = shape[:1] if len(shape) == 1 else shape[:2]
    pixels = len(images) * math.prod(sides)
    if pixels <= most:
        return images
    factor = math.ceil((pixels / most) ** (1 / len(sides)))
    means = images.astype(np.float32)
    for axis in range(1, 1 + len(sides)):
        step = min(factor, means.shape[axis])
        missing = -means.shape[axis] % step
        padding = [(0, missing if place == axis else 0) for place in range(means.ndim)]
        padded = np.pad(means, padding, mode="edge")
        split = (*padded.shape[:axis], padded.shape[axis] // step, step, *padded.shape[axis + 1 :])
        means = padded.reshape(split).mean(axis=axis + 1)
    return means


def packed(pictures: Bytes) -> Sheet:
    """``pictures (n, h, w)``, ``(n, h, w, 3)`` or rows ``(n, d)`` in a sheet that is about square."""
    from PIL import Image

    if pictures.ndim == 2:
        pictures = pictures[:, np.newaxis]
    count, height, width = pictures.shape[:3]
    columns = max(1, min(count, round(math.sqrt(count * height / width))))
    rows = max(1, -(-count // columns))
    shape: Shape = (rows * columns, *pictures.shape[1:])
    whole: Bytes = np.zeros(shape, np.uint8)
    whole[:count] = pictures
    whole = whole.reshape(rows, columns, *pictures.shape[1:]).swapaxes(1, 2)
    whole = np.ascontiguousarray(whole.reshape(rows * height, columns * width, *pictures.shape[3:]))
    buffer = io.BytesIO()
    Image.fromarray(whole).save(buffer, "png", compress_level=6)
    return Sheet(buffer.getvalue(), columns, count, height, width, pictures.ndim == 4)


def _bytes(shares: Floats) -> Bytes:
    return np.rint(255 * np.clip(shares, 0, 1)).astype(np.uint8)
