"""Two programs at one run: each change waits for the other's, or is refused with a sentence, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from saegui.__main__ import main
from saegui.core.errors import RunError
from saegui.core.files import locks
from saegui.core.runs import folders
from saegui.core.runs.run import open_run, rename_run
from saegui.core.runs.writer import RunWriter

BEGIN = """
import sys
from pathlib import Path
from saegui.core.runs import folders
from saegui.core.runs.run import open_run
from saegui.core.runs.writer import RunWriter

path = Path(sys.argv[1])

def wait(words):
    print(words, flush=True)
    sys.stdin.readline()
"""
SAVE = """
run = open_run(path)
latest, history = run.latest(), run.history()
writer = RunWriter.reopen(run, changes=history.changes)
read = writer._text

def pausing():
    global reads
    found = read()
    reads -= 1
    if not reads:
        wait("has read the name")
    return found

writer._text = pausing
writer.save(latest, history, status="stopped")
"""
DELETE = """
from saegui.core.files import locks
look = locks.check_free

def pausing(path):
    look(path)
    wait("has seen that nobody trains it")

locks.check_free = pausing
folders.delete(open_run(path))
wait("deleted")
"""
TRAIN = """
from saegui.core import data
from saegui.core.training.session import Session
session = Session.resume(open_run(path), data.load("digits"))
session.advance()
wait("trains")
while not session.done:
    session.advance()
session.close()
"""


@contextmanager
def another(script: str, run: Path, said: str) -> Iterator[subprocess.Popen[str]]:
    """A program that does something with ``run``, and has come to where it says ``said``; it goes on after a line."""
    words = [sys.executable, "-c", BEGIN + script, str(run)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{said}\n"
        try:
            yield process
        finally:
            process.kill()


def go_on(process: subprocess.Popen[str], said: str = "") -> None:
    """Let it do the rest, until it says something again or ends."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == (f"{said}\n" if said else "")


@contextmanager
def meanwhile(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[RunError]]:
    """``work`` is done in a thread; the block begins when it waits for the other program, or has ended without waiting.

    Holds what it raised, after the block.
    """
    waits, lock = threading.Event(), locks._lock
    raised: list[RunError] = []

    def watched(*arguments: int) -> None:
        try:
            lock(*arguments)  # type: ignore[arg-type]
        except OSError:
            waits.set()
            raise

    def do() -> None:
        try:
            work()
        except RunError as error:
            raised.append(error)
        finally:
            waits.set()

    monkeypatch.setattr(locks, "_lock", watched)
    thread = threading.Thread(target=do)
    thread.start()
    waits.wait()
    try:
        yield raised
    finally:
        thread.join()
        monkeypatch.setattr(locks, "_lock", lock)


@pytest.mark.parametrize("reads", [1, 2])
def test_a_run_that_is_renamed_while_another_program_saves_it_keeps_its_new_name(
    small_run: Path, monkeypatch: pytest.MonkeyPatch, reads: int
) -> None:
    """Before the other program has its files on the disk, or while it moves them: then renaming waits."""
    run = open_run(small_run)
    with (
        another(f"reads = {reads}{SAVE}", small_run, "has read the name") as process,
        meanwhile(lambda: rename_run(run, "mine"), monkeypatch) as raised,
    ):
        go_on(process)
    assert not raised
    found = open_run(small_run)
    assert (found.name, found.status) == ("mine", "stopped")
    assert found.latest().step == found.step


def test_a_run_that_another_program_is_about_to_delete_is_neither_renamed_nor_trained(
    stopped_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = open_run(stopped_run)
    for work in (lambda: rename_run(run, "mine"), lambda: RunWriter.reopen(run)):
        with another(DELETE, stopped_run, "has seen that nobody trains it") as process:
            with meanwhile(work, monkeypatch) as raised:
                go_on(process, "deleted")
            (error,) = raised
            assert str(stopped_run) in str(error)
            assert not stopped_run.exists()
            (binned,) = (stopped_run.parent / folders.BIN).glob(f"*/{stopped_run.name}")
            folders.restore(binned, stopped_run)
        assert open_run(stopped_run) == run


def test_a_run_that_another_program_trains_is_not_resumed_or_deleted_and_what_else_is_done_with_it_stays(
    stopped_run: Path, digits_cached: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with another(TRAIN, stopped_run, "trains") as process:
        assert main(["train", "--resume", str(stopped_run)]) == 2
        assert "is being trained by another window or command; wait for its end" in capsys.readouterr().err
        with pytest.raises(RunError, match="is being trained by another window or command"):
            folders.delete(open_run(stopped_run))
        rename_run(open_run(stopped_run), "mine")
        assert (
            main(["export", str(stopped_run), "--format", "npz", "--out", str(tmp_path / "model.npz")]) == 0
        )
        go_on(process)
    found = open_run(stopped_run)
    assert (found.name, found.status) == ("mine", "finished")
    assert found.latest().step == found.step == int(found.history().train["step"][-1])
