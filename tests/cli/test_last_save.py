"""``saegui train`` on real disks that are full or read-only when the training ends."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from saegui.core.runs.run import kept_steps, open_run
from tests.cli.conftest import PATIENCE, Program
from tests.core.runs.test_writer import fill, make_read_only, make_writable

Waiting = Callable[..., tuple[subprocess.Popen[str], str]]
WORDS = ("--dataset", "digits", "--threads", "1")


@pytest.fixture
def disk(mounted: Callable[[str], Path]) -> Path:
    """A small disk, on which the runs are."""
    return mounted("5m")


def wait_for_line(process: subprocess.Popen[str], word: str) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return line
    raise AssertionError(f"no line with {word}")


@pytest.fixture
def start(program: Program, disk: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a training and returns it after a tenth of its epochs."""
    started: list[subprocess.Popen[str]] = []

    def begin(*options: object) -> subprocess.Popen[str]:
        words = (*WORDS, "--epochs", "30", "--batch-size", "32", *options)
        started.append(program.start("train", *words))
        wait_for_line(started[-1], "epoch 3")
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def waiting(start: Callable[..., subprocess.Popen[str]], disk: Path) -> Iterator[Waiting]:
    """Starts a training whose disk becomes read-only, and returns it with the line in which it says that it waits."""

    def begin(*options: object) -> tuple[subprocess.Popen[str], str]:
        process = start("--out", disk / "run", *options)
        make_read_only(disk)
        return process, wait_for_line(process, "Waiting up to")

    yield begin
    if os.statvfs(disk).f_flag & os.ST_RDONLY:
        make_writable(disk)


def test_a_long_training_on_a_small_disk_ends_with_its_final_weights(program: Program, disk: Path) -> None:
    result = program(
        "train", *WORDS, "--epochs", "150", "--batch-size", "512", "--out", disk / "run", "--json"
    )
    assert result.status == 0, result.err
    run = open_run(disk / "run")
    assert (run.status, run.epoch, run.latest().epoch) == ("finished", 150, 150)
    measured = program("eval", disk / "run", "--json").last
    assert measured["mse"] == pytest.approx(run.metrics["mse"])
    assert kept_steps(disk / "run")[0] == 0


def test_a_full_disk_costs_earlier_snapshots_and_not_the_weights(
    start: Callable[..., subprocess.Popen[str]], disk: Path
) -> None:
    process = start("--out", disk / "run", "--json")
    fill(disk)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert "had to be given up for the final weights" in err
    run = open_run(disk / "run")
    assert (run.status, run.epoch, run.latest().epoch) == ("finished", 30, 30)


def test_it_waits_until_there_is_room(waiting: Waiting, disk: Path) -> None:
    process, line = waiting("--wait", PATIENCE)
    assert "Read-only file system" in line and "Ctrl+C ends the waiting" in line
    make_writable(disk)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert "It can be saved again." in err
    assert open_run(disk / "run").status == "finished"


def test_after_the_time_it_is_saved_to_another_folder_that_is_named(
    waiting: Waiting, disk: Path, program: Program
) -> None:
    process, _ = waiting("--wait", "1.5")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2, err
    other = program.home / "runs" / "run-saved"
    assert f"The end of the training is in {other}." in err
    run = open_run(other)
    assert (run.status, run.epoch) == ("finished", 30)
    assert len(run.history().test["step"]) == 31
    before = open_run(disk / "run")
    assert before.step == before.latest().step < run.step


def test_ctrl_c_ends_the_waiting(waiting: Waiting, program: Program) -> None:
    process, _ = waiting("--wait", PATIENCE)
    process.send_signal(2)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert open_run(program.home / "runs" / "run-saved").status == "finished"


def test_several_are_saved_to_another_folder_together(waiting: Waiting, program: Program, disk: Path) -> None:
    process, _ = waiting("--vary", "k=4,5", "--wait", "1")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2, err
    other = program.home / "runs" / "run-saved"
    assert f"The end of k-4, k-5 is in {other}" in err
    for name in ("k-4", "k-5"):
        assert open_run(other / name).status == "finished"


@pytest.mark.parametrize("value", ["-1", "soon", "inf"])
def test_a_time_that_is_none(refused: Callable[..., str], value: str) -> None:
    assert f"it is '{value}'; it must be a number from 0 to 86,400" in refused(
        "train", *WORDS, "--wait", value, "--out", "run"
    )
