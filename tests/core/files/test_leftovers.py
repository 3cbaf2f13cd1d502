"""What killed processes left is told from what a running one is writing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saegui.core.files import leftovers, paths


def name_of_a_dead_process(name: str, suffix: str = "") -> str:
    """What it would have written as."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    return leftovers.name_for(name, suffix).replace(f"-{os.getpid()}-", f"-{dead.pid}-")


def test_what_killed_processes_left_goes_and_what_others_write_stays(tmp_path: Path) -> None:
    left = [tmp_path / name_of_a_dead_process("numbers.csv", ".csv"), tmp_path / name_of_a_dead_process("x")]
    left[1].mkdir()
    (left[1] / "inside").write_text("half")
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    kept = [
        leftovers.name_for("numbers.csv", ".csv"),
        leftovers.name_for("x").replace(f"-{os.getpid()}-", f"-{other.pid}-"),
        ".numbers.csv.tmp",
        "notes.tmp",
    ]
    for path in (left[0], *(tmp_path / name for name in kept)):
        path.write_text("half")
    leftovers.sweep(tmp_path)
    other.communicate()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_writing_a_file_removes_what_killed_processes_left_of_it_alone(tmp_path: Path) -> None:
    mine, another = (tmp_path / name_of_a_dead_process(name) for name in ("a [1].csv", "b.csv"))
    for path in (mine, another):
        path.write_text("half")
    paths.write_text(tmp_path / "a [1].csv", "whole")
    assert not mine.exists() and another.exists()


def test_of_another_machine_only_what_is_old_counts_as_left(tmp_path: Path) -> None:
    """The clock may have gone back since: then it is younger than now."""
    name = leftovers.name_for("x")
    recent, old, future = (tmp_path / name.replace(name[3:11], f"{number:08x}") for number in range(3))
    day = 2 * leftovers.ABANDONED_AFTER
    for path, age in ((recent, 0), (old, day), (future, -day)):
        path.write_text("half")
        os.utime(path, (time.time() - age,) * 2)
    leftovers.sweep(tmp_path)
    assert set(tmp_path.iterdir()) == {recent, future}


def test_a_file_may_have_the_longest_name_there_is(tmp_path: Path) -> None:
    paths.write_text(tmp_path / ("n" * 250 + ".csv"), "text")
    assert (tmp_path / ("n" * 250 + ".csv")).read_text() == "text"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux says so in a file")
def test_a_killed_process_that_nobody_has_asked_about_is_no_longer_writing(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    left = tmp_path / leftovers.name_for("run").replace(f"-{os.getpid()}-", f"-{process.pid}-")
    left.mkdir()
    leftovers.sweep(tmp_path)
    assert left.exists(), "it is being written"
    process.kill()
    # Ended, and not asked how: its number is still taken.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    leftovers.sweep(tmp_path)
    assert not left.exists()
    process.communicate()
