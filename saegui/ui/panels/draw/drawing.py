"""What is on the canvas, as a value that never changes, and the undo command from one to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtGui import QUndoCommand

from saegui.core import strokes as pen
from saegui.core.arrays import Images
from saegui.core.config.schema import IMAGE_SIDE

Stroke = NDArray[np.float64]
"""``(n, 2)`` points in canvas units: x right, y down, 0…1. Read-only."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """Strokes, or a picture (28, 28) uint8 that came from elsewhere; never both."""

    strokes: tuple[Stroke, ...] = ()
    picture: Images | None = None
    title: str = ""
    """Where the picture came from."""

    @property
    def empty(self) -> bool:
        """Blank paper."""
        return not self.strokes and self.picture is None


BLANK_DRAWING = Drawing()


def as_stroke(points: ArrayLike) -> Stroke:
    """A read-only copy ``(n, 2)`` of points."""
    stroke = np.array(points, np.float64).reshape(-1, 2)
    stroke.setflags(write=False)
    return stroke


def fitted(strokes: Iterable[ArrayLike]) -> list[Stroke]:
    """Strokes in any unit, moved and scaled to where the model sees them when the image fills the canvas.

    Raises:
        StrokesError: a stroke is not of shape ``(n, 2)``, or holds coordinates that are not finite.
    """
    given = [np.asarray(stroke, np.float64) for stroke in strokes]
    frame = pen.frame(given)
    if frame is None:
        return [as_stroke(np.full((1, 2), 0.5)) for stroke in given if len(stroke)][:1]
    return [as_stroke((stroke - [frame.left, frame.top]) / frame.side) for stroke in given if len(stroke)]


PEN_WIDTH = pen.PEN / IMAGE_SIDE
"""Canvas units: a drawing that fills the guide box looks exactly as the model sees it."""


class Change(QUndoCommand):
    """One step of the undo stack: a whole stroke, a whole erase gesture, a clear, another picture."""

    def __init__(self, show: Callable[[Drawing], None], before: Drawing, after: Drawing, text: str) -> None:
        super().__init__(text)
        self._show, self._before, self._after = show, before, after

    def redo(self) -> None:
        self._show(self._after)

    def undo(self) -> None:
        self._show(self._before)
