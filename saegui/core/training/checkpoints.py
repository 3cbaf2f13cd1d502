"""A training with its run on disk: what is measured and saved along the way, whoever advances it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from saegui.core.analysis import metrics
from saegui.core.analysis.metrics import Metrics, Variation
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, DivergedError, RunError, SaeguiError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.runs.history import History, StepResult, TestResult
from saegui.core.runs.resume_state import State
from saegui.core.runs.run import Run, Status
from saegui.core.runs.writer import RunWriter
from saegui.core.training.joint_trainer import Member

SAVE_SECONDS = 5.0
"""Between two saves at most, where they are quick: a training that is killed loses no more than this, and the step it was in."""
QUICK_SECONDS = 0.5
"""A save of all that train together that takes longer is made as much less often: a tenth of the time is enough."""
GOES_ON = "The training goes on; saving is tried again."
"""What follows from a save that failed on the way."""
FEW_IMAGES = 256
"""Enough to see whether weights have exploded."""
IMAGES = "images"
"""Beside the trainer's state: the fingerprint of what it was trained on."""

Moment = tuple[Snapshot, State]
"""Weights, and all that a training needs to go on from them."""


class Checkpointer:
    """Measures the test images at each epoch's end, and keeps the run on disk up to date."""

    def __init__(
        self, trainer: Member, writer: RunWriter, history: History, dataset: Dataset, *, together: int = 1
    ) -> None:
        """``together``: how many step as one, and are saved one after the other."""
        self._together, self._slower = together, 1.0
        self.dataset, self.trainer, self.writer, self.history = dataset, trainer, writer, history
        self.good = trainer.snapshot()
        """The newest snapshot that is known to reconstruct: what remains when the training diverges."""
        self._variation = Variation.of(dataset.test_images)
        self._saved = time.monotonic()

    def begin(self) -> None:
        """Measure and save the weights before the first step; when that fails, nothing is left behind.

        Raises:
            DivergedError, RunError: for weights that reconstruct nothing, and for a disk that takes nothing.
        """
        try:
            self._measure()
            self._save(self._moment(), keep=True)
        except SaeguiError as error:
            self.abandon()
            if isinstance(error, DivergedError):
                raise DivergedError(f"{error} Nothing was trained yet, so nothing is kept.") from error
            raise

    def abandon(self) -> None:
        """Leave nothing behind, of a training that never began."""
        self.writer.abandon()

    @property
    def run(self) -> Run:
        """The run as it is on disk."""
        return self.writer.run

    @property
    def done(self) -> bool:
        """True when all epochs are trained."""
        return self.trainer.done

    def due(self) -> Moment | None:
        """What :meth:`take` is to save after the next step, if it is time for that.

        Whether weights are good is known from the loss they have: only what the next step or a measurement has seen is
        saved, so that a training that explodes never replaces a good snapshot by a bad one.
        """
        return self._moment() if time.monotonic() - self._saved >= SAVE_SECONDS * self._slower else None

    def take(self, results: Sequence[StepResult], before: Moment | None) -> None:
        """Note what steps did, with whatever is due after them; ``before`` is what :meth:`due` gave before them.

        Raises:
            DivergedError: the run is closed as diverged, at its last good snapshot.
            RunError: when saving failed; the training itself is intact and may go on.
        """
        with self.keeping_good():
            for result in results:
                self.history.add_step(result)
            if self.trainer.at_epoch_end:
                self._measure()
        if self.trainer.at_epoch_end:
            self.good = self.trainer.snapshot()
            keep = self.writer.keeps(round(self.trainer.epoch), self.trainer.config.epochs)
            # Epochs of a small data set are shorter than a save.
            if keep or before is not None:
                self._save(self._moment(), keep=keep)
        elif before is not None:
            self._save(before)

    def close(self, progress: Progress = UNWATCHED) -> Metrics:
        """Measure the run in full and save it as finished, or as stopped where steps are left.

        Raises:
            Cancelled: ``progress`` gave the measurement up; the run is saved without it.
            DivergedError: when the last step was one too many; the run is closed as diverged.
            RunError: when saving failed; :meth:`close` may be tried again.
        """
        latest = self.trainer.snapshot()
        try:
            found = metrics.evaluate(latest, self.dataset, progress)
        except Cancelled:
            # Whether the last step was one too many can be told from a few images.
            few = metrics.reconstruction(latest, self.dataset.test_images[:FEW_IMAGES])
            self._save_last(latest, few.mse, None)
            raise
        self._save_last(latest, found.mse, found)
        return found

    def snapshot(self) -> Snapshot:
        """The weights as they are now."""
        return self.trainer.snapshot()

    @contextmanager
    def keeping_good(self) -> Iterator[None]:
        """When the training turns out to have diverged, close the run at its last good snapshot."""
        try:
            yield
        except DivergedError as diverged:
            try:
                self.writer.save(self.good, self.history, status="diverged")
            except RunError as error:
                # There is nothing to go on with, whatever becomes of the disk.
                raise DivergedError(f"{diverged} {error}") from error
            raise DivergedError(f"{diverged} The last snapshot before it is kept.") from diverged

    def _save_last(self, latest: Snapshot, mse: float, found: Metrics | None) -> None:
        with self.keeping_good():
            self._check(latest, mse)
        status: Status = "finished" if self.done else "stopped"
        state = None if self.done else self._state()
        measured = found.to_dict() if found is not None else None
        self.writer.save(latest, self.history, keep=True, status=status, metrics=measured, state=state)
        self.good = latest

    def _measure(self) -> None:
        latest = self.trainer.snapshot()
        found = metrics.reconstruction(latest, self.dataset.test_images, self._variation)
        trainer = self.trainer
        self._check(latest, found.mse)
        self.history.add_test(
            TestResult(trainer.steps, trainer.epoch, trainer.seconds, found.mse, found.fvu, found.l0)
        )

    def _check(self, latest: Snapshot, mse: float) -> None:
        """Whether the training is to be gone on with from weights with this error."""
        if latest.config.refit:
            # A fit hides what an encoder that has exploded makes of an image.
            mse = metrics.reconstruction(latest.as_trained, self.dataset.test_images[:FEW_IMAGES]).mse
        self.trainer.check(mse, mse)

    def _moment(self) -> Moment:
        return self.trainer.snapshot(), self._state()

    def _state(self) -> State:
        return {**self.trainer.state(), IMAGES: np.array([self.dataset.fingerprint], np.int64)}

    def _save(self, moment: Moment, *, keep: bool = False) -> None:
        # Set first: after a failed save the next try comes in a while, not at every step.
        self._saved = time.monotonic()
        self.good, state = moment
        self.writer.save(self.good, self.history, keep=keep, state=state)
        took = (time.monotonic() - self._saved) * self._together
        self._slower = max(1.0, took / QUICK_SECONDS)
