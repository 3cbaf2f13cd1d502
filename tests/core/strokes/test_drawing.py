"""A drawing is one value: what a model is given follows from it."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.errors import StrokesError
from saegui.core.strokes import (
    BLANK_DRAWING,
    IMAGE_SHAPE,
    Drawing,
    as_stroke,
    frame,
    of_picture,
    of_strokes,
    render,
)

SEVEN = [np.array([[0.0, 0.0], [300.0, 0.0], [120.0, 500.0]])]


def test_the_image_of_strokes_is_what_the_pen_draws_and_is_drawn_once() -> None:
    drawing = Drawing(tuple(as_stroke(stroke) for stroke in SEVEN))
    np.testing.assert_array_equal(drawing.image, render(SEVEN))
    assert drawing.image is drawing.image
    assert not drawing.image.flags.writeable


def test_strokes_in_any_unit_are_brought_to_where_the_image_fills_the_canvas() -> None:
    drawing = of_strokes(SEVEN)
    found = frame(drawing.strokes)
    assert found is not None
    assert (found.left, found.top, found.side) == pytest.approx((0, 0, 1), abs=1e-12)
    np.testing.assert_array_equal(drawing.image, render(SEVEN))


@pytest.mark.parametrize("shape", [(12, 20), (6, 8, 3), (30,)])
def test_a_picture_of_any_shape_is_its_own_image(shape: tuple[int, ...]) -> None:
    picture = np.full(shape, 7, np.uint8)
    drawing = of_picture(picture, "test image 3")
    assert drawing.image is picture
    assert not picture.flags.writeable
    assert not drawing.empty


def test_a_picture_does_not_keep_the_data_set_that_it_is_from() -> None:
    images = np.full((3, 28, 28), 7, np.uint8)
    drawing = of_picture(images[1], "test image 1")
    assert drawing.image.base is None
    assert images.flags.writeable


def test_blank_paper_has_an_image_without_ink() -> None:
    assert BLANK_DRAWING.empty
    assert BLANK_DRAWING.image.shape == IMAGE_SHAPE
    assert not BLANK_DRAWING.image.any()


def test_points_that_are_no_numbers_are_an_error_of_the_image() -> None:
    with pytest.raises(StrokesError, match="finite"):
        _ = Drawing((np.array([[0.1, np.nan]]),)).image
