"""Trainings of a sweep in this process: those that see the same batches are stepped together, one such pass after the other.

Each run is written under a hidden name and moved when it is whole, as in :mod:`saegui.core.sweeps.task`. A pass that is stopped
leaves what it has trained, and the next one continues it: see :mod:`saegui.core.sweeps.unfinished`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import numpy as np

from saegui.core.config.schema import SHARED
from saegui.core.config.variants import Variant
from saegui.core.data import Dataset
from saegui.core.errors import DeviceError, RunError, SaeguiError
from saegui.core.files import leftovers
from saegui.core.progress import UNINTERRUPTED, Interruptible
from saegui.core.runs.history import StepResult
from saegui.core.runs.run import Run
from saegui.core.sweeps import task, unfinished
from saegui.core.sweeps.places import Ended
from saegui.core.sweeps.spec import Training
from saegui.core.training.checkpoints import Checkpointer
from saegui.core.training.sweep import Sweep

MOST_TOGETHER = 16
"""Trainings in one pass."""
MOST_WEIGHTS = 30_000_000
"""Numbers in all encoders and decoders of one pass: with moments and gradients they take four times as much memory."""


def passes(
    trainings: Iterable[Training], inputs: int, saved: Mapping[str, Run] = MappingProxyType({})
) -> list[list[Training]]:
    """The trainings that can share their batches, in the order of the first of each; ``inputs``: numbers in one input.

    They have the same :data:`~saegui.core.config.schema.SHARED` parameters and the same seed, which decides the order of the
    inputs: each run is then what it would be alone, but for the last digits. Of those whose unfinished run is
    ``saved``, by their folders, those share their batches that were saved after the same step and computed in the same way.
    """
    open_: dict[tuple[object, ...], list[Training]] = {}
    found: list[list[Training]] = []
    for each in trainings:
        run = saved.get(each.folder)
        place = None if run is None else (run.step, run.way)
        key = (*(each.values[name] for name in SHARED), each.values["seed"], place)
        group = open_.get(key)
        if group is None or len(group) == MOST_TOGETHER or _weights([*group, each], inputs) > MOST_WEIGHTS:
            group = open_[key] = []
            found.append(group)
        group.append(each)
    return found


def _weights(trainings: Iterable[Training], inputs: int) -> int:
    return sum(2 * int(each.values["n_latents"]) * inputs for each in trainings)


class Pass:
    """Trainings that see the same batches, and their runs."""

    def __init__(
        self,
        trainings: Sequence[Training],
        dataset: Dataset,
        out: Path,
        device: str = "cpu",
        progress: Interruptible = UNINTERRUPTED,
        unfinished_runs: Sequence[Run] = (),
    ) -> None:
        """``unfinished_runs``: of all trainings, to be continued, or none.

        Raises what :class:`Sweep` raises: nothing is left then but the unfinished runs, as they were.
        """
        self.trainings = tuple(trainings)
        self._out = out
        self._hidden = out / leftovers.name_for("pass")
        variants = [
            Variant(each.config, dict(each.varied), each.folder, each.name, each.preset) for each in trainings
        ]
        self._sweep = (
            self._continued(variants, unfinished_runs, dataset, device)
            if unfinished_runs
            else Sweep(variants, dataset, self._hidden, device=device)
        )
        self._sweep.watch(progress)
        self._left = dict(enumerate(trainings))
        self.results: list[list[StepResult]] = [[] for _ in trainings]
        """What the last :meth:`advance` did, training by training."""

    def _continued(
        self, variants: Sequence[Variant], runs: Sequence[Run], dataset: Dataset, device: str
    ) -> Sweep:
        try:
            self._hidden.mkdir()
            taken = [
                unfinished.take(run, self._hidden / variant.folder)
                for run, variant in zip(runs, variants, strict=True)
            ]
            return Sweep.resume(variants, taken, dataset, device=device)
        except BaseException:
            self._keep()
            raise

    @property
    def checkpointers(self) -> list[Checkpointer]:
        """One for each training, in their order."""
        return self._sweep.checkpointers

    @property
    def left(self) -> int:
        """Trainings that have not ended."""
        return len(self._left)

    def advance(self) -> list[Ended]:
        """Train all one step; returns the trainings that ended with it, whose runs are in their places.

        Raises:
            DeviceError: the accelerator failed; trainings that had not ended are unfinished, as they were saved last.
        """
        self.results = [[] for _ in self.trainings]
        try:
            self.results = self._sweep.advance()
        except DeviceError:
            self._keep()
            raise
        except BaseException:
            self.abandon()
            raise
        problems = self._sweep.problems
        if self._sweep.done and self._sweep.unsaved:
            # What could not be saved is tried once more.
            self._sweep.close()
            problems = [*problems, *self._sweep.problems]
        return self._moved(problems)

    def stop(self) -> None:
        """Save what has not ended as unfinished runs: the next pass of these trainings continues them."""
        self._sweep.stop()
        for index, training in self._left.items():
            if self.checkpointers[index].run.status in ("finished", "diverged"):
                # Its last step was its end.
                with suppress(RunError):
                    task.move(self._hidden / training.folder, self._out / training.folder)
        self._keep()

    def _keep(self) -> None:
        for training in self.trainings:
            unfinished.keep(self._hidden / training.folder, self._out)
        leftovers.remove(self._hidden)
        self._left = {}

    def abandon(self) -> None:
        """Remove what is not whole."""
        self._sweep.abandon()
        leftovers.remove(self._hidden)
        self._left = {}

    def _moved(self, problems: Sequence[str]) -> list[Ended]:
        unsaved = {id(each) for each in self._sweep.unsaved}
        done = self._sweep.done
        ended = []
        for index, training in list(self._left.items()):
            checkpointer = self.checkpointers[index]
            is_open = id(checkpointer) in unsaved
            if is_open and not done:
                continue
            del self._left[index]
            said = [
                each.removeprefix(f"{training.name}: ")
                for each in problems
                if each.startswith(f"{training.name}: ")
            ]
            if is_open:
                checkpointer.release()
                ended.append(Ended(training, " ".join(said) or "It could not be saved; free some space."))
                continue
            try:
                task.move(self._hidden / training.folder, self._out / training.folder)
            except SaeguiError as error:
                ended.append(Ended(training, str(error)))
            else:
                diverged = checkpointer.trainer.diverged is not None
                ended.append(
                    Ended(training, None, "It diverged; choose a smaller learning rate." if diverged else "")
                )
        if not self._left:
            leftovers.remove(self._hidden)
        return ended


class Runner:
    """Trains what is left of a sweep. One training that cannot be trained is named, and the others are."""

    def __init__(
        self,
        trainings: Sequence[Training],
        dataset: Dataset,
        out: Path,
        *,
        device: str = "cpu",
        progress: Interruptible = UNINTERRUPTED,
    ) -> None:
        """``out``: the folder of the runs, which exists; what is whole there is kept, and what is unfinished is continued.

        ``progress``: see :meth:`Sweep.watch`.
        """
        task.tidy(out)
        self._dataset, self._out, self._device, self._progress = dataset, out, device, progress
        left = [each for each in trainings if not task.is_done(each, out)]
        self.begun_again: dict[str, str] = {}
        """Which trainings began again, by their folders, and why: what was saved of them could not be continued."""
        self._unfinished: dict[str, Run] = {}
        self._damaged: dict[str, RunError] = {}
        for each in left:
            try:
                run = unfinished.of(each, out)
            except RunError as error:
                self._damaged[each.folder] = error
            else:
                if run is not None:
                    self._unfinished[each.folder] = run
        self._waiting = passes(left, int(np.prod(dataset.shape)), self._unfinished)
        self.current: Pass | None = None
        """The pass that is under way."""

    @property
    def done(self) -> bool:
        """Whether every training has ended."""
        return self.current is None and not self._waiting

    @property
    def waiting(self) -> list[list[Training]]:
        """Passes that have not begun."""
        return [*self._waiting]

    def advance(self) -> list[Ended]:
        """Begin the next pass, or train the one that is under way one step; returns the trainings that ended.

        Raises:
            DeviceError: the accelerator failed; what is whole is kept, and the rest can be continued.
        """
        group = list(self.current.trainings) if self.current is not None else self._waiting.pop(0)
        try:
            if self.current is None:
                found = [self._unfinished[each.folder] for each in group if each.folder in self._unfinished]
                self.current = Pass(group, self._dataset, self._out, self._device, self._progress, found)
                for each in group:
                    self._unfinished.pop(each.folder, None)
                    if (error := self._damaged.pop(each.folder, None)) is not None:
                        self._begin_again(each, error)
                return []
            ended = self.current.advance()
        except DeviceError:
            self.current = None
            raise
        except Exception as error:  # noqa: BLE001 - of whichever kind: it is said, and the other trainings go on
            self.current = None
            return self._without_one(group, error)
        if not self.current.left:
            self.current = None
        return ended

    def stop(self) -> None:
        """Train no more: what is whole is kept, and what is under way is saved so that another :class:`Runner` continues it."""
        self._waiting = []
        if self.current is not None:
            self.current.stop()
            self.current = None

    def _begin_again(self, training: Training, error: Exception) -> None:
        unfinished.discard(training, self._out)
        self.begun_again[training.folder] = task.begun_again(error)

    def _without_one(self, group: Sequence[Training], error: Exception) -> list[Ended]:
        """One of them is the reason: both halves are tried, until it is alone."""
        left = [each for each in group if not task.is_done(each, self._out)]
        if len(left) == 1:
            (one,) = left
            if self._unfinished.pop(one.folder, None) is None:
                return [Ended(one, task.words_of(error))]
            self._begin_again(one, error)
            self._waiting.insert(0, left)
            return []
        half = len(left) // 2
        self._waiting[:0] = [each for each in (left[:half], left[half:]) if each]
        return []
