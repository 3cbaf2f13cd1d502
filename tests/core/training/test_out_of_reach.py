"""What a training never comes to is said before it begins, and what it does come to is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.training.out_of_reach import out_of_reach
from saegui.core.training.schedules import annealed, schedule
from saegui.core.training.trainer import Trainer

pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")


def said(config: RunConfig, n_images: int = 60_000) -> list[str]:
    return out_of_reach(config, n_images, lambda parameter: parameter.option)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ""),
        ({"warmup_steps": 11_750, "decay": 0.0}, ""),
        (
            {"warmup_steps": 11_751},
            "--warmup-steps takes 11,751 steps, but the training has only 11,750 steps: the learning rate never reaches "
            "0.0005. Take fewer warm-up steps, or train longer.",
        ),
        (
            {"warmup_steps": 6000, "decay": 0.5},
            "--warmup-steps takes 6,000 steps, but --decay begins after 5,875 steps: the learning rate never reaches 0.0005. "
            "Take fewer warm-up steps, or train longer.",
        ),
        (
            {"decay": 0.4, "batch_size": 60_000, "epochs": 2},
            "--decay is 0.4 of only 2 steps: the learning rate never falls. Set --decay to 0, or train longer.",
        ),
        ({"k": 64, "k_anneal": 0.5}, "--k-anneal has no effect: k is 64 and there are no more latents to begin with."),
        ({"k": 64, "k_anneal": 0.5, "arch": "relu_l1"}, ""),
        (
            {"revival": "auxk", "dead_after": 50},
            "AuxK revives no latent: it begins after 11,751 steps, but the training has only 11,750 steps. "
            "Lower --dead-after, or train longer.",
        ),
        (
            {"revival": "resample", "resample_every": 46},
            "Resampling revives no latent: it begins after 10,810 steps, but there is none in the last tenth of the "
            "training's 11,750 steps. Lower --dead-after and --resample-every, or train longer.",
        ),
        (
            {"revival": "resample", "batch_size": 60_000, "epochs": 10},
            "Resampling revives no latent: it begins after 25 steps, but there is none in the last tenth of the training's "
            "10 steps. Train longer.",
        ),
        (
            {"dataset": "olivetti", "batch_size": 60_000, "epochs": 50},
            "--batch-size is 60,000, so that an epoch of 60,000 images is only 1 step, and the training has only 50 steps: too "
            "few to learn much. Set --batch-size to 4096, or train longer.",
        ),
        ({"batch_size": 60_000, "epochs": 100}, ""),
        ({"batch_size": 15_000, "epochs": 1, "decay": 0}, ""),
    ],
)  # fmt: skip
def test_is_said(values: dict[str, Any], expected: str) -> None:
    assert " ".join(said(make(values))).startswith(expected)
    assert bool(said(make(values))) is bool(expected)


@given(warmup=st.integers(0, 40), decay=st.floats(0, 1), epochs=st.integers(1, 4), images=st.integers(1, 100))
def test_a_learning_rate_that_is_reached_is_not_said_to_be_out_of_reach(
    warmup: int, decay: float, epochs: int, images: int
) -> None:
    config = RunConfig(warmup_steps=warmup, decay=decay, epochs=epochs, batch_size=10)
    total = -(-images // 10) * epochs
    reached = max(schedule(config, step, total) for step in range(total)) > 1 - 1e-9
    assert any("never reaches" in sentence for sentence in said(config, images)) is not reached


@given(k=st.integers(1, 8), latents=st.integers(8, 40))
def test_an_annealing_that_changes_k_is_not_said_to_have_no_effect(k: int, latents: int) -> None:
    config = RunConfig(k=k, n_latents=latents, k_anneal=1.0)
    assert bool(said(config)) is ({annealed(config, step, 100) for step in range(100)} == {k})


@pytest.mark.parametrize(("dead_after", "epochs"), [(0.25, 1), (0.25, 2), (2, 3), (2, 4), (1.5, 2), (1.5, 3)])
def test_auxk_acts_exactly_where_nothing_is_said(dead_after: float, epochs: int, digits: Dataset) -> None:
    """With all images in one batch, and a latent that is never among the k largest."""
    values = {"dataset": "digits", "batch_size": 2000, "n_latents": 8, "k": 2, "revival": "auxk"}
    trainer = Trainer(make({**values, "dead_after": dead_after, "epochs": epochs}), digits)
    trainer.weights["W_enc"][:, 0] = 1e-5
    trainer.weights["b_enc"][0], trainer.weights["b_enc"][1:] = 0, 5
    acted = any(trainer.step().losses.get("auxk", 0) > 0 for _ in range(trainer.total_steps))
    assert acted is not any("AuxK" in sentence for sentence in said(trainer.config, trainer.n_images))


@pytest.mark.parametrize(
    ("values", "epochs"),
    [({}, 1), ({}, 2), ({"resample_every": 1.7}, 2), ({"resample_every": 1.8}, 2), ({"dead_after": 1.75}, 2)],
)
def test_resampling_acts_exactly_where_nothing_is_said(
    values: dict[str, Any], epochs: int, digits: Dataset
) -> None:
    base = {"dataset": "digits", "batch_size": 100, "n_latents": 8, "k": 2, "revival": "resample"}
    trainer = Trainer(make({**base, **values, "epochs": epochs}), digits)
    trainer.weights["b_enc"][0] = -1000
    trainer.advance(trainer.total_steps)
    acted = float(trainer.weights["b_enc"][0]) > -100
    assert acted is not bool(said(trainer.config, trainer.n_images))
