"""Trainings on files that are larger than memory: shuffled in windows, resumed bit for bit, with bounded memory."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core import on_disk
from saegui.core.config.schema import make
from saegui.core.config.variants import Variant
from saegui.core.data import Dataset
from saegui.core.errors import DataError, RunError
from saegui.core.training.batches_in_memory import BatchesInMemory
from saegui.core.training.batches_on_disk import BatchesOnDisk
from saegui.core.training.joint_trainer import JointTrainer
from saegui.core.training.session import Session
from saegui.core.training.sweep import Sweep
from saegui.core.training.trainer import Trainer
from tests import large
from tests.core.training.test_resume import finish, killed, same

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")

LIMIT = "0.5"
"""Megabytes: windows of 304 rows in 76 blocks, of which the file has 20."""
BASE: dict[str, Any] = {
    "dataset": "digits",
    "n_latents": 24,
    "k": 2,
    "batch_size": 100,
    "epochs": 2,
    "lr": 1e-2,
}
CASES: dict[str, dict[str, Any]] = {
    "topk": {},
    "batch_topk, calibrated on a sample": {"arch": "batch_topk", "input": "standardised"},
    "from data, of length one": {"init": "data", "input": "unit"},
    "resampled from the disk": {"revival": "resample", "resample_every": 0.3, "dead_after": 0.1, "k": 1},
}
CUT = 83
"""Steps: in the middle of the second epoch, and of a window."""


@pytest.fixture(autouse=True)
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(on_disk.LIMIT_VARIABLE, LIMIT)


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    return large.dataset(tmp_path)


def batches(data: Dataset, **values: Any) -> BatchesOnDisk:
    return BatchesOnDisk(make({**BASE, **values}), data.train_images, torch.device("cpu"), "Large")


class TestOrder:
    """Of rows that say where in the file they are."""

    @pytest.fixture
    def numbered(self, data: Dataset, tmp_path: Path) -> Dataset:
        numbers = np.arange(len(data.train_images), dtype=np.float32)[:, np.newaxis] * np.ones(50, np.float32)
        return large.replaced(data, large.mapped(tmp_path / "numbered.npy", numbers))

    def epoch(self, found: BatchesOnDisk, generator: Any) -> list[Any]:
        return [found.next(generator).x[:, 0].numpy().astype(int).copy() for _ in range(found.per_epoch)]

    def test_an_epoch_has_every_row_once_in_another_order_than_the_last(self, numbered: Dataset) -> None:
        found, generator = batches(numbered), torch.Generator().manual_seed(5)
        first, second = (self.epoch(found, generator) for _ in range(2))
        for each in (first, second):
            assert [len(batch) for batch in each] == [100] * 60 + [1]
            assert sorted(np.concatenate(each).tolist()) == list(range(6001))
        assert not np.array_equal(np.concatenate(first), np.concatenate(second))
        again = self.epoch(batches(numbered), torch.Generator().manual_seed(5))
        np.testing.assert_array_equal(np.concatenate(again), np.concatenate(first))

    def test_a_batch_has_rows_from_all_over_the_file(self, numbered: Dataset) -> None:
        found = batches(numbered)
        assert found.layout == (4, 76)
        for batch in self.epoch(found, torch.Generator().manual_seed(5))[:-1]:
            assert np.ptp(batch) > 4500
            assert len(np.unique(batch // found.layout.rows)) > 45
            assert abs(np.corrcoef(np.arange(100), batch)[0, 1]) < 0.5

    def test_rows_of_a_block_are_in_one_window_and_nothing_else_is_kept_together(
        self, numbered: Dataset
    ) -> None:
        found = batches(numbered)
        rows, per_window = found.layout
        order = np.concatenate(self.epoch(found, torch.Generator().manual_seed(5)))
        place = np.empty(len(order), int)
        place[order] = np.arange(len(order))
        blocks = place[:6000].reshape(-1, rows)
        assert np.ptp(blocks, axis=1).max() < rows * per_window
        # Blocks that are neighbours in the file are no nearer in time than others: a third of the epoch on average.
        assert np.abs(np.diff(blocks.mean(1))).mean() == pytest.approx(2000, rel=0.1)
        assert (np.abs(np.diff(blocks, axis=1)) == 1).mean() < 0.05

    def test_a_batch_may_be_larger_than_a_window(self, numbered: Dataset) -> None:
        found = batches(numbered, batch_size=1500)
        each = self.epoch(found, torch.Generator().manual_seed(5))
        assert [len(batch) for batch in each] == [1500] * 4 + [1]
        assert sorted(np.concatenate(each).tolist()) == list(range(6001))

    def test_the_reader_ends_with_the_training(self, numbered: Dataset) -> None:
        before = set(threading.enumerate())
        found = batches(numbered)
        found.next(torch.Generator().manual_seed(5))
        (reader,) = set(threading.enumerate()) - before
        del found
        reader.join(10)
        assert not reader.is_alive()


class TestRows:
    @pytest.mark.parametrize("input", ["raw", "standardised", "unit"])
    def test_drawn_rows_are_those_in_memory(self, data: Dataset, input: str) -> None:
        config, images = make({**BASE, "input": input}), large.in_memory(data).train_images
        known = BatchesInMemory(config, images, torch.device("cpu"))
        expected, found = (
            each.sample(500, torch.Generator().manual_seed(3)) for each in (known, batches(data, input=input))
        )
        np.testing.assert_allclose(found.x, expected.x, atol=1e-5)

    def test_a_row_that_is_no_number_is_named_when_it_is_read(self, data: Dataset, tmp_path: Path) -> None:
        broken = np.array(data.train_images)
        broken[4321, 5] = np.nan
        training = Trainer(make(BASE), large.replaced(data, large.mapped(tmp_path / "broken.npy", broken)))
        with pytest.raises(DataError, match=r"Large: row 4,321 \(from 0\) holds a value that is no number"):
            training.advance(61)

    def test_bytes_are_divided_by_255(self, data: Dataset, tmp_path: Path) -> None:
        array = np.random.default_rng(0).integers(0, 256, (6001, 100), np.uint8)
        found = batches(large.replaced(data, large.mapped(tmp_path / "bytes.npy", array)), batch_size=6001)
        x = found.next(torch.Generator().manual_seed(5)).x.numpy()
        order = np.lexsort(x.T)
        np.testing.assert_array_equal(x[order], array[np.lexsort(array.T)] / np.float32(255))


class TestResume:
    @pytest.mark.parametrize("name", CASES)
    def test_a_resumed_training_ends_as_if_nothing_had_been(
        self, name: str, data: Dataset, tmp_path: Path
    ) -> None:
        config = make({**BASE, **CASES[name]})
        whole = finish(Session(config, data, tmp_path / "whole"))
        run = killed(config, data, tmp_path / "cut", CUT)
        torch.manual_seed(99)  # whoever else draws random numbers
        training = Session.resume(run, large.opened(data, tmp_path))
        same(finish(training), whole)

    @pytest.mark.parametrize("at", [0, 61])
    def test_whenever_it_was_killed(self, at: int, data: Dataset, tmp_path: Path) -> None:
        whole = finish(Session(make(BASE), data, tmp_path / "whole"))
        same(finish(Session.resume(killed(make(BASE), data, tmp_path / "cut", at, after=1), data)), whole)

    def test_another_limit_or_the_rows_in_memory_are_refused(
        self, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = killed(make(BASE), data, tmp_path / "cut", CUT)
        for limit in ("0.4", "100"):
            monkeypatch.setenv(on_disk.LIMIT_VARIABLE, limit)
            with pytest.raises(RunError, match=r"SAEGUI_MEMORY_MB|other images"):
                Session.resume(run, data)
        monkeypatch.setenv(on_disk.LIMIT_VARIABLE, LIMIT)
        same(finish(Session.resume(run, data)), finish(Session(make(BASE), data, tmp_path / "whole")))

    def test_other_rows_are_refused(self, data: Dataset, tmp_path: Path) -> None:
        run = killed(make(BASE), data, tmp_path / "cut", CUT)
        other = np.array(data.train_images)
        other[-1, -1] += 1
        with pytest.raises(RunError, match="was trained on other rows"):
            Session.resume(run, large.replaced(data, large.mapped(tmp_path / "other.npy", other)))

    def test_trainings_that_step_together_see_the_same_rows(self, data: Dataset, tmp_path: Path) -> None:
        configs = [make({**BASE, "k": k, "arch": "gated" if k == 3 else "topk"}) for k in (2, 3)]
        joint = JointTrainer(configs, data)
        joint.advance(70)
        for learner, config in zip(joint.learners, configs, strict=True):
            alone = Trainer(config, data)
            alone.advance(70)
            np.testing.assert_allclose(learner.weights["W_dec"], alone.weights["W_dec"], atol=1e-4)
        sweep = Sweep([Variant(configs[0], {}, "a", "a", None)], data, tmp_path / "sweep")
        for _ in range(CUT):
            sweep.advance()
        sweep.close()
        run = sweep.checkpointers[0].run
        assert run.can_resume
        same(finish(Session.resume(run, data)), finish(Session(configs[0], data, tmp_path / "whole")))
