"""``saegui train --vary`` as a user meets it."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saegui.core.errors import RunError
from saegui.core.runs.run import open_run
from saegui.core.runs.writer import RunWriter
from tests.cli.conftest import Program, Result

Refused = Callable[..., str]
QUICK = ("--dataset", "digits", "--epochs", "2", "--threads", "1")


def test_writes_a_run_of_each_and_a_table(program: Program, here: Callable[..., Result]) -> None:
    result = here(
        "train", *QUICK, "--latents", "24", "--vary", "k=2,4", "--vary", "seed=0, 1", "--out", "all"
    )
    assert result.status == 0, result.err
    folders = ["k-2-seed-0", "k-2-seed-1", "k-4-seed-0", "k-4-seed-1"]
    assert sorted(path.name for path in (program.folder / "all").iterdir()) == folders
    rows = [line.split() for line in result.out.splitlines()]
    assert rows[0] == ["run", "MSE", "FVU", "L0", "dead", "status"]
    for row, folder in zip(rows[1:], folders, strict=True):
        run = open_run(program.folder / "all" / folder)
        assert row == [
            folder,
            f"{run.metrics['mse']:.5f}",
            f"{run.metrics['fvu']:.4f}",
            f"{run.metrics['l0']:.2f}",
            f"{run.metrics['dead']}",
            "finished",
        ]
        assert run.config.n_latents == 24
    assert "Training 4 variants" in result.err
    assert "L0 2.0 to 4.0" in result.err and "images/s" in result.err
    assert "look at them with: saegui all\n" in result.err


def test_their_curves_in_one_figure(program: Program, here: Callable[..., Result]) -> None:
    here("train", *QUICK, "--latents", "24", "--vary", "k=2,4", "--out", "all")
    paths = sorted((program.folder / "all").iterdir())
    result = here("figure", "all/k-2", "--kind", "curves", "--with", *paths, "--out", "curves.svg")
    assert result.status == 0, result.err
    names = [open_run(path).name for path in paths]
    drawn = (program.folder / "curves.svg").read_text("utf-8")
    numbers = (program.folder / "curves.csv").read_text("utf-8")
    for name, short in zip(names, ("k 2", "k 4"), strict=True):
        assert short in name and short in drawn and name in numbers
    # The run itself, which is among those that a shell lists, is not drawn twice.
    alone = here("figure", "all/k-2", "--kind", "curves", "--with", paths[0], "--out", "alone.svg")
    assert alone.status == 0
    assert "k 4" not in (program.folder / "alone.svg").read_text("utf-8")
    # One of them that is broken can be left out.
    (paths[1] / "run.json").write_text("{")
    assert (
        f"Or leave {paths[1]} out of --with."
        in here("figure", "all/k-2", "--kind", "curves", "--with", *paths, "--out", "broken.svg").err
    )
    assert not (program.folder / "broken.svg").exists()


def test_one_that_explodes_is_named_and_the_others_are_kept(
    program: Program, here: Callable[..., Result]
) -> None:
    result = here("train", *QUICK, "--k", "64", "--vary", "lr=0.001,1", "--out", "all", "--json")
    assert result.status == 2
    assert "lr 1: The training diverged at step" in result.err
    good, bad = result.last
    assert (good["status"], good["varied"], good["run"]) == ("finished", {"lr": 0.001}, "all/lr-0.001")
    assert good["metrics"] == open_run(program.folder / "all" / "lr-0.001").metrics
    assert (bad["status"], bad["metrics"]) == ("diverged", None)


def test_ctrl_c_saves_all_of_them(program: Program) -> None:
    words = ("--dataset", "digits", "--epochs", "100", "--batch-size", "16", "--threads", "1")
    process = program.start("train", *words, "--vary", "k=5,10", "--out", "all", "--json")
    assert process.stderr is not None
    for line in process.stderr:
        if "epoch 10" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130, err
    assert "resume one with: saegui train --resume all/k-5" in err
    for found in json.loads(out):
        run = open_run(program.folder / found["run"])
        assert (run.status, run.can_resume, run.metrics) == ("stopped", True, found["metrics"])


def test_stopped_it_names_one_that_can_be_resumed(program: Program) -> None:
    words = ("--dataset", "digits", "--batch-size", "16", "--threads", "1")
    process = program.start("train", *words, "--vary", "epochs=1,100", "--out", "my runs")
    assert process.stderr is not None
    for line in process.stderr:
        if "epoch 10" in line:
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130, err
    assert "saegui train --resume 'my runs/epochs-100'" in err


def test_a_disk_that_stays_full_is_reported_once_a_run_and_what_to_do(
    program: Program, here: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    save, calls = RunWriter.save, iter(range(100))

    def full(writer: RunWriter, *arguments: Any, **options: Any) -> None:
        if next(calls) >= 2:
            raise RunError(f"{writer.run.path} cannot be written (No space left on device).")
        save(writer, *arguments, **options)

    monkeypatch.setattr(RunWriter, "save", full)
    result = here("train", *QUICK, "--vary", "k=2,4", "--wait", "0", "--out", "all")
    assert result.status == 2
    # Of each: once on the way, once at the end, and once for each of the two other folders.
    assert result.err.count("No space left on device).") == 8, result.err
    assert "The end of k-2, k-4 could not be saved" in result.err
    assert "saegui train --resume all/k-2" in result.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--vary", "k"), "--vary is 'k'; give at least two values, such as k=A,B"),
        (("--vary", "k=5,"), "--vary is 'k=5,'; give at least two values"),
        (("--vary", "size=5,6"), "'size=5,6'; it must begin with one of arch, latents, k"),
        (("--vary", "k=5,6", "--k", "4"), "--k is given twice"),
        (("--vary", "k=5,6", "--vary", "k=7,8"), "--k is given twice"),
        (("--vary", "batch_size=64,128"), "all runs share one batch-size"),
        (("--vary", "k=5,6", "--l1", "2", "--epochs", "0"), "--epochs is '0'"),
        (("--vary", "batch-size=64,128"), "on the same batches; vary another option"),
        (("--vary", "k=5,500"), "k is 500"),
        (("--vary", "lr=0,001,0.01"), "no value begins with 0 as 001 does"),
        (("--vary", "l1=1,2"), "--l1 has no effect"),
    ],
)
def test_what_cannot_be_varied(
    words: tuple[str, ...], expected: str, program: Program, refused: Refused
) -> None:
    assert expected in refused("train", *QUICK, *words, "--out", "all")
    assert list(program.folder.iterdir()) == []


def test_not_of_a_run_that_is_resumed(refused: Refused) -> None:
    assert "leave out --vary" in refused("train", "--resume", "starter", "--vary", "k=5,6")


def test_a_folder_that_is_in_use(program: Program, refused: Refused) -> None:
    mine = Path(program.folder / "all" / "mine.txt")
    mine.parent.mkdir()
    mine.write_text("keep me")
    assert "all exists already" in refused("train", *QUICK, "--vary", "k=5,6", "--out", "all")
    assert mine.read_text() == "keep me"
