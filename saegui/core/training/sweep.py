"""Sweep: several configurations trained on the same batches, each saved as a run, so that they can be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from saegui.core.analysis.metrics import Metrics
from saegui.core.config.variants import Variant
from saegui.core.data import Dataset
from saegui.core.errors import DeviceError, DivergedError, RunError
from saegui.core.progress import Interruptible
from saegui.core.runs.history import History, StepResult
from saegui.core.runs.run import Run
from saegui.core.runs.writer import RunWriter
from saegui.core.training import ways
from saegui.core.training.any_trainer import AnyTraining
from saegui.core.training.checkpoints import TRAINING_CONTINUES, Checkpointer
from saegui.core.training.devices import choose_device, failures_named
from saegui.core.training.resuming import misfits_named, saved_state
from saegui.core.training.session import stride
from saegui.core.training.side_by_side import SideBySide


class Sweep:
    """Steps all trainings together and saves their runs. A training that diverges, or is finished, takes no more steps.

    Each run of an interrupted sweep can be resumed alone, on the batches that were still to come, or together with others
    that were saved after as many steps: see :meth:`resume`. Sums are added up in another order where others step beside it,
    so its weights differ in their last digits from those of an uninterrupted sweep.
    """

    _new_folder: Path | None = None
    """The folder of all runs, where it did not exist before."""

    def __init__(
        self,
        variants: Sequence[Variant],
        dataset: Dataset,
        folder: Path,
        *,
        device: str = "cpu",
    ) -> None:
        """Each run gets its own folder in ``folder``; ``device``: see :func:`saegui.core.training.devices.choose_device`.

        Raises:
            ConfigError, RunError, DivergedError: before anything is trained; no files are left then.
        """
        self._hold(variants, dataset, device)
        self._new_folder = None if folder.exists() else folder
        now = datetime.now(UTC)
        try:
            for trainer, variant in zip(self._joint.trainings, variants, strict=True):
                # All with the same time: lists then show them in the order of the values that are varied.
                writer = RunWriter(
                    folder / variant.folder,
                    variant.config,
                    shape=dataset.shape,
                    name=variant.name,
                    preset=variant.preset,
                    created=now,
                    origin=dataset.origin,
                    way=trainer.way,
                )
                self.checkpointers.append(
                    Checkpointer(trainer, writer, History(), dataset, members=len(variants))
                )
            for checkpointer in self.checkpointers:
                checkpointer.begin()
        except BaseException:
            self.abandon()
            raise

    @classmethod
    def resume(
        cls, variants: Sequence[Variant], runs: Sequence[Run], dataset: Dataset, *, device: str = "cpu"
    ) -> Sweep:
        """Continue one run for each variant, all of which were saved after the same number of steps and computed in the same way.

        Raises:
            ConfigError, DataError, RunError: one of them cannot be continued; what is saved stays as it is.
        """
        sweep = cls.__new__(cls)
        sweep._hold(variants, dataset, device, ways.again(runs[0]))
        states = []
        for run, variant in zip(runs, variants, strict=True):
            run.check_can_resume()
            config, state = saved_state(run, dataset)
            if config != variant.config:
                raise RunError(f"{run.path} was trained with other settings; train it from its beginning.")
            states.append(state)
        with misfits_named(runs[0]):
            sweep._joint.restore(states)
        try:
            for trainer, run in zip(sweep._joint.trainings, runs, strict=True):
                history = run.history()
                writer = RunWriter.reopen(replace(run, origin=dataset.origin), changes=history.changes)
                sweep.checkpointers.append(
                    Checkpointer(trainer, writer, history.until(trainer.steps), dataset, members=len(runs))
                )
        except BaseException:
            sweep.release()
            raise
        return sweep

    def _hold(
        self, variants: Sequence[Variant], dataset: Dataset, device: str, way: str | None = None
    ) -> None:
        configs = [variant.config for variant in variants]
        self._joint = SideBySide(configs, dataset, choose_device(device), way)
        self.variants = variants
        self.checkpointers: list[Checkpointer] = []
        """One for each variant, in the same order."""
        self.problems: list[str] = []
        """What went wrong in the last :meth:`advance`, :meth:`close` or :meth:`stop`: one text each, which begins with the run's name."""
        self.measured: list[Metrics | None] = [None] * len(variants)
        """The measurement of each run that was closed."""
        self._open = set(range(len(variants)))

    def watch(self, progress: Interruptible) -> None:
        """Let ``progress`` end a step of a fit, which may take long; then it takes none."""
        self._joint.watch(progress)

    def abandon(self) -> None:
        """Remove the files of all runs: nobody wants them."""
        for checkpointer in self.checkpointers:
            checkpointer.abandon()
        if self._new_folder is not None:
            # Somebody else may have put something into it.
            with suppress(OSError):
                self._new_folder.rmdir()

    def release(self) -> None:
        """Let others train the runs: nothing more is saved here, and each can be resumed from what was saved last."""
        for checkpointer in self.checkpointers:
            checkpointer.release()

    @property
    def done(self) -> bool:
        """True when every training has ended, by its last epoch or by diverging."""
        return self._joint.done

    @property
    def longest(self) -> AnyTraining:
        """The training with the most steps among those that did not diverge, or among all if none is left."""
        trainings = [checkpointer.trainer for checkpointer in self.checkpointers]
        sound = [training for training in trainings if training.diverged is None]
        return max(sound or trainings, key=lambda training: training.total_steps)

    def advance(self) -> list[list[StepResult]]:
        """Train all one step, on an accelerator several; measure and save what is due after it.

        Returns a list of step results for each member. What goes wrong with one of them is not raised, but is in
        :attr:`problems`.
        """
        self.problems = []
        # A training that is done lacks at most its last save, which close() tries again.
        going = [index for index in sorted(self._open) if not self.checkpointers[index].done]
        # All after the same step: if this process is killed, they can be resumed together.
        now = any(self.checkpointers[index].save_is_due for index in going)
        for index in going:
            self.checkpointers[index].set_aside(now=now)
        try:
            with failures_named(self.checkpointers[0]):
                results = self._joint.advance(
                    stride(self.longest, [self.checkpointers[index] for index in going])
                )
        except DeviceError:
            self.release()
            raise
        for index in going:
            checkpointer = self.checkpointers[index]
            try:
                self._check(index)
                if results[index]:
                    checkpointer.record(results[index])
            except DivergedError as error:
                self._ended(index, error)
            except RunError as error:
                self._note(index, f"{error} {TRAINING_CONTINUES}")
            for note in checkpointer.take_notes():
                self._note(index, note)
            if results[index] and checkpointer.done:
                self._close(index)
        return results

    def close(self) -> None:
        """Measure every run that is not closed yet and save it: as finished, or as stopped where steps are left."""
        self.problems = []
        for index in sorted(self._open):
            self._close(index)

    def stop(self) -> None:
        """Save every run that is not closed yet where it is, unmeasured, so that it can be resumed.

        One that cannot be saved now can be resumed from what was saved last.
        """
        self.problems = []
        for index in sorted(self._open):
            self._end(index, self.checkpointers[index].close_unmeasured)
        self.release()

    @property
    def unsaved(self) -> list[Checkpointer]:
        """Those of the runs whose end is not saved yet."""
        return [self.checkpointers[index] for index in sorted(self._open)]

    def close_in(self, folder: Path) -> None:
        """Like :meth:`close`, into new folders in ``folder``, because the runs' own cannot be written; what those hold stays."""
        self.problems = []
        for index in sorted(self._open):
            self._close(index, folder / self.variants[index].folder)

    def _check(self, index: int) -> None:
        checkpointer = self.checkpointers[index]
        if (diverged := checkpointer.trainer.diverged) is not None:
            with checkpointer.closing_if_diverged():
                raise diverged

    def _close(self, index: int, elsewhere: Path | None = None) -> None:
        checkpointer = self.checkpointers[index]

        def measure() -> None:
            self.measured[index] = (
                checkpointer.close() if elsewhere is None else checkpointer.close_in(elsewhere)
            )

        self._end(index, measure)

    def _end(self, index: int, save: Callable[[], None]) -> None:
        if index not in self._open:
            return
        try:
            save()
        except DivergedError as error:
            self._ended(index, error)
        except RunError as error:
            self._note(index, str(error))
        else:
            self._open.remove(index)
        for note in self.checkpointers[index].take_notes():
            self._note(index, note)

    def _ended(self, index: int, error: DivergedError) -> None:
        self.checkpointers[index].trainer.give_up(error)
        self._open.remove(index)
        self._note(index, str(error))

    def _note(self, index: int, sentence: str) -> None:
        self.problems.append(f"{self.checkpointers[index].run.name}: {sentence}")
