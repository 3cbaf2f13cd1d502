"""What kernels say of images that are not trained on: the same as a snapshot of the weights, and the training does not notice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core import on_disk
from saegui.core.analysis import metrics
from saegui.core.arrays import Images
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.training.gradients.plan import BY_LIMITS, KERNELS
from saegui.core.training.joint_trainer import JointTrainer, Member
from saegui.core.training.trainer import Trainer
from tests.core.training.kernels.trainings import BASE, RECIPE, bits, made
from tests.large import mapped

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

CASES: dict[str, dict[str, Any]] = {
    "few latents": {},
    "fewer latents than a block has": {"n_latents": 9, "k": 3},
    "a few of many latents": {"n_latents": 300, "k": 2},
    "k of all latents": {"n_latents": 65, "k": 65},
    "recipe and AuxK": {**RECIPE, "revival": "auxk", "dead_after": 0.1},
    "annealed k": {"k_anneal": 0.5},
}


@pytest.fixture
def inked(digits: Dataset) -> Dataset:
    """Most pixels are zero, as in MNIST; two images of the test are blank."""
    train, test = (
        np.where(images > 8 * (255 // 16), images, 0)
        for images in (digits.train_images[:300], digits.test_images[:130])
    )
    test[5] = test[100] = 0
    return replace(digits, train_images=train, test_images=test, test_labels=digits.test_labels[:130])


class _Until(Progress):
    """Gives up the second batch."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def report(self, done: int, total: int, text: str = "") -> None:
        self.seen.append((done, total))
        if done:
            raise Cancelled


def beside_the_threshold(snapshot: Snapshot) -> Snapshot:
    """BatchTopK's threshold is one of the activations, which rounding may move to the other side."""
    lower = {
        name: value * np.float32(0.999) for name, value in snapshot.extras.items() if name == "threshold"
    }
    return replace(snapshot, extras={**snapshot.extras, **lower})


def near(found: Any, snapshot: Snapshot, images: Images) -> None:
    errors, on = found
    expected, expected_on = metrics._read(snapshot, images, UNWATCHED)
    np.testing.assert_allclose(errors, expected, rtol=1e-4, atol=1e-6)
    assert on.tolist() == expected_on.tolist()


@pytest.mark.parametrize("arch", ["topk", "batch_topk"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", [0, 30])
def test_it_is_what_a_snapshot_says(case: str, arch: str, steps: int, inked: Dataset) -> None:
    trainer = Trainer(make({**BASE, "arch": arch, **CASES[case]}), inked, way=KERNELS)
    if steps:
        trainer.advance(steps)
    snapshot = beside_the_threshold(trainer.snapshot())
    read = trainer.reading(snapshot)
    assert read is not None
    for images in (inked.test_images, inked.train_images, inked.test_images[:1]):
        near(read(images, UNWATCHED), snapshot, images)


def test_batchtopk_finds_all_that_reach_a_threshold_however_many_they_are(inked: Dataset) -> None:
    trainer = Trainer(make({**BASE, "arch": "batch_topk", "n_latents": 300, "k": 2}), inked, way=KERNELS)
    trainer.advance(10)
    snapshot = trainer.snapshot()
    for threshold in (0.0, float(snapshot.extras["threshold"][0]) / 20):
        lower = replace(snapshot, extras={**snapshot.extras, "threshold": np.array([threshold], np.float32)})
        read = trainer.reading(lower)
        assert read is not None
        _, on = found = read(inked.test_images, UNWATCHED)
        near(found, lower, inked.test_images)
        assert on.sum() > 20 * len(inked.test_images), "some images have more than is looked for at first"


@pytest.mark.parametrize("arch", ["topk", "batch_topk"])
def test_the_training_goes_on_as_if_nobody_had_read(arch: str, inked: Dataset) -> None:
    config = make({**BASE, "arch": arch, **RECIPE, "revival": "auxk", "dead_after": 0.1})
    alone, measured = (Trainer(config, inked, way=KERNELS) for _ in range(2))
    for steps in (1, 3, 7, 1, 5):
        alone.advance(steps)
        measured.advance(steps)
        read = measured.reading(measured.snapshot())
        assert read is not None
        read(inked.test_images, UNWATCHED)
    assert bits(alone) == bits(measured)


def test_any_number_of_threads_finds_the_same_bits(inked: Dataset) -> None:
    found = []
    for threads in (1, 2, 4):
        torch.set_num_threads(threads)
        trainer = Trainer(make({**BASE, "n_latents": 300, "k": 2}), inked, way=KERNELS)
        trainer.advance(9)
        read = trainer.reading(trainer.snapshot())
        assert read is not None
        for _ in range(5):
            errors, on = read(inked.test_images, UNWATCHED)
            found.append((errors.tobytes(), on.tobytes()))
    assert len(set(found)) == 1


def test_each_of_several_models_reads_with_its_own_weights(inked: Dataset) -> None:
    configs = [
        make({**BASE, "k": k, "seed": seed, "arch": arch})
        for k, seed, arch in ((7, 0, "topk"), (3, 1, "topk"), (5, 2, "batch_topk"))
    ]
    joint = JointTrainer(configs, inked, way=KERNELS)
    joint.advance(9)
    for index in range(len(configs)):
        member = Member(joint, index)
        snapshot = beside_the_threshold(member.snapshot())
        read = member.reading(snapshot)
        assert read is not None
        near(read(inked.test_images, UNWATCHED), snapshot, inked.test_images)


@pytest.mark.parametrize(
    "change",
    [
        {"arch": "relu_l1", "k": None},
        {"refit": True},
        {"refinements": 1},
        {"input": "standardised"},
    ],
)
def test_others_are_read_by_the_snapshot(change: dict[str, Any], inked: Dataset) -> None:
    values = {name: value for name, value in {**BASE, **change}.items() if value is not None}
    trainer = Trainer(make(values), inked, way=KERNELS)
    assert trainer.reading(trainer.snapshot()) is None


def test_pytorchs_ways_and_images_that_are_mostly_ink_are_read_by_the_snapshot(
    digits: Dataset, inked: Dataset
) -> None:
    full = np.random.default_rng(0).integers(1, 256, (60, 8, 8)).astype(np.uint8)
    for dataset, way in ((inked, BY_LIMITS), (made(full, digits), KERNELS)):
        trainer = Trainer(make(BASE), dataset, way=way)
        assert trainer.reading(trainer.snapshot()) is None


def test_test_images_that_stay_on_disk_are_read_by_the_snapshot(
    inked: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(on_disk.LIMIT_VARIABLE, "0.005")
    trainer = Trainer(
        make(BASE), replace(inked, test_images=mapped(tmp_path / "test.npy", inked.test_images)), way=KERNELS
    )
    assert trainer.reading(trainer.snapshot()) is None


def test_nan_shows_in_the_errors(inked: Dataset) -> None:
    trainer = Trainer(make({**BASE, "n_latents": 300, "k": 2}), inked, way=KERNELS)
    trainer.advance(3)
    trainer.weights["W_enc"][:, 4] = np.nan
    read = trainer.reading(trainer.snapshot())
    assert read is not None
    assert np.isnan(read(inked.test_images, UNWATCHED)[0]).any()


def test_it_can_be_given_up_and_begun_again(inked: Dataset) -> None:
    trainer = Trainer(make(BASE), inked, way=KERNELS)
    trainer.advance(3)
    snapshot = trainer.snapshot()
    read = trainer.reading(snapshot)
    assert read is not None
    progress = _Until()
    with pytest.raises(Cancelled):
        read(inked.test_images, progress)
    assert progress.seen == [(0, 130), (48, 130)]
    near(read(inked.test_images, UNWATCHED), snapshot, inked.test_images)
