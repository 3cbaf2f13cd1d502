"""The thread that loops a training session, and the mailbox through which its numbers reach the window."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from saegui.core.config import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import DivergedError, RunError, SaeguiError
from saegui.core.history import StepResult, TestResult
from saegui.core.metrics import Metrics
from saegui.core.runs import Run
from saegui.core.snapshot import Snapshot

SNAPSHOT_SECONDS = 0.2
"""The window sees new weights at most this often."""
SNAPSHOT_SHARE = 20
"""Copying weights may cost the training one part in this many."""


@dataclass
class Mail:
    """What happened since the mailbox was last emptied."""

    steps: list[StepResult] = field(default_factory=list)
    tests: list[TestResult] = field(default_factory=list)
    snapshot: Snapshot | None = None
    run: Run | None = None


class TrainerThread(QThread):
    """Loops ``Session.advance``. Pausing and stopping are asked for here and answered between two steps."""

    ready = Signal()
    """The session exists: :attr:`first` holds the run, its untrained snapshot and measurement."""
    paused = Signal()
    """The loop stands still after a pause, a single step or a failed save."""
    trouble = Signal(str)
    """Saving failed; the training is paused and intact."""
    completed = Signal(object)
    """The final :class:`Metrics`, after a finished or stopped training."""
    broken = Signal(object)
    """The exception that ended the training."""

    def __init__(
        self, config: RunConfig, dataset: Dataset, path: Path, threads: int | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._config, self._dataset, self._path, self._threads = config, dataset, path, threads
        self._condition = threading.Condition()
        self._mail = Mail()
        self._budget: int | None = None
        self._asked = False
        self._changes: dict[str, float] = {}

    # -- called on the GUI thread ---------------------------------------------------------------------------------

    def go_on(self, steps: int | None = None) -> None:
        """Train ``steps`` more steps and pause; None: until the end."""
        with self._condition:
            self._budget, self._asked = steps, True
            self._condition.notify()

    def pause(self) -> None:
        """Stand still after the step that is under way."""
        self.go_on(0)

    def stop(self) -> None:
        """Save the run where it is and end the thread."""
        with self._condition:
            self.requestInterruption()
            self._condition.notify()

    def change(self, name: str, value: float) -> None:
        """Set a live parameter from the next step on; the value was checked by the caller."""
        with self._condition:
            self._changes[name] = value

    def take(self) -> Mail:
        """Everything since the last call."""
        with self._condition:
            mail, self._mail = self._mail, Mail()
            return mail

    # -- on the training thread ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """The whole training."""
        try:
            self.completed.emit(self._train())
        except SaeguiError as error:
            self.broken.emit(error)
        except Exception as error:  # noqa: BLE001 - a bug must reach the window's error path, not die with the thread
            self.broken.emit(error)

    def _train(self) -> Metrics:
        # Here, not above: torch takes seconds to import, and only this thread can wait for it.
        from saegui.core.session import Session
        from saegui.core.training import load_torch, use_threads

        load_torch()
        use_threads(self._threads)
        self._session = session = Session(self._config, self._dataset, self._path)
        self._tested = 0
        self._snapshot_due = 0.0
        self._post(None)
        self.ready.emit()
        while not session.done and self._may_go_on():
            try:
                result = session.advance()
            except DivergedError:
                # The picture goes back to the weights that are kept.
                with self._condition:
                    self._mail.snapshot = session.good
                raise
            except RunError as error:
                self.pause()
                self.trouble.emit(f"{error} The training is paused; nothing is lost.")
                continue
            self._post(result)
        self._snapshot_due = 0.0
        found = session.close()
        self._post(None)
        return found

    def _may_go_on(self) -> bool:
        """Wait while paused; False when the thread shall end."""
        with self._condition:
            self._asked = False
            while self._budget == 0 and not self.isInterruptionRequested():
                self._mail.snapshot = self._session.snapshot()
                self.paused.emit()
                # Every request is answered, also one to go on that is taken back before this thread wakes up.
                self._condition.wait_for(lambda: self._asked or self.isInterruptionRequested())
                self._asked = False
            if self._budget:
                self._budget -= 1
            changes, self._changes = self._changes, {}
        if changes:
            self._session.trainer.change(**changes)  # type: ignore[arg-type]
        return not self.isInterruptionRequested()

    def _post(self, result: StepResult | None) -> None:
        session = self._session
        snapshot = None
        if (now := time.monotonic()) >= self._snapshot_due:
            snapshot = session.snapshot()
            self._snapshot_due = now + max(SNAPSHOT_SECONDS, SNAPSHOT_SHARE * (time.monotonic() - now))
        tests = session.history.test
        count = len(tests["step"])
        new = [
            TestResult(*(tests[name][row] for name in TestResult._fields)) for row in range(self._tested, count)
        ]
        self._tested = count
        with self._condition:
            if result is not None:
                self._mail.steps.append(result)
            self._mail.tests += new
            self._mail.snapshot = snapshot or self._mail.snapshot
            self._mail.run = session.run
