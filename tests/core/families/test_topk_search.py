"""The k largest of each row in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from saegui.core.families.topk_search import keep_largest_array

ROWS = arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 9)), elements=st.integers(0, 4))


@given(ROWS, st.integers(1, 9))
def test_k_of_each_row_stay_and_among_equal_ones_the_first(z: Any, k: int) -> None:
    expected = np.zeros_like(z)
    for row, values in enumerate(z):
        first = np.argsort(-values, kind="stable")[:k]
        expected[row, first] = values[first]
    np.testing.assert_array_equal(keep_largest_array(z.copy(), k), expected)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_of_exploded_weights_are_not_hidden(value: float) -> None:
    z = np.array([[1, value, 3, 2], [1, 2, 3, 4]], np.float32)
    found = keep_largest_array(z, 2)
    np.testing.assert_array_equal(found, [[0, value, 3, 0], [0, 0, 3, 4]])
