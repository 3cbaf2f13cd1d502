"""One training a run, whatever becomes of it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from saegui.core.errors import RunError
from saegui.core.files import locks
from saegui.core.files.locks import TrainingLock


def test_a_second_training_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = TrainingLock(tmp_path)
    for take in (TrainingLock, locks.check_free):
        with pytest.raises(RunError, match="being trained by another"):
            take(tmp_path)
    first.release()
    first.release()
    locks.check_free(tmp_path)
    TrainingLock(tmp_path)


def test_one_that_nothing_refers_to_is_free(tmp_path: Path) -> None:
    lock = TrainingLock(tmp_path)
    del lock
    locks.check_free(tmp_path)


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    locks.check_free(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_system_without_locks_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(file: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_lock", unknown)
    first, second = TrainingLock(tmp_path), TrainingLock(tmp_path)
    first.release()
    second.release()


def test_other_trouble_is_not_mistaken_for_a_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(locks, "_lock", broken)
    with pytest.raises(OSError, match="Input/output"):
        TrainingLock(tmp_path)
    with pytest.raises(OSError, match="No such file"):
        TrainingLock(tmp_path / "nowhere")
