"""Trainings that share their batches are trained in one pass, each into a folder that is whole or not there."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from saegui.core.data import Dataset
from saegui.core.errors import ConfigError, DeviceError
from saegui.core.progress import Progress
from saegui.core.runs.run import open_run
from saegui.core.sweeps import estimate, passes, spec, task
from saegui.core.sweeps.passes import Runner
from saegui.core.sweeps.places import Ended
from saegui.core.sweeps.spec import Training
from saegui.core.training.joint_trainer import JointTrainer
from saegui.core.training.sweep import Sweep


def described(**vary: list[object]) -> list[Training]:
    fixed = {"dataset": "digits", "latents": 8, "k": 2, "epochs": 1, "batch-size": 256}
    fixed = {name: value for name, value in fixed.items() if name not in vary}
    return spec.trainings({**fixed, "vary": {name.replace("_", "-"): list_ for name, list_ in vary.items()}})


def to_the_end(runner: Runner) -> list[Ended]:
    ended = []
    while not runner.done:
        ended += runner.advance()
    return ended


def test_those_with_one_seed_and_batch_size_share_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    found = described(k=[1, 2, 3], seed=[0, 1], **{"batch-size": [128, 256]})
    groups = passes.passes(found, 64)
    assert [len(group) for group in groups] == [3, 3, 3, 3]
    assert sorted(each.folder for group in groups for each in group) == sorted(each.folder for each in found)
    for group in groups:
        assert len({(each.values["seed"], each.values["batch_size"]) for each in group}) == 1
    monkeypatch.setattr(passes, "MOST_TOGETHER", 2)
    assert [len(group) for group in passes.passes(found, 64)] == [2, 2, 2, 2, 1, 1, 1, 1]
    monkeypatch.setattr(passes, "MOST_WEIGHTS", 10)
    assert [len(group) for group in passes.passes(found, 64)] == [1] * 12


def test_a_run_of_a_pass_is_what_it_is_alone_and_what_is_there_is_kept(
    digits: Dataset, digits_cached: None, tmp_path: Path
) -> None:
    found = described(k=[1, 2], seed=[0, 1])
    alone = tmp_path / "alone"
    task.train(found[3], str(alone))
    out = tmp_path / "out"
    task.train(found[0], str(out))
    before = (out / found[0].folder).stat().st_ino
    runner = Runner(found, digits, out)
    ended = to_the_end(runner)
    assert sorted(each.training.folder for each in ended) == sorted(each.folder for each in found[1:])
    assert not [each for each in ended if each.problem or each.note]
    assert sorted(path.name for path in out.iterdir()) == sorted(each.folder for each in found)
    assert (out / found[0].folder).stat().st_ino == before
    runs = [open_run(out / each.folder) for each in found]
    assert {run.status for run in runs} == {"finished"} and all(run.metrics for run in runs)
    one, other = runs[3].latest().W_dec, open_run(alone / found[3].folder).latest().W_dec
    np.testing.assert_allclose(one, other, atol=1e-4)
    assert to_the_end(Runner(found, digits, out)) == []


def test_one_that_cannot_be_trained_is_named_and_the_others_are_trained(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = described(k=[1, 2, 3, 4, 5])
    whole = JointTrainer.__init__

    def refusing(self: JointTrainer, configs: list[object], *more: object) -> None:
        if any(getattr(config, "k", 0) == 3 for config in configs):
            raise MemoryError("no room")
        whole(self, configs, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(JointTrainer, "__init__", refusing)
    ended = to_the_end(Runner(found, digits, tmp_path))
    assert {each.training.varied["k"]: each.problem for each in ended if each.problem} == {
        3: "MemoryError: no room"
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        each.folder for each in found if each.varied["k"] != 3
    )


def test_one_that_diverges_keeps_a_run_and_is_named(digits: Dataset, tmp_path: Path) -> None:
    fixed = {"dataset": "digits", "latents": 64, "k": 64, "epochs": 2, "batch-size": 128}
    found = spec.trainings({**fixed, "vary": {"lr": [1.0, 1e-3]}})
    ended = to_the_end(Runner(found, digits, tmp_path))
    notes = {each.training.varied["lr"]: each.note for each in ended}
    status = {each.varied["lr"]: open_run(tmp_path / each.folder).status for each in found}
    assert status == {1.0: "diverged", 1e-3: "finished"}
    assert "diverged" in notes[1.0] and notes[1e-3] == ""


def test_a_stop_leaves_what_is_whole_and_a_lost_device_is_raised(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = described(epochs=[1, 500], seed=[0, 1])
    runner = Runner(found, digits, tmp_path)
    ended: list[Ended] = []
    while not ended:
        ended = runner.advance()
    assert runner.current is not None and runner.current.left == 1 and len(runner.waiting) == 1
    assert [len(results) for results in runner.current.results] == [1, 1]
    runner.stop()
    assert runner.done
    assert [path.name for path in tmp_path.iterdir()] == [found[0].folder]

    runner = Runner(found, digits, tmp_path)
    runner.advance()

    def lost(self: Sweep) -> None:
        raise DeviceError("It is gone.")

    monkeypatch.setattr(Sweep, "advance", lost)
    with pytest.raises(DeviceError):
        runner.advance()
    assert [path.name for path in tmp_path.iterdir()] == [found[0].folder]


def test_the_time_is_estimated_from_a_trial_of_each_kind_of_pass(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "SECONDS", 0.01)
    tried = []
    whole = estimate._try

    def counting(configs: list[object], *more: object) -> object:
        tried.append(len(configs))
        return whole(configs, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(estimate, "_try", counting)
    one = estimate.seconds(described(k=[1, 2], seed=[0, 1, 2]), digits, "cpu")
    assert tried == [2] and 0 < one < math.inf
    monkeypatch.setattr(estimate, "MOST_TRIED", 1)
    # Of the others the time is in proportion to the latents.
    assert 0 < estimate.seconds(described(latents=[8, 16], seed=[0, 1]), digits, "cpu", Progress()) < math.inf
    assert tried == [2, 2]
    monkeypatch.setattr(estimate, "_try", lambda configs, *more: estimate._Trial(8, 2.0, 0.0))
    steps = math.ceil(len(digits.train_images) / 256)
    assert estimate.seconds(described(k=[2]), digits, "cpu") == 2.0 * steps
    assert estimate.seconds(described(epochs=[3]), digits, "cpu") == 6.0 * steps
    assert estimate.seconds(described(latents=[16], seed=[0, 1]), digits, "cpu") == 8.0 * steps
    with pytest.raises(ConfigError):
        described(latents=[0])
