"""BatchTopK's threshold: calibrated on training images, so that k latents are active on average however it was trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core import data
from saegui.core.analysis.metrics import reconstruction
from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import preset
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.training.session import Session
from saegui.core.training.trainer import Trainer
from tests.core.families.cases import config

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")

KIN = pytest.mark.parametrize("name", ["batch_topk", "matryoshka"])
TRAININGS: dict[str, dict[str, Any]] = {
    "k 1": {"epochs": 10, "k": 1},
    "k annealed to the end": {"epochs": 10, "k_anneal": 1.0},
    "one batch an epoch": {"epochs": 10, "batch_size": 65_536},
    "one image a batch": {"epochs": 1, "batch_size": 1},
    "one step": {"epochs": 1, "batch_size": 65_536},
    "a large learning rate": {"epochs": 3, "lr": 0.05},
    "refinements": {"epochs": 10, "refinements": 2},
    "refit": {"epochs": 10, "refit": True},
    "k of all latents": {"epochs": 3, "n_latents": 12, "k": 12},
}


def trained(values: dict[str, Any], dataset: Dataset) -> Snapshot:
    trainer = Trainer(make(with_kind(values)), dataset)
    while not trainer.done:
        trainer.step()
    return trainer.snapshot()


def l0(model: Snapshot, images: Any) -> float:
    return reconstruction(model, images).l0


@KIN
def test_threshold_is_the_smallest_that_is_kept_where_all_images_are_one_batch(name: str) -> None:
    random, c = np.random.default_rng(0), config(name, n_latents=32, k=4)
    pre = random.normal(0, 1, (60, 32)).astype(np.float32)
    found = FAMILIES[name].calibrate([pre[:13], pre[13:14], pre[14:]], len(pre), c)
    assert found == {"threshold": np.sort(pre, axis=None)[-60 * 4]}
    assert (
        np.count_nonzero(FAMILIES[name].activate(pre, {"threshold": np.array([found["threshold"]])}, c))
        == 240
    )


@KIN
def test_where_too_few_activations_are_positive_all_of_them_stay(name: str) -> None:
    pre = np.full((5, 32), -1, np.float32)
    pre[0, :7] = 0.5
    for pieces in ([pre], [np.minimum(pre, 0)]):
        assert FAMILIES[name].calibrate(pieces, 5, config(name, n_latents=32, k=4)) == {"threshold": 0.0}


@KIN
@pytest.mark.parametrize("case", TRAININGS)
def test_k_latents_are_active_on_average_however_it_was_trained(
    name: str, case: str, digits: Dataset
) -> None:
    model = trained({"arch": name, "dataset": "digits", **TRAININGS[case]}, digits)
    positive = np.maximum(model.refined(to_input(digits.train_images)), 0)
    possible = min(model.config.k, np.count_nonzero(positive) / len(positive))
    assert l0(model, digits.train_images) == pytest.approx(possible, rel=0.01)
    assert l0(model, digits.test_images) == pytest.approx(possible, rel=0.05)


@pytest.mark.slow
@KIN
@pytest.mark.parametrize(
    "values", [{"batch_size": 4096, "epochs": 2}, {"batch_size": 65_536, "epochs": 1, "k": 1}]
)
def test_a_sample_of_the_training_images_is_enough(
    name: str, values: dict[str, Any], mnist_dir: Path
) -> None:
    dataset = data.load("mnist", mnist_dir)
    model = trained({"arch": name, **values}, dataset)
    assert l0(model, dataset.train_images) == pytest.approx(model.config.k, rel=0.05)
    assert l0(model, dataset.test_images) == pytest.approx(model.config.k, rel=0.1)


def test_every_snapshot_of_a_run_has_the_threshold_of_its_own_weights(
    digits: Dataset, tmp_path: Path
) -> None:
    """Also after a live change of k, and in a run that was stopped and resumed."""
    values = {"arch": "batch_topk", "dataset": "digits", "epochs": 4, "k": 8, "n_latents": 32}
    training = Session(make(values, preset("best").config), digits, tmp_path / "run")
    while training.trainer.epoch < 1:
        training.advance()
    changed_after = training.trainer.steps
    training.trainer.change(k=3)
    training.advance()
    training.close()
    resumed = Session.resume(training.run, digits)
    while not resumed.done:
        resumed.advance()
    resumed.close()
    run = resumed.run
    found = {step: l0(run.at(step), digits.train_images) for step in run.steps()}
    assert len(found) == changed_after + 5
    for step, value in found.items():
        assert value == pytest.approx(8 if step <= changed_after else 3, rel=0.02), step
    assert run.latest().extras["threshold"] == run.at(run.steps()[-1]).extras["threshold"]


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
    threshold = float(model.extras["threshold"][0])
    assert z[z > 0].min() >= threshold > 0
    for index in range(0, len(x), 40):
        np.testing.assert_allclose(model.encode(x[index : index + 1])[0], z[index], atol=1e-5)
        np.testing.assert_allclose(model.encode(x[index:])[0], z[index], atol=1e-5)


@KIN
def test_without_a_threshold_the_k_largest_of_each_image_are_on(name: str, digits: Dataset) -> None:
    c = config(name, dataset="digits", n_latents=24, k=4)
    model = Trainer(c, digits).snapshot()
    x = to_input(digits.test_images)
    positive = np.maximum(model.pre_activations(x), 0)
    z = FAMILIES[name].activate(positive.copy(), {"threshold": np.array([-1.0], np.float32)}, c)
    np.testing.assert_array_equal((z > 0).sum(1), np.minimum((positive > 0).sum(1), 4))
    np.testing.assert_array_equal(z, np.where(positive >= np.sort(positive, 1)[:, -4, None], positive, 0))
