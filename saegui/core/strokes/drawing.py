"""A drawing as one value that never changes: strokes on a canvas, a picture from elsewhere, or a text."""

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
    """Strokes, an input of any shape that came from elsewhere, or a text; one of them. The same object is the same drawing."""

    strokes: tuple[Stroke, ...] = ()
    picture: Images | None = None
    title: str = ""
    """Where the picture or the text came from, such as ``test image 61 · a 5``; empty for what is drawn or typed here."""
    text: str = ""
    row: Images | None = None
    """What a data set has made of the picture or the text, where it came from there: it is not made again."""

    @property
    def empty(self) -> bool:
        """Blank paper."""
        return not self.strokes and self.picture is None and not self.text

    @property
    def drawn(self) -> bool:
        """Blank paper, or strokes, to which a pen adds."""
        return self.picture is None and not self.text

    @property
    def blank(self) -> bool:
        """Nothing to encode: no ink, and no text but spaces."""
        if self.text or self.row is not None:
            return self.row is None and not self.text.strip()
        return self.image.ndim == 2 and not self.image.any()

    @cached_property
    def image(self) -> Images:
        """uint8, read-only: the picture, or the strokes as :func:`render` draws them; blank paper for a text.

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


def of_picture(picture: Images, title: str, row: Images | None = None) -> Drawing:
    """A picture as a drawing, with the ``row`` that its data set has of it, if it came from there.

    The arrays become read-only; those that are part of another, such as a data set's image, are copied.
    """
    return Drawing(picture=_owned(picture), title=title, row=None if row is None else _owned(row))


def of_text(text: str, title: str = "", row: Images | None = None) -> Drawing:
    """A text as a drawing, with the ``row`` that its data set has of it, if it came from there."""
    return Drawing(text=text, title=title, row=None if row is None else _owned(row))


def _owned(array: Images) -> Images:
    # What can be undone would keep the whole data set.
    array = np.ascontiguousarray(array) if array.base is None else array.copy()
    array.setflags(write=False)
    return array


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
