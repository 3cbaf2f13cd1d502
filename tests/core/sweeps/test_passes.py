"""Trainings that share their batches are trained in one pass, each into a folder that is whole or not there."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest

from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, ConfigError, DeviceError, RunError
from saegui.core.files import leftovers
from saegui.core.progress import Progress
from saegui.core.runs import resume_state
from saegui.core.runs.run import RUN, Run, open_run
from saegui.core.sweeps import estimate, passes, places, spec, task, unfinished
from saegui.core.sweeps.passes import Runner
from saegui.core.sweeps.places import Ended
from saegui.core.sweeps.spec import Training
from saegui.core.training import checkpoints
from saegui.core.training.joint_trainer import JointTrainer
from saegui.core.training.session import Session
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
    (kept,) = (each for each in found if unfinished.of(each, tmp_path))
    names = sorted([found[0].folder, unfinished.place(kept.key, tmp_path).name])
    assert sorted(path.name for path in tmp_path.iterdir()) == names

    runner = Runner(found, digits, tmp_path)
    runner.advance()
    assert runner.current is not None
    under_way = {kept.folder, *(each.folder for each in runner.current.trainings)}

    def lost(self: Sweep) -> None:
        raise DeviceError("It is gone.")

    monkeypatch.setattr(Sweep, "advance", lost)
    with pytest.raises(DeviceError):
        runner.advance()
    assert {each.folder for each in found if unfinished.of(each, tmp_path)} == under_way
    assert len(list(tmp_path.iterdir())) == 1 + len(under_way)


def stopped_after(steps: int, found: list[Training], digits: Dataset, out: Path) -> None:
    runner = Runner(found, digits, out)
    for _ in range(steps + 1):
        runner.advance()
    runner.stop()


def test_what_was_stopped_is_continued_to_the_same_runs(digits: Dataset, tmp_path: Path) -> None:
    found = described(k=[1, 2, 3], epochs=[3])
    whole, out = tmp_path / "whole", tmp_path / "out"
    for folder in (whole, out):
        folder.mkdir()
    to_the_end(Runner(found, digits, whole))
    stopped_after(7, found, digits, out)
    assert not [path for path in out.iterdir() if not path.name.startswith(".")]
    assert all(run is not None and run.step == 7 for run in (unfinished.of(each, out) for each in found))
    # Not even who looks for what is under way, or tidies, takes them away.
    task.tidy(out)
    assert not task.is_under_way(out)
    runner = Runner(found, digits, out)
    assert [len(group) for group in runner.waiting] == [3]
    runner.advance()
    runner.advance()
    assert [results[0].step for results in runner.current.results if runner.current] == [8, 8, 8]  # type: ignore[union-attr]
    ended = to_the_end(runner)
    assert [each.note for each in ended] == ["", "", ""]
    assert sorted(path.name for path in out.iterdir()) == sorted(each.folder for each in found)
    for each in found:
        ours, theirs = (open_run(folder / each.folder) for folder in (out, whole))
        assert (ours.status, ours.name, ours.step) == ("finished", each.name, theirs.step)
        np.testing.assert_array_equal(ours.latest().W_dec, theirs.latest().W_dec)
        np.testing.assert_array_equal(ours.history().train["loss"], theirs.history().train["loss"])
        np.testing.assert_array_equal(ours.history().test["step"], theirs.history().test["step"])


def test_those_that_were_saved_at_other_steps_are_continued_in_passes_of_their_own(
    digits: Dataset, tmp_path: Path
) -> None:
    found = described(k=[1, 2, 3, 4], epochs=[2])
    stopped_after(2, found[:1], digits, tmp_path)
    stopped_after(5, found[1:3], digits, tmp_path)
    runner = Runner(found, digits, tmp_path)
    assert [[each.varied["k"] for each in group] for group in runner.waiting] == [[1], [2, 3], [4]]
    assert not [each for each in to_the_end(runner) if each.problem or each.note]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(each.folder for each in found)


def test_what_cannot_be_saved_at_the_stop_is_continued_from_its_last_save(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = described(k=[1, 2], epochs=[2])
    runner = Runner(found, digits, tmp_path)
    for _ in range(4):
        runner.advance()

    def full(self: checkpoints.Checkpointer) -> None:
        raise RunError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.Checkpointer, "close_unmeasured", full)
        runner.stop()
    runs = [unfinished.of(each, tmp_path) for each in found]
    assert [run is not None and (run.status, run.step) for run in runs] == [("training", 0)] * 2
    assert not [each for each in to_the_end(Runner(found, digits, tmp_path)) if each.problem or each.note]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(each.folder for each in found)


def test_what_a_killed_process_had_saved_is_continued(
    digits: Dataset, digits_cached: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(checkpoints, "SAVE_SECONDS", 0)
    found = described(k=[1, 2], epochs=[3])
    killed = Runner(found, digits, out)
    for _ in range(6):
        killed.advance()
    assert killed.current is not None
    killed.current._sweep.release()
    (left,) = out.glob(".pass.*.tmp")
    left.rename(left_by_a_killed_process(out, "pass"))
    runner = Runner(found, digits, out)
    assert [len(group) for group in runner.waiting] == [2]
    step = open_run(unfinished.place(found[0].key, out)).step
    assert step == 4
    # Alone, as the command line trains, one is continued, too.
    begun = Session.resume
    resumed: list[int] = []

    def noting(run: Run, *more: object, **named: object) -> Session:
        resumed.append(run.step)
        return begun(run, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "resume", noting)
    task.train(found[1], str(out))
    assert resumed == [4] and open_run(out / found[1].folder).status == "finished"
    assert to_the_end(Runner(found, digits, out)) != []
    assert sorted(path.name for path in out.iterdir()) == sorted(each.folder for each in found)


def left_by_a_killed_process(out: Path, name: str) -> Path:
    return out / leftovers.name_for(name).replace(f"-{os.getpid()}-", "-4194305-")


def damage(training: Training, out: Path, how: str) -> None:
    """Let what is saved of a training be impossible to continue."""
    run = unfinished.place(training.key, out)
    if how == "state":
        (run / resume_state.NAME).write_bytes(b"damaged" * 100)
    elif how == "no state":
        (run / resume_state.NAME).unlink()
    elif how == "description":
        (run / RUN).write_text('{"format": "saegui run", ')
    else:
        # Another training's, which somebody copied.
        (run / RUN).write_text((run / RUN).read_text().replace('"seed": 0', '"seed": 1'))


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("state", "resume.safetensors cannot be read"),
        ("no state", "has no resume.safetensors"),
        ("description", "run.json cannot be read"),
        ("other", "was trained with other settings"),
    ],
)
def test_what_cannot_be_continued_begins_again_and_is_named_with_the_reason(
    digits: Dataset, digits_cached: None, tmp_path: Path, how: str, why: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    found = described(k=[1, 2, 3], epochs=[2])
    stopped_after(3, found, digits, out)
    damage(found[1], out, how)
    runner = Runner(found, digits, out)
    while not runner.begun_again:
        # It is said before it has ended, not after that.
        assert found[1] not in [each.training for each in runner.advance()]
    (said,) = runner.begun_again.items()
    assert said[0] == found[1].folder
    assert said[1].startswith("It began again from its first step, because") and why in said[1]
    # What to do about it is done.
    assert "; " not in said[1] and said[1].endswith(".") and not said[1].endswith("..")
    assert not [each for each in to_the_end(runner) if each.problem or each.note]
    assert {open_run(out / each.folder).status for each in found} == {"finished"}
    assert sorted(path.name for path in out.iterdir()) == sorted(each.folder for each in found)
    # Alone, as the command line trains; workers of a cluster write it into their logs.
    alone = tmp_path / "alone"
    alone.mkdir()
    stopped_after(3, found[:1], digits, alone)
    damage(found[0], alone, how)
    sentences: list[tuple[Training, str]] = []
    (end,) = places.here(found[:1], alone, say=lambda *words: sentences.append(words))
    assert end == Ended(found[0], None)
    ((named, sentence),) = sentences
    assert named == found[0] and "began again from its first step" in sentence and why in sentence
    assert [path.name for path in alone.iterdir()] == [found[0].folder]


def test_a_worker_names_in_its_log_what_begins_again(
    digits: Dataset, digits_cached: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = described(k=[1, 2], epochs=[2])
    stopped_after(3, found, digits, tmp_path)
    damage(found[1], tmp_path, "description")
    for each in found:
        places._on_worker(each, str(tmp_path), 1, "cpu")
    (logged,) = caplog.messages
    assert logged.startswith(f"{found[1].name}: It began again") and "run.json cannot be read" in logged


def test_a_damaged_run_that_a_killed_process_left_begins_again_and_is_named(
    digits: Dataset, digits_cached: None, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    found = described(k=[1, 2], epochs=[2])
    stopped_after(3, found, digits, out)
    # In the folder of a pass, and alone: with the marks of a process that has ended.
    for training, path in zip(
        found,
        (
            left_by_a_killed_process(out, "pass") / found[0].folder,
            left_by_a_killed_process(out, found[1].folder),
        ),
        strict=True,
    ):
        damage(training, out, "description")
        path.parent.mkdir(exist_ok=True)
        unfinished.place(training.key, out).rename(path)
    runner = Runner(found, digits, out)
    to_the_end(runner)
    assert list(runner.begun_again) == [each.folder for each in found]
    assert sorted(path.name for path in out.iterdir()) == sorted(each.folder for each in found)


def test_a_key_that_ends_a_training_of_the_command_line_keeps_what_was_saved(
    digits: Dataset, digits_cached: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (one,) = described(k=[1])
    whole = Session.advance

    def pressed(self: Session, **named: object) -> object:
        if self.trainer.steps == 4:
            raise KeyboardInterrupt
        return whole(self)

    monkeypatch.setattr(checkpoints, "SAVE_SECONDS", 0)
    monkeypatch.setattr(Session, "advance", pressed)
    with pytest.raises(KeyboardInterrupt):
        task.train(one, str(out))
    run = unfinished.of(one, out)
    assert run is not None and run.step == 3 and len(list(out.iterdir())) == 1


def test_a_fit_by_scikit_learn_begins_again_and_the_others_are_continued(
    digits: Dataset, tmp_path: Path
) -> None:
    fixed = {"dataset": "digits", "latents": 12, "epochs": 3, "batch-size": 256}
    found = spec.trainings({**fixed, "vary": {"arch": ["topk", "pca"]}})
    runner = Runner(found, digits, tmp_path)
    assert len(runner.waiting) == 1
    for _ in range(2):
        runner.advance()
    runner.stop()
    assert [unfinished.of(each, tmp_path) is not None for each in found] == [True, False] or [
        each.folder for each in found if task.is_done(each, tmp_path)
    ]
    assert not [each for each in to_the_end(Runner(found, digits, tmp_path)) if each.problem or each.note]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(each.folder for each in found)


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


def test_an_estimate_can_be_given_up_between_two_steps(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    advance = JointTrainer.advance

    def counting(trainer: JointTrainer) -> object:
        steps.append(1)
        return advance(trainer)

    class GivenUp(Progress):
        def report(self, done: int, total: int, text: str = "") -> None:
            if steps:
                raise Cancelled

    monkeypatch.setattr(JointTrainer, "advance", counting)
    with pytest.raises(Cancelled):
        estimate.seconds(described(k=[1, 2]), digits, "cpu", GivenUp())
    assert len(steps) == 1
