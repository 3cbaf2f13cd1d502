"""Curves of any length as a few points a pixel, for the window and for figures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from saegui.core.runs.history import CurveValues

FINE = 2**15
"""From so many points in sight on, groups that were made once are put together, so that a million points are drawn as fast."""
_COARSE = 2**14
"""Groups that a longer curve is divided into."""


class Seen(NamedTuple):
    """What is drawn of a curve: as many values in each field."""

    x: CurveValues
    mean: CurveValues
    low: CurveValues
    high: CurveValues

    @property
    def thinned(self) -> bool:
        """Whether any of its points stands for several."""
        return self.low is not self.mean


class Curve:
    """One column of numbers over an ascending one. What is not finite is a gap; on a logarithmic axis zeros are too."""

    def __init__(self, x: CurveValues, y: CurveValues) -> None:
        """Copies: a history's own rows go on growing, and thin themselves in place."""
        self.x, self.y = np.array(x, float), np.array(y, float)
        self._groups: dict[bool, tuple[int, Seen]] = {}
        self._extents: dict[tuple[float, float], tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self.x)

    def equals(self, x: CurveValues, y: CurveValues) -> bool:
        """Whether these are its numbers."""
        return np.array_equal(self.x, x) and np.array_equal(self.y, y, equal_nan=True)

    def seen(self, low: float, high: float, pixels: int, *, log: bool = False) -> Seen:
        """What lies from x = ``low`` to ``high``, and a point on both sides, in about one group a pixel.

        Each group is drawn at its last x, with the mean, the least and the greatest of its values; the last point in sight
        is always a group of its own. Values that cannot be drawn are NaN.
        """
        first = max(0, int(np.searchsorted(self.x, low)) - 1)
        last = min(len(self.x), int(np.searchsorted(self.x, high, side="right")) + 1)
        if last - first <= max(2, 2 * pixels):
            y = _drawable(self.y[first:last], log)
            return Seen(self.x[first:last], y, y, y)
        if last - first <= FINE:
            y = _drawable(self.y[first:last], log)
            return _grouped(Seen(self.x[first:last], y, y, y), pixels)
        size, whole = self._all_groups(log)
        part = Seen(*(column[first // size : -(-last // size)] for column in whole))
        found = _grouped(part, pixels)
        if last < len(self.x):
            return found
        newest = _drawable(self.y[-1:], log)
        ends = (self.x[-1:], newest, newest, newest)
        return Seen(*(np.append(column, end) for column, end in zip(found, ends, strict=True)))

    def extent(self, low: float, high: float) -> tuple[float, float]:
        """Least and greatest finite value above zero where ``low`` ≤ x ≤ ``high``; (∞, 0) when there is none."""
        if (low, high) not in self._extents:
            y = self.y[np.searchsorted(self.x, low) : np.searchsorted(self.x, high, side="right")]
            y = y[np.isfinite(y) & (y > 0)]
            self._extents = {(low, high): (float(y.min()), float(y.max())) if len(y) else (np.inf, 0.0)}
        return self._extents[low, high]

    def _all_groups(self, log: bool) -> tuple[int, Seen]:
        if log not in self._groups:
            size = -(-len(self.x) // _COARSE)
            y = _drawable(self.y, log)
            self._groups[log] = size, _grouped(Seen(self.x, y, y, y), _COARSE, size=size, newest=False)
        return self._groups[log]


def _drawable(y: CurveValues, log: bool) -> CurveValues:
    good = np.isfinite(y) & (y > 0) if log else np.isfinite(y)
    return y if good.all() else np.where(good, y, np.nan)


def _grouped(part: Seen, count: int, *, size: int | None = None, newest: bool = True) -> Seen:
    """``part`` in at most about ``count`` groups of equal ``size``; with ``newest`` its last point is one of its own."""
    n = len(part.x) - newest
    size = size or -(-n // count)
    starts = np.arange(0, n, size)
    ends = np.append(starts[1:], n) - 1
    mean = part.mean[:n]
    known = ~np.isnan(mean)
    counts = np.add.reduceat(known, starts, dtype=float)
    sums = np.add.reduceat(np.where(known, mean, 0.0), starts)
    columns = [
        part.x[ends],
        np.divide(sums, counts, out=np.full(len(starts), np.nan), where=counts > 0),
        np.fmin.reduceat(part.low[:n], starts),
        np.fmax.reduceat(part.high[:n], starts),
    ]
    if newest:
        columns = [np.append(column, own[-1]) for column, own in zip(columns, part, strict=True)]
    return Seen(*columns)
