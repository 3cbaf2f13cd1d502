"""``saegui train`` as a user meets it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.cli.training import _Signals
from saegui.core import runs
from saegui.core.config import parameters
from saegui.core.errors import RunError
from saegui.core.presets import PRESETS
from tests.cli.conftest import Program, Result

Refused = Callable[..., str]
QUICK = ("--dataset", "digits", "--epochs", "2", "--threads", "1")
ENDLESS = ("--dataset", "digits", "--epochs", "200", "--batch-size", "16", "--threads", "1")


def lines_until(process: subprocess.Popen[str], word: str) -> list[str]:
    """Read the process's stderr up to the first line with ``word``."""
    assert process.stderr is not None
    seen: list[str] = []
    for line in process.stderr:
        seen.append(line)
        if word in line:
            return seen
    raise AssertionError(f"no '{word}' in {seen}")


class TestTraining:
    def test_writes_a_run_that_opens_and_prints_its_metrics_last(self, program: Program) -> None:
        given = ("--latents", "24", "--k", "3", "--no-tied-init", "--out", "run", "--json")
        result = program("train", "--preset", "modern", *QUICK, *given)
        assert result.status == 0, result.err
        assert result.out.count("\n") == 1
        run = runs.open_run(program.folder / "run")
        assert run.status == "finished"
        assert run.metrics == result.last
        assert {"mse", "fvu", "fvu_pooled", "l0", "dead", "n_latents"} <= set(result.last)
        assert result.last["n_latents"] == 24
        assert run.latest().step == run.step == 2 * -(-1438 // 256)
        changed = {"dataset": "digits", "epochs": 2, "n_latents": 24, "k": 3, "tied_init": False}
        assert run.config == PRESETS["modern"].config.model_copy(update=changed)

    def test_every_parameter_is_an_option(self, program: Program) -> None:
        given = {"dataset": "digits", "epochs": 1, "n_latents": 20, "k": 4, "lr": 0.002, "batch_size": 100}
        given |= {
            "seed": 5,
            "warmup_steps": 3,
            "decay": 0.5,
            "init": "data",
            "revival": "auxk",
            "dead_after": 1.5,
        }
        given |= {
            "tied_init": True,
            "pre_bias": True,
            "unit_norm": True,
            "non_negative": True,
            "arch": "topk",
        }
        given |= {"input": "centred", "k_anneal": 0.5, "resample_every": 2.0, "l1": 0.1, "l0_weight": 0.2}
        given |= {
            "bandwidth": 0.3,
            "code": "sigmoid",
            "output": "sigmoid",
            "rho": 0.1,
            "kl_weight": 0.2,
            "refinements": 1,
            "precision": "bfloat16",
        }
        assert set(given) == {parameter.name for parameter in parameters()}
        words: list[str] = []
        for parameter in parameters():
            value = given[parameter.name]
            words += [parameter.option] if value is True else [parameter.option, str(value)]
        result = program("train", *words, "--threads", "1", "--out", "run")
        assert result.status == 0, result.err
        assert runs.open_run(program.folder / "run").config.model_dump() == given
        assert "Fraction of variance unexplained" in result.out
        assert "images/s" in result.err
        assert "kept in run" in result.err

    def test_shows_a_bar_with_rate_loss_and_time_left_on_a_terminal(self, program: Program) -> None:
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "saegui", "train", *QUICK, "--out", "run", "--json"],
            cwd=program.folder,
            env=program.environment | {"TERM": "xterm", "COLUMNS": "120"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=slave,
        )
        os.close(slave)
        shown = b""
        try:
            while piece := os.read(master, 4096):
                shown += piece
        except OSError:
            pass  # how a terminal ends on Linux
        os.close(master)
        out, _ = process.communicate()
        assert process.returncode == 0, shown
        assert out.startswith(b"{")
        text = shown.decode()
        for words in ("epoch 2.0 of 2", "100 %", "images/s", "loss 0.", "left"):
            assert words in text


class TestEnding:
    def test_ctrl_c_saves_the_run_and_exits_130(self, program: Program) -> None:
        process = program.start("train", *ENDLESS, "--out", "run", "--json")
        lines_until(process, "epoch 20")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        assert process.returncode == 130, err
        assert "kept in run" in err
        run = runs.open_run(program.folder / "run")
        assert run.status == "stopped"
        assert 20 <= run.epoch < 200
        assert run.latest().step == run.step
        assert json.loads(out) == run.metrics

    def test_a_polite_kill_is_a_wish_like_ctrl_c_and_the_second_one_ends_at_once(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        with _Signals() as signals:
            signal.raise_signal(signal.SIGTERM)
            assert signals.received == signal.SIGTERM
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGTERM) is before

    def test_killed_at_once_the_run_opens_at_its_last_snapshot(self, program: Program) -> None:
        process = program.start("train", *ENDLESS, "--out", "run")
        lines_until(process, "epoch 20")
        process.kill()
        process.communicate()
        run = runs.open_run(program.folder / "run")
        assert run.status == "training"
        snapshot = run.latest()
        assert snapshot.epoch >= 14
        assert snapshot.step in run.steps() or snapshot.step > run.step
        assert len(run.history().test["step"]) > 14
        assert program("eval", "run", "--json").last["step"] == snapshot.step

    def test_a_training_that_explodes_says_when_and_what_to_try(self, program: Program) -> None:
        result = program("train", *QUICK, "--lr", "1", "--out", "run", "--json")
        assert result.status == 2
        assert not result.out
        assert "diverged at step" in result.err
        assert "Lower the learning rate" in result.err
        run = runs.open_run(program.folder / "run")
        assert run.status == "diverged"
        assert run.latest().step == 0

    def test_a_save_that_fails_in_between_is_told_and_costs_nothing(
        self, program: Program, here: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save, calls = runs.RunWriter.save, iter(range(100))

        def failing_once(writer: runs.RunWriter, *arguments: Any, **options: Any) -> None:
            if next(calls) == 2:
                raise RunError("run cannot be written (No space left on device).")
            save(writer, *arguments, **options)

        monkeypatch.setattr(runs.RunWriter, "save", failing_once)
        result = here("train", *QUICK, "--epochs", "4", "--out", "run", "--json")
        assert result.status == 0, result.err
        assert "No space left on device). The training goes on" in result.err
        run = runs.open_run(program.folder / "run")
        assert (run.status, run.epoch) == ("finished", 4.0)
        assert run.metrics == result.last


class TestRefusing:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (("--epochs", "0"), ["--epochs", "'0'", "from 1 to 10,000"]),
            (("--k", "70"), ["70", "64 latents", "lower k"]),
            (("--lr", "nan"), ["--lr", "'nan'", "above 0"]),
            (("--lr", "fast"), ["--lr", "'fast'", "a number"]),
            (("--dataset", "faces"), ["--dataset", "'faces'", "mnist", "digits"]),
            (("--preset", "finest"), ["'finest'", *PRESETS]),
            (("--threads", "0"), ["--threads", "'0'", "1 to"]),
            (("--data-dir", "nowhere"), ["nowhere", "does not exist", "train-images-idx3-ubyte"]),
            (("--speed", "9"), ["--speed", "saegui train --help"]),
            (("--epoch", "9"), ["--epoch", "saegui train --help"]),
        ],
    )
    def test_what_cannot_be_trained(
        self, program: Program, refused: Refused, words: tuple[str, ...], expected: list[str]
    ) -> None:
        sentence = refused("train", "--out", "run", *words)
        for word in expected:
            assert word in sentence
        assert not (program.folder / "run").exists()

    def test_no_place_to_write_to(self, refused: Refused) -> None:
        assert "--out" in refused("train", *QUICK)

    def test_a_folder_that_is_in_use(self, program: Program, refused: Refused) -> None:
        (program.folder / "run").mkdir()
        (program.folder / "run" / "mine.txt").write_text("keep me")
        assert "run exists already" in refused("train", *QUICK, "--out", "run")
        assert [path.name for path in (program.folder / "run").iterdir()] == ["mine.txt"]

    def test_a_folder_that_cannot_be_made(self, program: Program, refused: Refused) -> None:
        (program.folder / "file").write_text("in the way")
        assert "file/run cannot be written" in refused("train", *QUICK, "--out", "file/run")

    def test_a_full_disk_leaves_nothing(self, program: Program) -> None:
        result = program("train", *QUICK, "--out", "run", file_bytes=100_000)
        assert "run cannot be written" in result.sentence
        assert not (program.folder / "run").exists()


@pytest.mark.slow
def test_real_mnist_from_training_to_figures(program: Program, mnist_dir: Path, shared_data: Path) -> None:
    trained = program(
        "train", "--preset", "modern", "--epochs", "2", "--data-dir", mnist_dir, "--out", "run", "--json"
    )
    assert trained.status == 0, trained.err
    assert trained.last["mse"] < 0.03
    assert trained.last["dead"] == 0
    assert program("eval", "run", "--data-dir", shared_data, "--json").last == pytest.approx(trained.last)
    strokes = shared_data / "strokes" / "digits.npz"
    assert program("encode", "run", "--strokes", strokes, "--out", "codes.npz").status == 0
    with np.load(program.folder / "codes.npz") as codes:
        assert codes["images"].shape == (2000, 28, 28)
        assert (np.count_nonzero(codes["latents"], axis=1) <= 10).all()
        error = codes["reconstructions"] - codes["images"].astype(np.float32) / 255
    # Drawings are made as MNIST's digits were, so they are reconstructed about as well.
    assert np.square(error).mean() < 2 * trained.last["mse"]
    drawn = program(
        "figure", "run", "--kind", "latent", "--latent", "3", "--out", "latent.pdf", "--data-dir", mnist_dir
    )
    assert drawn.status == 0, drawn.err
