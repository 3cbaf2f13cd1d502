"""Checkpointer: measures one training on the test images as it goes, and keeps its run on disk up to date."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

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
from saegui.core.training.any_trainer import AnyTraining

SAVE_SECONDS = 5.0
"""The longest time between two quick saves: a training that is killed loses this much at most, and its current step."""
QUICK_SECONDS = 0.5
"""When saving everything takes longer than this, it is done less often: a tenth of the time is enough for it."""
TRAINING_CONTINUES = "The training continues; saving is tried again."
"""What to say after a save that failed during the training."""
FEW_IMAGES = 256
"""Enough images to see whether weights have exploded."""
IMAGES = "images"
"""Name, in the saved state, of the fingerprint of the training images."""

Checkpoint = tuple[Snapshot, State | None]
"""Weights, and everything that is needed to resume the training from them, where that is possible."""


class Checkpointer:
    """Measures the test images at the end of each epoch, and saves the run. Somebody else advances the trainer."""

    def __init__(
        self, trainer: AnyTraining, writer: RunWriter, history: History, dataset: Dataset, *, members: int = 1
    ) -> None:
        """``members``: how many trainings step together, and are saved one after the other."""
        self._members, self._slower = members, 1.0
        self.dataset, self.trainer, self.writer, self.history = dataset, trainer, writer, history
        self.last_good = trainer.snapshot()
        """The newest snapshot that is known to reconstruct: it is kept when the training diverges."""
        self.newest_test: TestResult | None = None
        """The newest measurement on the test images; None where none was made since the training began or was resumed."""
        self._variation = Variation.of(dataset.test_images)
        self._saved = time.monotonic()
        self._measured: tuple[int, Metrics] | None = None
        self._moments = writer.moments(trainer.steps_per_epoch)
        self._moment: Snapshot | None = None
        self._before: Checkpoint | None = None

    def begin(self) -> None:
        """Measure and save the weights before the first step; when that fails, no files are left.

        Raises:
            DivergedError, RunError: the weights reconstruct nothing; the run cannot be written.
        """
        try:
            self._save((self._measured_now(), self._state()), keep=True)
        except SaeguiError as error:
            self.abandon()
            if isinstance(error, DivergedError):
                raise DivergedError(f"{error} Nothing was trained yet, so no run is kept.") from error
            raise

    def abandon(self) -> None:
        """Remove the files of a training that never began."""
        self.writer.abandon()

    def release(self) -> None:
        """Let others train the run: nothing more is saved here."""
        self.writer.release()

    @property
    def run(self) -> Run:
        """The run as it is on disk."""
        return self.writer.run

    @property
    def done(self) -> bool:
        """True when all epochs are trained."""
        return self.trainer.done

    @property
    def save_is_due(self) -> bool:
        """Whether the last save is not recent any more."""
        return time.monotonic() - self._saved >= SAVE_SECONDS * self._slower

    def set_aside(self, *, now: bool = False) -> None:
        """Before a step: copy what :meth:`record` is to save after it; nothing, unless ``now``, while the last save is recent.

        The next step's loss shows whether these weights are good. So only weights that a step or a measurement has seen
        are saved, and a training that explodes never replaces a good snapshot by a bad one.
        """
        early = self._moments.early
        if early and (step := self.trainer.steps) <= early[-1] and step in early:
            self._moment = self.trainer.snapshot()
        self._before = None
        if now or self.save_is_due:
            self._before = self.trainer.snapshot(), self._state()

    def record(self, results: Sequence[StepResult]) -> None:
        """Add steps to the curves, then measure and save what is due.

        Raises:
            DivergedError: the run is closed as diverged, at its last good snapshot.
            RunError: saving failed; the training itself is intact and can continue.
        """
        before, self._before = self._before, None
        for result in results:
            self.history.add_step(result)
        if not self.trainer.at_epoch_end:
            self._keep_moment()
            if before is not None:
                self._save(before)
            return
        is_due = before is not None
        # What is measured is saved in its place: a large model is not to be held twice more.
        before = None
        with self.closing_if_diverged():
            self.last_good = self._measured_now()
        self._keep_moment()
        epoch = round(self.trainer.epoch)
        keep = self._moments.keeps(epoch)
        # Epochs of a small data set are shorter than a save.
        if is_due or self._moments.saves(epoch):
            self._save((self.last_good, self._state()), keep=keep)
        elif keep:
            self.writer.keep(self.last_good)

    @property
    def steps_to_moment(self) -> int | None:
        """Steps until the weights are next kept within an epoch; None where they are not any more."""
        return next(
            (step - self.trainer.steps for step in self._moments.early if step > self.trainer.steps), None
        )

    def close(self, progress: Progress = UNWATCHED) -> Metrics:
        """Measure the run in full and save it: as finished, or as stopped where steps are left.

        Raises:
            Cancelled: ``progress`` cancelled the measurement; the run is saved without it.
            DivergedError: the last step made the weights explode; the run is closed as diverged.
            RunError: saving failed; :meth:`close` can be tried again.
        """
        latest = self.trainer.snapshot()
        if self._measured is not None and self._measured[0] == latest.step:
            # A save that failed is tried again.
            found = self._measured[1]
            self._save_last(latest, found.mse, found)
            return found
        try:
            found = metrics.evaluate(latest, self.dataset, progress, reading=self.trainer.reading(latest))
        except Cancelled:
            self.close_unmeasured()
            raise
        self._measured = latest.step, found
        self._save_last(latest, found.mse, found)
        return found

    def close_unmeasured(self) -> None:
        """Like :meth:`close`, without the measurement, which takes time; raises :class:`DivergedError`, :class:`RunError`."""
        latest = self.trainer.snapshot()
        # A few images show whether the weights exploded in the last step.
        few = metrics.reconstruction(latest, self.dataset.test_images[:FEW_IMAGES])
        self._save_last(latest, few.mse, None)

    def close_in(self, path: Path, progress: Progress = UNWATCHED) -> Metrics:
        """Like :meth:`close`, into the new folder ``path``, because the run's own cannot be written; what that holds stays.

        Raises what :meth:`close` raises; nothing is left at ``path`` then, and :meth:`close` can be tried again.
        """
        own, created = self.writer, datetime.fromisoformat(self.run.created)
        self.writer = RunWriter(
            path,
            self.run.config,
            shape=self.run.shape,
            name=self.run.name,
            preset=self.run.preset,
            created=created,
            origin=self.run.origin,
        )
        try:
            found = self.close(progress)
        except RunError:
            self.writer.abandon()
            self.writer = own
            raise
        own.release()
        return found

    def take_notes(self) -> list[str]:
        """What the user should know of the saves since the last call: one sentence each."""
        return self.writer.take_notes()

    @contextmanager
    def closing_if_diverged(self) -> Iterator[None]:
        """When the work inside finds that the training diverged, close the run at its last good snapshot, with the steps up to it."""
        try:
            yield
        except DivergedError as diverged:
            self._before = None
            for result in diverged.before:
                self.history.add_step(result)
            try:
                self.writer.save(self.last_good, self.history, status="diverged")
            except RunError as error:
                # The training cannot continue in any case, so this is not a failed save that could be tried again.
                raise DivergedError(f"{diverged} {error}") from error
            step, folder = self.last_good.step, self.run.path
            raise DivergedError(
                f"{diverged} The last snapshot before it, of step {step:,}, is kept in {folder}."
            ) from diverged

    def _save_last(self, latest: Snapshot, mse: float, found: Metrics | None) -> None:
        with self.closing_if_diverged():
            self._check(latest, mse)
        status: Status = "finished" if self.done else "stopped"
        state = None if self.done else self._state()
        measured = found.to_dict() if found is not None else None
        self.writer.save(latest, self.history, keep=True, status=status, metrics=measured, state=state)
        self.last_good = latest

    def _measured_now(self) -> Snapshot:
        """The current weights, after their measurement on the test images was added to the curves."""
        latest = self.trainer.snapshot()
        found = metrics.reconstruction(
            latest, self.dataset.test_images, self._variation, reading=self.trainer.reading(latest)
        )
        trainer = self.trainer
        self._check(latest, found.mse)
        self.newest_test = TestResult(
            trainer.steps, trainer.epoch, trainer.seconds, found.mse, found.fvu, found.l0
        )
        self.history.add_test(self.newest_test)
        return latest

    def _check(self, latest: Snapshot, mse: float) -> None:
        """Raise :class:`DivergedError` when weights with this error have exploded."""
        if latest.config.refit:
            # The refit would hide that an encoder has exploded.
            mse = metrics.reconstruction(latest.as_trained, self.dataset.test_images[:FEW_IMAGES]).mse
        self.trainer.check(mse, mse)

    def _keep_moment(self) -> None:
        """Write what :meth:`set_aside` copied: the step after it has shown that it is good."""
        moment, self._moment = self._moment, None
        if moment is not None and not self.writer.keep(moment):
            self._moments = self._moments._replace(early=())

    def _state(self) -> State | None:
        state = self.trainer.state()
        return None if state is None else {**state, IMAGES: np.array([self.dataset.fingerprint], np.int64)}

    def _save(self, checkpoint: Checkpoint, *, keep: bool = False) -> None:
        # Set first: after a failed save the next try comes later, not at every step.
        self._saved = time.monotonic()
        self.last_good, state = checkpoint
        self.writer.save(self.last_good, self.history, keep=keep, state=state)
        took = (time.monotonic() - self._saved) * self._members
        self._slower = max(1.0, took / QUICK_SECONDS)
