"""What is advised after a training that went wrong: the cause, and nothing that was not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from saegui.core.analysis.advice import advice
from saegui.core.analysis.metrics import Metrics, evaluate
from saegui.core.config.changes import Change
from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import preset
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.runs.history import History, StepResult
from saegui.core.training.trainer import Trainer

pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")

MANY = "switch on --pre-bias, --tied-init, --unit-norm, or revive them by resampling"
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "learning rate": ({"lr": 0.05}, "training images: lower --lr (now 0.05)."),
    "learning rate of a good start": ({"arch": "topk", "lr": 0.1}, "training images: lower --lr (now 0.1)."),
    "learning rate of a penalty": ({"arch": "gated", "lr": 0.1}, "training images: lower --lr (now 0.1)."),
    "learning rate of KL": ({"arch": "kl", "lr": 0.05}, "training images: lower --lr (now 0.05)."),
    "start": ({}, f"training images: {MANY}."),
    "no revival": (
        {"arch": "topk", "revival": "none", "n_latents": 512, "k": 2},
        "training images: revive them by resampling.",
    ),
    "L1": ({"arch": "relu_l1", "l1": 0.05}, "training images: lower --l1 (now 0.05)."),
    "L1 of gates": ({"arch": "gated", "l1": 0.05}, "training images: lower --l1 (now 0.05)."),
    "L0": ({"arch": "jumprelu", "l0_weight": 1.0, "epochs": 50}, "lower --l0-weight (now 1)."),
    "large bandwidth": (
        {"arch": "jumprelu", "bandwidth": 50},
        "training images: lower --bandwidth (now 50).",
    ),
    "small bandwidth": (
        {"arch": "jumprelu", "bandwidth": 1e-3},
        "latents): raise --bandwidth (now 0.001); hardly any activation is within it, so thresholds cannot move.",
    ),
    "no penalty": ({"arch": "relu_l1", "l1": 1e-5}, "latents): raise --l1 (now 1e-05)."),
    "non-negative weights": (
        {"arch": "relu_l1", "non_negative": True},
        "Hardly anything was learnt (FVU {fvu:.2f}): switch off --non-negative.",
    ),
    "few steps": (
        {"arch": "topk", "epochs": 1, "batch_size": 256, "warmup_steps": 0},
        "Hardly anything was learnt (FVU {fvu:.2f}): train longer (now 6 steps).",
    ),
    "small data set": (
        {"arch": "topk", "epochs": 10, "batch_size": 1500, "warmup_steps": 0},
        "lower --batch-size to 128 (now 1,500, so that an epoch of 1,438 images is only 1 step), or train longer (now 10 steps).",
    ),
    "low learning rate": (
        {"arch": "topk", "lr": 1e-5},
        "Hardly anything was learnt (FVU {fvu:.2f}): raise --lr (now 1e-05).",
    ),
    "long warm-up": (
        {"arch": "topk", "warmup_steps": 50_000},
        "Hardly anything was learnt (FVU {fvu:.2f}): lower --warmup-steps (now 50000).",
    ),
    "KL with pre-bias": (
        {"arch": "kl", "pre_bias": True, "unit_norm": True, "rho": 0.005},
        "Hardly anything was learnt (FVU {fvu:.2f}): raise --rho (now 0.005), or switch off --pre-bias, --unit-norm.",
    ),
}
"""What was wrong → the options that make it so, and how the advice ends: it names that cause and no other."""
GOOD: dict[str, dict[str, Any]] = {
    **{kind: {"arch": kind} for kind in FAMILIES},
    "a high learning rate that does no harm": {"arch": "topk", "lr": 0.015},
    "a bad start, but resampled": {"revival": "resample"},
    "a short warm-up": {"arch": "topk", "warmup_steps": 0},
}


def trained(values: dict[str, Any], dataset: Dataset) -> tuple[Metrics, RunConfig]:
    base = {"dataset": "digits", "batch_size": 64, "epochs": 20}
    trainer = Trainer(make(with_kind({**base, **values})), dataset)
    while not trainer.done:
        trainer.step()
    return evaluate(trainer.snapshot(), dataset), trainer.config


def said(measured: Metrics, config: RunConfig) -> str:
    return advice(measured, config, lambda parameter: parameter.option)


@pytest.mark.slow
@pytest.mark.parametrize("cause", BAD)
def test_names_what_was_the_cause_and_nothing_else(cause: str, digits: Dataset) -> None:
    values, expected = BAD[cause]
    measured, config = trained(values, digits)
    assert said(measured, config).endswith(expected.format(fvu=measured.fvu))


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_a_training_that_went_well_needs_none(name: str, digits: Dataset) -> None:
    assert said(*trained(GOOD[name], digits)) == ""


def found(dead: int, n_latents: int = 64) -> Metrics:
    return Metrics(0.1, 0.5, 0.5, 0.5, 3.0, dead, 0, n_latents, 10, "mnist", 10_000, 60_000, 1000, 1.0)


def of(dead: int, **values: Any) -> str:
    return said(found(dead), make(values))


@pytest.mark.parametrize(("dead", "told"), [(0, False), (32, False), (33, True), (64, True)])
def test_is_given_where_most_are_dead(dead: int, told: bool) -> None:
    assert bool(of(dead)) is told


GOOD_START: dict[str, Any] = {"pre_bias": True, "tied_init": True, "unit_norm": True}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"arch": "jumprelu"}, f"{MANY}."),
        (
            {"tied_init": True, "revival": "auxk"},
            "switch on --pre-bias, --unit-norm, or revive them by resampling.",
        ),
        ({"lr": 0.01}, f"lower --lr (now 0.01), or {MANY}."),
        ({"lr": 0.02}, "lower --lr (now 0.02)."),
        ({**GOOD_START, "revival": "resample"}, "take fewer latents or a higher k."),
        ({**GOOD_START, "revival": "resample", "arch": "relu_l1"}, "take fewer latents."),
        ({"arch": "kl", "revival": "resample"}, "take fewer latents."),
    ],
)
def test_names_what_was_not_tried(values: dict[str, Any], expected: str) -> None:
    assert of(64, **values) == f"All 64 latents are dead on all 60,000 training images: {expected}"
    assert of(40, **values) == f"40 of 64 latents are dead on all 60,000 training images: {expected}"


def after(dead: list[int], *changes: Change, **values: Any) -> str:
    """Advice on a training of 64 latents, of which so many counted as dead after each tenth of an epoch."""
    history = History()
    for step, count in enumerate(dead, start=1):
        history.add_step(StepResult(step, step / 10, step, 0.1, 0.5, 3.0, count, {}, 100))
    for change in changes:
        history.add_change(change)
    return advice(found(dead[-1]), make(values), lambda parameter: parameter.option, history)


def test_says_to_train_longer_where_latents_had_no_time_to_live() -> None:
    early = replace(found(46), fvu=2.17, step=30)
    assert "train longer (now 30 steps)" in advice(early, preset("seed-k10").config, lambda p: p.option)
    assert "longer" not in advice(found(46), preset("seed-k10").config, lambda p: p.option)


def test_names_a_change_after_which_they_died_and_nothing_else() -> None:
    change = Change(20, 2.0, 20.0, "lr", 5e-4, 0.05)
    # What died at the change counts as dead an epoch later.
    assert after([0] * 29 + [40] * 11, change, lr=0.05, k=2) == (
        "40 of 64 latents are dead on all 60,000 training images, all of them since --lr was changed from 0.0005 to 0.05 "
        "at epoch 2.00: train again without this change."
    )
    assert ", 35 of them since --lr" in after([0] * 12 + [5] * 18 + [40], change, lr=0.05)
    both = (change, Change(20, 2.0, 20.0, "k", 10, 2))
    assert "--lr was changed from 0.0005 to 0.05 and --k was changed from 10 to 2" in after(
        [0] * 29 + [40], *both, k=2
    )
    later = Change(35, 3.5, 35.0, "k", 10, 2)
    assert "since --lr was changed" in after([0] * 29 + [40] * 20, change, later, k=2)
    assert "since --k was changed" in after([0] * 44 + [40] * 5, change, later, k=2)


def test_never_blames_a_change_that_came_after_they_had_died() -> None:
    change = Change(20, 2.0, 20.0, "lr", 0.05, 1e-4)
    told = after([0] * 9 + [40] * 31, change, lr=1e-4)
    assert "was changed" not in told
    assert "lower --lr (now 0.05)" in told, "the value from before the change, when they died"
    weight = after([0] * 9 + [40] * 31, Change(20, 2.0, 20.0, "l1", 1.0, 0.001), arch="relu_l1", l1=0.001)
    assert "lower --l1 (now 1)" in weight


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


@pytest.mark.parametrize("kind", ["kl", "topk", "relu_l1"])
def test_a_training_that_was_stopped_before_its_first_step_is_advised_to_last_longer(
    kind: str, digits: Dataset
) -> None:
    config = make({"arch": kind, "dataset": "digits", "warmup_steps": 0, "lr": 1e-3})
    found = evaluate(Trainer(config, digits).snapshot(), digits)
    unlearnt = replace(found, dead=0, fvu=1.0)
    assert "train longer (now 0 steps)" in advice(unlearnt, config, lambda parameter: parameter.name)
