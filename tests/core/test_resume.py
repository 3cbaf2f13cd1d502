"""A training that was interrupted and gone on with is bit for bit one that was not."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core import resume, runs, session
from saegui.core.config import make
from saegui.core.data import Dataset
from saegui.core.errors import RunError
from saegui.core.history import CAPACITY, History, StepResult
from saegui.core.sae.families import FAMILIES
from saegui.core.session import Session
from saegui.core.training import Trainer

torch = pytest.importorskip("torch")

SMALL = {"dataset": "digits", "n_latents": 24, "k": 4, "batch_size": 200, "epochs": 4, "lr": 2e-3}
CASES: list[dict[str, Any]] = [
    *({"arch": arch} for arch in FAMILIES),
    {"unit_norm": True, "pre_bias": True, "warmup_steps": 10, "decay": 0.5},
    {"revival": "auxk", "dead_after": 0.1, "n_latents": 100},
    {"revival": "resample", "dead_after": 0.1, "resample_every": 0.5, "n_latents": 100},
    {"k_anneal": 0.8},
    {"input": "unit"},
    {"init": "data"},
    {"refinements": 2, "arch": "batch_topk"},
    {"precision": "bfloat16"},
]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def finish(training: Session) -> None:
    while not training.done:
        training.advance()
    training.close()


def assert_same_files(one: Path, other: Path) -> None:
    names = sorted(str(p.relative_to(one)) for p in one.rglob("*.safetensors"))
    assert names == sorted(str(p.relative_to(other)) for p in other.rglob("*.safetensors"))
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    mine, theirs = runs.open_run(one), runs.open_run(other)
    assert (mine.status, mine.step, mine.epoch, mine.metrics) == (
        theirs.status,
        theirs.step,
        theirs.epoch,
        theirs.metrics,
    )
    for kind in ("train", "test"):
        a, b = getattr(mine.history(), kind), getattr(theirs.history(), kind)
        for column in set(a) - {"seconds"}:
            np.testing.assert_array_equal(a[column], b[column], err_msg=column)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_stopped_and_gone_on_with(case: dict[str, Any], digits: Dataset, tmp_path: Path) -> None:
    config = make({**SMALL, **case})
    finish(Session(config, digits, tmp_path / "whole"))
    # Twice, amid an epoch and after one; what is kept along the way is the same.
    training = Session(config, digits, tmp_path / "parts")
    for _ in range(2):
        for _ in range(11):
            training.advance()
        training.close()
        stopped = runs.open_run(tmp_path / "parts")
        assert stopped.status == "stopped" and stopped.can_go_on
        training = Session.resume(stopped, digits)
    finish(training)
    for step in (11, 22):
        # A stop keeps the moment at which it was.
        (tmp_path / "parts" / "snapshots" / f"step-{step:09d}.safetensors").unlink()
    assert_same_files(tmp_path / "parts", tmp_path / "whole")
    assert not runs.open_run(tmp_path / "parts").can_go_on


def test_live_changes_are_gone_on_with(digits: Dataset, tmp_path: Path) -> None:
    training = Session(make(SMALL), digits, tmp_path / "run")
    training.advance()
    training.trainer.change(k=2, lr=1e-4)
    training.advance()
    training.close()
    resumed = Session.resume(runs.open_run(tmp_path / "run"), digits)
    assert (resumed.trainer.config.k, resumed.trainer.config.lr) == (2, 1e-4)
    finish(resumed)
    assert runs.open_run(tmp_path / "run").config == make({**SMALL, "k": 2, "lr": 1e-4})


KILLED = """
import sys
import torch
from pathlib import Path
from saegui.core import data, session
from saegui.core.config import RunConfig
torch.set_num_threads(1)
session.SAVE_SECONDS = 0.0
config = RunConfig(**eval(sys.argv[2]))
training = session.Session(config, data.load("digits", None), Path(sys.argv[1]))
while True:
    training.advance()
    print(training.trainer.steps, flush=True)
"""


def test_killed_and_gone_on_with(digits: Dataset, tmp_path: Path) -> None:
    config = make({**SMALL, "epochs": 40})
    command = [sys.executable, "-c", KILLED, str(tmp_path / "killed"), repr(config.model_dump())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= 30:
                child.send_signal(signal.SIGKILL)
                break
    killed = runs.open_run(tmp_path / "killed")
    assert killed.status == "training" and killed.can_go_on and killed.step >= 29
    resumed = Session.resume(killed, digits)
    assert resumed.trainer.steps >= killed.step
    finish(resumed)
    finish(Session(config, digits, tmp_path / "whole"))
    last = [runs.open_run(tmp_path / name).latest() for name in ("killed", "whole")]
    assert last[0].W_enc.tobytes() == last[1].W_enc.tobytes()
    curves = [runs.open_run(tmp_path / name).history().train for name in ("killed", "whole")]
    np.testing.assert_array_equal(curves[0]["step"], curves[1]["step"])
    np.testing.assert_array_equal(curves[0]["loss"], curves[1]["loss"])


class TestRefused:
    @pytest.fixture
    def stopped(self, digits: Dataset, tmp_path: Path) -> runs.Run:
        training = Session(make(SMALL), digits, tmp_path / "run")
        training.advance()
        training.close()
        return runs.open_run(tmp_path / "run")

    def test_a_finished_one(self, digits: Dataset, tmp_path: Path) -> None:
        finish(Session(make({**SMALL, "epochs": 1}), digits, tmp_path / "run"))
        with pytest.raises(RunError, match="cannot be gone on with: its training is finished"):
            Session.resume(runs.open_run(tmp_path / "run"), digits)

    @pytest.mark.parametrize("change", ["fewer", "others"])
    def test_other_images(self, change: str, stopped: runs.Run, digits: Dataset) -> None:
        images = digits.train_images[:-1] if change == "fewer" else 255 - digits.train_images
        other = replace(digits, train_images=images, train_labels=digits.train_labels[: len(images)])
        with pytest.raises(RunError, match="trained on other images"):
            Session.resume(stopped, other)

    @pytest.mark.parametrize("damage", ["truncated", "foreign", "of another size"])
    def test_a_damaged_state_and_the_run_still_opens(
        self, damage: str, stopped: runs.Run, digits: Dataset
    ) -> None:
        file = stopped.path / resume.NAME
        if damage == "truncated":
            file.write_bytes(file.read_bytes()[:1000])
        elif damage == "foreign":
            file.write_bytes((stopped.path / "weights.safetensors").read_bytes())
        else:
            resume.save(
                stopped.path, stopped.config, Trainer(make({**SMALL, "n_latents": 8}), digits).state()
            )
        with pytest.raises(RunError, match="the run still opens, but cannot go on"):
            Session.resume(stopped, digits)
        assert stopped.latest().step == 1
        assert isinstance(runs.list_runs(stopped.path.parent)[0], runs.Run)

    def test_a_full_disk_loses_nothing(
        self, stopped: runs.Run, digits: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = (stopped.path / resume.NAME).read_bytes()
        monkeypatch.setattr(session, "SAVE_SECONDS", 0.0)
        resumed = Session.resume(stopped, digits)
        resumed.advance()

        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(runs.resume, "save", fail)
            with pytest.raises(RunError, match="free some space"):
                resumed.advance()
        assert Session.resume(runs.open_run(stopped.path), digits).trainer.steps in (1, 2)
        assert before
        finish(resumed)


def step_result(step: int) -> StepResult:
    return StepResult(step, step / 10, 0.0, 1.0 / step, 0.5, 4.0, 0, {"mse": 1.0 / step}, 10)


@pytest.mark.parametrize("at", [1, 100, CAPACITY - 1, CAPACITY, CAPACITY + 1, 2 * CAPACITY + 3])
def test_thinned_curves_go_on_as_if_nothing_had_been(at: int) -> None:
    whole, first = History(), History()
    for step in range(1, at + 1):
        whole.add_step(step_result(step))
        first.add_step(step_result(step))
    resumed = first.until(at)
    for step in range(at + 1, at + CAPACITY):
        whole.add_step(step_result(step))
        resumed.add_step(step_result(step))
    np.testing.assert_array_equal(resumed.train["step"], whole.train["step"])
