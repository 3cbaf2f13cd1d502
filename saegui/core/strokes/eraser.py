"""A vector eraser: cuts out of strokes what a round rubber passes over."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saegui.core.errors import StrokesError
from saegui.core.strokes.raster import as_points

Points = NDArray[np.float64]
Spans = tuple[NDArray[np.float64], NDArray[np.float64]]
_Parts = tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]
"""Of which line each part is, where it begins and where it ends."""

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
    lines, rubber = [_as_line(stroke) for stroke in strokes], as_points(path)
    points = np.concatenate([np.empty((0, 2)), *lines])
    if not np.isfinite(points).all():
        lines = [as_points(line) for line in lines]  # says which point it is
    if not len(rubber):
        return lines
    counts = np.array([len(line) for line in lines], np.intp)
    near = lines_within(points, counts, rubber.min(0) - radius, rubber.max(0) + radius)
    if not near.size:
        return lines
    return _without(lines, _hits(points, counts, near, rubber, radius), radius)


def _as_line(stroke: ArrayLike) -> Points:
    """:func:`as_points` without its look at every point, which all lines are given together."""
    if isinstance(stroke, np.ndarray) and stroke.dtype == np.float64 and stroke.shape[1:] == (2,):
        return stroke
    return as_points(stroke)


def lines_within(
    points: Points, counts: NDArray[np.intp], low: ArrayLike, high: ArrayLike
) -> NDArray[np.intp]:
    """Points whose line to their stroke's next one may come into the rectangle from ``low`` to ``high``; ascending.

    ``points (P, 2)`` are strokes of ``counts (S,)`` points, one after the other. A stroke's last point ends in itself.
    None is left out that comes into it; one that passes a corner may be among them.
    """
    low, high = np.asarray(low), np.asarray(high)
    beyond = np.zeros(len(points), np.bool_)
    last = (np.cumsum(counts) - 1)[counts > 0]
    for axis in range(2):
        for side in (points[:, axis] < low[axis], points[:, axis] > high[axis]):
            both = side.copy()
            both[:-1] &= side[1:]
            both[last] = side[last]
            beyond |= both
    return np.flatnonzero(~beyond)


@dataclass(frozen=True)
class _Hits:
    """Parts of lines that the eraser passed over, in the order of the lines: ``(H,)`` each."""

    line: NDArray[np.intp]
    place: NDArray[np.intp]
    """The point of the line that the part comes after."""
    begin: Points
    end: Points
    """Shares of the way from that point to the next."""


def _hits(
    points: Points, counts: NDArray[np.intp], near: NDArray[np.intp], path: Points, radius: float
) -> _Hits:
    line = np.repeat(np.arange(len(counts)), counts)[near]
    place = near - (np.cumsum(counts) - counts)[line]
    # A lone point is a line of length zero to itself, on both sides.
    ends = near + (place + 1 < counts[line])
    begin, end = _inside(
        points[near], points[ends] - points[near], path, np.diff(path, axis=0, append=path[-1:]), radius
    )
    hit = begin <= end
    which, _ = np.nonzero(hit)
    return _Hits(line[which], place[which], begin[hit], end[hit])


def _without(lines: list[Points], hits: _Hits, radius: float) -> list[Points]:
    """The lines, each that was hit replaced by what is left of it."""
    if not len(hits.line):
        return lines
    touched, number = np.unique(hits.line, return_inverse=True)
    course = _Course.of([lines[index] for index in touched.tolist()])
    point = course.first[number] + hits.place
    start, length = course.at[point], course.lengths[point]
    cuts = _merged(number, start + length * hits.begin, start + length * hits.end, _SLIVER * radius)
    parts = _left(course, *cuts, _SLIVER * radius)
    pieces = _pieces(course, *parts)
    whole = set(range(len(touched))) - set(cuts[0].tolist())
    # What is as short as a dot goes as a whole.
    whole -= set(np.flatnonzero(course.totals <= _SLIVER * radius).tolist())
    kept: dict[int, list[Points]] = {int(touched[each]): [] for each in range(len(touched))}
    for each in whole:
        kept[int(touched[each])].append(lines[touched[each]])
    for each, piece in zip(parts[0].tolist(), pieces, strict=True):
        kept[int(touched[each])].append(piece)
    return [piece for index, line in enumerate(lines) for piece in kept.get(index, [line])]


@dataclass(frozen=True)
class _Course:
    """Lines one after the other as if they were one; positions count from the first one's first point."""

    points: Points
    """(P, 2)"""
    first: NDArray[np.intp]
    """(L,): where each line begins in ``points``."""
    last: NDArray[np.intp]
    at: Points
    """(P,): positions. A line's last and the next one's first point have the same."""
    lengths: Points
    """(P,): from each point to its line's next; 0 for the last."""

    @staticmethod
    def of(lines: list[Points]) -> _Course:
        points = np.concatenate(lines)
        stops = np.cumsum([len(line) for line in lines])
        lengths = np.hypot(*np.diff(points, axis=0, append=points[-1:]).T)
        lengths[stops - 1] = 0
        # Sums of all before, not of all less the own one, which would not rise everywhere.
        at = np.append(0, np.cumsum(lengths[:-1]))
        return _Course(points, np.append(0, stops[:-1]), stops - 1, at, lengths)

    @property
    def totals(self) -> Points:
        """(L,): lengths of the lines."""
        return self.at[self.last] - self.at[self.first]


def _merged(number: NDArray[np.intp], begin: Points, end: Points, sliver: float) -> _Parts:
    """Cuts of one line that overlap or nearly touch become one; what is still shorter than ``sliver`` is dropped."""
    order = np.lexsort((begin, number))
    number, begin, end = number[order], begin[order], end[order]
    # The farthest end so far, line by line: ends are ranked, so that those of a later line are always larger.
    ranked = np.lexsort((end, number))
    rank = np.empty_like(ranked)
    rank[ranked] = np.arange(len(ranked))
    end = end[ranked[np.maximum.accumulate(rank)]]
    opens = np.flatnonzero(np.append(True, (number[1:] != number[:-1]) | (begin[1:] > end[:-1] + sliver)))
    closes = np.append(opens[1:], len(begin)) - 1
    long = end[closes] - begin[opens] > sliver
    return number[opens][long], begin[opens][long], end[closes][long]


def _left(course: _Course, number: NDArray[np.intp], begin: Points, end: Points, sliver: float) -> _Parts:
    """What lies between the cuts of each line that has one."""
    cut, counts = np.unique(number, return_counts=True)
    index = np.arange(len(number)) + np.repeat(np.arange(len(cut)), counts)
    ends = np.cumsum(counts + 1) - 1
    starts_of, ends_of = np.empty((2, len(number) + len(cut)))
    starts_of[ends - counts], starts_of[index + 1] = course.at[course.first[cut]], end
    ends_of[index], ends_of[ends] = begin, course.at[course.last[cut]]
    long = ends_of - starts_of > sliver
    return np.repeat(cut, counts + 1)[long], starts_of[long], ends_of[long]


def _pieces(course: _Course, number: NDArray[np.intp], begin: Points, end: Points) -> list[Points]:
    """Parts of lines, with a new point at each cut."""
    first, last = course.first[number], course.last[number]
    inner = np.clip(np.searchsorted(course.at, begin, "right"), first, last + 1)
    stop = np.maximum(np.clip(np.searchsorted(course.at, end, "left"), first, last + 1), inner)
    counts = stop - inner + 2
    stops = np.cumsum(counts)
    starts = stops - counts
    within = np.arange(int(counts.sum())) - np.repeat(starts, counts)
    # What is out of a piece's own points is one of its ends, which are set after.
    points = course.points[np.clip(np.repeat(inner, counts) + within - 1, 0, len(course.points) - 1)]
    points[starts], points[stops - 1] = _point(course, begin, first, last), _point(course, end, first, last)
    return [points[a:b] for a, b in zip(starts.tolist(), stops.tolist(), strict=True)]


def _point(course: _Course, position: Points, first: NDArray[np.intp], last: NDArray[np.intp]) -> Points:
    """``(N, 2)``: where on the lines from point ``first`` to ``last`` the positions ``(N,)`` are."""
    before = np.clip(np.searchsorted(course.at, position, "right") - 1, first, last)
    after = np.minimum(before + 1, last)
    length = course.lengths[before]
    share = np.where(length > 0, (position - course.at[before]) / np.where(length > 0, length, 1), 0)
    start: Points = course.points[before]
    return start + share[:, None] * (course.points[after] - start)


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
