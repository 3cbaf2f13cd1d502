"""Where a drawing lies in the image that is made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saegui.core.errors import StrokesError
from saegui.core.strokes import IMAGE_SIDE, frame, render


def test_every_point_of_real_digits_lies_on_ink_of_their_image(shared_data: Path) -> None:
    file = np.load(shared_data / "strokes" / "digits.npz")
    strokes = np.split(file["points"], file["stroke_offsets"][1:-1])
    for first, last in zip(file["digit_offsets"][:-1:10], file["digit_offsets"][1::10], strict=False):
        digit = [stroke * 3 + 7 for stroke in strokes[first:last]]
        where = frame(digit)
        assert where is not None
        pixels = (np.concatenate(digit) - [where.left, where.top]) / where.side * IMAGE_SIDE
        columns, rows = np.floor(pixels).astype(int).T
        assert render(digit)[rows, columns].min() >= 200


def test_the_frame_moves_and_grows_with_the_drawing() -> None:
    line = np.array([[0.0, 0.0], [1.0, 2.0]])
    small, large = frame([line]), frame([line * 10 + [5, -3]])
    assert small is not None
    assert large is not None
    assert large.side == pytest.approx(10 * small.side)
    assert (large.left, large.top) == pytest.approx((10 * small.left + 5, 10 * small.top - 3))


def test_a_drawing_without_extent_has_no_frame() -> None:
    assert frame([]) is None
    assert frame([np.array([[0.5, 0.5]])]) is None


def test_points_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(StrokesError, match="finite"):
        frame([np.array([[0.0, np.nan]])])
