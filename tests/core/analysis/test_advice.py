"""What is advised where latents died."""

from __future__ import annotations

from typing import Any

import pytest

from saegui.core.analysis.advice import advice
from saegui.core.analysis.metrics import Metrics, evaluate
from saegui.core.config.presets import preset
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.training.trainer import Trainer


def found(dead: int, n_latents: int = 64) -> Metrics:
    return Metrics(0.1, 0.5, 0.5, 0.5, 3.0, dead, 0, n_latents, 10, "mnist", 1, 1, 1, 1.0)


def of(dead: int, **values: Any) -> str:
    return advice(found(dead), make(values), lambda parameter: parameter.option)


@pytest.mark.parametrize(("dead", "told"), [(0, False), (32, False), (33, True), (64, True)])
def test_is_given_where_most_are_dead(dead: int, told: bool) -> None:
    assert bool(of(dead)) is told


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"arch": "jumprelu"},
            "lower --l0-weight (now 0.001), or switch on --pre-bias, --tied-init, --unit-norm, or revive them by resampling.",
        ),
        (
            {
                "arch": "relu_l1",
                "pre_bias": True,
                "tied_init": True,
                "unit_norm": True,
                "revival": "resample",
            },
            "lower --l1 (now 0.0015).",
        ),
        (
            {"tied_init": True, "revival": "auxk"},
            "switch on --pre-bias, --unit-norm, or revive them by resampling.",
        ),
        (
            {"pre_bias": True, "tied_init": True, "unit_norm": True, "revival": "resample"},
            "take fewer latents or a higher k.",
        ),
        (
            {"arch": "kl", "pre_bias": True, "tied_init": True, "unit_norm": True, "revival": "resample"},
            "take fewer latents.",
        ),
    ],
)
def test_names_what_was_not_tried(values: dict[str, Any], expected: str) -> None:
    assert of(64, **values) == f"All 64 latents are dead: {expected}"
    assert of(40, **values) == f"40 of 64 latents are dead: {expected}"


@pytest.mark.parametrize("arch", ["topk", "jumprelu", "relu_l1"])
def test_helps(arch: str, digits: Dataset) -> None:
    """As advised most of them live."""
    values: dict[str, Any] = {
        "dataset": "digits",
        "arch": arch,
        "n_latents": 48,
        "k": 4,
        "epochs": 30,
        "batch_size": 64,
    }
    before, after = (
        make(values, preset("seed-k10").config),
        make({**values, "pre_bias": True, "tied_init": True, "unit_norm": True, "revival": "resample"}),
    )
    dead = []
    for config in (before, after):
        trainer = Trainer(config, digits)
        while not trainer.done:
            trainer.step()
        measured = evaluate(trainer.snapshot(), digits)
        dead.append(measured.dead)
        assert bool(advice(measured, config, lambda parameter: parameter.title)) is (config is before)
    assert dead[1] < 10 < 24 < dead[0]
