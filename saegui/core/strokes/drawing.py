"""A drawing as one value that never changes: strokes on a canvas, or a picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saegui.core.arrays import Images
from saegui.core.strokes.frame import frame
from saegui.core.strokes.raster import IMAGE_SHAPE, IMAGE_SIDE, PEN, render

Stroke = NDArray[np.float64]
"""``(n, 2)`` points in canvas units: x right, y down, 0…1. Read-only."""

PEN_WIDTH = PEN / IMAGE_SIDE
"""Canvas units: a drawing that fills the guide box looks exactly as the model sees it."""

_BLANK: Images = np.zeros(IMAGE_SHAPE, np.uint8)
_BLANK.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Drawing:
    """Strokes, or an input of any shape that came from elsewhere; never both. The same object is the same drawing."""

    strokes: tuple[Stroke, ...] = ()
    picture: Images | None = None
    title: str = ""
    """Where the picture came from, such as ``test image 61 · a 5``; empty for strokes."""

    @property
    def empty(self) -> bool:
        """Blank paper."""
        return not self.strokes and self.picture is None

    @cached_property
    def image(self) -> Images:
        """uint8, read-only: what a model is given. The picture, or the strokes as :func:`render` draws them.

        Raises:
            StrokesError: a stroke is not of shape ``(n, 2)``, or holds coordinates that are not finite.
        """
        if self.picture is not None:
            return self.picture
        image = render(self.strokes) if self.strokes else _BLANK
        image.setflags(write=False)
        return image


BLANK_DRAWING = Drawing()


def as_stroke(points: ArrayLike) -> Stroke:
    """A read-only copy ``(n, 2)`` of points."""
    stroke = np.array(points, np.float64).reshape(-1, 2)
    stroke.setflags(write=False)
    return stroke


def of_strokes(strokes: Iterable[ArrayLike]) -> Drawing:
    """Strokes in any unit as a drawing whose image fills the canvas.

    Raises:
        StrokesError: a stroke is not of shape ``(n, 2)``, or holds coordinates that are not finite.
    """
    return Drawing(tuple(fitted(strokes)))


def of_picture(picture: Images, title: str) -> Drawing:
    """A picture as a drawing. The array becomes read-only; one that is part of another, such as a data set's image, is copied."""
    # What can be undone would keep the whole data set.
    picture = np.ascontiguousarray(picture) if picture.base is None else picture.copy()
    picture.setflags(write=False)
    return Drawing(picture=picture, title=title)


def fitted(strokes: Iterable[ArrayLike]) -> list[Stroke]:
    """Strokes in any unit, moved and scaled to where the model sees them when the image fills the canvas.

    Raises:
        StrokesError: a stroke is not of shape ``(n, 2)``, or holds coordinates that are not finite.
    """
    given = [np.asarray(stroke, np.float64) for stroke in strokes]
    found = frame(given)
    if found is None:
        return [as_stroke(np.full((1, 2), 0.5)) for stroke in given if len(stroke)][:1]
    return [as_stroke((stroke - [found.left, found.top]) / found.side) for stroke in given if len(stroke)]
