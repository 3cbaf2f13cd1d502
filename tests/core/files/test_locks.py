"""One training a run, whatever becomes of it."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_lock", unknown)
    first, second = TrainingLock(tmp_path), TrainingLock(tmp_path)
    first.release()
    second.release()


def test_other_trouble_is_not_mistaken_for_a_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(locks, "_lock", broken)
    with pytest.raises(OSError, match="Input/output"):
        TrainingLock(tmp_path)
    with pytest.raises(OSError, match="No such file"):
        TrainingLock(tmp_path / "nowhere")


def test_who_looks_whether_a_run_is_free_keeps_nobody_from_training_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = TrainingLock(tmp_path, shared=True)
    locks.check_free(tmp_path)
    threading.Timer(0.05, looking.release).start()
    TrainingLock(tmp_path).release()


HOLD = """
import sys
from pathlib import Path
from saegui.core.files import locks
with locks.changing(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def changed_elsewhere(run: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the lock of the run's description until it reads a line, or is killed."""
    words = [sys.executable, "-c", HOLD, str(run)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_who_changes_a_run_waits_for_another_process_that_changes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def change() -> None:
        with locks.changing(tmp_path), locks.changing(tmp_path):
            order.append("changed here")

    with changed_elsewhere(tmp_path) as process:
        thread = threading.Thread(target=change)
        thread.start()
        assert not order
        order.append("changed there")
        # A process that was killed holds nothing.
        process.kill()
        thread.join()
    assert order == ["changed there", "changed here"]
    with changed_elsewhere(tmp_path):
        monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.0)
        with pytest.raises(RunError, match=r"written by another window or command .*; try again"):
            change()
    change()
    assert order[2:] == ["changed here"]
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_left_to_what_follows(tmp_path: Path) -> None:
    with locks.changing(tmp_path / "gone"):
        pass
