"""Trainings by kernels and by autograd, and what is compared of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.runs.history import StepResult
from saegui.core.training.gradients.plan import BY_LIMITS, KERNELS, Group
from saegui.core.training.gradients.step import PlainStep
from saegui.core.training.trainer import Trainer

torch = pytest.importorskip("torch")

STEPS = 20
BASE = {"dataset": "digits", "n_latents": 70, "k": 7, "batch_size": 48, "epochs": 9, "lr": 1e-3}
RECIPE = {"pre_bias": True, "unit_norm": True, "tied_init": True}
CASES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "fewer latents than a block has": {"n_latents": 9, "k": 3},
    "a whole number of blocks": {"n_latents": 128},
    "more candidates than an image keeps": {"n_latents": 300, "k": 2},
    "k of all latents": {"n_latents": 65, "k": 65},
    "one latent": {"n_latents": 1, "k": 1},
    "pre-bias": {"pre_bias": True},
    "unit norm": {"unit_norm": True},
    "non-negative": {"non_negative": True, "tied_init": True},
    "recipe": {**RECIPE, "warmup_steps": 5, "decay": 0.4},
    "AuxK": {**RECIPE, "revival": "auxk", "dead_after": 0.1},
    "AuxK of more latents than draw": {
        **{**RECIPE, "n_latents": 300, "k": 2, "revival": "auxk", "dead_after": 0.1, "lr": 3e-4},
    },
    "resampling": {"revival": "resample", "dead_after": 0.1, "resample_every": 0.2},
    "annealed k": {"k_anneal": 0.05},
    "one refinement": {"refinements": 1},
    "refinements with fewer latents than a block has": {"n_latents": 9, "k": 3, "refinements": 2},
    "refinements and more candidates than an image keeps": {"n_latents": 300, "k": 2, "refinements": 2},
    "refinements with k of all latents": {"n_latents": 65, "k": 65, "refinements": 1, "lr": 1e-4},
    "refinements and AuxK": {**RECIPE, "refinements": 3, "revival": "auxk", "dead_after": 0.1, "lr": 2e-4},
    "refinements, annealed and non-negative": {
        **{"refinements": 2, "k_anneal": 0.05, "non_negative": True, "lr": 5e-4}
    },
    "refinements with most of a block": {
        **{**RECIPE, "n_latents": 64, "k": 40, "refinements": 3, "k_anneal": 0.05, "lr": 3e-4}
    },
    "refinements and AuxK with most of two blocks": {
        **{**RECIPE, "n_latents": 100, "k": 60, "refinements": 2},
        **{"revival": "auxk", "dead_after": 0.1, "lr": 2e-4},
    },
    "refinements of many latents and AuxK": {
        **{**RECIPE, "n_latents": 150, "k": 5, "refinements": 2},
        **{"revival": "auxk", "dead_after": 0.1, "lr": 2e-4},
    },
    "centred": {"input": "centred"},
    "length one": {"input": "unit"},
    "standardised": {"input": "standardised"},
    "standardised, and more candidates than an image keeps": {
        "input": "standardised",
        "n_latents": 300,
        "k": 2,
    },
}
MANY = {**BASE, "n_latents": 300, "k": 2, "epochs": 100}
"""Latents among so many that eight-bit weights find those that may be active."""


def made(images: Any, digits: Dataset) -> Dataset:
    return replace(digits, train_images=np.ascontiguousarray(images))


def by_autograd(config: RunConfig, dataset: Dataset) -> Trainer:
    """Trains by :class:`PlainStep` and Adam."""
    trainer = Trainer(config, dataset, way=BY_LIMITS)
    step = PlainStep(FAMILIES[config.arch])
    weights = trainer.weights
    trainer._joint._groups = [Group((0,), lambda x, asks: [step(weights, x, *asks[0])])]
    return trainer


def agree(config: RunConfig, dataset: Dataset, steps: int = STEPS) -> None:
    plain, fast = by_autograd(config, dataset), Trainer(config, dataset, way=KERNELS)
    for _ in range(steps):
        expected, found = plain.step(), fast.step()
        # Where nothing is dead, only autograd says so of AuxK.
        losses = dict.fromkeys(expected.losses, 0.0) | found.losses
        assert losses == pytest.approx(expected.losses, rel=1e-4, abs=1e-7)
        assert (found.l0, found.dead) == (expected.l0, expected.dead)
    for name, weight in plain.weights.items():
        torch.testing.assert_close(fast.weights[name], weight, rtol=1e-5, atol=1e-5, msg=name)


def bits(trainer: Trainer) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in trainer.state().items() if name != "seconds"}


def one_call_each(config: RunConfig, dataset: Dataset) -> Trainer:
    """A trainer that comes back to Python within every step."""
    trainer = Trainer(config, dataset, way=KERNELS)
    trainer._joint._groups = [group._replace(several=None) for group in trainer._joint._groups]
    return trainer


def numbers(results: Sequence[StepResult]) -> list[StepResult]:
    """Without the clock's."""
    return [result._replace(seconds=0.0) for result in results]
