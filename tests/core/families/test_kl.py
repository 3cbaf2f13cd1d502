"""KL: where a mean activation is outside what the divergence is defined for, it is pulled back."""

from __future__ import annotations

import pytest

from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import preset
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.families.kl import LARGEST_MEAN, divergence
from saegui.core.model.snapshot import to_input
from saegui.core.training.trainer import Trainer

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("rho", [0.001, 0.05, 0.5, 0.999])
@pytest.mark.parametrize("mean", [0.9999, 1.0, 1.5, 9.1, 1e6])
def test_a_mean_of_one_or_more_is_pulled_back(mean: float, rho: float) -> None:
    means = torch.tensor([mean], dtype=torch.float64, requires_grad=True)
    value = divergence(rho, means).sum()
    (gradient,) = torch.autograd.grad(value, means)
    assert torch.isfinite(value)
    assert 0 < float(gradient) < 2e3


def test_has_no_step_and_no_corner_where_the_tangent_begins() -> None:
    means = torch.tensor([LARGEST_MEAN - 1e-9, LARGEST_MEAN + 1e-9], dtype=torch.float64, requires_grad=True)
    values = divergence(0.05, means)
    (gradient,) = torch.autograd.grad(values.sum(), means)
    assert float(values[0].detach()) == pytest.approx(float(values[1].detach()), abs=1e-6)
    assert float(gradient[0]) == pytest.approx(float(gradient[1]), rel=1e-5)


def test_no_latent_of_the_tutorials_stays_far_above_its_target(digits: Dataset) -> None:
    """With atoms that are images, activations begin far above one."""
    config = make(
        {"dataset": "digits", "init": "data", "epochs": 60, "batch_size": 64}, preset("tutorial-kl").config
    )
    trainer = Trainer(config, digits)
    before = trainer.snapshot().encode(to_input(digits.train_images)).mean(0)
    while not trainer.done:
        trainer.step()
    after = trainer.snapshot().encode(to_input(digits.train_images)).mean(0)
    assert before.max() > 1
    assert after.max() < 0.5


def test_its_own_values_are_not_those_of_the_kinds_with_k() -> None:
    found = make(with_kind({"arch": "kl"}, preset("modern").config.model_dump()))
    assert (found.pre_bias, found.unit_norm, found.revival) == (False, False, "none")
