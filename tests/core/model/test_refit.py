"""Refitting: least squares on the latents that the encoder chose, none below zero."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from saegui.core.analysis.metrics import amortisation_gap, reconstruction
from saegui.core.config.presets import preset
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError
from saegui.core.model.refit import MOST, known, refit
from saegui.core.model.snapshot import Snapshot, to_input
from tests.core.families.test_matmul import WithoutProducts
from tests.mnist_shape import D_IN


def problem(batch: int, F: int, d: int = 30, most: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A code with up to ``most`` latents on an image, the first image with none; targets; atoms."""
    random = np.random.default_rng(batch)
    z = np.zeros((batch, F), np.float32)
    for row in range(1, batch):
        z[row, random.choice(F, random.integers(1, most + 1), replace=False)] = random.random() + 0.1
    W_dec = np.abs(random.normal(size=(F, d))).astype(np.float32)
    target = (random.normal(size=(batch, d)) + 0.4).astype(np.float32)
    return z, target, W_dec


@pytest.mark.parametrize("batch", [1, 9, 80])
@pytest.mark.parametrize("prepared", [False, True])
def test_is_the_least_squares_of_the_latents_that_stay_on(batch: int, prepared: bool) -> None:
    z, target, W_dec = problem(batch, 20)
    found = refit(z, target, W_dec, known(W_dec) if prepared else None)
    assert found.dtype == np.float32
    assert (found >= 0).all() and not found[z == 0].any()
    for row in range(batch):
        on = np.flatnonzero(found[row])
        expected = np.linalg.lstsq(W_dec[on].T.astype(float), target[row].astype(float), rcond=None)[0]
        np.testing.assert_allclose(found[row, on], expected, rtol=1e-4, atol=1e-6)


def test_is_as_good_as_the_best_that_is_not_below_zero() -> None:
    """Also where latents have to be switched off, as they have to here for most images."""
    z, target, W_dec = problem(200, 20)
    found = refit(z, target, W_dec)
    errors = []
    for row in np.flatnonzero((found > 0).sum(1) < (z > 0).sum(1)):
        on = np.flatnonzero(z[row])
        best = nnls(W_dec[on].T.astype(float), target[row].astype(float))[1]
        errors.append(np.linalg.norm(target[row] - found[row] @ W_dec) / best)
    assert len(errors) > 100
    assert np.mean(errors) < 1.002 and max(errors) < 1.1


@pytest.mark.parametrize("like", [1e-3, 1e-4, 1e-6, 0.0])
def test_atoms_that_are_much_alike_are_solved_for(like: float) -> None:
    random = np.random.default_rng(1)
    W_dec = (random.random((1, 784)) + like * random.random((32, 784))).astype(np.float32)
    z, target = np.ones((40, 32), np.float32), random.random((40, 784)).astype(np.float32)
    for given in (None, known(W_dec)):
        found = refit(z, target, W_dec, given)
        assert np.isfinite(found).all()
        error = np.square(target - found @ W_dec).sum(1)
        alone = np.square(target - np.outer(target @ W_dec[0] / (W_dec[0] @ W_dec[0]), W_dec[0])).sum(1)
        assert (error <= alone * 1.001).all()


def test_atoms_of_every_length_are_fitted_alike() -> None:
    random = np.random.default_rng(2)
    W_dec = np.eye(6, 30, dtype=np.float32) * np.array([1, 1e-3, 1e3, 1, 1, 1], np.float32)[:, np.newaxis]
    target = random.random((5, 30)).astype(np.float32)
    found = refit(np.ones((5, 6), np.float32), target, W_dec)
    np.testing.assert_allclose(found @ W_dec[:, :6], target[:, :6], rtol=1e-5)


def test_a_code_that_is_not_finite_stays_so() -> None:
    z = np.array([[1, np.nan], [1, 1]], np.float32)
    found = refit(z, np.ones((2, 4), np.float32), np.eye(2, 4, dtype=np.float32))
    np.testing.assert_array_equal(found, z)


def test_an_image_with_hundreds_on_keeps_its_activations() -> None:
    z = np.zeros((2, MOST + 1), np.float32)
    z[0], z[1, :3] = 0.5, 0.5
    W_dec = np.eye(MOST + 1, 784, dtype=np.float32)
    found = refit(z, np.ones((2, 784), np.float32), W_dec)
    np.testing.assert_array_equal(found[0], z[0])
    np.testing.assert_allclose(found[1, :3], 1, rtol=1e-6)


def test_one_image_does_not_wait_for_the_library_that_multiplies_many(digits: Dataset) -> None:
    fitted = model("topk", "raw", True)
    object.__setattr__(fitted, "W_enc", fitted.W_enc.view(WithoutProducts))
    object.__setattr__(fitted, "W_dec", fitted.W_dec.view(WithoutProducts))
    assert fitted.encode(to_input(digits.test_images[:1])).any()
    with pytest.raises(AssertionError, match="another thread"):
        fitted.encode(to_input(digits.test_images[:2]))


def test_a_k_that_would_take_too_long_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"k is 65, .*above 64"):
        make({"n_latents": 128, "k": 65, "refit": True})
    assert make({"n_latents": 128, "k": 128, "arch": "relu_l1", "refit": True}).refit


def test_two_equal_atoms_share_what_they_draw() -> None:
    W_dec = np.ones((3, 8), np.float32)
    found = refit(np.array([[1, 2, 0]], np.float32), np.full((1, 8), 6, np.float32), W_dec)
    np.testing.assert_allclose(found, [[3, 3, 0]], rtol=1e-4)


def test_atoms_of_length_zero_draw_nothing() -> None:
    found = refit(np.ones((1, 2), np.float32), np.ones((1, 8), np.float32), np.zeros((2, 8), np.float32))
    assert np.isfinite(found).all()


@pytest.mark.parametrize("arch", ["topk", "batch_topk", "multi_topk", "matryoshka"])
@pytest.mark.parametrize("kind", ["raw", "unit", "standardised"])
def test_a_model_with_it_reconstructs_better_with_no_more_latents(
    arch: str, kind: str, digits: Dataset
) -> None:
    snapshot, fitted = (model(arch, kind, refitted) for refitted in (False, True))
    images = digits.test_images[:100]
    before, after = reconstruction(snapshot, images), reconstruction(fitted, images)
    assert after.mse < 0.95 * before.mse
    assert after.l0 <= before.l0
    x = to_input(images)
    single = np.concatenate([fitted.encode(x[row : row + 1]) for row in range(20)])
    np.testing.assert_allclose(single, fitted.encode(x)[:20], atol=1e-3)


def test_kinds_without_k_do_without(digits: Dataset) -> None:
    images = digits.test_images[:50]
    one, other = (reconstruction(model("relu_l1", "raw", refitted), images) for refitted in (False, True))
    assert one == other


def test_what_is_left_of_the_gap_is_the_choice(digits: Dataset) -> None:
    images = digits.test_images[:100]
    gaps = [amortisation_gap(model("topk", "raw", refitted), images) for refitted in (False, True)]
    assert gaps[0] is not None and gaps[1] is not None
    assert 0 < gaps[1] < gaps[0]
    assert preset("best").config.refit


def model(arch: str, kind: str, refitted: bool) -> Snapshot:
    """Untrained, with pixels' atoms of neighbouring images, so that a fit has something to do."""
    config = make(
        {"dataset": "digits", "n_latents": 24, "k": 4, "arch": arch, "input": kind, "refit": refitted}
    )
    random = np.random.default_rng(3)
    W_dec = np.abs(random.normal(size=(24, D_IN))).astype(np.float32)
    W_dec /= np.linalg.norm(W_dec, axis=1, keepdims=True)
    extras = {"threshold": np.array([0.05], np.float32)} if arch in ("batch_topk", "matryoshka") else {}
    if kind != "raw":
        extras |= {
            "input_mean": np.full(D_IN, 0.1, np.float32),
            "input_scale": np.array([0.3 if kind == "standardised" else 1], np.float32),
        }
    zeros = {"b_enc": 24, "b_dec": D_IN, "density": 24}
    rest = {name: np.zeros(size, np.float32) for name, size in zeros.items()}
    return Snapshot(config, 0, 0.0, W_enc=W_dec.T.copy(), W_dec=W_dec, extras=extras, **rest)
