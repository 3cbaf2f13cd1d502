"""Refinements: the encoder looks again at what its code leaves over."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.analysis.metrics import reconstruction
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.families.refinement import refine, refine_array
from saegui.core.families.registry import FAMILIES
from saegui.core.families.topk_search import keep_largest_array
from saegui.core.training.gradients.step import PlainStep
from saegui.core.training.trainer import Trainer
from tests.core.families.cases import BATCH, F, K, config, images, weights

torch = pytest.importorskip("torch")


def test_one_is_a_step_of_iterative_hard_thresholding() -> None:
    """z ← keep(u + z − (z·W_dec)·W_enc), by hand, in numpy and in torch."""
    c = config("topk", refinements=1)
    w, x = weights(c), images()
    first = x @ w["W_enc"] + w["b_enc"]
    z = keep_largest_array(np.maximum(first, 0), K)
    expected = first + z - z @ (w["W_dec"] @ w["W_enc"])
    np.testing.assert_allclose(refine_array(w["W_dec"], w["W_enc"], first, 1, K), expected, atol=1e-12)
    tensors = {name: torch.from_numpy(weight) for name, weight in w.items()}
    again = refine(tensors, torch.from_numpy(first), 1, K)
    np.testing.assert_allclose(again.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("count", [1, 3])
def test_of_many_images_each_gets_what_it_gets_alone(count: int) -> None:
    """Where it pays, the two products of a refinement are one."""
    w = weights(config("topk", refinements=count))
    pre = np.random.default_rng(0).normal(size=(200, F))
    together = refine_array(w["W_dec"], w["W_enc"], pre, count, K)
    alone = [refine_array(w["W_dec"], w["W_enc"], row[None], count, K)[0] for row in pre]
    np.testing.assert_allclose(together, alone, atol=1e-12)


def test_none_changes_nothing() -> None:
    w, pre = weights(config("topk")), np.ones((2, F))
    assert refine_array(w["W_dec"], w["W_enc"], pre, 0, K) is pre


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", ["topk", "batch_topk", "multi_topk", "matryoshka"])
def test_gradients_are_those_of_the_loss(name: str, count: int) -> None:
    """By central differences, in double precision; the fast steps are held against this one."""
    c = config(name, refinements=count, pre_bias=True)
    w = weights(c)
    tensors = {n: torch.from_numpy(weight.copy()) for n, weight in w.items()}
    x, family = torch.from_numpy(images()), FAMILIES[c.arch]
    PlainStep(family)(tensors, x, c, K, None)
    random = np.random.default_rng(0)

    def total(moved: dict[str, object]) -> float:
        return float(sum(family.forward({**tensors, **moved}, x, c, K).losses.values()))  # type: ignore[arg-type]

    for n in ("W_enc", "b_enc", "W_dec", "b_dec"):
        direction = torch.from_numpy(random.normal(size=w[n].shape))
        step = 1e-6 * direction
        with torch.no_grad():
            slope = (total({n: tensors[n] + step}) - total({n: tensors[n] - step})) / 2e-6
        assert float((tensors[n].grad * direction).sum()) == pytest.approx(slope, rel=1e-4, abs=1e-7), n


@pytest.mark.parametrize("arch", ["topk", "multi_topk"])
def test_a_snapshot_encodes_as_the_training_does(arch: str, digits: Dataset) -> None:
    c = make({"dataset": "digits", "n_latents": 40, "k": 4, "arch": arch, "refinements": 2, "epochs": 1})
    trainer = Trainer(c, digits)
    while not trainer.done:
        trainer.step()
    x = digits.test_images[:BATCH].reshape(BATCH, -1).astype(np.float32) / 255
    with torch.no_grad():
        expected = FAMILIES[arch].forward(trainer.weights, torch.from_numpy(x), c, c.k).z.numpy()
    np.testing.assert_allclose(trainer.snapshot().encode(x), expected, atol=1e-4)


@pytest.mark.slow
def test_they_lower_the_error(digits: Dataset) -> None:
    found = []
    for count in (0, 2):
        c = make(
            {"dataset": "digits", "n_latents": 64, "k": 6, "refinements": count, "lr": 2e-3, "epochs": 60}
        )
        c = make({"unit_norm": True, "tied_init": True, "pre_bias": True, "batch_size": 128}, c)
        trainer = Trainer(c, digits)
        while not trainer.done:
            trainer.step()
        found.append(reconstruction(trainer.snapshot(), digits.train_images).mse)
    assert found[1] < 0.97 * found[0]
