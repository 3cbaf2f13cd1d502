"""Weights and pixels of eight bits: near what they stand for, with bounds that hold, and products of them that are exact."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("numba")

from saegui.core.training.kernels.compiled import kernel
from saegui.core.training.kernels.crew import ROW
from saegui.core.training.kernels.rounding import IN_WORD, STEPS, round_image, round_latents
from saegui.core.training.kernels.vectors import SUMS_BY, WIDE, products_adder

SIZES = [48, 50]
"""Inputs: of whole words, and with a last word that has two."""


@kernel
def round_all(counters, W_enc, changed, words, steps, wrong, lengths):  # type: ignore[no-untyped-def]
    round_latents(counters, W_enc, changed, words, steps, wrong, lengths)


@kernel
def round_one(x, most, numbers, places, pixels, at):  # type: ignore[no-untyped-def]
    return round_image(x, most, numbers, places, pixels, at)


class Rounded:
    """All latents of an encoder."""

    def __init__(self, W_enc: NDArray[np.float32]) -> None:
        F, d_in = W_enc.shape
        self.words = np.zeros((-(-F // WIDE), -(-d_in // IN_WORD), WIDE), np.int32)
        self.steps, self.wrong, self.lengths = np.zeros((3, F), np.float32)
        self.again(W_enc, np.ones(F, np.bool_))

    def again(self, W_enc: NDArray[np.float32], changed: NDArray[np.bool_]) -> None:
        """Those that changed."""
        round_all(np.zeros(ROW, np.int64), W_enc, changed, self.words, self.steps, self.wrong, self.lengths)

    def numbers(self, F: int, d_in: int) -> NDArray[np.int64]:
        """``(F, d_in)``."""
        numbers = (
            self.words.transpose(0, 2, 1).copy().view(np.int8).reshape(-1, self.words.shape[1] * IN_WORD)
        )
        assert not numbers[F:].any() and not numbers[:, d_in:].any()
        return numbers[:F, :d_in].astype(np.int64)


def weights(F: int, d_in: int) -> NDArray[np.float32]:
    """Of all sizes, both signs, and some that are exactly zero."""
    draw = np.random.default_rng(0)
    found = (
        draw.standard_normal((F, d_in))
        * 10.0 ** draw.uniform(-3, 0, (F, d_in))
        * 10.0 ** draw.uniform(-20, 15, (F, 1))
    )
    found[draw.random(found.shape) < 0.2] = 0
    return found.astype(np.float32)


def image(d_in: int, negative: bool) -> NDArray[np.float32]:
    """A third of its pixels are inked."""
    draw = np.random.default_rng(1)
    found = draw.uniform(-1 if negative else 0, 1, d_in) * (draw.random(d_in) < 0.3)
    return found.astype(np.float32)


def listed(x: NDArray[np.float32], most: int = int(STEPS)) -> tuple[NDArray[np.int64], float, float, float]:
    """The numbers of an image, their step, ‖x‖ and ‖x − x̂‖."""
    n_words = -(-len(x) // IN_WORD)
    places, pixels = np.zeros((2, 2 * n_words + 1), np.int32)
    middle, end, step, length, away = round_one(
        x, most, np.zeros(n_words * IN_WORD, np.int8), places, pixels, 0
    )
    found = np.zeros((n_words, IN_WORD), np.int64)
    for sign, part in ((1, slice(0, middle)), (-1, slice(middle, end))):
        numbers = pixels[part].copy().view(np.int8).reshape(-1, IN_WORD)
        assert (numbers >= 0).all() and (numbers > 0).any(axis=1).all()
        np.add.at(found, places[part], sign * numbers)
    assert not found.reshape(-1)[len(x) :].any()
    return found.reshape(-1)[: len(x)], step, length, away


@pytest.mark.parametrize("d_in", SIZES)
@pytest.mark.parametrize("F", [1, 31, 64, 100, 130])
def test_weights_are_as_near_as_half_a_step_and_the_bound_holds(F: int, d_in: int) -> None:
    W_enc = weights(F, d_in)
    rounded = Rounded(W_enc)
    numbers = rounded.numbers(F, d_in)
    assert (abs(numbers).max(1) == STEPS).all(), "the largest has all steps"
    used = numbers * rounded.steps[:, None].astype(np.float64)
    assert (abs(W_enc - used) <= 0.5001 * rounded.steps[:, None]).all()
    away = np.linalg.norm(W_enc - used, axis=1)
    assert (rounded.wrong >= away).all()
    assert (rounded.wrong <= away + 1e-4 * np.linalg.norm(W_enc, axis=1) + 1e-28).all()
    np.testing.assert_allclose(rounded.lengths, np.linalg.norm(used, axis=1), rtol=1e-5)


def test_a_latent_of_zeros_is_zero() -> None:
    W_enc = weights(3, 48)
    W_enc[1] = 0
    W_enc[2] = 1e-38
    rounded = Rounded(W_enc)
    assert not rounded.numbers(3, 48)[1:].any() and not rounded.steps[1:].any()
    assert (rounded.wrong[1:] > 0).all() and (rounded.wrong[1:] < 1e-28).all()


def test_only_what_changed_is_written_again_and_what_is_in_the_same_square() -> None:
    W_enc = weights(WIDE, 48)
    rounded = Rounded(W_enc)
    before = rounded.words.copy()
    changed = np.zeros(WIDE, np.bool_)
    changed[3] = True
    W_enc[3, 5] *= 200
    W_enc[4, 6] = W_enc[40, 6] = 7
    rounded.again(W_enc, changed)
    assert not changed.any()
    expected = Rounded(W_enc)
    assert (rounded.words[0, :, :8] == expected.words[0, :, :8]).all()
    assert (rounded.wrong[:8] == expected.wrong[:8]).all() and (rounded.steps[:8] == expected.steps[:8]).all()
    assert (rounded.words[0, :, 8:] == before[0, :, 8:]).all(), "latent 40 was not marked"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [2, 35])
def test_a_weight_that_is_no_number_makes_the_bound_none(bad: float, place: int) -> None:
    W_enc = weights(WIDE, 48)
    W_enc[place, 1] = bad
    rounded = Rounded(W_enc)
    assert not np.isfinite(rounded.wrong[place])
    others = np.arange(WIDE) != place
    assert np.isfinite(rounded.wrong[others]).all()


@pytest.mark.parametrize("d_in", SIZES)
@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("most", [127, 64, 1])
def test_pixels_are_as_near_as_half_a_step_and_the_bound_holds(d_in: int, negative: bool, most: int) -> None:
    x = image(d_in, negative)
    numbers, step, length, away = listed(x, most)
    assert abs(numbers).max() == most
    used = numbers * np.float64(step)
    assert (abs(x - used) <= 0.5001 * step).all()
    assert np.linalg.norm(x - used) <= away <= 1.01 * np.linalg.norm(x - used) + 1e-6
    assert np.linalg.norm(x) <= length <= 1.01 * np.linalg.norm(x)


def test_a_blank_image_has_no_words() -> None:
    numbers, step, length, away = listed(np.zeros(48, np.float32))
    assert not numbers.any() and step == 0 and 0 < length < 1e-27 and 0 < away < 1e-27


@pytest.mark.parametrize("sums_by", SUMS_BY)
@pytest.mark.parametrize("terms", [0, 1, 2, 7, 12])
def test_sums_of_products_are_exact(sums_by: str, terms: int) -> None:
    add = products_adder(sums_by)

    @kernel
    def added(out, words, places, pixels, last):  # type: ignore[no-untyped-def]
        add(out, words, 0, places, pixels, 0, last)

    draw = np.random.default_rng(1)
    # The largest ones, too, four of each sign beside each other: their sums must fit.
    numbers = draw.integers(-STEPS, STEPS + 1, (12, WIDE, IN_WORD), dtype=np.int8)
    numbers[:, 0], numbers[:, 1] = STEPS, -STEPS
    inks = draw.integers(0, STEPS + 1, (12, IN_WORD), dtype=np.int8)
    inks[:4] = STEPS
    places = draw.permutation(12).astype(np.int32)
    out = np.arange(WIDE, dtype=np.int32)
    added(out, numbers.view(np.int32).reshape(-1), places, inks.view(np.int32).reshape(-1), terms)
    products = numbers[places[:terms]].astype(np.int64) * inks[:terms, None].astype(np.int64)
    assert (out == np.arange(WIDE) + products.sum(axis=(0, 2))).all()
