"""RunWriter on real disks that are full, read-only or gone: what a run keeps is of one moment."""

from __future__ import annotations

import errno
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core.config.schema import RunConfig
from saegui.core.errors import RunError
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs import resume_state
from saegui.core.runs.history import History, StepResult
from saegui.core.runs.run import kept_steps, open_run
from saegui.core.runs.writer import RunWriter
from tests.core.files.test_leftovers import name_of_a_dead_process

Mounted = Callable[[str], Path]
CONFIG = RunConfig(n_latents=32, k=4)
STATE_BYTES = 600_000


def history_until(step: int) -> History:
    history = History()
    for number in range(1, step + 1):
        history.add_step(StepResult(number, number / 10, 0.1, 0.1, 0.5, 5.0, 0, {}, 10))
    return history


def snapshot_of(step: int) -> Snapshot:
    """Its weights take 200 kB."""
    weights = np.random.default_rng(step).standard_normal((32, 784), dtype=np.float32)
    zeros, paper = np.zeros(32, np.float32), np.zeros(784, np.float32)
    return Snapshot(CONFIG, step, step / 10, weights.T.copy(), zeros, weights, paper, zeros + 0.5)


def moments(path: Path) -> set[int]:
    """The steps that the files of a run are of: one, if they are of one moment."""
    run = open_run(path)
    found = {run.step, run.latest().step, int(run.history().train["step"][-1])}
    if resume_state.exists(path):
        found.add(int(resume_state.load(path)[1]["steps"][0]))
    return found


def state_of(step: int) -> dict[str, np.ndarray]:
    return {"steps": np.array([step], np.int64), "moments": np.zeros(STATE_BYTES // 4, np.float32)}


def fill(disk: Path, leave: int = 0) -> None:
    """Write until the disk is full, but for ``leave`` bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    with ballast.open("rb+") as file:
        file.truncate(max(0, ballast.stat().st_size - leave))


def make_read_only(disk: Path) -> None:
    """As the system does after errors. Mounted over itself, because the lock of a run is open for writing."""
    subprocess.run(["mount", "--bind", disk, disk], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", disk], check=True)


def make_writable(disk: Path) -> None:
    """Undo :func:`make_read_only`."""
    subprocess.run(["umount", "-l", disk], check=True)


def save(writer: RunWriter, step: int, *, keep: bool = True, end: bool = False) -> None:
    if end:
        writer.save(snapshot_of(step), history_until(step), keep=keep, status="finished")
    else:
        writer.save(snapshot_of(step), history_until(step), keep=keep, state=state_of(step))


@pytest.mark.parametrize("leave", range(0, 1_200_000, 97_000))
def test_wherever_the_disk_ends_the_run_is_of_one_moment(mounted: Mounted, leave: int) -> None:
    disk = mounted("5m")
    writer = RunWriter(disk / "run", CONFIG)
    save(writer, 10)
    fill(disk, leave)
    expected, refused = 20, None
    try:
        save(writer, 20)
    except RunError as error:
        expected, refused = 10, str(error)
    assert moments(disk / "run") == {expected}
    assert refused is None or "No space left on device); free some space" in refused
    # What could not be written whole takes no room.
    assert not list((disk / "run").rglob("*.tmp*"))


def test_snapshots_never_take_the_room_that_the_newest_weights_need(mounted: Mounted) -> None:
    disk = mounted("5m")
    writer = RunWriter(disk / "run", CONFIG)
    for step in range(10, 400, 10):
        save(writer, step)
        assert moments(disk / "run") == {step}
    notes = writer.take_notes()
    assert "no room (No space left on device), so no snapshot of step 390 is kept" in notes[-1]
    assert kept_steps(disk / "run")[0] == 10
    before = kept_steps(disk / "run")
    save(writer, 400, end=True)
    assert moments(disk / "run") == {400} and open_run(disk / "run").status == "finished"
    assert set(kept_steps(disk / "run")) >= set(before), "nothing had to be given up"


def test_at_the_end_earlier_snapshots_are_given_up_for_the_final_weights(mounted: Mounted) -> None:
    disk = mounted("8m")
    writer = RunWriter(disk / "run", CONFIG)
    for step in range(10, 80, 10):
        save(writer, step)
    fill(disk)
    with pytest.raises(RunError, match="free some space"):
        save(writer, 80)
    assert kept_steps(disk / "run") == [10, 20, 30, 40, 50, 60, 70], "not while it is trained"
    save(writer, 90, end=True)
    assert moments(disk / "run") == {90} and open_run(disk / "run").status == "finished"
    kept = kept_steps(disk / "run")
    assert 10 in kept and 3 <= len(kept) < 7, "no more than were in the way"
    assert any("earlier snapshot" in note and "for the final weights" in note for note in writer.take_notes())


def test_a_finished_run_gives_up_what_only_a_resumed_one_needs(mounted: Mounted) -> None:
    disk = mounted("5m")
    writer = RunWriter(disk / "run", CONFIG)
    save(writer, 10, keep=False)
    fill(disk)
    save(writer, 20, end=True)
    assert moments(disk / "run") == {20} and open_run(disk / "run").status == "finished"


def test_nothing_is_given_up_where_that_would_not_help(mounted: Mounted) -> None:
    disk = mounted("5m")
    writer = RunWriter(disk / "run", CONFIG)
    save(writer, 10)
    fill(disk)
    with pytest.raises(RunError, match="free some space"):
        writer.save(snapshot_of(20), history_until(20), keep=True, status="stopped", state=state_of(20))
    assert moments(disk / "run") == {10} and kept_steps(disk / "run") == [10]


def test_a_disk_that_became_read_only_is_named_and_tried_again(mounted: Mounted) -> None:
    disk = mounted("5m")
    writer = RunWriter(disk / "run", CONFIG)
    save(writer, 10)
    make_read_only(disk)
    with pytest.raises(RunError, match=r"Read-only file system\); make its disk writable again"):
        save(writer, 20, end=True)
    make_writable(disk)
    assert moments(disk / "run") == {10}
    save(writer, 20, end=True)
    assert moments(disk / "run") == {20}


def test_a_new_run_on_a_read_only_disk_is_refused_with_the_reason(mounted: Mounted) -> None:
    disk = mounted("1m")
    make_read_only(disk)
    try:
        with pytest.raises(RunError, match=r"Read-only file system\); make its disk writable again"):
            RunWriter(disk / "run", CONFIG)
    finally:
        make_writable(disk)


def test_a_folder_that_vanished_is_made_again_and_locked(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", CONFIG)
    save(writer, 10)
    shutil.rmtree(tmp_path / "run")
    save(writer, 20)
    assert moments(tmp_path / "run") == {20}
    assert open_run(tmp_path / "run").is_being_trained
    (note,) = writer.take_notes()
    assert "run had vanished. It was made again, without the earlier snapshots" in note


def test_a_folder_that_vanished_with_its_parent_is_not_made_elsewhere(tmp_path: Path) -> None:
    """Such as a disk that is no longer mounted: what is written there would be hidden later."""
    writer = RunWriter(tmp_path / "disk" / "run", CONFIG)
    save(writer, 10)
    (tmp_path / "disk").rename(tmp_path / "gone")
    with pytest.raises(RunError, match=r"No such file or directory.*bring its folder back"):
        save(writer, 20)
    assert not (tmp_path / "disk").exists()
    (tmp_path / "gone").rename(tmp_path / "disk")
    save(writer, 20)
    assert moments(tmp_path / "disk" / "run") == {20}


def test_what_a_killed_save_left_is_swept_away(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", CONFIG)
    save(writer, 10)
    writer.release()
    left = tmp_path / "run" / name_of_a_dead_process("saving") / "snapshots"
    left.mkdir(parents=True)
    (left / "half").write_text("x")
    RunWriter.reopen(open_run(tmp_path / "run"))
    assert not left.parent.exists()


class Refusing:
    """A place that the system refuses to write to, as a disk does that went away: every change of it fails alike."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, number: int, *, looking: bool) -> None:
        names = {"mkdir", "open", "replace", "rename", "unlink", "rmdir", "link"} | (
            {"stat"} if looking else set()
        )
        for name in names:
            patch.setattr(os, name, self._refusing(getattr(os, name), folder, number))
        patch.setattr(io, "open", self._refusing(io.open, folder, number, "r", "rb"))

    def _refusing(self, call: Any, folder: Path, number: int, *reading: str) -> Any:
        def refusing(path: Any, *arguments: Any, **options: Any) -> Any:
            touches = isinstance(path, str | Path) and str(path).startswith(str(folder))
            if touches and not (arguments and arguments[0] in reading):
                raise OSError(number, os.strerror(number), str(path))
            return call(path, *arguments, **options)

        return refusing


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EDQUOT, "free some space"),
        (errno.EROFS, "make its disk writable again"),
        (errno.EACCES, "check its permissions"),
        (errno.EPERM, "check its permissions"),
        (errno.ESTALE, "connect the network drive again"),
        (errno.EIO, "check the disk"),
        (errno.ENODEV, "connect the disk again"),
        (errno.EBUSY, ""),
    ],
    ids=lambda value: errno.errorcode.get(value, "") if isinstance(value, int) else "",
)
@pytest.mark.parametrize("looking", [False, True])
def test_whatever_the_system_refuses_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str, looking: bool
) -> None:
    writer = RunWriter(tmp_path / "run", CONFIG)
    save(writer, 10)
    with monkeypatch.context() as patch:
        Refusing(patch, tmp_path / "run", number, looking=looking)
        for end in (False, True):
            with pytest.raises(RunError) as refused:
                save(writer, 20, end=end)
            advice = f"{remedy} or choose another folder" if remedy else "choose another folder"
            assert (
                str(refused.value)
                == f"{tmp_path / 'run'} cannot be written ({os.strerror(number)}); {advice}."
            )
    assert moments(tmp_path / "run") == {10} and open_run(tmp_path / "run").is_being_trained
    save(writer, 20, end=True)
    assert moments(tmp_path / "run") == {20} and open_run(tmp_path / "run").status == "finished"
