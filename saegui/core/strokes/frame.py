"""Where a drawing lies in the 28×28 image that :func:`saegui.core.strokes.render` makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from saegui.core.strokes import raster
from saegui.core.strokes.raster import BOX_SIDE, IMAGE_SIDE, PEN


@dataclass(frozen=True)
class Frame:
    """The 28×28 image as a square among the strokes, in their units."""

    left: float
    top: float
    side: float


def frame(strokes: Sequence[ArrayLike]) -> Frame | None:
    """The square of the strokes' plane that the image shows; None for a drawing without points or extent.

    Raises:
        StrokesError: a stroke is not of shape ``(n, 2)``, or holds coordinates that are not finite.
    """
    points = np.concatenate([raster.as_points(stroke) for stroke in strokes] or [np.empty((0, 2))])
    if not len(points):
        return None
    low, high = points.min(0), points.max(0)
    extent = float((high - low).max())
    if extent <= 1e-9 * float(np.abs([low, high]).max()):
        return None
    unit = extent / (BOX_SIDE - PEN)
    box_left, box_top = (low + high) / 2 - unit * BOX_SIDE / 2
    row, column = raster.offsets(raster.box(strokes))
    return Frame(float(box_left - column * unit), float(box_top - row * unit), IMAGE_SIDE * unit)
