"""The eraser removes exactly what it passes over, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from saegui.core.errors import StrokesError
from saegui.core.strokes import erase, lines_within

no_deadline = settings(deadline=None)  # a busy machine is no failure
coordinates = st.floats(-10, 10).map(lambda value: round(value, 2))
lines = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8).map(np.array)
radii = st.sampled_from([0.3, 1.0, 2.5])


def distance(points, path):
    """Distance of each of the points to the polyline."""
    starts, steps = path, np.diff(path, axis=0, append=path[-1:])
    offset = points[:, None] - starts
    squares = np.sum(steps**2, axis=1)
    share = np.clip(np.sum(offset * steps, axis=2) / np.where(squares, squares, 1), 0, 1)
    return np.linalg.norm(offset - share[..., None] * steps, axis=2).min(1)


def along(line, n=2000):
    """Points spread evenly over a line."""
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = (np.arange(n) + 0.5) / n * lengths[-1]
    return np.column_stack([np.interp(at, lengths, axis) for axis in line.T])


def length(line):
    return np.linalg.norm(np.diff(line, axis=0), axis=1).sum()


def test_cuts_at_the_border_between_two_points():
    left, right = erase([[(0, 0), (10, 0)]], [(5, 0)], 2)
    assert left == pytest.approx(np.array([(0, 0), (3, 0)]))
    assert right == pytest.approx(np.array([(7, 0), (10, 0)]))


def test_a_moved_eraser_removes_all_it_passed_over():
    comb = [np.array([(x, -5.0), (x, 5.0)]) for x in range(5)]
    left = erase(comb, [(0.5, 0), (3.5, 0)], 1)
    assert len(left) == 10
    assert left[2] == pytest.approx(np.array([(1, -5), (1, -1)]))
    assert left[0][1] == pytest.approx((0, -np.sqrt(0.75)))


def test_keeps_the_points_of_what_is_left():
    line = np.array([(0, 0), (1, 1), (2, 0), (3, 1), (4, 0), (9, 0)], float)
    (left,) = erase([line], [(9, 0)], 1)
    assert left[:-1] == pytest.approx(line[:-1])
    assert left[-1] == pytest.approx((8, 0))


def test_strokes_out_of_reach_are_the_same_arrays():
    far, near = np.array([(0.0, 0.0), (0.0, 9.0)]), np.array([(3.0, 0.0), (3.0, 9.0)])
    left = erase([far, near], [(3, 4)], 1)
    assert left[0] is far
    assert len(left) == 3


def test_touching_the_border_from_outside_changes_nothing():
    line = np.array([(-5.0, 1.0), (5.0, 1.0)])
    assert erase([line], [(0, 0)], 1)[0] is line


def test_dots_are_erased_as_a_whole():
    dot, doubled, far = np.array([[1.0, 1.0]]), np.full((3, 2), 1.5), np.array([[9.0, 9.0]])
    left = erase([dot, doubled, far], [(1, 1)], 1)
    assert len(left) == 1
    assert left[0] is far


def test_no_path_and_no_strokes_change_nothing():
    line = np.array([(0.0, 0.0), (1.0, 0.0)])
    assert erase([line], np.empty((0, 2)), 1)[0] is line
    assert erase([], [(0, 0)], 1) == []


@no_deadline
@given(lines, lines, radii)
def test_removes_what_is_within_the_radius_and_nothing_else(line, path, radius):
    assume(length(line) > 0.1)
    left = erase([line], path, radius)
    for piece in left:
        assert distance(along(piece, 200), path).min() > radius - 1e-4
    outside = distance(along(line), path) > radius
    share = sum(map(length, left)) / length(line)
    assert share == pytest.approx(outside.mean(), abs=(2 * len(line) * len(path) + 2) / 2000)


@no_deadline
@given(lines, lines, radii)
def test_new_ends_lie_on_the_border(line, path, radius):
    assume(length(line) > 0.1)
    ends = [point for piece in erase([line], path, radius) for point in (piece[0], piece[-1])]
    for end in ends:
        if not any(np.array_equal(end, old) for old in (line[0], line[-1])):
            assert distance(end[None], path)[0] == pytest.approx(radius, abs=1e-4)


@no_deadline
@given(lines, lines, radii)
def test_erasing_twice_is_erasing_once(line, path, radius):
    once = erase([line], path, radius)
    twice = erase(once, path, radius)
    assert len(twice) == len(once)
    for a, b in zip(once, twice, strict=True):
        assert a == pytest.approx(b, abs=1e-4)


@no_deadline
@given(st.lists(lines, max_size=6), lines, radii)
def test_many_strokes_at_once_are_cut_as_each_on_its_own(strokes, path, radius):
    together = erase(strokes, path, radius)
    apart = [piece for stroke in strokes for piece in erase([stroke], path, radius)]
    assert len(together) == len(apart)
    for a, b in zip(together, apart, strict=True):
        assert a == pytest.approx(b, abs=1e-9)


@no_deadline
@given(st.lists(lines, max_size=6), lines)
def test_lines_within_a_rectangle_are_all_found(strokes, corners):
    low, high = corners.min(0), corners.max(0)
    counts = np.array([len(stroke) for stroke in strokes], int)
    points = np.concatenate([np.empty((0, 2)), *strokes])
    found = set(lines_within(points, counts, low, high).tolist())
    start = 0
    for stroke in strokes:
        ends = np.concatenate([stroke[1:], stroke[-1:]])
        for place, (a, b) in enumerate(zip(stroke, ends, strict=True)):
            steps = a + np.linspace(0, 1, 101)[:, None] * (b - a)
            if ((steps >= low) & (steps <= high)).all(1).any():
                assert start + place in found
            outside = (np.maximum(a, b) < low) | (np.minimum(a, b) > high)
            assert not (outside.any() and start + place in found)
        start += len(stroke)


@pytest.mark.parametrize("radius", [0, -1, float("nan"), float("inf")])
def test_refuses_a_radius_that_is_none(radius):
    with pytest.raises(StrokesError, match="radius"):
        erase([], [(0, 0)], radius)


def test_refuses_a_path_that_is_not_finite():
    with pytest.raises(StrokesError, match="Point 0"):
        erase([], [(np.nan, 0)], 1)
