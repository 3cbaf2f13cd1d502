"""``saegui sweep`` in one process; :mod:`tests.core.sweeps.test_cluster` runs it on workers."""

from __future__ import annotations

import json
import os
import shlex
import tomllib
from pathlib import Path

import pytest
import torch

from saegui.__main__ import main
from saegui.core.files import leftovers
from saegui.core.runs.run import open_run
from saegui.core.training import checkpoints
from saegui.core.training.session import Session

SPEC = 'dataset = "digits"\nlatents = 8\nk = 2\nepochs = 1\nbatch-size = 256\n[vary]\nseed = [0, 1]\n'


def test_it_trains_reports_and_goes_on(
    digits_cached: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, out = tmp_path / "s.toml", tmp_path / "out"
    spec.write_text(SPEC)
    assert main(["sweep", str(spec), "--out", str(out), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [each["varied"] for each in listed] == [{"seed": 0}, {"seed": 1}]
    assert {each["status"] for each in listed} == {"finished"}
    before = {path.name: path.stat().st_ino for path in out.iterdir() if path.is_dir()}
    # What a killed process left is swept away; what is there is kept; another value is added.
    (out / leftovers.name_for("seed-2").replace(f"-{os.getpid()}-", "-999999999-")).mkdir()
    assert main(["sweep", str(spec), "--out", str(out)]) == 2
    assert "add --resume to train what is left" in capsys.readouterr().err
    spec.write_text(SPEC.replace("[0, 1]", "[0, 1, 2]"))
    assert main(["sweep", str(spec), "--out", str(out), "--resume"]) == 0
    said = capsys.readouterr()
    assert f"3 trainings into {out}: 2 trained already.\n" in said.err
    assert said.err.count(" of 3: ") == 1
    after = {path.name: path.stat().st_ino for path in out.iterdir() if path.is_dir()}
    assert before.items() <= after.items()
    assert len(after) == 3
    # Its description lies beside the runs, and is as good as the first.
    kept = out / "sweep.toml"
    assert tomllib.loads(kept.read_text()) == tomllib.loads(spec.read_text())
    assert main(["sweep", str(kept), "--out", str(out), "--resume"]) == 0
    assert ": 3 trained already." in capsys.readouterr().err


def test_it_is_the_same_as_training_alone(digits_cached: None, tmp_path: Path) -> None:
    spec, out = tmp_path / "s.toml", tmp_path / "out"
    spec.write_text(SPEC)
    main(["sweep", str(spec), "--out", str(out)])
    alone = [
        "--dataset",
        "digits",
        "--latents",
        "8",
        "--k",
        "2",
        "--epochs",
        "1",
        "--batch-size",
        "256",
        "--seed",
        "1",
    ]
    main(["train", *alone, "--threads", "1", "--device", "cpu", "--out", str(tmp_path / "alone")])
    (found,) = [open_run(path) for path in out.glob("seed*") if open_run(path).config.seed == 1]
    assert (found.latest().W_dec == open_run(tmp_path / "alone").latest().W_dec).all()


def test_trainings_that_cannot_be_are_named_and_leave_nothing(
    digits_cached: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if torch.cuda.is_available():
        pytest.skip("they can be")
    spec, out = tmp_path / "s.toml", tmp_path / "out"
    spec.write_text(SPEC)
    assert main(["sweep", str(spec), "--out", str(out), "--device", "cuda"]) == 2
    said = capsys.readouterr()
    assert said.err.count("choose auto or cpu") == 2
    assert said.out.count("missing") == 2
    assert [path.name for path in out.iterdir()] == ["sweep.toml"]


def test_the_command_that_continues_after_ctrl_c_has_the_same_options(
    digits_cached: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, out = tmp_path / "s.toml", tmp_path / "out"
    spec.write_text(SPEC)
    whole = Session.advance

    def pressed(self: Session, **named: object) -> object:
        if self.trainer.steps == 3:
            raise KeyboardInterrupt
        return whole(self)

    monkeypatch.setattr(checkpoints, "SAVE_SECONDS", 0)
    with monkeypatch.context() as patched:
        patched.setattr(Session, "advance", pressed)
        assert main(["sweep", str(spec), "--out", str(out), "--threads", "2", "--device", "cpu"]) == 130
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("Stopped. Nothing that was saved is lost; continue with: saegui sweep ")
    words = shlex.split(said.partition(": saegui ")[2])
    assert words == ["sweep", str(spec), "--out", str(out), "--threads", "2", "--device", "cpu", "--resume"]
    # It says what it finds, and a damaged one begins again, with the reason.
    (left,) = out.glob(".*.unfinished")
    (left / "run.json").write_text("{")
    assert main(words) == 0
    err = capsys.readouterr().err
    assert f"2 trainings into {out}: 1 begun already." in err
    (again,) = [line for line in err.splitlines() if "began again from its first step" in line]
    assert again.startswith(open_run(left.parent / next(out.glob("seed-0-*")).name).name + ": ")
    assert "run.json cannot be read" in again
