"""Signed weights as colours, whose middle is exactly zero: diverging ones, or those of a colour picture's channels."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from saegui.ui.theme.tokens import Tokens


@lru_cache(maxsize=4)
def diverging_table(tokens: Tokens) -> NDArray[np.uint8]:
    """(255, 3): colours for values −127…127; entry 127 is exactly the map's centre."""
    anchors = np.array([[QColor(c).red(), QColor(c).green(), QColor(c).blue()] for c in tokens.diverging])
    place = np.linspace(0, 254, len(anchors))
    table = np.stack([np.interp(np.arange(255), place, anchors[:, channel]) for channel in range(3)], axis=1)
    return np.rint(table).astype(np.uint8)


def colour_weights(
    values: NDArray[np.float32], scale: float | NDArray[np.float32], tokens: Tokens
) -> NDArray[np.uint8]:
    """``values (...)`` → ``(..., 4)`` BGRA bytes, as QImage.Format_RGB32 wants them; ±``scale`` are the map's ends.

    ``scale`` is one number, or an array that broadcasts against ``values``; zero or less shows as zero everywhere.
    """
    table = np.full((255, 4), 255, np.uint8)
    table[:, :3] = diverging_table(tokens)[:, ::-1]
    factor = np.divide(
        127.0, scale, out=np.zeros_like(np.asarray(scale, np.float32)), where=np.asarray(scale) > 0
    )
    index = np.clip(np.rint(values * factor), -127, 127).astype(np.intp) + 127
    # Whole pixels are looked up, not their bytes: five times as fast, and the grid colours hundreds of tiles at once.
    pixels: NDArray[np.uint8] = table.view(np.uint32)[:, 0].take(index)[..., None].view(np.uint8)
    return pixels


def colour_channels(values: NDArray[np.float32], scale: float | NDArray[np.float32]) -> NDArray[np.uint8]:
    """Signed ``values (..., 3)`` of red, green and blue → ``(..., 4)`` BGRA bytes: 0.5 + value / (2·``scale``) a channel.

    Zero is mid grey, ±``scale`` are full and no light of a channel. ``scale`` as in :func:`colour_weights`.
    """
    factor = np.divide(
        127.5, scale, out=np.zeros_like(np.asarray(scale, np.float32)), where=np.asarray(scale) > 0
    )
    pixels = np.full((*values.shape[:-1], 4), 255, np.uint8)
    pixels[..., :3] = np.clip(np.rint(127.5 + values[..., ::-1] * factor), 0, 255)
    return pixels


FULL_COLOUR = 0.5
"""Ink that the ends of the diverging map stand for in contributions, where :func:`full_colour` finds no better; 1 is the step
from paper to full ink."""


def full_colour(largest: float) -> float:
    """What the ends of the map stand for in contributions of which ``largest`` is the greatest magnitude.

    :data:`FULL_COLOUR`, doubled or halved to what is nearest to ``largest``: so faint ones are seen too, and the scale seldom
    changes while one draws.
    """
    if not 0 < largest < math.inf:
        return FULL_COLOUR
    return float(FULL_COLOUR * 2.0 ** round(math.log2(largest / FULL_COLOUR)))
