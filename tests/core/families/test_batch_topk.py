"""BatchTopK's threshold: the running mean of the smallest activation that was kept, and what codes do with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.model.snapshot import to_input
from saegui.core.training.gradients.step import PlainStep
from saegui.core.training.trainer import Trainer
from tests.core.families.cases import Fast, config, images, measured, weights
from tests.core.families.reference import compute
from tests.mnist_shape import D_IN

torch = pytest.importorskip("torch")

KIN = pytest.mark.parametrize("name", ["batch_topk", "matryoshka"])


@KIN
@pytest.mark.parametrize("fast", [False, True], ids=["plain", "chosen"])
def test_threshold_is_the_running_mean_of_the_smallest_that_was_kept(name: str, fast: bool) -> None:
    c = config(name, n_latents=32, k=4)
    w = weights(c, d=D_IN)
    w["W_enc"] /= 10
    family = FAMILIES[name]
    step = Fast(c, 12) if fast else PlainStep(family)
    mine: dict[str, Any] = {n: torch.tensor(weight, dtype=torch.float32) for n, weight in w.items()}
    mine |= {n: torch.full((1,), value) for n, value in measured(c).items()}
    expected = None
    for seed in range(5):
        x = images(seed, 12, D_IN)
        z = compute(w, x, c).z
        least = z[z > 0].min()
        expected = least if expected is None else 0.9 * expected + 0.1 * least
        family.measure(mine, step(mine, torch.tensor(x, dtype=torch.float32), c, 4, None).z)
        assert float(mine["threshold"]) == pytest.approx(expected, rel=1e-4)
    # A batch in which nothing is on says nothing.
    mine["b_enc"].fill_(-1e3)
    family.measure(mine, step(mine, torch.tensor(images(9, 12, D_IN), dtype=torch.float32), c, 4, None).z)
    assert float(mine["threshold"]) == pytest.approx(expected, rel=1e-4)


@KIN
def test_a_code_does_not_depend_on_its_neighbours(name: str, digits: Dataset) -> None:
    options: dict[str, Any] = {"epochs": 12, "lr": 2e-3, "pre_bias": True, "tied_init": True}
    c = config(name, dataset="digits", n_latents=24, k=4, batch_size=100, **options)
    trainer = Trainer(c, digits)
    while not trainer.done:
        trainer.step()
    model, x = trainer.snapshot(), to_input(digits.test_images)
    z = model.encode(x)
    on = np.count_nonzero(z, axis=1)
    assert len(set(on.tolist())) > 2, "easy images get fewer latents than hard ones"
    assert 3 < on.mean() < 5.5
    threshold = float(model.extras["threshold"][0])
    assert z[z > 0].min() >= threshold > 0
    for index in range(0, len(x), 40):
        np.testing.assert_allclose(model.encode(x[index : index + 1])[0], z[index], atol=1e-5)
        np.testing.assert_allclose(model.encode(x[index:])[0], z[index], atol=1e-5)


@KIN
def test_before_the_first_step_the_k_largest_of_each_image_are_on(name: str, digits: Dataset) -> None:
    c = config(name, dataset="digits", n_latents=24, k=4)
    model = Trainer(c, digits).snapshot()
    x = to_input(digits.test_images)
    z, positive = model.encode(x), np.maximum(model.pre_activations(x), 0)
    np.testing.assert_array_equal((z > 0).sum(1), np.minimum((positive > 0).sum(1), 4))
    np.testing.assert_array_equal(z, np.where(positive >= np.sort(positive, 1)[:, -4, None], positive, 0))


@KIN
def test_threshold_keeps_up_with_a_k_that_changes(name: str, digits: Dataset) -> None:
    c = config(name, dataset="digits", n_latents=64, k=30, batch_size=100, epochs=20, lr=2e-3, pre_bias=True)
    trainer = Trainer(c, digits)
    for _ in range(60):
        trainer.step()
    trainer.change(k=5)
    for _ in range(40):
        step = trainer.step()
    l0 = np.count_nonzero(trainer.snapshot().encode(to_input(digits.train_images)), axis=1).mean()
    assert step.l0 == pytest.approx(5, abs=0.1)
    assert l0 == pytest.approx(5, rel=0.1)
