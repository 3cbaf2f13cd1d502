"""SweepThread: trains the runs of a sweep in the background; their numbers reach the window through a mailbox."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QThread, Signal

from saegui.core.data import Dataset
from saegui.core.errors import Cancelled
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Asking
from saegui.core.runs.history import History, StepResult, TestResult
from saegui.core.sweeps.places import Ended
from saegui.core.sweeps.spec import Training

if TYPE_CHECKING:
    from saegui.core.sweeps.passes import Pass

BEST_SECONDS = 0.3
"""The window sees other weights of the best run at most this often."""


class Best(NamedTuple):
    """The run with the smallest MSE on the test inputs so far."""

    training: Training
    snapshot: Snapshot
    test: TestResult


@dataclass
class SweepMail:
    """What happened since the mailbox was last emptied."""

    histories: dict[str, History] = field(default_factory=dict)
    """The curves so far of runs that are continued, by the folders of the runs."""
    steps: dict[str, list[StepResult]] = field(default_factory=lambda: defaultdict(list))
    """By the folders of the runs."""
    tests: dict[str, list[TestResult]] = field(default_factory=lambda: defaultdict(list))
    begun_again: dict[str, str] = field(default_factory=dict)
    """Why a training began again, by the folders of the runs: see :attr:`saegui.core.sweeps.passes.Runner.begun_again`."""
    ended: list[Ended] = field(default_factory=list)
    best: Best | None = None


class SweepThread(QThread):
    """Calls ``Runner.advance`` in a loop. Requests to pause or stop are answered between two steps."""

    failed = Signal(object)
    """The exception that ended it; runs that are whole are kept, and those under way can be continued."""

    def __init__(
        self,
        trainings: Sequence[Training],
        dataset: Dataset,
        out: Path,
        threads: int | None,
        device: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._trainings, self._dataset, self._out = list(trainings), dataset, out
        self._threads, self._device = threads, device
        self._condition = threading.Condition()
        # Guarded by the condition.
        self._mail = SweepMail()
        self._paused = self._stopping = False
        # Used by this thread alone.
        self._best: tuple[float, str] | None = None
        self._best_is_new = False
        self._best_due = 0.0
        self._posted: dict[str, TestResult] = {}

    # -- called on the GUI thread ---------------------------------------------------------------------------------

    def pause(self, on: bool) -> None:
        """Pause after the current step, or resume."""
        with self._condition:
            self._paused = on
            self._condition.notify()

    def stop(self) -> None:
        """End after the current step; runs that are whole are kept, and those under way are saved, to be continued."""
        with self._condition:
            self._stopping = True
            self._condition.notify()

    def take_mail(self) -> SweepMail:
        """Everything that happened since the last call."""
        with self._condition:
            mail, self._mail = self._mail, SweepMail()
            return mail

    # -- on the training thread -----------------------------------------------------------------------------------

    def run(self) -> None:
        """The whole sweep."""
        try:
            self._train()
        except Exception as error:  # noqa: BLE001 - whatever it is, the window shows it
            self.failed.emit(error)

    def _train(self) -> None:
        # Imported here: torch takes seconds to import, and only this thread can wait for it.
        from saegui.core.training.devices import load_torch, use_threads

        load_torch()
        from saegui.core.sweeps.passes import Runner

        use_threads(self._threads)
        watched = Asking(self._has_enough, self._note_fitted)
        runner = Runner(self._trainings, self._dataset, self._out, device=self._device, progress=watched)
        try:
            while not runner.done and self._may_continue():
                running = runner.current
                ended = runner.advance()
                if running is not None:
                    self._post(running, urgent=bool(ended))
                elif runner.current is not None:
                    self._post_begun(runner.current)
                with self._condition:
                    self._mail.begun_again.update(runner.begun_again)
                    self._mail.ended += ended
        finally:
            runner.stop()

    def _post_begun(self, begun: Pass) -> None:
        """Put the curves of runs that are continued into the mail: copies, as the runs' own grow on this thread."""
        with self._condition:
            for training, checkpointer in zip(begun.trainings, begun.checkpointers, strict=True):
                if steps := checkpointer.trainer.steps:
                    self._mail.histories[training.folder] = checkpointer.history.until(steps)

    def _post(self, running: Pass, *, urgent: bool) -> None:
        """Put the last step of a pass into the mail, and the best run's weights where they are new and due."""
        with self._condition:
            for training, steps in zip(running.trainings, running.results, strict=True):
                if steps:
                    self._mail.steps[training.folder] += steps
        for training, checkpointer in zip(running.trainings, running.checkpointers, strict=True):
            self._look(training, checkpointer.newest_test)
        if not self._best_is_new or self._best is None or (time.monotonic() < self._best_due and not urgent):
            return
        for training, checkpointer in zip(running.trainings, running.checkpointers, strict=True):
            if training.folder == self._best[1]:
                best = Best(training, checkpointer.trainer.snapshot(), self._posted[training.folder])
                with self._condition:
                    self._mail.best = best
                self._best_is_new, self._best_due = False, time.monotonic() + BEST_SECONDS

    def _look(self, training: Training, test: TestResult | None) -> None:
        """Post a measurement on the test inputs that is new."""
        if test is None or self._posted.get(training.folder) is test:
            return
        self._posted[training.folder] = test
        with self._condition:
            self._mail.tests[training.folder].append(test)
        if self._best is None or test.loss <= self._best[0] or self._best[1] == training.folder:
            self._best, self._best_is_new = (test.loss, training.folder), True

    def _has_enough(self) -> bool:
        with self._condition:
            return self._paused or self._stopping

    def _may_continue(self) -> bool:
        with self._condition:
            self._condition.wait_for(lambda: not self._paused or self._stopping)
            return not self._stopping

    def _note_fitted(self, done: int, total: int, text: str) -> None:
        if not self._may_continue():
            raise Cancelled
