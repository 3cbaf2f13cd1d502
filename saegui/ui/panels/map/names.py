"""Where names beside points find room: none lies on a point, on another name, or on the words of the axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSizeF

APART = 5
"""px between a point and its name."""


class FreeRoom:
    """The pixels of a map on which nothing stands yet."""

    def __init__(self, width: int, height: int) -> None:
        self._taken: NDArray[np.bool_] = np.zeros((max(1, height), max(1, width)), bool)

    def take(self, room: QRectF) -> None:
        """Something stands there."""
        top, bottom, left, right = self._ends(room)
        self._taken[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True

    def take_points(self, x: NDArray[np.float64], y: NDArray[np.float64], radius: float) -> None:
        """Points of so many px stand at ``x (n,)``, ``y (n,)``."""
        reach = int(np.ceil(radius))
        for down in range(-reach, reach + 1):
            for across in range(-reach, reach + 1):
                row, column = np.round(y).astype(int) + down, np.round(x).astype(int) + across
                high, wide = self._taken.shape
                inside = (row >= 0) & (row < high) & (column >= 0) & (column < wide)
                self._taken[row[inside], column[inside]] = True

    def place(self, candidates: Iterable[QRectF]) -> QRectF | None:
        """The first of ``candidates`` in which nothing stands; it is taken then. None: each has something."""
        high, wide = self._taken.shape
        for room in candidates:
            top, bottom, left, right = self._ends(room)
            inside = top >= 0 and left >= 0 and bottom <= high and right <= wide
            if inside and not self._taken[top:bottom, left:right].any():
                self.take(room)
                return room
        return None

    @staticmethod
    def _ends(room: QRectF) -> tuple[int, int, int, int]:
        return (
            int(np.floor(room.top())),
            int(np.ceil(room.bottom())),
            int(np.floor(room.left())),
            int(np.ceil(room.right())),
        )


def around(x: float, y: float, size: QSizeF, radius: float) -> Sequence[QRectF]:
    """Where a name of ``size`` may stand beside a point: to the right, to the left, above, below."""
    wide, high, apart = size.width(), size.height(), radius + APART
    return (
        QRectF(x + apart, y - high / 2, wide, high),
        QRectF(x - apart - wide, y - high / 2, wide, high),
        QRectF(x - wide / 2, y - apart - high, wide, high),
        QRectF(x - wide / 2, y + apart, wide, high),
    )
