"""One training from its first step to its saved run: the loop that the window's thread and the command line share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from saegui.core import metrics, resume, runs
from saegui.core.config import RunConfig, parameters
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, DivergedError, RunError, SaeguiError
from saegui.core.history import History, StepResult, TestResult
from saegui.core.learner import State
from saegui.core.metrics import Metrics, Variation, Watch
from saegui.core.processors import choose_device
from saegui.core.runs import Run, RunWriter
from saegui.core.snapshot import Snapshot
from saegui.core.training import Trainer

SAVE_SECONDS = 5.0
"""Between two saves at most: a training that is killed loses no more than this, and the step it was in."""
STRIDE = 32
"""Steps on an accelerator before their numbers are read: reading each would make it wait for the processor."""
FEW_IMAGES = 256
"""Enough to see whether weights have exploded."""


class Session:
    """Steps a trainer, measures the test images at each epoch's end, and keeps the run on disk up to date."""

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        path: Path,
        *,
        name: str | None = None,
        device: str = "cpu",
    ) -> None:
        """``device``: see :func:`saegui.core.processors.choose_device`.

        Raises:
            ConfigError, RunError: before anything is trained.
        """
        self._begin(
            Trainer(config, dataset, choose_device(device)),
            RunWriter(path, config, name=name),
            History(),
            dataset,
        )
        try:
            self._measure()
            self._save(self._moment(), keep=True)
        except DivergedError as error:
            self.abandon()
            raise DivergedError(f"{error} Nothing was trained yet, so nothing is kept.") from error
        except SaeguiError:
            self.abandon()
            raise

    @classmethod
    def resume(cls, run: Run, dataset: Dataset, *, device: str = "cpu") -> Session:
        """Go on with a training that was stopped or killed, bit for bit as if it had not been.

        The same data set, number of threads, device and machine are needed for that.

        Raises:
            RunError: when the run is finished, keeps no state, was trained on other images, or is trained by another
                process.
        """
        run.check_can_go_on()
        writer = RunWriter.reopen(run)
        session = cls.__new__(cls)
        try:
            trainer = _restored(run, dataset, device)
            session._begin(trainer, writer, run.history().until(trainer.steps), dataset)
        except BaseException:
            writer.release()
            raise
        session._saved = time.monotonic()
        return session

    def _begin(self, trainer: Trainer, writer: RunWriter, history: History, dataset: Dataset) -> None:
        self.dataset, self.trainer, self.writer, self.history = dataset, trainer, writer, history
        self.good = trainer.snapshot()
        """The newest snapshot that is known to reconstruct: what remains when the training diverges."""
        self.recent: list[StepResult] = []
        """What the steps of the last :meth:`advance` did; also there when saving failed after them."""
        self._variation = Variation.of(dataset.test_images)

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

    def advance(self, *, single: bool = False) -> StepResult:
        """One training step, with whatever is due after it; on an accelerator several, if not asked for a ``single`` one.

        Returns what the last one did; :attr:`recent` has all of them.

        Raises:
            DivergedError: the run is closed as diverged, at its last good snapshot.
            RunError: when saving failed; the training itself is intact and may go on.
        """
        # Whether weights are good is known from the loss they have: only what the next step or a measurement has seen
        # is saved, so that a training that explodes never replaces a good snapshot by a bad one.
        before = self._moment() if time.monotonic() - self._saved >= SAVE_SECONDS else None
        with self._keeping_good():
            self.recent = self.trainer.advance(1 if single else self._stride())
            for result in self.recent:
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
        return self.recent[-1]

    def close(self, watch: Watch | None = None) -> Metrics:
        """Measure the run in full and save it as finished, or as stopped where steps are left.

        Raises:
            Cancelled: when ``watch`` gave the measurement up; the run is saved without it.
            DivergedError: when the last step was one too many; the run is closed as diverged.
            RunError: when saving failed; :meth:`close` may be tried again.
        """
        latest = self.trainer.snapshot()
        try:
            found = metrics.evaluate(latest, self.dataset, watch)
        except Cancelled:
            # Whether the last step was one too many can be told from a few images.
            few = metrics.reconstruction(latest, self.dataset.test_images[:FEW_IMAGES])
            self._save_last(latest, few.mse, None)
            raise
        self._save_last(latest, found.mse, found)
        return found

    def _save_last(self, latest: Snapshot, mse: float, found: Metrics | None) -> None:
        with self._keeping_good():
            self._check(latest, mse)
        status: runs.Status = "finished" if self.done else "stopped"
        state = None if self.done else self._state()
        measured = found.to_dict() if found is not None else None
        self.writer.save(latest, self.history, keep=True, status=status, metrics=measured, state=state)
        self.good = latest

    def snapshot(self) -> Snapshot:
        """The weights as they are now."""
        return self.trainer.snapshot()

    def _stride(self) -> int:
        """Steps until numbers are looked at: on an accelerator many, but none beyond the epoch."""
        trainer = self.trainer
        if trainer.device == "cpu":
            return 1
        return min(STRIDE, trainer.steps_per_epoch - trainer.steps % trainer.steps_per_epoch)

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

    @contextmanager
    def _keeping_good(self) -> Iterator[None]:
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

    def _moment(self) -> tuple[Snapshot, State]:
        return self.trainer.snapshot(), self._state()

    def _state(self) -> State:
        return {**self.trainer.state(), _IMAGES: np.array([self.dataset.fingerprint], np.int64)}

    def _save(self, moment: tuple[Snapshot, State], *, keep: bool = False) -> None:
        # Set first: after a failed save the next try comes in a while, not at every step.
        self._saved = time.monotonic()
        self.good, state = moment
        self.writer.save(self.good, self.history, keep=keep, state=state)


_IMAGES = "images"
"""Beside the trainer's state: the fingerprint of what it was trained on."""


def _restored(run: Run, dataset: Dataset, device: str) -> Trainer:
    """A trainer at the moment that the run keeps; raises :class:`RunError`."""
    config, state = resume.load(run.path)
    _check_belongs(run, config, state, dataset)
    trainer = Trainer(config, dataset, choose_device(device))
    try:
        trainer.restore(state)
    except (KeyError, IndexError, ValueError, RuntimeError, TypeError, OverflowError) as error:
        raise _misfit(run) from error
    return trainer


def _check_belongs(run: Run, config: RunConfig, state: State, dataset: Dataset) -> None:
    # Live parameters may differ: run.json is written after the state.
    if any(getattr(config, p.name) != getattr(run.config, p.name) for p in parameters() if not p.live):
        raise _misfit(run)
    if not np.array_equal(state.get(_IMAGES, []), [dataset.fingerprint]):
        raise RunError(
            f"{run.path} was trained on other images than {dataset.title} has now; "
            "go on with those that it began with, or train a new run."
        )


def _misfit(run: Run) -> RunError:
    return RunError(
        f"{run.path / resume.NAME} does not fit the run's configuration; the run still opens, but cannot go on."
    )
