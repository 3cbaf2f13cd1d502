"""A training that was stopped or killed is resumed as if it had not been, bit for bit; what cannot be resumed says why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

import saegui
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.errors import RunError, SaeguiError
from saegui.core.files import leftovers, paths
from saegui.core.runs import resume_state, writer
from saegui.core.runs.run import Run, open_run, rename_run
from saegui.core.training import checkpoints
from saegui.core.training.session import Session

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")

PER_EPOCH, CUT = 15, 22
BASE = {"dataset": "digits", "n_latents": 16, "k": 3, "batch_size": 100, "epochs": 3, "lr": 2e-3}
REVIVED = {"dead_after": 0.1, "pre_bias": True}
CASES: dict[str, dict[str, Any]] = {
    **{
        arch: {"arch": arch}
        for arch in ("topk", "batch_topk", "multi_topk", "matryoshka", "relu_l1", "kl", "jumprelu", "gated")
    },
    "kl-sigmoid": {"arch": "kl", "code": "sigmoid", "output": "sigmoid"},
    "auxk": {**REVIVED, "revival": "auxk"},
    "batch_topk-auxk": {**REVIVED, "arch": "batch_topk", "revival": "auxk"},
    "gated-auxk": {**REVIVED, "arch": "gated", "revival": "auxk"},
    "resample": {**REVIVED, "revival": "resample", "resample_every": 0.4, "k": 1},
    "jumprelu-resample": {**REVIVED, "revival": "resample", "resample_every": 0.4, "arch": "jumprelu"},
    "refinements": {"arch": "batch_topk", "refinements": 2},
    "bfloat16": {"precision": "bfloat16"},
    "k_anneal": {"k_anneal": 0.8, "unit_norm": True},
    "schedule": {"warmup_steps": 30, "decay": 0.5, "tied_init": True},
    "unit": {"input": "unit", "init": "data", "unit_norm": True},
    "standardised": {"input": "standardised", "non_negative": True, "pre_bias": True},
    "centred": {"input": "centred", "init": "normal", "arch": "matryoshka"},
}


def advance(training: Session, steps: int) -> None:
    for _ in range(steps):
        training.advance()


def finish(training: Session) -> Run:
    while not training.done:
        training.advance()
    training.close()
    return training.run


def killed(config: RunConfig, digits: Dataset, path: Path, at: int, after: int = 3) -> Run:
    """What is left on disk of a training that saved at step ``at`` and was killed ``after`` steps later."""
    training = Session(config, digits, path)
    advance(training, at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "SAVE_SECONDS", 0.0)
        training.advance()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer.RunWriter, "save", lambda *args, **options: None)
        advance(training, after - 1)
    run = open_run(path)
    assert (run.status, run.step, run.can_resume) == ("training", at, True)
    return run


def same(found: Run, expected: Run) -> None:
    """All but the clock."""
    assert found.status == expected.status
    assert found.config == expected.config
    assert (found.step, found.epoch, found.metrics) == (expected.step, expected.epoch, expected.metrics)
    weights = "weights.safetensors"
    assert (found.path / weights).read_bytes() == (expected.path / weights).read_bytes()
    for step in expected.steps():
        assert found.at(step).W_dec.tobytes() == expected.at(step).W_dec.tobytes()
    curves, whole = found.history(), expected.history()
    for mine, others in ((curves.train, whole.train), (curves.test, whole.test)):
        for name in others:
            if name != "seconds":
                np.testing.assert_array_equal(mine[name], others[name], err_msg=name)
        assert (np.diff(mine["seconds"]) >= 0).all()


@pytest.mark.parametrize("name", CASES)
def test_a_resumed_training_ends_as_if_nothing_had_been(name: str, digits: Dataset, tmp_path: Path) -> None:
    """Killed in the middle of the second epoch, after steps that were not saved."""
    config = make({**BASE, **CASES[name]})
    whole = finish(Session(config, digits, tmp_path / "whole"))
    run = killed(config, digits, tmp_path / "cut", CUT)
    torch.manual_seed(99)  # whoever else draws random numbers
    training = Session.resume(run, digits)
    assert training.trainer.steps == CUT
    assert len(training.checkpoints.history.train["step"]) == CUT
    same(finish(training), whole)
    assert training.run.steps() == whole.steps()
    assert not training.run.can_resume


class TestMoments:
    @pytest.mark.parametrize("at", [0, 1, PER_EPOCH - 2, PER_EPOCH, PER_EPOCH + 1, 2 * PER_EPOCH, 43])
    def test_whenever_it_was_killed(self, at: int, digits: Dataset, tmp_path: Path) -> None:
        config = make({**BASE, **CASES["auxk"], "epochs": 3})
        whole = finish(Session(config, digits, tmp_path / "whole"))
        run = killed(config, digits, tmp_path / "cut", at, after=1)
        same(finish(Session.resume(run, digits)), whole)

    def test_before_the_first_step(self, digits: Dataset, tmp_path: Path) -> None:
        config = make(BASE)
        whole = finish(Session(config, digits, tmp_path / "whole"))
        Session(config, digits, tmp_path / "cut")
        same(finish(Session.resume(open_run(tmp_path / "cut"), digits)), whole)

    def test_stopped_twice_and_killed_once(self, digits: Dataset, tmp_path: Path) -> None:
        config = make({**BASE, **CASES["resample"]})
        whole = finish(Session(config, digits, tmp_path / "whole"))
        training = Session(config, digits, tmp_path / "cut")
        advance(training, 4)
        training.close()
        assert (training.run.status, training.run.can_resume) == ("stopped", True)
        training = Session.resume(training.run, digits)
        advance(training, PER_EPOCH)
        training.close()
        training = Session.resume(open_run(tmp_path / "cut"), digits)
        assert training.trainer.steps == PER_EPOCH + 4
        advance(training, 15)  # the second epoch's end saves
        del training  # which holds the run
        same(finish(Session.resume(open_run(tmp_path / "cut"), digits)), whole)

    def test_changes_that_were_made_live_are_kept(self, digits: Dataset, tmp_path: Path) -> None:
        def changed(path: Path) -> Session:
            training = Session(make(BASE), digits, path)
            advance(training, 5)
            # Two of sixteen is few enough for another way of computing gradients than four.
            training.trainer.change(k=2, lr=5e-4)
            advance(training, 12)
            return training

        whole = finish(changed(tmp_path / "whole"))
        changed(tmp_path / "cut").close()
        training = Session.resume(open_run(tmp_path / "cut"), digits)
        assert (training.trainer.config.k, training.trainer.config.lr) == (2, 5e-4)
        same(finish(training), whole)

    def test_nothing_on_disk_changes_until_something_is_saved(self, digits: Dataset, tmp_path: Path) -> None:
        run = killed(make(BASE), digits, tmp_path / "cut", CUT)
        before = {file: file.read_bytes() for file in run.path.rglob("*") if file.is_file()}
        advance(Session.resume(run, digits), 3)
        assert {file: file.read_bytes() for file in run.path.rglob("*") if file.is_file()} == before

    def test_a_name_that_was_given_stays(self, digits: Dataset, tmp_path: Path) -> None:
        run = rename_run(killed(make(BASE), digits, tmp_path / "cut", CUT), "mine")
        finished = finish(Session.resume(run, digits))
        assert (finished.name, finished.created) == ("mine", run.created)

    def test_time_spent_counts_on(self, digits: Dataset, tmp_path: Path) -> None:
        run = killed(make(BASE), digits, tmp_path / "cut", CUT)
        spent = run.history().train["seconds"][CUT - 1]
        training = Session.resume(run, digits)
        assert training.trainer.seconds == pytest.approx(spent)
        assert training.advance().seconds > spent


CHILD = """
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from saegui.core import data
from saegui.core.config.schema import RunConfig
from saegui.core.runs.history import History
from saegui.core.training import checkpoints, session
checkpoints.SAVE_SECONDS = 0.0
training = session.Session(RunConfig.model_validate_json(sys.argv[1]), data.load("digits"), Path(sys.argv[2]))
for _ in range(22):
    training.advance()
if sys.argv[3] == "saving":
    save = History.save
    def killed(self, path, **options):
        save(self, path, **options)
        os.kill(os.getpid(), signal.SIGKILL)
    History.save = killed
    training.advance()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["between", "saving"])
def test_a_process_that_was_killed(moment: str, digits: Dataset, digits_cached: None, tmp_path: Path) -> None:
    """SIGKILL between two steps, and between the files of one save, which then leaves the moment before it whole."""
    config = make({**BASE, **CASES["auxk"], "arch": "batch_topk"})
    environment = os.environ | {"PYTHONPATH": str(Path(saegui.__file__).parents[1])}
    words = [sys.executable, "-c", CHILD, config.model_dump_json(), str(tmp_path / "cut"), moment]
    done = subprocess.run(words, env=environment, capture_output=True, check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    run = open_run(tmp_path / "cut")
    assert run.status == "training"
    assert run.latest().step == run.step
    training = Session.resume(run, digits)
    assert training.trainer.steps == run.step == 21
    same(finish(training), finish(Session(config, digits, tmp_path / "whole")))


class TestRefusing:
    @pytest.fixture
    def run(self, digits: Dataset, tmp_path: Path) -> Run:
        return killed(make(BASE), digits, tmp_path / "cut", CUT)

    def refused(self, run: Run, dataset: Dataset) -> str:
        """The sentence; the run still opens, and nothing of it is touched."""
        before = {file: file.read_bytes() for file in run.path.rglob("*") if file.is_file()}
        with pytest.raises(RunError) as caught:
            Session.resume(open_run(run.path), dataset)
        assert {file: file.read_bytes() for file in run.path.rglob("*") if file.is_file()} == before
        assert open_run(run.path).latest().step == run.step
        assert str(run.path) in str(caught.value)
        return str(caught.value)

    def test_a_run_that_was_trained_further_since_it_was_looked_at(self, run: Run, digits: Dataset) -> None:
        with pytest.raises(RunError, match="trained further by another saegui meanwhile"):
            Session.resume(replace(run, step=run.step - 1), digits)
        assert Session.resume(run, digits).trainer.steps == CUT

    def test_a_finished_run(self, digits: Dataset, tmp_path: Path) -> None:
        run = finish(Session(make(BASE), digits, tmp_path / "run"))
        assert not resume_state.exists(run.path) and not run.can_resume
        assert "is finished" in self.refused(run, digits)

    def test_a_finished_run_that_kept_its_state(self, run: Run, digits: Dataset) -> None:
        """As after a kill between the last two files of the last save."""
        kept = (run.path / resume_state.NAME).read_bytes()
        run = finish(Session.resume(run, digits))
        (run.path / resume_state.NAME).write_bytes(kept)
        assert not open_run(run.path).can_resume
        assert "is finished" in self.refused(run, digits)

    def test_a_training_that_diverged(self, digits: Dataset, tmp_path: Path) -> None:
        training = Session(make({**BASE, "k": 16, "lr": 1.0, "epochs": 20}), digits, tmp_path / "run")
        with pytest.raises(SaeguiError, match="diverged at step"):
            finish(training)
        assert "has diverged" in self.refused(training.run, digits)

    def test_no_state(self, run: Run, digits: Dataset) -> None:
        (run.path / resume_state.NAME).unlink()
        assert not run.can_resume
        sentence = self.refused(run, digits)
        assert f"has no {resume_state.NAME}" in sentence and "still opens" in sentence

    @pytest.mark.parametrize("content", [b"", b"foreign", "half", "weights"])
    def test_a_state_that_is_damaged_or_foreign(
        self, content: bytes | str, run: Run, digits: Dataset
    ) -> None:
        path = run.path / resume_state.NAME
        if content == "half":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        elif content == "weights":
            path.write_bytes((run.path / "weights.safetensors").read_bytes())
        else:
            assert isinstance(content, bytes)
            path.write_bytes(content)
        sentence = self.refused(run, digits)
        assert resume_state.NAME in sentence and "still opens" in sentence

    @pytest.mark.parametrize(
        "other", [{"n_latents": 17}, {"arch": "gated"}, {"seed": 1}, {"input": "unit"}, {"revival": "auxk"}]
    )
    def test_the_state_of_another_run(
        self, other: dict[str, Any], run: Run, digits: Dataset, tmp_path: Path
    ) -> None:
        foreign = killed(make({**BASE, **other}), digits, tmp_path / "other", CUT)
        (run.path / resume_state.NAME).write_bytes((foreign.path / resume_state.NAME).read_bytes())
        assert "does not fit" in self.refused(run, digits)

    def test_a_state_with_something_missing_or_of_another_shape(self, run: Run, digits: Dataset) -> None:
        path = run.path / resume_state.NAME
        whole = load_file(path)
        metadata = {"format": "saegui training", "config": run.config.model_dump_json()}
        for name in whole:
            for changed in ({}, {name: np.zeros((3, 5), np.float32)}):
                save_file({n: a for n, a in whole.items() if n != name} | changed, path, metadata)
                sentence = self.refused(run, digits)
                assert "does not fit" in sentence or "other images" in sentence, name

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("weight.W_enc", np.nan),
            ("square.b_enc", np.inf),
            ("steps", -7),
            ("steps", 10**9),
            ("steps", 3),
            ("position", 2),
        ],
    )
    def test_numbers_that_cannot_be(self, name: str, value: float, run: Run, digits: Dataset) -> None:
        path = run.path / resume_state.NAME
        whole = load_file(path)
        whole[name].flat[0] = value
        save_file(whole, path, {"format": "saegui training", "config": run.config.model_dump_json()})
        before = (run.path / "weights.safetensors").read_bytes()
        assert "does not fit" in self.refused(run, digits)
        assert (run.path / "weights.safetensors").read_bytes() == before

    def test_what_a_killed_save_left_goes(self, run: Run, digits: Dataset) -> None:
        files = [*run.path.iterdir()]
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(leftovers.os, "getpid", lambda: ended.pid)
            patch.setattr(Path, "unlink", lambda self, missing_ok=False: None)
            for folder in (run.path, run.path / "snapshots"):
                with suppress(KeyboardInterrupt), paths.replacing(folder / "weights.safetensors"):
                    raise KeyboardInterrupt
        assert len([*run.path.rglob(".*")]) == 2
        Session.resume(run, digits)
        assert not [*run.path.rglob(".*")]
        assert all(file.exists() for file in files)

    @pytest.mark.parametrize("which", ["train_images", "test_images"])
    @pytest.mark.parametrize("change", ["fewer", "a pixel", "another order"])
    def test_other_images(self, which: str, change: str, run: Run, digits: Dataset) -> None:
        images = getattr(digits, which).copy()
        if change == "a pixel":
            images[7, 14, 14] ^= 1
        images = {"fewer": images[:-1], "a pixel": images, "another order": images[::-1]}[change]
        sentence = self.refused(run, replace(digits, **{which: images}))
        assert "trained on other images" in sentence and "Built-in digits" in sentence
        same_images = replace(digits, **{which: getattr(digits, which).copy()})
        assert Session.resume(run, same_images).trainer.steps == CUT

    def test_curves_that_are_lost(self, run: Run, digits: Dataset) -> None:
        (run.path / "history.npz").write_bytes(b"")
        assert "history.npz" in self.refused(run, digits)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
    @given(st.data())
    def test_damaged_anywhere_it_is_refused_or_resumed(
        self, run: Run, digits: Dataset, data: st.DataObject
    ) -> None:
        path = run.path / resume_state.NAME
        whole = path.read_bytes()
        header = 8 + int.from_bytes(whole[:8], "little")
        content = bytearray(whole)
        if data.draw(st.booleans(), label="cut"):
            del content[data.draw(st.integers(0, len(content) - 1)) :]
        else:
            for place in data.draw(st.lists(st.integers(0, header + 64), min_size=1, max_size=4)):
                content[place] = data.draw(st.integers(0, 255))
        path.write_bytes(content)
        with suppress(RunError):
            Session.resume(run, digits)
        path.write_bytes(whole)
