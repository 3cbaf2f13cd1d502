"""Refitting: least squares on the latents that the encoder chose, none below zero."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from saegui.core.config import D_IN, make
from saegui.core.data import Dataset
from saegui.core.metrics import amortisation_gap, reconstruction
from saegui.core.presets import preset
from saegui.core.sae.refit import refit
from saegui.core.snapshot import Snapshot, to_input


def problem(batch: int, F: int, d: int = 30, most: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A code with up to ``most`` latents on an image, the first image with none; targets; atoms."""
    random = np.random.default_rng(batch)
    z = np.zeros((batch, F), np.float32)
    for row in range(1, batch):
        z[row, random.choice(F, random.integers(1, most + 1), replace=False)] = random.random() + 0.1
    W_dec = np.abs(random.normal(size=(F, d))).astype(np.float32)
    target = (random.normal(size=(batch, d)) + 0.4).astype(np.float32)
    return z, target, W_dec


@pytest.mark.parametrize("batch", [9, 80], ids=["few images", "more images than atoms"])
def test_is_the_least_squares_of_each_image_that_is_not_below_zero(batch: int) -> None:
    z, target, W_dec = problem(batch, 20)
    found = refit(z, target, W_dec)
    assert found.dtype == np.float32 and not found[0].any()
    assert (found >= 0).all() and not found[z == 0].any()
    switched_off = 0
    for row in range(1, batch):
        on = np.flatnonzero(z[row])
        expected, _ = nnls(W_dec[on].T.astype(np.float64), target[row].astype(np.float64))
        np.testing.assert_allclose(found[row, on], expected, atol=1e-3)
        switched_off += int((expected == 0).sum())
    assert switched_off > 0


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
