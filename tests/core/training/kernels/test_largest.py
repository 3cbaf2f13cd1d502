"""The k largest numbers, beside numpy's sorting: equal ones, NaN, any number of latents, and whatever guess there is."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("numba")

from saegui.core.training.kernels import largest, vectors
from saegui.core.training.kernels.compiled import kernel

SIZES = (1, 9, 63, 64, 65, 100, 192)
"""How many latents."""


@kernel
def _keep(pre, n_latents, k, out, guess):  # type: ignore[no-untyped-def]
    return largest.keep_largest(pre, n_latents, k, out, guess)


def kept(pre: NDArray[np.float32], n_latents: int, k: int, guess: int = 0) -> NDArray[np.float32]:
    """What is beside the latents is not read as one of them, and stays zero."""
    wide = -(-n_latents // vectors.WIDE) * vectors.WIDE
    row, out = np.full(wide, 9, np.float32), np.zeros(wide, np.float32)
    row[:n_latents] = pre
    _keep(row, n_latents, k, out, guess)
    assert not out[n_latents:].any()
    return out[:n_latents]


def wanted(pre: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    order = np.argsort(-pre, kind="stable")[:k]
    found = np.zeros_like(pre)
    found[order] = np.maximum(pre[order], 0)
    return found


@pytest.mark.parametrize("n_latents", SIZES)
@pytest.mark.parametrize("guess", [0, 1, 0x3F800000, 0x7F000000])
def test_the_k_largest_positive_ones_stay_where_they_are(n_latents: int, guess: int) -> None:
    draw = np.random.default_rng(n_latents)
    for scale in (1e-30, 1, 1e30):
        pre = (draw.standard_normal(n_latents) * scale).astype(np.float32)
        for k in {1, 2, n_latents // 3 + 1, n_latents}:
            np.testing.assert_array_equal(kept(pre, n_latents, k, guess), wanted(pre, k))


@pytest.mark.parametrize("n_latents", SIZES)
def test_the_first_of_equal_ones_stay(n_latents: int) -> None:
    draw = np.random.default_rng(n_latents)
    pre = draw.integers(-2, 4, n_latents).astype(np.float32)
    for k in range(1, n_latents + 1, 1 + n_latents // 20):
        np.testing.assert_array_equal(kept(pre, n_latents, k), wanted(pre, k))


@pytest.mark.parametrize("n_latents", SIZES)
@pytest.mark.parametrize("sign", [1, -1])
def test_nan_is_larger_than_all_and_no_more_than_k_of_it_stay(n_latents: int, sign: int) -> None:
    pre = np.linspace(1, 2, n_latents).astype(np.float32)
    pre[:: 1 + n_latents // 8] = np.copysign(np.float32(np.nan), np.float32(sign))
    for k in {1, 3, n_latents}:
        found = kept(pre, n_latents, k)
        assert np.isnan(found).sum() == min(np.isnan(pre).sum(), k)
        assert np.count_nonzero(found) == min(k, n_latents)
