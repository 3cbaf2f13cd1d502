"""Session: one training from its first step to its saved run, for the window's thread and for the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from saegui.core.analysis.metrics import Metrics
from saegui.core.config.changes import Change
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import DivergedError, RunError
from saegui.core.progress import UNWATCHED, Interruptible, Progress
from saegui.core.runs.history import History, StepResult
from saegui.core.runs.run import Run, open_run
from saegui.core.runs.writer import RunWriter
from saegui.core.training import ways
from saegui.core.training.any_trainer import AnyTrainer, AnyTraining
from saegui.core.training.checkpoints import Checkpointer
from saegui.core.training.devices import choose_device, failures_named
from saegui.core.training.fits.fitter import Fitter
from saegui.core.training.resuming import misfits_named, saved_state
from saegui.core.training.trainer import Trainer


class Session:
    """A trainer, and the checkpointer that keeps its run."""

    trainer: AnyTrainer
    checkpoints: Checkpointer
    recent: list[StepResult]
    """The steps of the last :meth:`advance`; they are here also when saving failed after them."""

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        path: Path,
        *,
        name: str | None = None,
        preset: str | None = None,
        device: str = "cpu",
    ) -> None:
        """``preset`` that the configuration began with, or None; ``device``: see :func:`saegui.core.training.devices.choose_device`.

        Raises:
            ConfigError, RunError, DivergedError: before anything is trained.
        """
        trainer = trainer_of(config, dataset, choose_device(device))
        writer = RunWriter(
            path,
            config,
            shape=dataset.shape,
            name=name,
            preset=preset,
            origin=dataset.origin,
            way=trainer.way,
        )
        self._hold(trainer, Checkpointer(trainer, writer, History(), dataset))
        self.checkpoints.begin()

    @classmethod
    def resume(cls, run: Run, dataset: Dataset, *, device: str = "cpu") -> Session:
        """Resume a training that was stopped or killed; its weights are then bit for bit those of an uninterrupted one.

        That needs the same data set, number of threads, device and machine.

        Raises:
            RunError: the run is finished, has no saved state, was trained on other images, or another process trains it.
            DataError: the run was trained on inputs of another shape.
        """
        run.check_can_resume()
        known = run.history()
        writer = RunWriter.reopen(replace(run, origin=dataset.origin), changes=known.changes)
        session = cls.__new__(cls)
        try:
            if open_run(run.path).step != run.step:
                raise RunError(
                    f"{run.path} was trained further by another saegui meanwhile; resume it again."
                )
            trainer = _restored(run, dataset, device)
            history = known.until(trainer.steps)
            session._hold(trainer, Checkpointer(trainer, writer, history, dataset))
        except BaseException:
            writer.release()
            raise
        return session

    def _hold(self, trainer: AnyTrainer, checkpoints: Checkpointer) -> None:
        self.trainer, self.checkpoints, self.recent = trainer, checkpoints, []

    def watch(self, progress: Interruptible) -> None:
        """Let ``progress`` end a step of a fit, which may take long. Steps of other trainings are short."""
        if isinstance(self.trainer, Fitter):
            self.trainer.watch(progress)

    @property
    def run(self) -> Run:
        """The run as it is on disk."""
        return self.checkpoints.run

    @property
    def done(self) -> bool:
        """True when all epochs are trained."""
        return self.trainer.done

    def advance(self, *, single: bool = False) -> StepResult:
        """Train one step, or several that are best taken at once unless ``single``; measure and save what is due after them.

        Returns the result of the last step; :attr:`recent` has those of all.

        Raises:
            Cancelled: who watches a fit gave it up before a step was taken.
            DivergedError: the run is closed as diverged, at its last good snapshot.
            RunError: saving failed; the training itself is intact and can continue.
            DeviceError: the accelerator failed; the run keeps what was saved last, and its training can be resumed.
        """
        with failures_named(self.checkpoints):
            self.checkpoints.set_aside()
            with self.checkpoints.closing_if_diverged():
                together = (
                    self.trainer.at_once
                    if isinstance(self.trainer, Fitter)
                    else stride(self.trainer, [self.checkpoints])
                )
                try:
                    self.recent = self.trainer.advance(1 if single else together)
                except DivergedError as error:
                    self.recent = list(error.before)
                    raise
            self.checkpoints.record(self.recent)
        return self.recent[-1]

    def change(self, values: Mapping[str, float]) -> list[Change]:
        """Change live parameters from the next step on; returns what is another value now, which the curves keep too.

        Raises:
            ConfigError: for a value out of bounds or a k above the number of latents; nothing changes then.
        """
        trainer, before = self.trainer, self.trainer.config
        trainer.change(**values)
        place = (trainer.steps, trainer.epoch, trainer.seconds)
        made = [
            Change(*place, name, getattr(before, name), getattr(trainer.config, name))
            for name in values
            if getattr(before, name) != getattr(trainer.config, name)
        ]
        for change in made:
            self.checkpoints.history.add_change(change)
        return made

    def close(self, progress: Progress = UNWATCHED) -> Metrics:
        """Measure the run in full and save it; see :meth:`Checkpointer.close`."""
        with failures_named(self.checkpoints):
            return self.checkpoints.close(progress)


def trainer_of(config: RunConfig, dataset: Dataset, device: str) -> AnyTrainer:
    """What trains or fits ``config``; a fit needs no accelerator.

    Raises:
        ConfigError: the configuration does not suit the data set or the device.
    """
    return Fitter(config, dataset) if config.is_fitted else Trainer(config, dataset, device)


def stride(trainer: AnyTraining, checkpoints: Iterable[Checkpointer]) -> int:
    """Steps until their numbers are read: as many as are best taken at once, but not beyond the end of the epoch or a moment to be kept."""
    most = trainer.at_once
    to_end = trainer.steps_per_epoch - trainer.steps % trainer.steps_per_epoch
    return min([most, to_end, *(each.steps_to_moment or most for each in checkpoints)])


def _restored(run: Run, dataset: Dataset, device: str) -> Trainer:
    """A trainer at the step where the run was saved; raises :class:`RunError`."""
    config, state = saved_state(run, dataset)
    trainer = Trainer(config, dataset, choose_device(device), ways.again(run))
    with misfits_named(run):
        trainer.restore(state)
    return trainer
