"""Trainings of a sweep in this process: those that see the same batches are stepped together, one such pass after the other.

Each run is written under a hidden name and moved when it is whole, as in :mod:`saegui.core.sweeps.task`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from saegui.core.config.schema import SHARED
from saegui.core.config.variants import Variant
from saegui.core.data import Dataset
from saegui.core.errors import DeviceError, SaeguiError
from saegui.core.files import leftovers
from saegui.core.progress import UNINTERRUPTED, Interruptible
from saegui.core.runs.history import StepResult
from saegui.core.sweeps import task
from saegui.core.sweeps.places import Ended
from saegui.core.sweeps.spec import Training
from saegui.core.training.checkpoints import Checkpointer
from saegui.core.training.sweep import Sweep

MOST_TOGETHER = 16
"""Trainings in one pass: what is not whole yet is lost when the process is killed."""
MOST_WEIGHTS = 30_000_000
"""Numbers in all encoders and decoders of one pass: with moments and gradients they take four times as much memory."""


def passes(trainings: Iterable[Training], inputs: int) -> list[list[Training]]:
    """The trainings that can share their batches, in the order of the first of each; ``inputs``: numbers in one input.

    They have the same :data:`~saegui.core.config.schema.SHARED` parameters and the same seed, which decides the order of the
    inputs: each run is then what it would be alone, but for the last digits.
    """
    open_: dict[tuple[object, ...], list[Training]] = {}
    found: list[list[Training]] = []
    for each in trainings:
        key = (*(each.values[name] for name in SHARED), each.values["seed"])
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
    ) -> None:
        """Raises what :class:`Sweep` raises: nothing is left then."""
        self.trainings = tuple(trainings)
        self._out = out
        self._hidden = out / leftovers.name_for("pass")
        variants = [
            Variant(each.config, dict(each.varied), each.folder, each.name, each.preset) for each in trainings
        ]
        self._sweep = Sweep(variants, dataset, self._hidden, device=device)
        self._sweep.watch(progress)
        self._left = dict(enumerate(trainings))
        self.results: list[list[StepResult]] = [[] for _ in trainings]
        """What the last :meth:`advance` did, training by training."""

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
            DeviceError: the accelerator failed; nothing is left of the trainings that had not ended.
        """
        self.results = [[] for _ in self.trainings]
        try:
            self.results = self._sweep.advance()
        except BaseException:
            self.abandon()
            raise
        problems = self._sweep.problems
        if self._sweep.done and self._sweep.unsaved:
            # What could not be saved is tried once more.
            self._sweep.close()
            problems = [*problems, *self._sweep.problems]
        return self._moved(problems)

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
        """``out``: the folder of the runs, which exists; what is there of them is kept; ``progress``: see :class:`Sweep`."""
        task.tidy(out)
        self._dataset, self._out, self._device, self._progress = dataset, out, device, progress
        left = [each for each in trainings if not task.is_done(each, out)]
        self._waiting = passes(left, int(np.prod(dataset.shape)))
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
            DeviceError: the accelerator failed; what is whole is kept.
        """
        group = list(self.current.trainings) if self.current is not None else self._waiting.pop(0)
        try:
            if self.current is None:
                self.current = Pass(group, self._dataset, self._out, self._device, self._progress)
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
        """Train no more: what is whole is kept, and the rest is removed."""
        self._waiting = []
        if self.current is not None:
            self.current.abandon()
            self.current = None

    def _without_one(self, group: Sequence[Training], error: Exception) -> list[Ended]:
        """One of them is the reason: both halves are tried, until it is alone."""
        left = [each for each in group if not task.is_done(each, self._out)]
        if len(left) == 1:
            return [Ended(left[0], task.words_of(error))]
        half = len(left) // 2
        self._waiting[:0] = [each for each in (left[:half], left[half:]) if each]
        return []
