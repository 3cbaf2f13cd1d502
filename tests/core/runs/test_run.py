"""Runs on disk: listed whatever their state, renamed, deleted and brought back."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core import data
from saegui.core.config.schema import RunConfig
from saegui.core.errors import RunError
from saegui.core.model import snapshot_file
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs import folders, resume_state
from saegui.core.runs.history import History
from saegui.core.runs.moments import MAX_SNAPSHOT_BYTES, MAX_SNAPSHOTS
from saegui.core.runs.run import BrokenRun, Run, open_run, rename_run, starter_run
from saegui.core.runs.writer import RunWriter


def edit(run: Path, **changes: Any) -> None:
    """Change what run.json says."""
    content = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(content | changes))


class TestOpening:
    def test_gives_everything_back(self, small_run: Path) -> None:
        run = open_run(small_run)
        assert (run.name, run.status) == ("small run", "finished")
        assert (run.config.n_latents, run.config.dataset) == (24, "digits")
        assert run.latest().config == run.config
        assert run.latest().step == run.step
        assert run.epoch == 6.0
        assert len(run.history().test["step"]) == 7
        assert run.metrics["n_latents"] == 24

    def test_every_step_that_is_listed_opens(self, small_run: Path) -> None:
        run = open_run(small_run)
        assert run.steps() == sorted(run.steps())
        assert run.steps()[0] == 0
        assert run.steps()[-1] == run.step
        assert [run.at(step).step for step in run.steps()] == run.steps()

    def test_files_that_do_not_belong_are_no_steps(self, small_run: Path) -> None:
        before = open_run(small_run).steps()
        for name in (".step-000000001.safetensors.x.tmp", "step-1.safetensors", "notes.txt"):
            (small_run / "snapshots" / name).write_text("")
        assert open_run(small_run).steps() == before

    def test_without_kept_snapshots_the_latest_remains(self, small_run: Path) -> None:
        for file in (small_run / "snapshots").iterdir():
            file.unlink()
        (small_run / "snapshots").rmdir()
        run = open_run(small_run)
        assert run.steps() == [run.step]
        assert run.at(run.step).step == run.step

    def test_the_starter_run_is_trained_and_complete(self) -> None:
        run = starter_run()
        assert run.status == "finished"
        assert run.latest().step == run.step > 0
        assert len(run.history().train["step"]) > 100
        assert run.metrics["dead"] == 0
        assert sum(file.stat().st_size for file in run.path.rglob("*") if file.is_file()) <= 3_000_000

    def test_the_starter_run_shows_how_its_features_came_about(self) -> None:
        run = starter_run()
        steps = run.steps()
        epoch = run.step // run.config.epochs
        assert len(steps) > 10 and steps[0] == 0 and len([step for step in steps if step < epoch]) >= 5
        assert [run.at(step).step for step in steps] == steps

    def test_the_starter_run_knows_the_images_that_it_was_trained_on(self, mnist_dir: Path) -> None:
        """So that others in MNIST's form are not taken for them."""
        origin = starter_run().origin
        assert origin is not None and origin.folder is None
        assert data.load("mnist", mnist_dir).changed_since(origin) == ""


STATE = {
    "weight.W_enc": np.arange(12, dtype=np.float32).reshape(3, 4).T,
    "steps": np.array([7], np.int64),
    "seconds": np.array([0.1]),
    "generator": np.arange(255, dtype=np.uint8),
    "order": np.empty(0, np.uint8),
}

BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"format": "another program"}, "not a run of saegui"),
    ({"version": 99, "saegui": "9.9"}, r"newer saegui \(9\.9\)"),
    ({"version": "1"}, "cannot be read"),
    ({"status": "dreaming"}, "'dreaming'"),
    ({"config": {"k": 99}}, "99"),
    ({"config": {"speed": 1}}, "'speed'"),
    ({"config": [1]}, "cannot be read"),
    ({"config": None}, "cannot be read"),
    ({"step": "many"}, "cannot be read"),
    ({"step": float("inf")}, "cannot be read"),
    ({"epoch": None}, "cannot be read"),
    ({"epoch": float("nan")}, "epoch nan"),
    ({"step": -1}, "step -1"),
    ({"metrics": 5}, "cannot be read"),
]
CONTENTS = [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'"run"', b'{"format": "saegui run"}']


class TestBroken:
    @pytest.mark.parametrize(("changes", "words"), BROKEN, ids=lambda value: str(value)[:40])
    def test_what_run_json_cannot_say(self, small_run: Path, changes: dict[str, Any], words: str) -> None:
        edit(small_run, **changes)
        with pytest.raises(RunError, match=words):
            open_run(small_run)

    @pytest.mark.parametrize("content", CONTENTS, ids=lambda value: repr(value[:20]))
    def test_is_listed_with_the_reason_and_never_crashes_the_list(
        self, small_run: Path, content: bytes
    ) -> None:
        (small_run.parent / "broken").mkdir()
        (small_run.parent / "broken" / "run.json").write_bytes(content)
        good, broken = folders.list_runs()
        assert isinstance(good, Run)
        assert isinstance(broken, BrokenRun)
        assert broken.name == "broken"
        assert str(small_run.parent / "broken") in broken.reason

    def test_every_byte_that_is_missing_is_noticed(self, small_run: Path) -> None:
        whole = (small_run / "run.json").read_bytes()
        for length in range(0, len(whole) - 2, 7):
            (small_run / "run.json").write_bytes(whole[:length])
            assert isinstance(folders.list_runs()[0], BrokenRun)

    def test_a_folder_that_is_none(self, tmp_path: Path) -> None:
        # Understood in the window, too, where nobody has typed a command.
        with pytest.raises(RunError, match=r"There is no run at .*; choose another, or one that"):
            open_run(tmp_path / "nowhere")
        (tmp_path / "file").write_text("")
        with pytest.raises(RunError, match="There is no run at"):
            open_run(tmp_path / "file")
        with pytest.raises(RunError, match=r"holds no run\.json"):
            open_run(tmp_path)
        with pytest.raises(RunError, match="cannot be read"):
            open_run(tmp_path / ("long" * 100))

    @pytest.mark.parametrize("file", ["weights.safetensors", "history.npz"])
    def test_files_missing_are_reported_when_they_are_asked_for(self, small_run: Path, file: str) -> None:
        (small_run / file).unlink()
        run = open_run(small_run)
        with pytest.raises(RunError, match=file):
            run.latest() if file.startswith("weights") else run.history()


class TestRenaming:
    def test_keeps_everything_else(self, small_run: Path) -> None:
        before = open_run(small_run)
        renamed = rename_run(before, "  an  ÄÖ [name] \n")
        assert renamed.name == "an ÄÖ [name]"
        after = open_run(small_run)
        assert after == renamed
        assert (after.config, after.step, after.metrics) == (before.config, before.step, before.metrics)

    def test_an_empty_name(self, small_run: Path) -> None:
        with pytest.raises(RunError, match="cannot be empty"):
            rename_run(open_run(small_run), " \t ")

    def test_a_name_that_fits_nowhere(self, small_run: Path) -> None:
        before = open_run(small_run)
        with pytest.raises(
            RunError, match=r"at most 120 characters, and 'long long long long …' has 4,799; type a"
        ):
            rename_run(before, "long " * 960)
        assert open_run(small_run) == before
        assert rename_run(before, "n" * 120).name == "n" * 120

    @pytest.mark.parametrize(
        "name", ["\x1b[31mred\x1b[0m", "a\x00b", "left\u202eright", "two\nlines", "tab\tbed"]
    )
    def test_what_steers_a_terminal_is_no_part_of_a_name(self, small_run: Path, name: str) -> None:
        given = rename_run(open_run(small_run), name).name
        assert given.isprintable() and given == open_run(small_run).name
        edit(small_run, name=name)
        assert open_run(small_run).name == given

    def test_the_name_that_means_another_run(self, small_run: Path) -> None:
        with pytest.raises(RunError, match="'starter' is the run that comes with saegui"):
            rename_run(open_run(small_run), "starter")

    def test_survives_the_next_save_of_a_training(self, small_run: Path, tmp_path: Path) -> None:
        snapshot, history = open_run(small_run).latest(), History()
        writer = RunWriter(tmp_path / "run", snapshot.config)
        writer.save(snapshot, history)
        rename_run(open_run(tmp_path / "run"), "mine")
        writer.save(snapshot, history)
        assert writer.run.name == "mine" == open_run(tmp_path / "run").name

    def test_what_happened_since_it_was_listed_stays(self, small_run: Path) -> None:
        finished = open_run(small_run)
        edit(small_run, status="training", step=0, metrics={})
        listed = open_run(small_run)
        edit(small_run, status="finished", step=finished.step, metrics=finished.metrics)
        assert rename_run(listed, "mine") == replace(finished, name="mine") == open_run(small_run)


class TestKilled:
    """Between two files of one save, by an earlier saegui: the weights are newer than what run.json says."""

    @pytest.fixture
    def killed(self, small_run: Path, tmp_path: Path) -> Run:
        done = open_run(small_run)
        first, last = done.at(0), done.latest()
        writer = RunWriter(tmp_path / "killed", done.config)
        writer.save(first, History())
        snapshot_file.save(last, tmp_path / "killed" / "weights.safetensors")
        return open_run(tmp_path / "killed")

    def test_every_step_that_is_listed_is_there(self, killed: Run, small_run: Path) -> None:
        last = open_run(small_run).step
        assert killed.step == 0 and killed.latest().step == last
        assert killed.steps() == [last]
        assert killed.at(last).step == last

    def test_a_step_that_is_gone_is_not_mistaken_for_another(self, killed: Run) -> None:
        with pytest.raises(RunError, match="no snapshot of step 0"):
            killed.at(0)


class TestResumeFile:
    """``resume.safetensors``: there as long as the training can go on, of one moment, and gone with its end."""

    @pytest.fixture
    def writer(self, tmp_path: Path) -> RunWriter:
        return RunWriter(tmp_path / "run", RunConfig(n_latents=24, k=4, dataset="digits"))

    @pytest.fixture
    def latest(self, small_run: Path) -> Snapshot:
        return open_run(small_run).latest()

    def test_comes_back(self, writer: RunWriter, latest: Snapshot) -> None:
        writer.save(latest, History(), state=STATE)
        config, state = resume_state.load(writer.run.path)
        assert config == latest.config
        assert set(state) == set(STATE)
        for name, array in STATE.items():
            assert (state[name].dtype, state[name].shape) == (array.dtype, array.shape)
            assert state[name].tobytes() == array.tobytes()

    @pytest.mark.parametrize("status", ["training", "stopped"])
    def test_a_run_with_it_can_be_resumed(self, status: Any, writer: RunWriter, latest: Snapshot) -> None:
        writer.save(latest, History(), status=status, state=STATE)
        run = open_run(writer.run.path)
        assert run.can_resume
        run.check_can_resume()

    @pytest.mark.parametrize(("status", "words"), [("finished", "is finished"), ("diverged", "has diverged")])
    def test_ends_with_the_training(
        self, status: Any, words: str, writer: RunWriter, latest: Snapshot
    ) -> None:
        writer.save(latest, History(), state=STATE)
        writer.save(latest, History(), status=status)
        run = open_run(writer.run.path)
        assert not resume_state.exists(run.path)
        assert not run.can_resume
        with pytest.raises(RunError, match=f"{words}, so its training cannot be resumed"):
            run.check_can_resume()

    def test_without_it_a_stopped_run_cannot_be_resumed(self, writer: RunWriter, latest: Snapshot) -> None:
        writer.save(latest, History(), status="stopped")
        run = open_run(writer.run.path)
        assert not run.can_resume
        with pytest.raises(RunError, match=r"has no resume\.safetensors"):
            run.check_can_resume()
        with pytest.raises(RunError, match="still opens, but cannot be resumed"):
            resume_state.load(run.path)

    def test_moves_with_the_run(self, writer: RunWriter, latest: Snapshot) -> None:
        writer.save(latest, History(), status="stopped", state=STATE)
        run = rename_run(open_run(writer.run.path), "mine")
        assert run.can_resume
        folders.restore(folders.delete(run), run.path)
        assert open_run(run.path).can_resume

    def test_reopened_it_is_written_under_the_same_name(self, writer: RunWriter, latest: Snapshot) -> None:
        writer.save(latest, History(), status="stopped", state=STATE)
        before = rename_run(open_run(writer.run.path), "mine")
        again = RunWriter.reopen(before)
        assert open_run(before.path) == before, "until something is saved"
        again.save(latest, History(), state=STATE)
        after = open_run(before.path)
        assert after == replace(before, status="training") == again.run


@pytest.mark.parametrize(("epochs", "latents"), [(1, 64), (6, 64), (50, 64), (10_000, 64), (1000, 65536)])
def test_snapshots_kept_along_the_way_are_bounded(epochs: int, latents: int, tmp_path: Path) -> None:
    steps = 235
    plan = RunWriter(tmp_path / "run", RunConfig(n_latents=latents, epochs=epochs)).moments(steps)
    kept = [epoch for epoch in range(1, epochs + 1) if plan.keeps(epoch)]
    number = len(plan.early) + len(kept)
    assert number <= MAX_SNAPSHOTS
    assert number * 4 * latents * 784 <= MAX_SNAPSHOT_BYTES or number <= 2
    assert len(kept) >= min(epochs, 2) if latents == 64 else True
    gaps = {after - before for before, after in pairwise(kept)}
    assert len(gaps) <= 1
    if latents == 64:
        assert len(plan.early) >= 20
