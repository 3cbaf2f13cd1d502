"""The product of one image takes another way than that of many, to the same result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saegui.core.families.matmul import product


class WithoutProducts(np.ndarray[Any, Any]):
    """An array that numpy's own matrix product must not be asked for."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if ufunc is np.matmul:
            raise AssertionError("a matrix product that may wait for another thread's")
        return getattr(ufunc, method)(*[np.asarray(each) for each in inputs], **kwargs)


@pytest.mark.parametrize("order", ["C", "F"])
def test_one_row_is_multiplied_as_many_are(order: Any) -> None:
    rng = np.random.default_rng(0)
    x = rng.random((3, 50), np.float32) * (rng.random((3, 50)) < 0.3)
    W = np.asarray(rng.standard_normal((50, 70)), np.float32, order=order)
    rows = [product(x[row : row + 1], W) for row in range(3)]
    assert all(row.shape == (1, 70) and row.dtype == np.float32 for row in rows)
    np.testing.assert_allclose(np.concatenate(rows), product(x, W), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("order", ["C", "F"])
def test_one_row_does_not_wait_for_the_library_that_multiplies_many(order: Any) -> None:
    W = np.ones((50, 70), np.float32, order=order).view(WithoutProducts)
    np.testing.assert_array_equal(product(np.full((1, 50), 2, np.float32), W), np.full((1, 70), 100))
    with pytest.raises(AssertionError, match="another thread"):
        product(np.ones((2, 50), np.float32), W)


def test_a_row_of_zeros_gives_zeros() -> None:
    assert not product(np.zeros((1, 5), np.float32), np.ones((5, 4), np.float32)).any()
