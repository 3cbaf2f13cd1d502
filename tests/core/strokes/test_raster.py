"""Strokes become the image that MNIST's own recipe would have made of them."""

from __future__ import annotations

import gzip
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saegui.core import strokes
from saegui.core.errors import StrokesError
from saegui.core.strokes import raster


def centre_of_mass(image):
    ink = image.astype(np.float64)
    index = np.arange(28)
    return (ink.sum(1) @ index) / ink.sum(), (ink.sum(0) @ index) / ink.sum()


def sides(image):
    rows, columns = np.nonzero(image)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def circle(n, turns=1.0):
    angle = np.linspace(0, 2 * np.pi * turns, n)
    return np.column_stack([np.cos(angle), np.sin(angle)])


no_deadline = settings(deadline=None, derandomize=True)  # a busy machine is no failure
coordinates = st.floats(-100, 100).map(lambda value: round(value, 2))
drawings = st.lists(
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12).map(np.array),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def pen_digits(shared_data):
    """Strokes of 2,000 digits written with a pen by real people."""
    with np.load(shared_data / "strokes" / "digits.npz") as file:
        points, starts, firsts = file["points"], file["stroke_offsets"], file["digit_offsets"]
    lines = [points[a:b] for a, b in pairwise(starts)]
    return [lines[a:b] for a, b in pairwise(firsts)]


@pytest.fixture(scope="module")
def images(pen_digits):
    assert len(pen_digits) == 2000
    return np.stack([strokes.render(digit) for digit in pen_digits])


@pytest.fixture(scope="module")
def mnist_test_images(mnist_dir):
    with gzip.open(mnist_dir / "t10k-images-idx3-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)


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
        assert sides(image) == (20, 17)
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


class TestRealDigits:
    """The properties that hold on all of MNIST's test images hold on all 2,000 digits written with a pen."""

    def test_the_centre_of_mass_is_at_the_centre(self, images):
        centres = np.array([centre_of_mass(image) for image in images])
        assert centres.min() >= 13.5
        assert centres.max() < 14.5

    def test_the_longest_side_of_the_ink_is_20_pixels(self, images):
        assert {max(sides(image)) for image in images} == {20}

    def test_the_peak_is_full_ink(self, images):
        assert images.max((1, 2)).min() >= 254

    def test_there_is_about_as_much_ink_as_in_mnist(self, images, mnist_test_images):
        share = [5, 50, 95]
        pen = np.percentile(images.sum((1, 2)) / 255, share)
        mnist = np.percentile(mnist_test_images.sum((1, 2)) / 255, share)
        assert pen[1] == pytest.approx(mnist[1], rel=0.05)
        assert pen[[0, 2]] == pytest.approx(mnist[[0, 2]], rel=0.2)

    def test_its_grey_levels_are_spread_as_in_mnist(self, images, mnist_test_images):
        def spread(ink):
            return np.histogram(ink[ink > 0], [1, 64, 128, 192, 250, 256])[0] / np.count_nonzero(ink)

        assert np.abs(spread(images) - spread(mnist_test_images)).max() < 0.05


class TestRender:
    def test_inks_each_pixel_by_its_distance_to_the_line(self):
        lines = [circle(40), np.array([[-1.0, 0.3], [0.9, -0.5]]), np.array([[0.2, 0.2]])]
        points = np.concatenate(lines)
        scale = (20 - strokes.PEN) / np.ptp(points, axis=0).max()
        shift = 10 - scale * (points.max(0) + points.min(0)) / 2
        centres = np.stack(np.meshgrid(np.arange(20) + 0.5, np.arange(20) + 0.5), -1)
        nearest = np.full((20, 20), np.inf)
        for line in lines:
            for a, b in zip(line, line[1:] if len(line) > 1 else line, strict=False):
                a, b = a * scale + shift, b * scale + shift
                along = np.clip((centres - a) @ (b - a) / max((b - a) @ (b - a), 1e-12), 0, 1)
                nearest = np.minimum(
                    nearest, np.linalg.norm(centres - a - along[..., None] * (b - a), axis=-1)
                )
        expected = strokes.place(np.clip(strokes.PEN / 2 + 0.5 - nearest, 0, 1))
        assert np.abs(strokes.render(lines).astype(int) - expected).max() <= 1

    @pytest.mark.parametrize(
        "scribble",
        [
            circle(5000, turns=50),
            np.random.default_rng(0).random((3000, 2)) * [1, 0.6],
            np.random.default_rng(1).normal(size=(5000, 2)).cumsum(0),
        ],
        ids=["circles", "noise", "walk"],
    )
    def test_leaving_out_what_adds_no_ink_changes_no_pixel(self, scribble, monkeypatch):
        fast = strokes.render([scribble])
        monkeypatch.setattr(raster, "_BLOCK", 10**9)  # everything at once, nothing left out
        assert np.array_equal(fast, strokes.render([scribble]))

    def test_no_strokes_give_an_empty_image(self):
        for nothing in ([], [np.empty((0, 2))], [[]]):
            image = strokes.render(nothing)
            assert image.shape == (28, 28)
            assert image.dtype == np.uint8
            assert not image.any()

    @pytest.mark.parametrize("stroke", [[[3, 4]], [[3, 4]] * 50, [[3e300, 4e300]], [[1e-320, 0]]])
    def test_a_dot_is_as_wide_as_the_pen(self, stroke):
        image = strokes.render([np.array(stroke, float)])
        assert sides(image) == (4, 4)
        assert image.sum() / 255 == pytest.approx(np.pi * (strokes.PEN / 2) ** 2, rel=0.12)
        assert centre_of_mass(image) == (13.5, 13.5)

    @pytest.mark.parametrize("end", [(1, 0), (0, 1), (-5, 0)])
    def test_a_straight_line_is_20_pixels_long_and_as_wide_as_the_pen(self, end):
        image = strokes.render([np.array([(0, 0), end], float)])
        assert sorted(sides(image)) == [4, 20]
        assert image.sum() / 255 == pytest.approx(17.7 * 2.3 + np.pi * 1.15**2, rel=0.02)

    def test_duplicate_points_and_empty_strokes_change_nothing(self):
        plain = [circle(30), np.array([[0.0, 0.0], [1.0, 2.0]])]
        doubled = [np.repeat(plain[0], 3, axis=0), np.empty((0, 2)), np.repeat(plain[1], 2, axis=0)]
        assert np.array_equal(strokes.render(plain), strokes.render(doubled))

    def test_accepts_whole_numbers_and_plain_lists(self):
        lines = [[(0, 0), (3, 4)], [(1, 1)]]
        assert np.array_equal(
            strokes.render(lines), strokes.render([np.array(line, float) for line in lines])
        )

    @no_deadline
    @given(drawings)
    def test_has_mnists_properties_whatever_is_drawn(self, lines):
        image = strokes.render(lines)
        assert image.max() == 255
        assert max(sides(image)) in (4, 20)
        for axis, centre in enumerate(centre_of_mass(image)):
            touches = image.any(1 - axis)
            # Only a drawing with its ink far to one side is held back by the image's edge.
            assert 13.5 <= centre < 14.5 or touches[0] or touches[-1]

    @no_deadline
    @given(drawings, st.floats(1e-3, 1e3), st.tuples(coordinates, coordinates))
    def test_size_and_position_make_no_difference(self, lines, scale, shift):
        moved = [scale * line + shift for line in lines]
        difference = strokes.render(lines).astype(int) - strokes.render(moved)
        assert np.abs(difference).max() <= 1

    @no_deadline
    @given(drawings, st.randoms())
    def test_order_and_direction_of_strokes_make_no_difference(self, lines, random):
        shuffled = [
            line[::-1] if random.random() < 0.5 else line for line in random.sample(lines, len(lines))
        ]
        difference = strokes.render(lines).astype(int) - strokes.render(shuffled)
        assert np.abs(difference).max() <= 1

    @pytest.mark.parametrize(
        ("stroke", "named"),
        [
            ([[0, 0], [np.nan, 1]], "Point 1"),
            ([[np.inf, 0]], "Point 0"),
            ([[0, 0, 0]], r"\(1, 3\)"),
            ([1.0, 2.0], r"\(2,\)"),
            ([["a", "b"]], "no array"),
            ([[0, 0], [1]], "no array"),
        ],
    )
    def test_refuses_what_is_no_stroke_and_says_so(self, stroke, named):
        with pytest.raises(StrokesError, match=named):
            strokes.render([circle(5), stroke])

    def test_leaves_the_strokes_as_they_were(self):
        line = circle(9)
        line.setflags(write=False)
        strokes.render([line])
        assert np.array_equal(line, circle(9))
