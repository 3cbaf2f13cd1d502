"""One training from its first step to its saved run: the loop that the window's thread and the command line share."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from saegui.core.config.schema import RunConfig, parameters
from saegui.core.data import Dataset
from saegui.core.errors import RunError
from saegui.core.model.snapshot import check_reads
from saegui.core.runs import resume_state
from saegui.core.runs.history import History, StepResult
from saegui.core.runs.resume_state import State
from saegui.core.runs.run import Run
from saegui.core.runs.writer import RunWriter
from saegui.core.training.checkpoints import IMAGES, Checkpointer
from saegui.core.training.devices import choose_device
from saegui.core.training.joint_trainer import Member
from saegui.core.training.trainer import Trainer

STRIDE = 32
"""Steps on an accelerator before their numbers are read: reading each would make it wait for the processor."""


class Session(Checkpointer):
    """Steps a trainer, and keeps its run."""

    trainer: Trainer

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        path: Path,
        *,
        name: str | None = None,
        device: str = "cpu",
    ) -> None:
        """``device``: see :func:`saegui.core.training.devices.choose_device`.

        Raises:
            ConfigError, RunError, DivergedError: before anything is trained.
        """
        trainer = Trainer(config, dataset, choose_device(device))
        writer = RunWriter(path, config, shape=dataset.shape, name=name)
        self._take_over(trainer, writer, History(), dataset)
        self.begin()

    @classmethod
    def resume(cls, run: Run, dataset: Dataset, *, device: str = "cpu") -> Session:
        """Go on with a training that was stopped or killed, bit for bit as if it had not been.

        The same data set, number of threads, device and machine are needed for that.

        Raises:
            RunError: when the run is finished, keeps no state, was trained on other images, or is trained by another
                process.
            DataError: when the run was trained on inputs of another shape.
        """
        run.check_can_go_on()
        writer = RunWriter.reopen(run)
        session = cls.__new__(cls)
        try:
            trainer = _restored(run, dataset, device)
            session._take_over(trainer, writer, run.history().until(trainer.steps), dataset)
        except BaseException:
            writer.release()
            raise
        return session

    def _take_over(self, trainer: Trainer, writer: RunWriter, history: History, dataset: Dataset) -> None:
        super().__init__(trainer, writer, history, dataset)
        self.recent: list[StepResult] = []
        """What the steps of the last :meth:`advance` did; also there when saving failed after them."""

    def advance(self, *, single: bool = False) -> StepResult:
        """One training step, with whatever is due after it; on an accelerator several, if not asked for a ``single`` one.

        Returns what the last one did; :attr:`recent` has all of them.

        Raises:
            DivergedError: the run is closed as diverged, at its last good snapshot.
            RunError: when saving failed; the training itself is intact and may go on.
        """
        before = self.due()
        with self.keeping_good():
            self.recent = self.trainer.advance(1 if single else stride(self.trainer))
        self.take(self.recent, before)
        return self.recent[-1]


def stride(trainer: Member) -> int:
    """Steps until numbers are looked at: on an accelerator many, but none beyond the epoch."""
    if trainer.device == "cpu":
        return 1
    return min(STRIDE, trainer.steps_per_epoch - trainer.steps % trainer.steps_per_epoch)


def _restored(run: Run, dataset: Dataset, device: str) -> Trainer:
    """A trainer at the moment that the run keeps; raises :class:`RunError`."""
    check_reads(run.shape, dataset.shape, dataset.title)
    config, state = resume_state.load(run.path)
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
    if not np.array_equal(state.get(IMAGES, []), [dataset.fingerprint]):
        raise RunError(
            f"{run.path} was trained on other images than {dataset.title} has now; "
            "go on with those that it began with, or train a new run."
        )


def _misfit(run: Run) -> RunError:
    return RunError(
        f"{run.path / resume_state.NAME} does not fit the run's configuration; the run still opens, but cannot go on."
    )
