"""Rows become columns, whatever their number and width."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from saegui.core.training.kernels.compiled import kernel
from saegui.core.training.kernels.squares import SIDE, turn


@kernel
def turn_all(rows, first, last, out, at):  # type: ignore[no-untyped-def]
    turn(rows, first, last, out, at)


@pytest.mark.parametrize("width", [1, 7, 8, 9, 50])
@pytest.mark.parametrize("count", [1, 3, SIDE])
def test_rows_become_columns_and_nothing_else_is_written(width: int, count: int) -> None:
    rows = np.arange(12 * width, dtype=np.float32).reshape(12, width)
    out = np.full((width, 16), -1, np.float32)

    turn_all(rows, 2, 2 + count, out, 5)

    expected = np.full((width, 16), -1, np.float32)
    expected[:, 5 : 5 + count] = rows[2 : 2 + count].T
    np.testing.assert_array_equal(out, expected)
