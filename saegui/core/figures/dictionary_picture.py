"""The dictionary as one small picture, without words: for notebooks and logs. It needs no matplotlib window or file."""

from __future__ import annotations

import io
import math

import numpy as np

from saegui.core.arrays import Array
from saegui.core.figures.paper import Rgb
from saegui.core.figures.tiles import Tile
from saegui.core.model.snapshot import Snapshot

MOST = 256
"""Latents that are drawn: the most often active ones, by index."""
_SIDE = 56
"""Device pixels of an atom at most."""
_GAP = 2
_WHITE = np.uint8(255)


def dictionary_picture(snapshot: Snapshot) -> Rgb | None:
    """``(height, width, 3)``: the decoder row of each latent, each on a scale of its own. None for those of plain vectors."""
    if len(snapshot.shape) == 1:
        return None
    busiest = np.argsort(-snapshot.density, kind="stable")[:MOST]
    # Of a training that has gone wrong, too.
    atoms = np.nan_to_num(snapshot.decoder_images[np.sort(busiest)], posinf=0, neginf=0)
    tile = Tile.within(snapshot.shape, _SIDE)
    limits = np.abs(atoms).reshape(len(atoms), -1).max(axis=1)
    limits[limits == 0] = 1
    shares: Array = atoms / limits.reshape(-1, *[1] * len(snapshot.shape))
    columns = math.ceil(math.sqrt(len(atoms)))
    rows = math.ceil(len(atoms) / columns)
    high, wide = tile.height + _GAP, tile.width + _GAP
    sheet = np.full((rows * high + _GAP, columns * wide + _GAP, 3), _WHITE, np.uint8)
    for place, pixels in enumerate(tile.pixels(shares, 1.0)):
        top, left = _GAP + place // columns * high, _GAP + place % columns * wide
        sheet[top : top + tile.height, left : left + tile.width] = pixels
    return sheet


def dictionary_png(snapshot: Snapshot) -> bytes | None:
    """:func:`dictionary_picture` as a PNG file."""
    picture = dictionary_picture(snapshot)
    if picture is None:
        return None
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png")
    return buffer.getvalue()
