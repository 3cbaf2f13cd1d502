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

from saegui.cli.watching import Signals, Within
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import make, parameters
from saegui.core.data import Dataset
from saegui.core.errors import RunError
from saegui.core.files import paths
from saegui.core.runs import folders, resume_state, writer
from saegui.core.runs.run import open_run, rename_run
from saegui.core.training import devices
from saegui.core.training.session import Session
from tests.cli.conftest import Program, Result

Refused = Callable[..., str]
QUICK = ("--dataset", "digits", "--epochs", "2", "--threads", "1")
ENDLESS = ("--dataset", "digits", "--epochs", "100", "--batch-size", "16", "--threads", "1")


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
        run = open_run(program.folder / "run")
        assert run.status == "finished"
        assert run.metrics == result.last
        assert {"mse", "fvu", "fvu_pooled", "l0", "dead", "n_latents"} <= set(result.last)
        assert result.last["n_latents"] == 24
        assert run.latest().step == run.step == 2 * -(-1438 // 256)
        changed = {"dataset": "digits", "epochs": 2, "n_latents": 24, "k": 3, "tied_init": False}
        assert run.config == PRESETS["modern"].config.model_copy(update=changed)

    def test_every_parameter_is_an_option(self, program: Program, here: Callable[..., Result]) -> None:
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
            # One that a bfloat16 search takes no part in: elsewhere refinements and it are not both to be had.
            "arch": "multi_topk",
        }
        given |= {"input": "centred", "k_anneal": 0.5, "resample_every": 2.0, "l1": 0.1, "l0_weight": 0.2}
        given |= {
            "bandwidth": 0.3,
            "code": "sigmoid",
            "output": "sigmoid",
            "rho": 0.1,
            "kl_weight": 0.2,
            "refinements": 1,
            "refit": True,
            "precision": "bfloat16",
        }
        # Those of baselines.
        given |= {"n_nonzero_coefs": 3, "fun": "cube", "alpha": 0.5, "tol": 0.01, "max_samples": 100}
        assert set(given) == {parameter.name for parameter in parameters()}
        words: list[str] = []
        for parameter in parameters():
            value = given[parameter.name]
            words += [parameter.option] if value is True else [parameter.option, str(value)]
        result = here("train", *words, "--threads", "1", "--out", "run")
        assert result.status == 0, result.err
        assert open_run(program.folder / "run").config.model_dump() == given
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
    def test_where_most_latents_died_it_says_what_to_try(self, here: Callable[..., Result]) -> None:
        options = ("--dataset", "digits", "--epochs", "4")
        told = here("train", *options, "--lr", "0.1", "--out", "dead").err.splitlines()[-1]
        assert told.endswith("training images: lower --lr (now 0.1).")
        alive = here(
            "train", "--preset", "modern", "--warmup-steps", "0", *options, "--lr", "0.005", "--out", "alive"
        )
        assert "latents are dead" not in alive.err

    def test_ctrl_c_saves_the_run_and_exits_130(self, program: Program) -> None:
        process = program.start("train", *ENDLESS, "--out", "run", "--json")
        lines_until(process, "epoch 10")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        assert process.returncode == 130, err
        assert "kept in run" in err
        run = open_run(program.folder / "run")
        assert run.status == "stopped"
        assert 10 <= run.epoch < 100
        assert run.latest().step == run.step
        assert json.loads(out) == run.metrics

    def test_ctrl_c_ends_a_fit_in_the_middle_of_a_step(self, here: Callable[..., Result]) -> None:
        """Here in the choice of the first centres; the run is kept and says that it cannot be resumed."""
        before, asked = Within.report, []

        def pressing(within: Within, done: int, total: int, text: str = "") -> None:
            asked.append((done, total, text))
            if done == 3:
                signal.raise_signal(signal.SIGINT)
            before(within, done, total, text)

        deaf = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Within, "report", pressing)
                given = ("--arch", "kmeans", "--dataset", "digits", "--latents", "12", "--threads", "1")
                result = here("train", *given, "--out", "run")
        finally:
            signal.signal(signal.SIGINT, deaf)
        assert result.status == 130 and asked[-1] == (3, 12, "first centres")
        assert "The run is kept in run; a fit by scikit-learn cannot be resumed" in result.err
        again = here("train", "--resume", "run")
        assert again.status == 2
        assert again.err.strip().endswith(
            "run is a fit by scikit-learn, which cannot be resumed; train a new run. This one still opens."
        )

    def test_a_polite_kill_is_a_wish_like_ctrl_c_and_the_second_one_ends_at_once(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        # Whoever runs the tests in the background made them deaf to Ctrl+C.
        deaf = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with Signals() as signals:
                signal.raise_signal(signal.SIGTERM)
                assert signals.received == signal.SIGTERM
                with pytest.raises(KeyboardInterrupt):
                    signal.raise_signal(signal.SIGINT)
        finally:
            signal.signal(signal.SIGINT, deaf)
        assert signal.getsignal(signal.SIGTERM) is before

    def test_started_deaf_to_ctrl_c_it_stays_so(self) -> None:
        """As a shell's background jobs are."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with Signals() as signals:
                signal.raise_signal(signal.SIGINT)
                assert signals.received is None
        finally:
            signal.signal(signal.SIGINT, before)

    def test_killed_at_once_the_run_opens_at_its_last_snapshot(self, program: Program) -> None:
        process = program.start("train", *ENDLESS, "--out", "run")
        lines_until(process, "epoch 10")
        process.kill()
        process.communicate()
        run = open_run(program.folder / "run")
        assert run.status == "training"
        snapshot = run.latest()
        assert snapshot.epoch >= 7
        assert snapshot.step in run.steps() or snapshot.step > run.step
        assert len(run.history().test["step"]) > 7
        assert program("eval", "run", "--json").last["step"] == snapshot.step

    def test_a_training_that_explodes_says_when_and_what_to_try(
        self, program: Program, here: Callable[..., Result]
    ) -> None:
        result = here("train", *QUICK, "--lr", "1", "--out", "run", "--json")
        assert result.status == 2
        assert not result.out
        assert "diverged at step" in result.err
        assert "Lower the learning rate" in result.err
        run = open_run(program.folder / "run")
        assert run.status == "diverged"
        assert run.latest().step == 0

    def test_a_save_that_fails_in_between_is_reported_and_costs_nothing(
        self, program: Program, here: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save, calls = writer.RunWriter.save, iter(range(100))

        def failing_once(writer: writer.RunWriter, *arguments: Any, **options: Any) -> None:
            if next(calls) == 2:
                raise RunError("run cannot be written (No space left on device).")
            save(writer, *arguments, **options)

        monkeypatch.setattr(writer.RunWriter, "save", failing_once)
        result = here("train", *QUICK, "--epochs", "4", "--out", "run", "--json")
        assert result.status == 0, result.err
        assert "No space left on device). The training continues" in result.err
        run = open_run(program.folder / "run")
        assert (run.status, run.epoch) == ("finished", 4.0)
        assert run.metrics == result.last


class TestGoingOn:
    """``--resume``: the run, its parameters and its weights are those of a training that was never interrupted."""

    LONG = ("--dataset", "digits", "--epochs", "12", "--batch-size", "16", "--preset", "modern")

    def test_killed_and_resumed_it_ends_as_if_nothing_had_been(
        self, program: Program, here: Callable[..., Result]
    ) -> None:
        process = program.start("train", *self.LONG, "--threads", "1", "--out", "cut")
        lines_until(process, "epoch 6")
        process.kill()
        process.communicate()
        assert open_run(program.folder / "cut").status == "training"
        resumed = here("train", "--resume", "cut", "--threads", "1", "--json")
        assert resumed.status == 0, resumed.err
        assert "Resuming at epoch" in resumed.err
        # Progress is told from where it went on.
        assert "epoch 12.00 of 12" in resumed.err and "epoch 3." not in resumed.err
        whole = here("train", *self.LONG, "--threads", "1", "--out", "whole", "--json")
        assert resumed.last == whole.last
        cut, expected = (open_run(program.folder / name) for name in ("cut", "whole"))
        assert (cut.status, cut.metrics) == ("finished", expected.metrics)
        weights = [(run.path / "weights.safetensors").read_bytes() for run in (cut, expected)]
        assert weights[0] == weights[1]
        np.testing.assert_array_equal(cut.history().train["loss"], expected.history().train["loss"])
        again = here("train", "--resume", "cut")
        assert "is finished" in again.sentence

    def test_ctrl_c_stops_it_again_and_says_how_to_resume_it(self, program: Program) -> None:
        process = program.start("train", *ENDLESS, "--out", "run")
        lines_until(process, "epoch 10")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        assert "saegui train --resume run" in err
        stopped = open_run(program.folder / "run")
        process = program.start("train", "--resume", "run", "--threads", "1", "--json")
        lines_until(process, "epoch 20")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        assert process.returncode == 130, err
        run = open_run(program.folder / "run")
        assert (run.status, run.can_resume) == ("stopped", True)
        assert run.epoch >= 20 > stopped.epoch
        assert json.loads(out) == run.metrics

    def test_a_run_that_another_process_trains_is_left_alone(
        self, program: Program, refused: Callable[..., str]
    ) -> None:
        process = program.start("train", *ENDLESS, "--out", "run")
        lines_until(process, "epoch 10")
        path = program.folder / "run"
        before = open_run(path)
        assert "is being trained by another window or command" in refused("train", "--resume", path)
        with pytest.raises(RunError, match="being trained"):
            folders.delete(before)
        # Nobody lets go of anything when a process is killed, but the system.
        process.kill()
        process.communicate()
        folders.delete(before)

    def test_a_run_of_the_window_by_its_name(
        self, program: Program, here: Callable[..., Result], digits: Dataset
    ) -> None:
        path = paths.runs_dir() / "window"
        training = Session(make({"dataset": "digits", "n_latents": 8, "k": 2, "epochs": 2}), digits, path)
        training.advance()
        training.close()
        rename_run(training.run, "mine")
        result = here("train", "--resume", "mine", "--threads", "1", "--json")
        assert result.status == 0, result.err
        run = open_run(path)
        assert (run.status, run.name, run.metrics) == ("finished", "mine", result.last)

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (("--k", "3"), ["--k", "the run's own parameters"]),
            (("--preset", "modern", "--no-pre-bias"), ["--preset, --pre-bias"]),
            (("--epochs", "9"), ["--epochs"]),
            (("--out", "other"), ["--out", "--resume"]),
        ],
    )
    def test_nothing_else_can_be_asked_for(
        self, words: tuple[str, ...], expected: list[str], program: Program, refused: Refused
    ) -> None:
        sentence = refused("train", "--resume", "starter", *words)
        for word in expected:
            assert word in sentence
        assert list(program.folder.iterdir()) == []

    @pytest.mark.parametrize(
        ("run", "words"),
        [("starter", "is finished"), ("nowhere", "'saegui runs' lists them"), ("", "RUN is empty")],
    )
    def test_what_cannot_be_resumed(self, run: str, words: str, refused: Refused) -> None:
        assert words in refused("train", "--resume", run)

    def test_damage_is_reported_in_one_sentence(
        self, program: Program, digits: Dataset, refused: Refused
    ) -> None:
        training = Session(make({"dataset": "digits"}), digits, program.folder / "run")
        training.advance()
        training.close()
        (program.folder / "run" / resume_state.NAME).write_bytes(b"")
        assert "still opens, but cannot be resumed" in refused("train", "--resume", "run")
        (program.folder / "run" / resume_state.NAME).unlink()
        assert f"has no {resume_state.NAME}" in refused("train", "--resume", "run")


@pytest.mark.usefixtures("one_thread")
class TestThreads:
    @pytest.mark.parametrize("way", ["new", "resumed"])
    @pytest.mark.parametrize(("given", "expected"), [((), 3), (("--threads", "2"), 2)])
    def test_are_the_window_s_unless_given(
        self,
        way: str,
        given: tuple[str, ...],
        expected: int,
        digits: Dataset,
        program: Program,
        here: Callable[..., Result],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """One default for both, so that what torch computes gives equal weights."""
        import torch

        monkeypatch.setattr(devices, "processors", lambda: 4)
        words: tuple[str, ...] = ("--dataset", "digits", "--epochs", "1", "--out", "run")
        if way == "resumed":
            Session(make({"dataset": "digits", "epochs": 1}), digits, program.folder / "run")
            words = ("--resume", "run")
        result = here("train", *words, *given)
        assert result.status == 0, result.err
        assert torch.get_num_threads() == expected
        assert f"{expected} threads." in result.err
        assert devices.default_threads() == 3


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

    def test_what_makes_no_difference_is_reported(self, here: Callable[..., Result]) -> None:
        quick = ("train", *QUICK, "--epochs", "1")
        assert "1 epoch, 6 steps, 1 thread." in here(*quick, "--out", "c").err
        done = here(
            *quick, "--arch", "relu_l1", "--k", "5", "--refinements", "2", "--l1", "0.01", "--out", "a"
        )
        assert done.status == 0
        assert "--k, --refinements have no effect on a training of this kind." in done.err
        warm = here(*quick, "--warmup-steps", "7", "--vary", "seed=0,1", "--out", "warm").err
        assert warm.count("--warmup-steps takes 7 steps, but the training has only 6 steps") == 1
        assert "no part" not in here(*quick, "--k", "5", "--out", "b").err

    def test_without_a_network_the_folder_s_option_is_named(
        self, here: Callable[..., Result], offline: None
    ) -> None:
        result = here("eval", "starter")
        assert result.status == 2
        # On a slow machine a line of progress comes first.
        assert result.err.splitlines()[-1].endswith("the folder with --data-dir.")

    def test_no_place_to_write_to(self, refused: Refused) -> None:
        sentence = refused("train", *QUICK)
        assert "--out" in sentence and "--resume" in sentence

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
def test_real_mnist_from_training_to_figures(
    program: Program, here: Callable[..., Result], mnist_dir: Path, shared_data: Path, one_thread: None
) -> None:
    trained = here(
        "train", "--preset", "modern", "--epochs", "2", "--data-dir", mnist_dir, "--out", "run", "--json"
    )
    assert trained.status == 0, trained.err
    assert trained.last["mse"] < 0.03
    assert f"saegui run --data-dir {mnist_dir}" in trained.err
    assert trained.last["dead"] == 0
    found = here("eval", "run", "--data-dir", shared_data, "--json").last
    assert found.pop("shape") == [28, 28]
    assert found == pytest.approx(trained.last)
    strokes = shared_data / "strokes" / "digits.npz"
    assert here("encode", "run", "--strokes", strokes, "--out", "codes.npz").status == 0
    with np.load(program.folder / "codes.npz") as codes:
        assert codes["images"].shape == (2000, 28, 28)
        assert (np.count_nonzero(codes["latents"], axis=1) <= 10).all()
        error = codes["reconstructions"] - codes["images"].astype(np.float32) / 255
    # Drawings are made as MNIST's digits were, so they are reconstructed about as well.
    assert np.square(error).mean() < 2 * trained.last["mse"]
    drawn = here(
        "figure", "run", "--kind", "latent", "--latent", "3", "--out", "latent.pdf", "--data-dir", mnist_dir
    )
    assert drawn.status == 0, drawn.err


def test_a_kind_alone_is_trained_with_the_values_that_suit_it(
    program: Program, here: Callable[..., Result]
) -> None:
    result = here("train", *QUICK, "--arch", "jumprelu", "--lr", "0.002", "--out", "run")
    assert result.status == 0, result.err
    assert "JumpReLU is trained with values that suit it: --tied-init --pre-bias --unit-norm" in result.err
    config = open_run(program.folder / "run").config
    assert (config.pre_bias, config.warmup_steps, config.lr) == (True, 100, 0.002)
