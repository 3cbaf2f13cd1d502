"""Resampling: who is restarted, where the restarted point, and what the optimiser forgets."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from saegui.core.analysis.metrics import reconstruction
from saegui.core.config.schema import make, parameter
from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.model.snapshot import to_input
from saegui.core.training.adam import Adam
from saegui.core.training.resampling import LEAST_STEPS, directions, is_due, restart, unit
from saegui.core.training.trainer import Trainer

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.usefixtures("one_thread")

DEAD = np.arange(24) < 9
BASE = {"dataset": "digits", "n_latents": 24, "k": 4, "batch_size": 50, "epochs": 5, "lr": 2e-3}


def trained(digits: Dataset, steps: int, **options: Any) -> Trainer:
    """With nine latents that cannot fire."""
    made = Trainer(make({**BASE, "resample_every": 1.0, "dead_after": 0.9, **options}), digits)
    with torch.no_grad():
        made.weights["b_enc"][torch.from_numpy(DEAD)] = -1000
    for _ in range(steps):
        made.step()
    return made


@pytest.mark.parametrize("arch", list(FAMILIES))
def test_the_moments_of_the_restarted_begin_again_and_all_else_is_as_without(
    arch: str, digits: Dataset
) -> None:
    """Right after the step in which it fell due, beside a twin that leaves the dead alone."""
    steps = -(-len(digits.train_images) // 50)
    made, twin = (trained(digits, steps, arch=arch, revival=revival) for revival in ("resample", "none"))
    found, expected = made.state(), twin.state()
    restarted = (found["since_fired"] == 0) & (expected["since_fired"] > 0.9 * len(digits.train_images))
    assert (restarted[DEAD]).all()
    alive = ~restarted
    assert alive.any()
    for name in ("W_enc", "b_enc", "W_dec", *FAMILIES[arch].learnt):
        axis = 1 if name == "W_enc" else 0
        for kind in ("mean", "square"):
            moments, before = found[f"{kind}.{name}"], expected[f"{kind}.{name}"]
            kept, begun = (np.compress(which, moments, axis=axis) for which in (alive, restarted))
            usual = kept.mean(axis, keepdims=True) if kind == "square" else 0 * begun
            np.testing.assert_allclose(begun, np.broadcast_to(usual, begun.shape), rtol=1e-4)
            np.testing.assert_array_equal(kept, np.compress(alive, before, axis=axis))
            assert kept.any()
        weight, before = found[f"weight.{name}"], expected[f"weight.{name}"]
        np.testing.assert_array_equal(
            np.compress(alive, weight, axis=axis), np.compress(alive, before, axis=axis)
        )
    for name in ("weight.b_dec", "mean.b_dec", "square.b_dec", "adam_steps", "generator", "order"):
        np.testing.assert_array_equal(found[name], expected[name])
    for name, value in FAMILIES[arch].start(made.config).items():
        if name in FAMILIES[arch].learnt:
            np.testing.assert_array_equal(found[f"weight.{name}"][restarted], np.float32(value))
    assert not found["weight.b_enc"][restarted].any()


@pytest.mark.parametrize("pre_bias", [False, True])
def test_they_point_at_what_badly_reconstructed_images_leave_over(pre_bias: bool, digits: Dataset) -> None:
    steps = -(-len(digits.train_images) // 50)
    x = to_input(digits.train_images)
    ranks = []
    for seed in range(24):
        options: dict[str, Any] = {"pre_bias": pre_bias, "seed": seed}
        made = trained(digits, steps, revival="resample", **options)
        twin = trained(digits, steps, revival="none", **options)
        before = twin.snapshot()
        left = x - before.decode(before.encode(x), x)
        unit = left / np.linalg.norm(left, axis=1, keepdims=True)
        atoms, columns = made.weights["W_dec"].numpy()[DEAD], made.weights["W_enc"].numpy()[:, DEAD]
        cosine = (atoms / np.linalg.norm(atoms, axis=1, keepdims=True)) @ unit.T
        np.testing.assert_allclose(cosine.max(1), 1, atol=1e-4)
        directed = columns / np.linalg.norm(columns, axis=0)
        lengths = np.linalg.norm(atoms, axis=1)
        np.testing.assert_allclose(np.einsum("ij,ji->i", atoms, directed), lengths, rtol=1e-5)
        alive = twin.state()["since_fired"] <= 0.9 * len(x)
        living = np.linalg.norm(before.W_enc[:, alive], axis=0).mean()
        np.testing.assert_allclose(np.linalg.norm(columns, axis=0), living, rtol=1e-4)
        loss = np.square(left).sum(1)
        ranks += list(loss.argsort().argsort()[cosine.argmax(1)] / len(x))
    # Drawn evenly, the mean rank of 216 images would be 0.5 ± 0.02.
    assert np.mean(ranks) > 0.555


@pytest.mark.parametrize(("arch", "strength"), [("batch_topk", 1), ("relu_l1", 0.5), ("jumprelu", 0.5)])
def test_where_no_k_limits_them_they_start_half_as_strong(
    arch: str, strength: float, digits: Dataset
) -> None:
    weights = trained(digits, 1, arch=arch).weights
    dead = torch.from_numpy(DEAD)
    living = float(weights["W_enc"][:, ~dead].norm(dim=0).mean())
    new = unit(torch.rand(9, 784))
    start = {n: v for n, v in FAMILIES[arch].start(make({"arch": arch})).items() if n in weights}
    restart(weights, dead, new, make({"arch": arch}), start)
    lengths = weights["W_enc"][:, dead].norm(dim=0)
    np.testing.assert_allclose(lengths, strength * living, rtol=1e-5)


@pytest.mark.parametrize("arch", ["topk", "jumprelu"])
@pytest.mark.parametrize("non_negative", [False, True])
def test_where_an_image_gives_no_direction_the_atom_keeps_its_own(
    arch: str, non_negative: bool, digits: Dataset
) -> None:
    """One that is drawn too strongly everywhere, where nothing may be negative; one that is drawn perfectly."""
    options = {"arch": arch, "unit_norm": True, "non_negative": non_negative, "tied_init": True}
    weights = trained(digits, 3, **options).weights
    before, dead = weights["W_dec"].clone(), torch.from_numpy(DEAD)
    new = unit(torch.rand(9, 784) - 0.5)
    new[3], new[5] = -new[3].abs(), 0
    start = {n: v for n, v in FAMILIES[arch].start(make(options)).items() if n in weights}
    restart(weights, dead, new, make(options), start)
    np.testing.assert_allclose(weights["W_dec"].norm(dim=1), 1, atol=1e-5)
    kept = [3, 5] if non_negative else [5]
    same = torch.isclose(weights["W_dec"], before, atol=1e-6).all(1)
    assert same[:9].nonzero().flatten().tolist() == kept
    directed = weights["W_enc"][:, dead].norm(dim=0)
    np.testing.assert_allclose(directed, directed[0].expand(9), rtol=1e-4)
    if non_negative:
        assert float(weights["W_dec"].min()) >= 0 and float(weights["W_enc"].min()) >= 0


def test_the_square_of_the_loss_decides() -> None:
    error = torch.diag(torch.tensor([0.0, 0.0, 1.0, 3**0.5]))
    generator = torch.Generator().manual_seed(0)
    drawn = directions(error, 4000, generator).argmax(1)
    counts = torch.bincount(drawn, minlength=4)
    assert counts[:2].tolist() == [0, 0]
    assert float(counts[3] / counts[2]) == pytest.approx(9, rel=0.15)


def test_what_was_restarted_fires_again_and_helps(digits: Dataset) -> None:
    options = {"pre_bias": True, "unit_norm": True, "tied_init": True, "epochs": 12}
    made, twin = (trained(digits, 12 * 29, revival=revival, **options) for revival in ("resample", "none"))
    assert made.done
    assert (twin.snapshot().density[DEAD] == 0).all()
    assert (made.snapshot().density[DEAD] > 0).mean() > 0.8
    errors = [reconstruction(trainer.snapshot(), digits.test_images).mse for trainer in (made, twin)]
    assert errors[0] < 0.9 * errors[1]


@pytest.mark.parametrize(("batch", "every", "times"), [(256, 0.5, 100), (100, 0.1, 500), (250, 0.3, 166)])
def test_falls_due_once_for_each_multiple(batch: int, every: float, times: int) -> None:
    """Of MNIST's 60,000 images, where passes over them are no round numbers."""
    per_epoch = -(-60_000 // batch)
    passes = [step // per_epoch + step % per_epoch * batch / 60_000 for step in range(50 * per_epoch + 1)]
    assert sum(is_due(before, now, every) for before, now in pairwise(passes)) == times


def test_first_steps_are_no_longer_than_those_of_others() -> None:
    """After thousands of steps Adam no longer corrects for moments that began at zero."""
    weights = {"W_dec": torch.zeros(4, 3)}
    adam = Adam(weights)
    dead = torch.arange(4) < 2
    for step in range(3050):
        if step == 3000:
            adam.restart(dead)
            before = weights["W_dec"].clone()
        weights["W_dec"].grad = torch.ones(4, 3)
        adam.step(1e-3)
    moved = (before - weights["W_dec"]) / 50
    torch.testing.assert_close(moved[~dead], torch.full((2, 3), 1e-3), rtol=1e-3, atol=0)
    assert (moved[dead] < moved[~dead]).all()


def test_when_none_lives_all_begin_at_zero() -> None:
    weights = {"W_dec": torch.zeros(4, 3)}
    adam = Adam(weights)
    weights["W_dec"].grad = torch.ones(4, 3)
    adam.step(1e-3)
    adam.restart(torch.ones(4, dtype=torch.bool))
    state = adam.state()
    assert not state["mean.W_dec"].any() and not state["square.W_dec"].any()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [29, 58, 87, 116]),
        ({"resample_every": 2.0}, [58, 116]),
        # Once each, though fifths of an epoch end amid a step.
        ({"resample_every": 1.2, "dead_after": 0.001}, [35, 70, 105]),
        # A fifth of an epoch is six steps: too few to see who is dead.
        ({"resample_every": 0.2, "dead_after": 0.001, "epochs": 3}, [25, 50, 75]),
    ],
)
def test_is_due_every_so_many_epochs_but_not_near_the_end(
    options: dict[str, Any], expected: list[int], digits: Dataset
) -> None:
    made = trained(digits, 0, revival="resample", **options)
    silent = torch.from_numpy(DEAD)
    restarts = []
    while not made.done:
        with torch.no_grad():
            made.weights["b_enc"][silent] = -1000
        made.step()
        if float(made.weights["b_enc"][0]) == 0:
            restarts.append(made.steps)
    assert restarts == expected


def test_the_help_tells_after_how_many_steps() -> None:
    assert f"after {LEAST_STEPS} steps at the earliest" in parameter("resample_every").help


def test_a_latent_is_not_restarted_before_enough_batches_could_have_had_it_on(digits: Dataset) -> None:
    """However little of an epoch is asked for."""
    made = trained(digits, 0, revival="resample", resample_every=0.01, dead_after=0.001)
    made.weights["b_enc"][:9] = 0
    while not made.done:
        silent_for = made.state()["since_fired"].copy()
        moments = made.state()["mean.b_enc"].copy()
        made.step()
        restarted = (made.state()["since_fired"] == 0) & (made.state()["mean.b_enc"] == 0) & (moments != 0)
        assert (silent_for[restarted] >= 22 * 50).all()


def test_errors_that_have_exploded_point_nowhere() -> None:
    """On an accelerator latents may be restarted before anyone has seen that the training diverged."""
    error = torch.ones(6, 4)
    error[1], error[2, 0], error[3] = float("nan"), float("inf"), 1e30
    new = directions(error, 50, torch.Generator().manual_seed(0))
    assert new.shape == (50, 4)
