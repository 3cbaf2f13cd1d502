"""Strokes become the image that MNIST's own recipe would have made of them."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core import strokes
from saegui.core.errors import StrokesError


def centre_of_mass(image):
    ink = image.astype(np.float64)
    index = np.arange(28)
    return (ink.sum(1) @ index) / ink.sum(), (ink.sum(0) @ index) / ink.sum()


class TestPlace:
    def test_puts_the_centre_of_mass_where_mnist_has_it_and_the_peak_at_255(self):
        generator = np.random.default_rng(0)
        for _ in range(200):
            box = generator.random((20, 20)) ** generator.integers(1, 20)
            image = strokes.place(box)
            assert image.dtype == np.uint8
            assert image.max() == 255
            assert all(13.5 <= centre < 14.5 for centre in centre_of_mass(image))

    def test_keeps_the_pixels_of_the_box(self):
        box = np.zeros((20, 20))
        box[0, 3:9] = 2.0
        box[19, 19] = 1.0
        image = strokes.place(box)
        rows, columns = np.nonzero(image)
        assert np.ptp(rows) == 19
        assert np.ptp(columns) == 16
        assert sorted(image[image > 0]) == [128, 255, 255, 255, 255, 255, 255]

    def test_a_centre_between_two_pixels_goes_where_mnist_puts_it(self):
        assert centre_of_mass(strokes.place(np.ones((20, 20)))) == (13.5, 13.5)

    def test_is_clamped_to_the_image(self):
        box = np.zeros((20, 20))
        box[0, 0] = 1
        image = strokes.place(box)
        assert image[8, 8] == 255
        assert strokes.place(box[::-1, ::-1])[19, 19] == 255

    def test_no_ink_gives_an_empty_image(self):
        assert not strokes.place(np.zeros((20, 20))).any()

    @pytest.mark.parametrize("box", [np.ones((28, 28)), np.full((20, 20), np.nan), -np.ones((20, 20))])
    def test_refuses_what_is_no_box_of_ink(self, box):
        with pytest.raises(StrokesError, match="give"):
            strokes.place(box)
