"""The training loop and its run on disk: what is saved when, and what remains when something goes wrong."""

from __future__ import annotations

import resource
import signal
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from saegui.core.analysis import metrics
from saegui.core.config.run_names import run_name
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, DivergedError, RunError
from saegui.core.progress import Progress
from saegui.core.runs import folders
from saegui.core.runs.resume_state import State
from saegui.core.runs.run import open_run
from saegui.core.training import checkpoints, ways
from saegui.core.training.gradients.plan import KERNELS
from saegui.core.training.session import Session
from tests.watched import Watched

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = RunConfig(dataset="digits", n_latents=16, k=4, batch_size=256, epochs=3)
EXPLODING = RunConfig(dataset="digits", n_latents=64, k=64, lr=1.0, epochs=20)
ONE_STEP_EPOCHS = {"batch_size": 2000}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run"


def finish(training: Session) -> metrics.Metrics:
    while not training.done:
        training.advance()
    return training.close()


@contextmanager
def full_disk(room: int = 0) -> Iterator[None]:
    """No file may grow beyond ``room`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


class TestTraining:
    def test_leaves_a_finished_run_that_is_what_was_trained(self, digits: Dataset, path: Path) -> None:
        training = Session(CONFIG, digits, path, name="mine")
        found = finish(training)
        run = open_run(path)
        assert (run.status, run.name, run.config, run.epoch) == ("finished", "mine", CONFIG, 3.0)
        assert run.metrics == found.to_dict() == metrics.evaluate(run.latest(), digits).to_dict()
        np.testing.assert_array_equal(run.latest().W_dec, training.trainer.snapshot().W_dec)
        assert run == training.run

    def test_can_be_opened_before_its_first_step(self, digits: Dataset, path: Path) -> None:
        Session(CONFIG, digits, path)
        run = open_run(path)
        assert (run.status, run.step, run.steps()) == ("training", 0, [0])
        assert run.latest().step == 0

    def test_measures_the_test_images_at_the_start_and_each_epoch(self, digits: Dataset, path: Path) -> None:
        training = Session(CONFIG, digits, path)
        finish(training)
        history = open_run(path).history()
        np.testing.assert_array_equal(history.test["epoch"], [0, 1, 2, 3])
        np.testing.assert_array_equal(history.train["step"], np.arange(1, training.trainer.total_steps + 1))
        last = metrics.reconstruction(training.trainer.snapshot(), digits.test_images)
        assert history.test["loss"][-1] == pytest.approx(last.mse)
        assert history.test["fvu"][-1] == pytest.approx(last.fvu)

    def test_keeps_snapshots_along_the_way(self, digits: Dataset, path: Path) -> None:
        training = Session(CONFIG.model_copy(update={"epochs": 40}), digits, path)
        finish(training)
        run = open_run(path)
        per_epoch = training.trainer.steps_per_epoch
        early = list(range(1, per_epoch))
        assert run.steps() == [0, *early, *(per_epoch * epoch for epoch in range(1, 41))]
        assert [run.at(step).step for step in run.steps()] == run.steps()

    def test_stopped_early_it_says_so(self, digits: Dataset, path: Path) -> None:
        training = Session(CONFIG, digits, path)
        training.advance()
        training.close()
        run = open_run(path)
        assert (run.status, run.step, run.latest().step) == ("stopped", 1, 1)
        assert run.steps() == [0, 1]

    def test_live_changes_are_in_the_run(self, digits: Dataset, path: Path) -> None:
        training = Session(CONFIG, digits, path)
        training.change({"k": 2, "lr": 1e-4})
        finish(training)
        assert open_run(path).config == make({"k": 2, "lr": 1e-4}, CONFIG)

    @pytest.mark.parametrize(
        ("added", "kept"),
        [(", lr 0.001, seed 1", False), (", lr 0.001 (2)", False), (", my favourite", True)],
    )
    def test_a_variant_s_name_follows_too(self, added: str, kept: bool, digits: Dataset, path: Path) -> None:
        training = Session(CONFIG, digits, path, name=run_name(CONFIG) + added)
        training.change({"k": 2})
        training.advance()
        training.close()
        changed = run_name(make({"k": 2}, CONFIG), None, {"k": f"{CONFIG.k} → 2"})
        assert open_run(path).name == (run_name(CONFIG) + added if kept else changed)

    def test_the_name_follows_them_and_stays_one_s_own(self, digits: Dataset, tmp_path: Path) -> None:
        names = []
        for number in range(3):
            path = tmp_path / f"run{number}"
            training = Session(CONFIG, digits, path, name=folders.new_name(CONFIG, tmp_path))
            if number != 1:
                training.change({"k": 2})
            training.advance()
            training.close()
            names.append(open_run(path).name)
        changed = run_name(make({"k": 2}, CONFIG), None, {"k": f"{CONFIG.k} → 2"})
        # The second is the first of its name, and the third must not be called as the first is.
        assert names == [changed, run_name(CONFIG), f"{changed} (2)"]

    def test_saves_in_between_when_epochs_are_long(
        self, digits: Dataset, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(checkpoints, "SAVE_SECONDS", 0.0)
        training = Session(CONFIG, digits, path)
        for done in range(3):
            assert training.advance().step == done + 1
            # What the step was taken from: its loss has shown that it is good.
            assert open_run(path).step == open_run(path).latest().step == done
            assert len(open_run(path).history().train["step"]) == done + 1

    @pytest.mark.parametrize("epochs", [{}, ONE_STEP_EPOCHS])
    def test_never_holds_two_states(
        self, digits: Dataset, path: Path, monkeypatch: pytest.MonkeyPatch, epochs: dict[str, int]
    ) -> None:
        """Of a large model each takes three times as much as its weights."""
        monkeypatch.setattr(checkpoints, "SAVE_SECONDS", 0.0)
        training = Session(make(epochs, CONFIG), digits, path)
        taken = training.trainer.state
        held: list[weakref.ref[np.ndarray]] = []

        def state() -> State | None:
            assert all(each() is None for each in held)
            found = taken()
            assert found is not None
            held.extend(weakref.ref(array) for array in found.values())
            return found

        monkeypatch.setattr(training.trainer, "state", state)
        finish(training)
        assert len(held) >= 3


class TestLeavingTheMeasurementOut:
    def test_the_run_is_saved_without_it(self, digits: Dataset, path: Path) -> None:
        training = Session(CONFIG, digits, path)
        training.advance()
        told: list[tuple[int, int]] = []

        class GivingUp(Progress):
            def report(self, done: int, total: int, text: str = "") -> None:
                told.append((done, total))
                raise Cancelled

        with pytest.raises(Cancelled):
            training.close(GivingUp())
        assert told == [(0, len(digits.train_images) + len(digits.test_images))]
        run = open_run(path)
        assert (run.status, run.step, run.metrics, run.can_resume) == ("stopped", 1, {}, True)
        np.testing.assert_array_equal(run.latest().W_dec, training.trainer.snapshot().W_dec)

    def test_weights_that_exploded_are_not_saved_all_the_same(self, digits: Dataset, path: Path) -> None:
        training = Session(EXPLODING, digits, path)
        training.advance()
        with pytest.raises(DivergedError):
            training.close(Watched(lambda: True))
        assert open_run(path).status == "diverged"


@pytest.mark.parametrize("refit", [False, True])
class TestDiverging:
    """Also where a fit would hide it."""

    def test_the_last_good_weights_stay(self, digits: Dataset, path: Path, refit: bool) -> None:
        training = Session(make({"refit": refit}, EXPLODING), digits, path)
        untrained = training.trainer.snapshot()
        with pytest.raises(DivergedError, match=r"last snapshot before it, of step .*, is kept in "):
            finish(training)
        run = open_run(path)
        assert run.status == "diverged"
        assert run.step == run.latest().step == training.checkpoints.last_good.step == 0
        np.testing.assert_array_equal(run.latest().W_dec, untrained.W_dec)

    def test_weights_that_explode_with_an_epoch_s_last_step_are_not_saved(
        self, digits: Dataset, path: Path, monkeypatch: pytest.MonkeyPatch, refit: bool
    ) -> None:
        """The loss of a step is that of the weights before it: here every epoch ends with weights not yet seen."""
        monkeypatch.setattr(checkpoints, "SAVE_SECONDS", 0.0)
        training = Session(make({**ONE_STEP_EPOCHS, "refit": refit}, EXPLODING), digits, path)
        with pytest.raises(DivergedError):
            finish(training)
        latest = open_run(path).latest()
        assert metrics.reconstruction(latest.as_trained, digits.test_images).fvu < 100
        for step in open_run(path).steps():
            assert metrics.reconstruction(open_run(path).at(step).as_trained, digits.test_images).fvu < 100

    def test_before_anything_was_trained_nothing_is_kept(
        self, digits: Dataset, path: Path, refit: bool
    ) -> None:
        """Atoms that are images of digits are so much alike that refinements of their codes explode."""
        values = {"n_latents": 64, "k": 40, "init": "data", "refinements": 8, "refit": refit}
        with pytest.raises(DivergedError, match=r"at step 1 .*Take fewer refinements .* no run is kept\.$"):
            Session(make({"dataset": "digits", **values}), digits, path)
        assert not path.exists()

    def test_the_last_step_of_all_is_looked_at_too(self, digits: Dataset, path: Path, refit: bool) -> None:
        training = Session(make({**ONE_STEP_EPOCHS, "epochs": 1, "refit": refit}, EXPLODING), digits, path)
        with pytest.raises(DivergedError):
            finish(training)
        assert open_run(path).status == "diverged"

    def test_stopped_at_a_bad_moment_the_run_is_diverged_not_broken(
        self, digits: Dataset, path: Path, refit: bool
    ) -> None:
        training = Session(make({"refit": refit}, EXPLODING), digits, path)
        training.advance()
        with pytest.raises(DivergedError):
            training.close()
        assert open_run(path).status == "diverged"
        assert open_run(path).latest().step == 0


class TestDivergingAmongSeveralSteps:
    def test_those_before_it_are_in_the_curves(
        self, digits: Dataset, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("numba")
        monkeypatch.setenv(ways.VARIABLE, KERNELS)
        # Nobody measures or saves between the steps.
        training = Session(make({"batch_size": 16, "warmup_steps": 0, "lr": 1e-3}, EXPLODING), digits, path)
        while training.trainer.steps < 10 or training.trainer.at_once < 5:
            training.advance()
        before = training.trainer.steps
        training.change({"lr": 1.0})
        with pytest.raises(DivergedError):
            finish(training)
        found = open_run(path).history().train["step"]
        assert training.trainer.steps > before
        assert found[-1] == training.trainer.steps == training.recent[-1].step
        np.testing.assert_array_equal(found, np.arange(1, len(found) + 1))


class TestDivergingOnAFullDisk:
    def test_on_a_full_disk_it_is_reported_all_the_same(self, digits: Dataset, path: Path) -> None:
        """A failed save alone would read as if the training could go on."""
        training = Session(EXPLODING, digits, path)
        with full_disk(1000), pytest.raises(DivergedError, match=r"diverged at step .* free some space"):
            finish(training)
        assert open_run(path).latest().step == 0


class TestDisks:
    def test_a_full_one_at_the_start_leaves_nothing(self, digits: Dataset, path: Path) -> None:
        with full_disk(10_000), pytest.raises(RunError, match="run cannot be written"):
            Session(CONFIG, digits, path)
        assert not path.exists()

    def test_an_empty_folder_that_was_there_stays_empty(self, digits: Dataset, path: Path) -> None:
        path.mkdir()
        with full_disk(10_000), pytest.raises(RunError, match="run cannot be written"):
            Session(CONFIG, digits, path)
        assert list(path.iterdir()) == []
        finish(Session(CONFIG, digits, path))

    def test_a_full_one_in_between_costs_nothing(
        self, digits: Dataset, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was saved stays whole, the training goes on where it was, and ends as if nothing had been."""
        monkeypatch.setattr(checkpoints, "SAVE_SECONDS", 0.0)
        training = Session(CONFIG, digits, path)
        training.advance()
        training.advance()
        before = {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}
        with full_disk(1000):
            for _ in range(2):
                with pytest.raises(RunError, match="free some space"):
                    training.advance()
        assert {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()} == before
        assert open_run(path).latest().step == 1
        finish(training)
        undisturbed = Session(CONFIG, digits, path.with_name("other"))
        finish(undisturbed)
        np.testing.assert_array_equal(open_run(path).latest().W_enc, undisturbed.trainer.snapshot().W_enc)
        assert len(open_run(path).history().train["step"]) == training.trainer.total_steps

    def test_closing_can_be_tried_again(self, digits: Dataset, path: Path) -> None:
        training = Session(CONFIG, digits, path)
        training.advance()
        with full_disk(1000), pytest.raises(RunError):
            training.close()
        training.close()
        assert open_run(path).status == "stopped"

    def test_a_file_in_the_way_of_the_snapshots(self, digits: Dataset, path: Path) -> None:
        training = Session(CONFIG, digits, path)
        for file in (path / "snapshots").iterdir():
            file.unlink()
        (path / "snapshots").rmdir()
        (path / "snapshots").write_text("in the way")
        with pytest.raises(RunError, match="run cannot be written"):
            finish(training)
        (path / "snapshots").unlink()
        finish(training)
        assert open_run(path).status == "finished"

    def test_a_place_that_is_taken(self, digits: Dataset, path: Path) -> None:
        finish(Session(CONFIG, digits, path))
        before = (path / "run.json").read_bytes()
        with pytest.raises(RunError, match="exists already"):
            Session(CONFIG, digits, path)
        assert (path / "run.json").read_bytes() == before
