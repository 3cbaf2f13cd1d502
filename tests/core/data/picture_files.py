"""Folders of pictures that tests write with Pillow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def save(path: Path, levels: np.ndarray, **options: Any) -> Path:
    """A picture file of ``levels``, bytes ``(h, w)``, ``(h, w, 3)`` or ``(h, w, 4)``, or deeper numbers; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(levels).save(path, **options)
    return path


def shapes(count: int, height: int, width: int, colour: bool = True, seed: int = 0) -> np.ndarray:
    """``(count, h, w[, 3])``: sums of one to three of eight soft spots in colours of their own, on black."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    places = np.random.default_rng(1).random((8, 2)) * (height, width)
    spots = np.exp(
        -(((y - places[:, :1, None]) ** 2) + (x - places[:, 1:, None]) ** 2) / (0.03 * height * width)
    )
    colours = 0.2 + 0.8 * np.random.default_rng(2).random((8, 3))
    z = random.random((count, 8)) * (random.random((count, 8)) < 0.3)
    z[np.arange(count), np.arange(count) % 8] = 1
    found = np.einsum("nk,khw,kc->nhwc", z, spots, colours) if colour else np.einsum("nk,khw->nhw", z, spots)
    return np.clip(160 * found, 0, 255).astype(np.uint8)


def folder_of(place: Path, count: int = 60, height: int = 12, width: int = 18, colour: bool = True) -> Path:
    """A folder of PNG files in the subfolders ``bird``, ``cat`` and ``dog``."""
    for index, picture in enumerate(shapes(count, height, width, colour)):
        save(place / ("bird", "cat", "dog")[index % 3] / f"{index}.png", picture)
    return place
