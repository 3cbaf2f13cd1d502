"""Many dots as one picture: thousands are painted in a few milliseconds, where a call for each would take longer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint32]
_SOFT = 0.45
"""How much of its colour the rim of a dot has."""


@lru_cache(maxsize=64)
def stamp(shape: str, radius: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Offsets ``(n, 2)`` of the pixels of a dot's core and of its rim: rows (down, right)."""
    reach = int(np.ceil(radius)) + 1
    down, right = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    across, along = np.abs(right), np.abs(down)
    far = {
        "disc": np.hypot(across, along),
        "square": 1.12 * np.maximum(across, along),
        "diamond": 0.8 * (across + along),
        "cross": np.maximum(np.minimum(across, along) * 2.4, np.maximum(across, along) * 0.85),
    }[shape]
    core, rim = far <= radius, (far > radius) & (far <= radius + 0.7)
    return tuple(np.stack([down[where], right[where]], axis=1) for where in (core, rim))  # type: ignore[return-value]


def mixed(colours: Pixels, ground: int, share: float) -> Pixels:
    """``share`` of each 0xffRRGGBB colour on ``ground``."""
    found = np.zeros_like(colours)
    for shift in (0, 8, 16):
        mine, other = ((value >> shift) & 255 for value in (colours, np.uint32(ground)))
        found |= np.rint(share * mine + (1 - share) * other).astype(np.uint32) << np.uint32(shift)
    return found | np.uint32(0xFF000000)


class Layer(NamedTuple):
    """Dots of one size and shape; later ones lie over earlier ones."""

    x: NDArray[np.floating]
    """(n,), in pixels"""
    y: NDArray[np.floating]
    colours: Pixels
    """(n,): 0xffRRGGBB"""
    radius: float
    shape: str = "disc"


def picture(width: int, height: int, ground: int, layers: Sequence[Layer]) -> Pixels:
    """(height, width): the dots of all layers, one after the other, on ``ground``; dots outside are left out."""
    pad = max((int(np.ceil(layer.radius)) + 1 for layer in layers), default=0)
    # With a border as wide as a dot no pixel of a dot has to be asked whether it is inside.
    pixels = np.full((height + 2 * pad, width + 2 * pad), ground, np.uint32)
    flat, pitch = pixels.reshape(-1), width + 2 * pad
    for layer in layers:
        right, down = np.rint(layer.x), np.rint(layer.y)
        near = (right >= 0) & (right < width) & (down >= 0) & (down < height)
        at = ((down[near].astype(np.intp) + pad) * pitch + right[near].astype(np.intp)) + pad
        full = layer.colours[near]
        core, rim = stamp(layer.shape, layer.radius)
        for offsets, painted in ((rim, mixed(full, ground, _SOFT)), (core, full)):
            for offset in (offsets[:, 0] * pitch + offsets[:, 1]).tolist():
                flat[at + offset] = painted
    return np.ascontiguousarray(pixels[pad : pad + height, pad : pad + width])
