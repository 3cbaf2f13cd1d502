"""A vector eraser: cuts out of strokes what a round rubber passes over."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saegui.core.errors import StrokesError
from saegui.core.strokes.raster import as_points

Points = NDArray[np.float64]
Spans = tuple[NDArray[np.float64], NDArray[np.float64]]

_SLIVER = 1e-6  # of the radius: shorter pieces and shorter cuts are rounding errors


def erase(strokes: Sequence[ArrayLike], path: ArrayLike, radius: float) -> list[Points]:
    """What is left of ``strokes`` when a disc is moved along the polyline ``path``; all in the same units.

    Strokes are cut where they cross the border of the area passed over, if need be between their points, and
    fall into several where the middle is erased. All are float64 ``(n, 2)``; those that are not touched
    are the same arrays where they were float64 already.

    Raises:
        StrokesError: the radius is not a positive number, or a stroke or the path is not finite ``(n, 2)``.
    """
    if not (math.isfinite(radius) and radius > 0):
        raise StrokesError(f"The eraser's radius is {radius}; give a number above 0.")
    lines, rubber = [as_points(stroke) for stroke in strokes], as_points(path)
    if not len(rubber):
        return lines
    return [piece for line in lines for piece in _cut(line, rubber, radius)]


def _cut(line: Points, path: Points, radius: float) -> list[Points]:
    # A lone point is a line of length zero to itself, on both sides.
    starts, steps = line, np.diff(line, axis=0, append=line[-1:])
    near = _near(starts, steps, path, radius)
    if not near.any():
        return [line]
    enter, leave = _inside(starts[near], steps[near], path, np.diff(path, axis=0, append=path[-1:]), radius)
    hit = enter <= leave
    if not hit.any():
        return [line]
    # Positions along the line: where each of its points lies, where each cut begins and ends.
    lengths = np.hypot(*steps.T)
    at = np.cumsum(lengths) - lengths
    sliver = _SLIVER * radius
    if at[-1] <= sliver:
        return []
    which, _ = np.nonzero(hit)
    begin, end = (at[near][which] + lengths[near][which] * share[hit] for share in (enter, leave))
    cuts = _merge(begin, end, sliver)
    return [_between(line, at, *gap) for gap in _gaps(cuts, at[-1], sliver)] if cuts else [line]


def _near(starts: Points, steps: Points, path: Points, radius: float) -> NDArray[np.bool_]:
    low, high = path.min(0) - radius, path.max(0) + radius
    ends = starts + steps
    overlap = (np.maximum(starts, ends) >= low) & (np.minimum(starts, ends) <= high)
    near: NDArray[np.bool_] = overlap.all(1)
    return near


def _inside(starts: Points, steps: Points, path: Points, path_steps: Points, radius: float) -> Spans:
    """``(S, M)``: from which share to which each of S lines is in the stadium around each of M path lines.

    A stadium is convex, so the part of a line inside is one interval: from the first to the last crossing of
    its two discs and its rectangle. Where there is none, the first number is the larger one.
    """
    begin, end = _inside_discs(starts, steps, path, radius)
    others = (
        _inside_discs(starts, steps, path + path_steps, radius),
        _inside_rectangles(starts, steps, path, path_steps, radius),
    )
    for other_begin, other_end in others:
        begin, end = np.minimum(begin, other_begin), np.maximum(end, other_end)
    # Touching the border from outside is no cut.
    begin, end = np.maximum(begin, 0), np.minimum(end, 1)
    return np.where(begin < end, begin, np.inf), end


def _inside_discs(starts: Points, steps: Points, centres: Points, radius: float) -> Spans:
    offset = starts[:, None] - centres  # (S, M, 2)
    a = np.sum(steps * steps, axis=1)[:, None]
    b = np.sum(offset * steps[:, None], axis=2)
    c = np.sum(offset * offset, axis=2) - radius * radius
    root = np.sqrt(np.maximum(b * b - a * c, 0))
    moves = a > 0
    safe = np.where(moves, a, 1)
    begin = np.where(moves, (-b - root) / safe, -np.inf)
    end = np.where(moves, (-b + root) / safe, np.inf)
    outside = np.where(moves, b * b - a * c <= 0, c >= 0)
    return np.where(outside, np.inf, begin), np.where(outside, -np.inf, end)


def _inside_rectangles(
    starts: Points, steps: Points, path: Points, path_steps: Points, radius: float
) -> Spans:
    length = np.hypot(*path_steps.T)
    unit = path_steps / np.where(length > 0, length, 1)[:, None]
    normal = np.stack([-unit[:, 1], unit[:, 0]], 1)
    offset = starts[:, None] - path
    along = _between_borders(np.sum(offset * unit, axis=2), steps @ unit.T, 0.0, length)
    across = _between_borders(np.sum(offset * normal, axis=2), steps @ normal.T, -radius, radius)
    begin, end = np.maximum(along[0], across[0]), np.minimum(along[1], across[1])
    outside = (begin >= end) | (length == 0)
    return np.where(outside, np.inf, begin), np.where(outside, -np.inf, end)


def _between_borders(position: Points, speed: Points, low: float | Points, high: float | Points) -> Spans:
    moves = speed != 0
    safe = np.where(moves, speed, 1)
    first, second = (low - position) / safe, (high - position) / safe
    within = (low < position) & (position < high)
    begin = np.where(moves, np.minimum(first, second), np.where(within, -np.inf, np.inf))
    end = np.where(moves, np.maximum(first, second), np.where(within, np.inf, -np.inf))
    return begin, end


def _merge(begin: Points, end: Points, sliver: float) -> list[tuple[float, float]]:
    """Cuts that overlap or nearly touch become one; what is still shorter than ``sliver`` is dropped."""
    order = np.argsort(begin, kind="stable")
    begin, end = begin[order], np.maximum.accumulate(end[order])
    opens = np.flatnonzero(np.append(True, begin[1:] > end[:-1] + sliver))
    closes = np.append(opens[1:], len(begin)) - 1
    return [(a, b) for a, b in zip(begin[opens], end[closes], strict=True) if b - a > sliver]


def _gaps(cuts: list[tuple[float, float]], length: float, sliver: float) -> list[tuple[float, float]]:
    edges = [0.0, *(edge for cut in cuts for edge in cut), length]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > sliver]


def _between(line: Points, at: Points, begin: float, end: float) -> Points:
    """The part of a line from one position to another, with a new point at each cut."""
    inner = line[(at > begin) & (at < end)]
    edges = np.column_stack([np.interp([begin, end], at, axis) for axis in line.T])
    return np.concatenate([edges[:1], inner, edges[1:]])
