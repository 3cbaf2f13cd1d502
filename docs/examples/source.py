"""Stripes: grey pictures of 12×20 that show two to four of 32 stripes, made up by the same rule every time.

Each class is a direction. The stripes are what an autoencoder should find again as its atoms.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saegui.core.data.dataset import Arrays, DatasetInfo
from saegui.core.data.options import Options
from saegui.core.data.source import Source
from saegui.core.progress import Progress

HEIGHT, WIDTH = 12, 20
N_TRAIN, N_TEST = 400, 100
CLASSES = ("across", "down", "falling", "rising")
PER_CLASS = 8
"""Stripes of one direction."""


def load(folder: Path | None, options: Options, progress: Progress) -> Arrays:
    """The pictures with the direction of their stripes; a source that reads no files and offers no options has no use for them."""
    random = np.random.default_rng(0)
    total = N_TRAIN + N_TEST
    images = np.zeros((total, HEIGHT, WIDTH), np.uint8)
    labels = np.arange(total, dtype=np.uint8) % len(CLASSES)
    stripes = [np.stack([_stripe(name, place) for place in range(PER_CLASS)]) for name in CLASSES]
    for index, label in enumerate(labels):
        if index % 100 == 0:
            progress.report(index, total, "Drawing stripes")
        chosen = random.choice(PER_CLASS, random.integers(2, 5), replace=False)
        ink = random.uniform(0.4, 1, len(chosen))[:, None, None] * stripes[label][chosen]
        images[index] = np.round(255 * ink.max(0))
    return Arrays(images[:N_TRAIN], labels[:N_TRAIN], images[N_TRAIN:], labels[N_TRAIN:])


def _stripe(direction: str, place: int) -> NDArray[np.float64]:
    """``(HEIGHT, WIDTH)``: 1 on one stripe of a direction, 0 beside it."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    along = {"across": y, "down": x, "falling": x - y + HEIGHT, "rising": x + y}[direction]
    start = place * (int(along.max()) + 1) / PER_CLASS
    stripe: NDArray[np.bool_] = (along >= start) & (along < start + 2)
    return stripe.astype(np.float64)


INFO = DatasetInfo(
    "stripes",
    "Stripes",
    "500 made-up grey pictures of stripes in four directions, 12×20; no network needed.",
    (HEIGHT, WIDTH),
    N_TRAIN,
    N_TEST,
    CLASSES,
)
SOURCE = Source(INFO, load)
