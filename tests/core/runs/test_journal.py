"""Wherever a process is killed while it moves the files of a save, the run is of one moment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from saegui.core.runs import folders, journal, resume_state
from saegui.core.runs.run import open_run
from saegui.core.runs.writer import RunWriter
from tests.core.runs.test_writer import CONFIG, moments, save


class Killed(BaseException):
    pass


def kill_in_save(path: Path, patch: pytest.MonkeyPatch, after: int, *, end: bool) -> None:
    """Save step 10, and step 20 until ``after`` of its files are moved."""
    writer, moved, move = RunWriter(path, CONFIG), 0, journal.move
    save(writer, 10)

    def moving(file: Path, target: Path) -> None:
        nonlocal moved
        if moved == after:
            raise Killed
        moved += 1
        move(file, target)

    with patch.context() as until:
        until.setattr(journal, "move", moving)
        with pytest.raises(Killed):
            save(writer, 20, end=end)
    assert (path / journal.SAVED).is_dir()
    journal.recover(path)
    assert (path / journal.SAVED).is_dir(), "while it is trained nobody moves"
    writer.release()


@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize("after", range(5))
def test_the_next_that_opens_or_lists_it_moves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int, end: bool
) -> None:
    path = tmp_path / "runs" / "run"
    kill_in_save(path, monkeypatch, after, end=end)
    found = open_run(path) if after % 2 else folders.list_runs(path.parent)[0]
    assert found == open_run(path) and moments(path) == {20}
    assert resume_state.exists(path) is not end
    assert not list(path.rglob(".*"))


def test_where_nothing_can_be_moved_the_save_is_read_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    kill_in_save(path, monkeypatch, 1, end=True)

    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *arguments: False)
        patch.setattr(journal, "finish", refuse)
        assert moments(path) - {int(resume_state.load(path)[1]["steps"][0])} <= {20}
        run = open_run(path)
        assert {run.step, run.latest().step, int(run.history().train["step"][-1])} == {20}
    assert moments(path) == {20}
