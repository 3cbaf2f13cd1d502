"""The thread that loops a training session, and the mailbox through which its numbers reach the window."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QObject, QThread, Signal

from saegui.core.analysis.metrics import Metrics
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, DivergedError, RunError, SaeguiError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs import folders
from saegui.core.runs.history import History, StepResult, TestResult
from saegui.core.runs.run import Run

SNAPSHOT_SECONDS = 0.2
"""The window sees new weights at most this often."""
SNAPSHOT_SHARE = 20
"""Copying weights may cost the training one part in this many."""

Goal = Literal["end", "epoch", "step", "pause"]
"""What a training goes on to before it stands still: its own end, the end of the epoch, one more step, nothing."""


@dataclass
class Mail:
    """What happened since the mailbox was last emptied."""

    steps: list[StepResult] = field(default_factory=list)
    tests: list[TestResult] = field(default_factory=list)
    snapshot: Snapshot | None = None
    run: Run | None = None
    device: str = ""
    """Where it trains, once that is known."""
    history: History | None = None
    """The curves so far, in the first mail of a training that is resumed."""
    measured: tuple[int, int] | None = None
    """(images done, in all), while the run is measured at its end."""


class TrainerThread(QThread):
    """Loops ``Session.advance``. Pausing and stopping are asked for here and answered between two steps."""

    ready = Signal()
    """The session exists: :attr:`first` holds the run, its untrained snapshot and measurement."""
    paused = Signal()
    """The loop stands still, unless it was asked to go on meanwhile: see :attr:`stands`."""
    trouble = Signal(str)
    """Saving failed; the training is paused and intact."""
    completed = Signal(object)
    """The final :class:`Metrics`, after a finished or stopped training; None when measuring was given up. Not emitted after
    a training that was stopped before it began."""
    broken = Signal(object)
    """The exception that ended the training."""

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        threads: int | None,
        device: str,
        parent: QObject | None = None,
        *,
        resumed: Run | None = None,
    ) -> None:
        """``resumed``: a run that is gone on with, in place of a new one of ``config``."""
        super().__init__(parent)
        self._config, self._dataset = config, dataset
        self._threads, self._device = threads, device
        self._resumed = resumed
        self._unmeasured = threading.Event()
        self._condition = threading.Condition()
        # Guarded by the condition: the mail, the goal, whether it was set anew, whether the loop waits, whether it is to
        # end, the changes.
        self._mail = Mail()
        self._goal: Goal = "end"
        self._asked = False
        self._standing = False
        self._ending = False
        self._changes: dict[str, float] = {}
        self._closed = self._refused = False

    # -- called on the GUI thread ---------------------------------------------------------------------------------

    def go_on(self, goal: Goal) -> None:
        """Train until ``goal`` is reached, and then stand still; a later request takes an earlier one's place."""
        with self._condition:
            self._goal, self._asked = goal, True
            self._condition.notify()

    def stop(self) -> None:
        """Save the run where it is and end the thread.

        Where it cannot be saved the training stands still instead; asked once more, the thread ends all the same.
        """
        with self._condition:
            self._ending = True
            self._condition.notify()

    def skip_measuring(self) -> None:
        """Do not measure the run at its end, or give that up."""
        self._unmeasured.set()

    def change(self, name: str, value: float) -> None:
        """Set a live parameter from the next step on; the value was checked by the caller."""
        with self._condition:
            self._changes[name] = value

    def take(self) -> Mail:
        """Everything since the last call."""
        with self._condition:
            mail, self._mail = self._mail, Mail()
            return mail

    @property
    def stands(self) -> bool:
        """Whether the loop stands still and nothing was asked of it since."""
        with self._condition:
            return self._standing and not self._asked and not self._ending

    # -- on the training thread ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """The whole training."""
        try:
            self._train()
        except SaeguiError as error:
            self.broken.emit(error)
        except Exception as error:  # noqa: BLE001 - a bug must reach the window's error path, not die with the thread
            self.broken.emit(error)

    def _train(self) -> None:
        # Here, not above: torch takes seconds to import, and only this thread can wait for it.
        from saegui.core.training.devices import load_torch, use_threads

        load_torch()
        use_threads(self._threads)
        if self._to_end() or not self._begin():
            return
        self._snapshot_due = 0.0
        self._posted: Run | None = None
        with self._condition:
            self._mail.device = self._session.trainer.device
        self._post([])
        self.ready.emit()
        session = self._session
        found: Metrics | None = None
        try:
            while not self._closed:
                while not session.done and self._may_go_on():
                    self._step()
                found = self._close()
        except DivergedError:
            # The picture goes back to the weights that are kept.
            self._post([], session.good)
            raise
        finally:
            # Also where the end could not be saved: the run can be resumed in this window, which goes on.
            session.writer.release()
        self._post([], session.snapshot())
        self.completed.emit(found)

    def _begin(self) -> bool:
        """Make the session; False when it is not wanted any more, and nothing is left of it."""
        from saegui.core.training.session import Session

        self._tested = 0
        if self._resumed is not None:
            self._session = session = Session.resume(self._resumed, self._dataset, device=self._device)
            with self._condition:
                # A copy: the session's own goes on growing on this thread.
                self._mail.history = session.history.until(session.trainer.steps)
            self._tested = len(session.history.test["step"])
            return not self._to_end()
        path, name = folders.new_path(self._config), folders.new_name(self._config)
        self._session = session = Session(self._config, self._dataset, path, name=name, device=self._device)
        if self._to_end():
            session.abandon()
            return False
        return True

    def _step(self) -> None:
        session = self._session
        self._refused = False
        with self._condition:
            single = self._goal == "step"
        try:
            session.advance(single=single)
        except RunError as error:
            self._complain(error)
        self._post(session.recent)
        with self._condition:
            if self._goal == "step" or (self._goal == "epoch" and session.trainer.at_epoch_end):
                self._goal = "pause"

    def _close(self) -> Metrics | None:
        """Measure the run and save it; where that fails, stand still: what was trained must not be thrown away."""
        try:
            found = self._session.close(_Measuring(self))
        except Cancelled:
            found = None
        except RunError as error:
            self._not_saved(error)
            return None
        self._closed = True
        return found

    def _not_saved(self, error: RunError) -> None:
        kept = self._session.run.step
        with self._condition:
            asked, self._ending = self._ending, False
        if asked and self._refused:
            raise RunError(f"{error} What was trained after step {kept:,} could not be kept.") from error
        self._refused = asked
        self._unmeasured.clear()
        self._complain(
            error, f" Stopped once more, it ends as it was saved at step {kept:,}." if asked else ""
        )
        self._may_go_on()

    def note_measured(self, done: int, total: int) -> None:
        """So many images of the run's measurement are done; raises :class:`Cancelled` when it is not wanted."""
        if self._unmeasured.is_set():
            raise Cancelled
        with self._condition:
            self._mail.measured = (done, total)

    def _complain(self, error: RunError, more: str = "") -> None:
        with self._condition:
            self._goal = "pause"
        self.trouble.emit(f"{error} The training is paused; nothing is lost.{more}")

    def _to_end(self) -> bool:
        with self._condition:
            return self._ending

    def _may_go_on(self) -> bool:
        """Wait while paused; False when the thread shall end."""
        while self._paused_now():
            # Without the lock, which the window waits for: large weights take a while to copy.
            snapshot = self._session.snapshot()
            with self._condition:
                self._mail.snapshot = snapshot
                self._standing = True
            self.paused.emit()
            with self._condition:
                # Every request is answered, also one to go on that is taken back before this thread wakes up.
                self._condition.wait_for(lambda: self._asked or self._ending)
                self._standing = False
        with self._condition:
            changes, self._changes = self._changes, {}
        if changes:
            self._session.trainer.change(**changes)
        return not self._to_end()

    def _paused_now(self) -> bool:
        with self._condition:
            self._asked = False
            return self._goal == "pause" and not self._ending

    def _post(self, results: list[StepResult], snapshot: Snapshot | None = None) -> None:
        session = self._session
        if snapshot is None and (now := time.monotonic()) >= self._snapshot_due:
            snapshot = session.snapshot()
            self._snapshot_due = now + max(SNAPSHOT_SECONDS, SNAPSHOT_SHARE * (time.monotonic() - now))
        tests = session.history.test
        count = len(tests["step"])
        new = [
            TestResult(*(tests[name][row] for name in TestResult._fields))
            for row in range(self._tested, count)
        ]
        self._tested = count
        # Only a new one: what the window knows may be newer than the last save, such as another name.
        run = session.run if session.run is not self._posted else None
        self._posted = session.run
        with self._condition:
            self._mail.steps += results
            self._mail.tests += new
            self._mail.snapshot = snapshot or self._mail.snapshot
            self._mail.run = run or self._mail.run


class _Measuring(Progress):
    def __init__(self, thread: TrainerThread) -> None:
        self._thread = thread

    def report(self, done: int, total: int, text: str = "") -> None:
        self._thread.note_measured(done, total)
