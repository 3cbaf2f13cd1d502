"""Several configurations trained on the same batches, each kept as a run: what comparing needs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from saegui.core.analysis.metrics import Metrics
from saegui.core.config.variants import Variant
from saegui.core.data import Dataset
from saegui.core.errors import DivergedError, RunError
from saegui.core.runs.history import History, StepResult
from saegui.core.runs.writer import RunWriter
from saegui.core.training.checkpoints import GOES_ON, Checkpointer
from saegui.core.training.devices import choose_device
from saegui.core.training.joint_trainer import JointTrainer, Member
from saegui.core.training.session import stride


class Sweep:
    """Steps all trainings together and keeps their runs; one that diverges, or has done its epochs, drops out.

    A run of a series that was interrupted can be gone on with alone, on the batches that were to come; additions are then
    made in another order, so its weights differ in their last digits from those it would have had.
    """

    def __init__(
        self, variants: Sequence[Variant], dataset: Dataset, folder: Path, *, device: str = "cpu"
    ) -> None:
        """Each run goes into a folder of its own in ``folder``; ``device``: see :func:`saegui.core.training.devices.choose_device`.

        Raises:
            ConfigError, RunError, DivergedError: before anything is trained; no run is left behind then.
        """
        self._together = JointTrainer(
            [variant.config for variant in variants], dataset, choose_device(device)
        )
        self.variants = variants
        self.checkpointers: list[Checkpointer] = []
        """One a variant."""
        self.problems: list[str] = []
        """What went wrong in the last :meth:`advance` or :meth:`close`: a sentence or two each, the run's name first."""
        self.measured: list[Metrics | None] = [None] * len(variants)
        """The measurement of each run that was closed."""
        self._open = set(range(len(variants)))
        new, now = not folder.exists(), datetime.now(UTC)
        try:
            for index, variant in enumerate(variants):
                # At one time: lists then show them in the order of what is varied.
                writer = RunWriter(
                    folder / variant.folder,
                    variant.config,
                    shape=dataset.shape,
                    name=variant.name,
                    created=now,
                )
                trainer = Member(self._together, index)
                self.checkpointers.append(
                    Checkpointer(trainer, writer, History(), dataset, together=len(variants))
                )
            for checkpointer in self.checkpointers:
                checkpointer.begin()
        except BaseException:
            for checkpointer in self.checkpointers:
                checkpointer.abandon()
            if new:
                # Something of somebody else's may lie in it by now.
                with suppress(OSError):
                    folder.rmdir()
            raise

    @property
    def done(self) -> bool:
        """True when every training has ended, by its last epoch or by diverging."""
        return self._together.done

    @property
    def longest(self) -> Member:
        """The training with the most steps among those that did not diverge, or among all if none is left."""
        trainings = [checkpointer.trainer for checkpointer in self.checkpointers]
        sound = [training for training in trainings if training.diverged is None]
        return max(sound or trainings, key=lambda training: training.total_steps)

    def advance(self) -> list[list[StepResult]]:
        """One step of all that go on, on an accelerator several, with whatever is due after it; one list a member.

        Nothing is raised for a single one of them: see :attr:`problems`.
        """
        self.problems = []
        # Of one that is done only the last save is left, which close() tries again.
        going = [index for index in sorted(self._open) if not self.checkpointers[index].done]
        before = {index: self.checkpointers[index].due() for index in going}
        results = self._together.advance(stride(self.longest))
        for index, moment in before.items():
            checkpointer = self.checkpointers[index]
            try:
                self._check(index)
                if results[index]:
                    checkpointer.take(results[index], moment)
            except DivergedError as error:
                self._ended(index, error)
            except RunError as error:
                self._note(index, f"{error} {GOES_ON}")
            if results[index] and checkpointer.done:
                self._close(index)
        return results

    def close(self) -> None:
        """Measure and save every run that is not closed yet: as finished, or as stopped where steps are left."""
        self.problems = []
        for index in sorted(self._open):
            self._close(index)

    def _check(self, index: int) -> None:
        checkpointer = self.checkpointers[index]
        if (diverged := checkpointer.trainer.diverged) is not None:
            with checkpointer.keeping_good():
                raise diverged

    def _close(self, index: int) -> None:
        if index not in self._open:
            return
        try:
            self.measured[index] = self.checkpointers[index].close()
        except DivergedError as error:
            self._ended(index, error)
        except RunError as error:
            self._note(index, str(error))
        else:
            self._open.remove(index)

    def _ended(self, index: int, error: DivergedError) -> None:
        self.checkpointers[index].trainer.give_up(error)
        self._open.remove(index)
        self._note(index, str(error))

    def _note(self, index: int, sentence: str) -> None:
        self.problems.append(f"{self.checkpointers[index].run.name}: {sentence}")
