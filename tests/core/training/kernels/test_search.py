"""Weights of half precision, two in a word: near what they stand for, never denormal, and with a bound that holds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("numba")

from saegui.core.training.kernels.compiled import kernel
from saegui.core.training.kernels.crew import ROW
from saegui.core.training.kernels.search import HALF, SMALLEST, halve
from saegui.core.training.kernels.vectors import WIDE, halves_adder

D_IN = 50


@kernel
def halve_all(counters, W_enc, changed, words, wrong):  # type: ignore[no-untyped-def]
    halve(counters, W_enc, changed, words, wrong)


def halved(W_enc: NDArray[np.float32]) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """All words, and by how much activations may be wrong."""
    F = len(W_enc)
    words = np.zeros((-(-F // WIDE), D_IN, HALF), np.uint32)
    wrong = np.zeros(F, np.float32)
    halve_all(np.zeros(ROW, np.int64), W_enc, np.ones(F, np.bool_), words, wrong)
    return words, wrong


def used(words: NDArray[np.uint32], F: int) -> NDArray[np.float32]:
    """The weights that the words stand for ``(F, d_in)``."""
    lower, upper = (words << np.uint32(16)).view(np.float32), words.view(np.float32)
    found: NDArray[np.float32] = np.concatenate([lower, upper], axis=2).transpose(0, 2, 1).reshape(-1, D_IN)
    return found[:F]


def weights(F: int) -> NDArray[np.float32]:
    """Of all sizes, both signs, and some that are exactly zero."""
    draw = np.random.default_rng(0)
    found = draw.standard_normal((F, D_IN)) * 10.0 ** draw.uniform(-30, 3, (F, D_IN))
    found[draw.random(found.shape) < 0.2] = 0
    return found.astype(np.float32)


@pytest.mark.parametrize("F", [1, 31, 33, 64, 100, 130])
def test_each_is_as_near_as_half_precision_allows(F: int) -> None:
    W_enc = weights(F)
    words, wrong = halved(W_enc)
    found = used(words, F)
    # Seven bits are kept after the first; zeros may become as small as a float can be.
    np.testing.assert_allclose(found, W_enc, rtol=2.0**-8, atol=2e-38)
    lengths = np.linalg.norm(W_enc.astype(np.float64) - found, axis=1)
    assert (wrong >= lengths).all()
    assert (wrong <= 0.006 * np.linalg.norm(W_enc, axis=1) + 1e-29).all()


def test_no_word_is_a_denormal_number() -> None:
    # Those of the lower halves are what is written; the upper ones share their word with another weight.
    words, _ = halved(weights(130))
    upper = words & np.uint32(0x7FFFFFFF)
    assert ((upper >= SMALLEST) | (upper == 0)).all()


def test_only_what_changed_is_written_again_and_what_is_in_the_same_square() -> None:
    W_enc = weights(WIDE)
    words, wrong = halved(W_enc)
    changed = np.zeros(WIDE, np.bool_)
    changed[3] = True
    W_enc[3] *= 2
    W_enc[40] = 7
    halve_all(np.zeros(ROW, np.int64), W_enc, changed, words, wrong)
    again, wrong_again = halved(W_enc)
    assert not changed.any()
    assert (words[0, :, 3] == again[0, :, 3]).all() and wrong[3] == wrong_again[3]
    assert wrong[35] == wrong_again[35]
    assert (words[0, :, 8] != again[0, :, 8]).any(), "latent 40 was not marked"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [2, 35])
def test_a_weight_that_is_no_number_makes_the_bound_none(bad: float, place: int) -> None:
    W_enc = weights(WIDE)
    W_enc[place, 1] = bad
    assert not np.isfinite(halved(W_enc)[1][place])


@pytest.mark.parametrize("chains", [1, 2, 3])
@pytest.mark.parametrize("terms", [0, 1, 2, 7, 8])
def test_sums_are_those_of_the_weights_in_the_words(chains: int, terms: int) -> None:
    add = halves_adder(chains)

    @kernel
    def added(out, words, places, factors, last):  # type: ignore[no-untyped-def]
        add(out, words, 0, places, factors, 0, last)

    draw = np.random.default_rng(1)
    W_enc = draw.standard_normal((WIDE, D_IN)).astype(np.float32)
    words = halved(W_enc)[0]
    places, factors = draw.permutation(D_IN)[:8].astype(np.uint16), draw.random(8).astype(np.float32)
    out = np.ones(WIDE, np.float32)
    added(out, words.reshape(-1).view(np.int32), places, factors, terms)
    expected = 1 + used(words, WIDE)[:, places[:terms]] @ factors[:terms]
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)
