"""Sheets of pictures: every picture is where the page looks for it, and large ones are averaged to fit."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from saegui.core.report import sheets
from saegui.core.report.sheets import Sheet


def cut(sheet: Sheet, place: int) -> np.ndarray:
    row, column = divmod(place, sheet.columns)
    with Image.open(io.BytesIO(sheet.png)) as image:
        pixels = np.asarray(image)
    top, left = row * sheet.height, column * sheet.width
    return pixels[top : top + sheet.height, left : left + sheet.width]


@pytest.mark.parametrize("shape", [(4, 6), (5, 3, 3), (7,)])
def test_every_picture_can_be_cut_out_again(shape: tuple[int, ...]) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (11, *shape)).astype(np.uint8)
    sheet = sheets.packed(pictures)
    assert sheet.count == 11
    for place, picture in enumerate(pictures):
        np.testing.assert_array_equal(cut(sheet, place), picture[np.newaxis] if len(shape) == 1 else picture)


def test_zero_is_the_middle_byte_and_the_ends_of_the_scale_the_last_ones() -> None:
    sheet = sheets.of_weights(np.array([[[-9.0, -2.0, -1.0], [0.0, 1.0, 2.0]]], np.float32), 2.0)
    np.testing.assert_array_equal(cut(sheet, 0), [[1, 1, 64], [128, 192, 255]])


def test_in_colour_mid_grey_is_zero() -> None:
    sheet = sheets.of_weights(np.array([[[[-2.0, 0.0, 2.0]]]], np.float32), 2.0)
    np.testing.assert_array_equal(cut(sheet, 0), [[[0, 128, 255]]])


def test_inputs_are_drawn_over_their_span() -> None:
    sheet = sheets.of_inputs(np.array([[[-1.0, 0.0, 3.0]]], np.float32), (-1.0, 1.0))
    np.testing.assert_array_equal(cut(sheet, 0), [[0, 128, 255]])


def test_too_many_pixels_are_averaged_over_squares() -> None:
    images = np.arange(2 * 4 * 5, dtype=np.float32).reshape(2, 4, 5)
    small = sheets.shrunk(images, 12)
    assert small.shape == (2, 2, 3)
    assert small[0, 0, 0] == images[0, :2, :2].mean()
    assert small[1, 1, 2] == images[1, 2:, 4].mean(), "the edge is repeated"
    assert sheets.shrunk(images, 40) is images
    assert sheets.shrunk(np.ones((3, 10), np.float32), 9).shape == (3, 3)
