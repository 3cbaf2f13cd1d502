"""Products tile by tile, beside numpy's: whatever is left over of rows and columns, and nothing beside them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("numba")

from saegui.core.training.kernels import tiles
from saegui.core.training.kernels.compiled import kernel
from saegui.core.training.kernels.vectors import WIDE, ZERO

ROWS, TERMS, BESIDE = (1, 3, 4, 6, 7, 11, 13), tiles.DEEP + 40, 5
WIDTHS = (
    1,
    5,
    tiles.NARROW,
    tiles.NARROW + 1,
    tiles.ACROSS,
    tiles.ACROSS + tiles.NARROW,
    2 * tiles.ACROSS + tiles.NARROW + 3,
)


@kernel
def _whole(out, wide, rows, columns, right, stride, left, apart, count):  # type: ignore[no-untyped-def]
    tiles.multiply(out, ZERO, wide, rows, columns, right, ZERO, stride, left, ZERO, apart, 1, count)


@kernel
def _listed(out, right, stride, images, first, d_in, pixels, places, count):  # type: ignore[no-untyped-def]
    tiles.multiply_listed(out, ZERO, right, ZERO, stride, images, first, d_in, pixels, places, count)


def _numbers(seed: int, *shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_product_is_added_to_all_rows_and_columns_and_to_no_others(columns: int) -> None:
    left, right = _numbers(0, max(ROWS), TERMS), _numbers(1, TERMS, columns + BESIDE)
    for rows in ROWS:
        before = _numbers(3, rows + 1, columns + BESIDE)
        out, wide = before.copy(), columns + BESIDE
        _whole(out.reshape(-1), wide, rows, columns, right.reshape(-1), wide, left.reshape(-1), TERMS, TERMS)
        wanted = before.copy()
        wanted[:rows, :columns] += left[:rows] @ right[:, :columns]
        np.testing.assert_allclose(out[:rows, :columns], wanted[:rows, :columns], rtol=1e-4, atol=1e-4)
        wanted[:rows, :columns] = out[:rows, :columns]
        np.testing.assert_array_equal(out, wanted)


@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_product_over_some_images_is_added_to_as_many_pixels_as_asked_for(as_bytes: bool) -> None:
    d_in, first = 2 * tiles.PIXELS + 1, tiles.PIXELS
    images, right = _numbers(0, TERMS, d_in), _numbers(1, TERMS, WIDE + BESIDE)
    if as_bytes:
        images = np.random.default_rng(0).integers(0, 256, (TERMS, d_in), np.uint8)
    places = np.flatnonzero(_numbers(2, TERMS) > 0).astype(np.int32)
    for pixels in range(1, tiles.PIXELS + 1):
        before = _numbers(3, tiles.PIXELS + 1, WIDE)
        out = before.copy()
        _listed(
            out.reshape(-1), right.reshape(-1), WIDE + BESIDE, images.reshape(-1), first, d_in, pixels, places, len(places)
        )  # fmt: skip
        of_pixels = images[places, first : first + pixels].astype(np.float64).T
        wanted = before + np.pad(of_pixels @ right[places, :WIDE], ((0, len(before) - pixels), (0, 0)))
        np.testing.assert_allclose(out, wanted, rtol=1e-4, atol=1e-4 * of_pixels.max())
        np.testing.assert_array_equal(out[pixels:], before[pixels:])


def test_only_images_with_ink_in_the_columns_are_listed() -> None:
    images, d_in = 40, 6 * tiles.PIXELS + 3
    x = np.where(
        np.random.default_rng(0).random((images, d_in)) < 0.03, _numbers(1, images, d_in), np.float32(0)
    )
    x[7, 5] = np.nan
    flat, out = x.reshape(-1), np.zeros(images + 1, np.int32)
    for first in range(0, d_in, tiles.PIXELS):
        n = min(tiles.PIXELS, d_in - first)
        count = _list(flat, images, d_in, first, n, out)
        assert out[:count].tolist() == np.flatnonzero((x[:, first : first + n] != 0).any(1)).tolist()


@kernel
def _list(flat, images, d_in, first, n, out):  # type: ignore[no-untyped-def]
    return tiles.list_inked(flat, images, d_in, first, n, out)
