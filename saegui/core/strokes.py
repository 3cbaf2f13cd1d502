"""Pen strokes → the 28×28 image a model sees, as MNIST's digits were made.

A stroke is a float array ``(n, 2)`` of points, x to the right and y down, in any unit; a drawing is a list of strokes.
MNIST's digits were "size normalized to fit in a 20x20 pixel box while preserving their aspect ratio" and "centered in a
28x28 image by computing the center of mass of the pixels" (LeCun, Bottou, Bengio & Haffner 1998, and the data set's
page); how exactly was reconstructed by Yadav & Bottou 2019 ("Cold Case: The Lost MNIST Digits", the QMNIST data set).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.config import IMAGE_SIDE
from saegui.core.errors import StrokesError

BOX_SIDE = 20
"""Side in pixels of the square that a digit is fitted into before it is centred."""


def place(box: NDArray[Any]) -> NDArray[np.uint8]:
    """Centre a digit's box on its ink: ``(20, 20)`` of any ink ≥ 0 → uint8 ``(28, 28)`` whose peak is 255.

    The centre of mass b is taken with pixel centres at i + 0.5; the box is put at the integer offset int(15 − b) per
    axis, clamped to 0…8, which brings b into [14, 15) (0-based index: [13.5, 14.5)) unless clamped
    (LeCun et al. 1998; Yadav & Bottou 2019). Where b is a whole number the offset is 14 − b: MNIST's training set has
    centres at exactly 13.5 and none at 14.5. A box without ink gives zeros.

    Raises:
        StrokesError: the box has another shape, or holds ink that is negative or not finite.
    """
    ink = np.asarray(box, dtype=np.float64)
    if ink.shape != (BOX_SIDE, BOX_SIDE):
        raise StrokesError(f"The box of a digit has shape {ink.shape}; give it as {(BOX_SIDE, BOX_SIDE)}.")
    if not (np.isfinite(ink).all() and ink.min() >= 0):
        raise StrokesError(
            "The ink of a digit is negative or not finite; give grey levels from 0 (no ink) up."
        )
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    peak = ink.max()
    if peak > 0:
        grey = np.rint(ink / peak * 255).astype(np.uint8)
        top, left = _offset(grey.sum(1, dtype=np.int64)), _offset(grey.sum(0, dtype=np.int64))
        image[top : top + BOX_SIDE, left : left + BOX_SIDE] = grey
    return image


def _offset(profile: NDArray[np.int64]) -> int:
    # In whole numbers, so that a symmetric drawing lands on the same side on every machine:
    # b = moment / (2·mass), and the offset is 14 − b rounded up.
    mass = int(profile.sum())
    moment = int(profile @ (2 * np.arange(BOX_SIDE) + 1))
    return min(max(-((moment - IMAGE_SIDE * mass) // (2 * mass)), 0), IMAGE_SIDE - BOX_SIDE)
