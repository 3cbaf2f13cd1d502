"""Sums of rows and their products with these rows, beside numpy's: any width, rows that come twice, floats and bytes."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from saegui.core.training.kernels import rows as rows_of
from saegui.core.training.kernels.compiled import kernel
from saegui.core.training.kernels.vectors import ZERO


@kernel
def _draw(out, rows, places, factors, n, parts):  # type: ignore[no-untyped-def]
    rows_of.draw_rows(out, rows, places, factors, n, parts)


@kernel
def _add(out, rows, places, factors, n):  # type: ignore[no-untyped-def]
    rows_of.add_rows(out, ZERO, rows, ZERO, rows.shape[1], rows.shape[1], places, factors, ZERO, n)


@pytest.mark.parametrize("width", [1, 15, 16, 63, 64, 80, 784])
def test_rows_are_added_and_their_products_with_the_sum_are_found(width: int) -> None:
    draw = np.random.default_rng(width)
    rows = draw.standard_normal((7, width)).astype(np.float32)
    places, factors = np.array([5, 0, 6, 5], np.int32), draw.standard_normal(4).astype(np.float32)
    before = draw.standard_normal(width).astype(np.float32)
    for n in range(5):
        out, parts = before.copy(), np.zeros((4, rows_of.PARTS), np.float32)
        _draw(out, rows, places, factors, n, parts)
        np.testing.assert_allclose(out, before + factors[:n] @ rows[places[:n]], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(parts.sum(1)[:n], rows[places[:n]] @ out, rtol=1e-4, atol=1e-4)
        assert not parts[n:].any()


@pytest.mark.parametrize("width", [1, 15, 16, 64, 83])
def test_bytes_are_added_as_the_numbers_that_they_are(width: int) -> None:
    draw = np.random.default_rng(width)
    rows = draw.integers(0, 256, (7, width), np.uint8)
    rows[0] = 255
    places, factors = np.array([0, 6, 2], np.int32), draw.standard_normal(3).astype(np.float32)
    of_bytes, of_numbers = np.zeros((2, width), np.float32)
    _add(of_bytes, rows, places, factors, 3)
    _add(of_numbers, rows.astype(np.float32), places, factors, 3)
    np.testing.assert_array_equal(of_bytes, of_numbers)
    whole = np.zeros(width, np.float32)
    _add(whole, rows.astype(np.float32), places, np.array([3, 0, 255], np.uint8), 3)
    np.testing.assert_array_equal(whole, 3.0 * rows[0] + 255.0 * rows[2])
