"""TrainerThread: advances a training session in the background; its numbers reach the window through a mailbox."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QThread, Signal

from saegui.core.analysis.metrics import Metrics
from saegui.core.config.changes import Change
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, DivergedError, RunError, SaeguiError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Asking, Progress
from saegui.core.runs import folders
from saegui.core.runs.history import History, StepResult, TestResult
from saegui.core.runs.run import Run

if TYPE_CHECKING:
    from saegui.core.training.session import Session

SNAPSHOT_SECONDS = 0.2
"""The window sees new weights at most this often."""
SNAPSHOT_SHARE = 20
"""Copying weights may take at most one part in this many of the training's time."""

Goal = Literal["end", "epoch", "step", "pause"]
"""How far to train before pausing: to the end of the training, to the end of the epoch, one step, not at all."""


@dataclass
class Mail:
    """What happened since the mailbox was last emptied."""

    steps: list[StepResult] = field(default_factory=list)
    tests: list[TestResult] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    """Of live parameters."""
    snapshot: Snapshot | None = None
    run: Run | None = None
    device: str = ""
    """The device that trains, once it is known; else empty."""
    history: History | None = None
    """The curves so far, in the first mail of a training that is resumed."""
    fitted: tuple[int, int, str] | None = None
    """(pieces done, pieces in all, of what), of a fit that is within a step."""
    measured: tuple[int, int] | None = None
    """(images done, images in all), while the run is measured at its end."""


class TrainerThread(QThread):
    """Calls ``Session.advance`` in a loop. Requests to pause or stop are answered between two steps, and within one of a fit."""

    ready = Signal()
    """The session exists: the mail holds the run, its weights and, of a new run, their measurement."""
    paused = Signal()
    """The training paused; it may have been asked to continue since: see :attr:`is_paused`."""
    save_failed = Signal(str)
    """What the user should know: the run could not be saved; the training is paused and intact."""
    noted = Signal(str)
    """What the user should know of a save that worked, such as a snapshot that could not be kept."""
    completed = Signal(object)
    """The final :class:`Metrics`, after a finished or stopped training; None when the measurement was cancelled. Not emitted
    when the training was stopped before it began."""
    failed = Signal(object)
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
        preset: str | None = None,
        folder: Path | None = None,
    ) -> None:
        """``preset`` that ``config`` began with; ``resumed``: the run to resume; without it a new run of ``config`` is trained,
        in ``folder`` (default: where all runs are).
        """
        super().__init__(parent)
        self._config, self._dataset = config, dataset
        self._threads, self._device = threads, device
        self._resumed, self._preset, self._folder = resumed, preset, folder
        self._skip_measuring = threading.Event()
        self._condition = threading.Condition()
        # Guarded by the condition: the mail, the goal and whether it is a new one, whether the loop waits, whether it is
        # to end, changes of live parameters.
        self._mail = Mail()
        self._goal: Goal = "end"
        self._has_new_goal = False
        self._waiting = False
        self._stopping = False
        self._changes: dict[str, float] = {}
        self._elsewhere: Path | None = None
        self._retries_stop = False
        # Used by the training thread alone.
        self._closed = self._stop_failed = False
        self._snapshot_due = 0.0
        self._posted_run: Run | None = None
        self._posted_test: TestResult | None = None

    # -- called on the GUI thread ---------------------------------------------------------------------------------

    def train_to(self, goal: Goal) -> None:
        """Train until ``goal`` is reached, and then pause; a later request replaces an earlier one."""
        with self._condition:
            self._goal, self._has_new_goal = goal, True
            self._condition.notify()

    def stop(self) -> None:
        """Save the run at its current step and end the thread.

        When it cannot be saved the training pauses instead; a second call then ends the thread without saving.
        """
        with self._condition:
            self._stopping = True
            self._condition.notify()

    def try_again(self) -> bool:
        """After a save that failed: continue, or save the end again if that failed; returns whether the training ends then."""
        with self._condition:
            if self._retries_stop:
                self._stopping = True
            else:
                self._goal, self._has_new_goal = "end", True
            # What the user asks for twice is no second request to stop, which would give up what is not saved.
            self._stop_failed = False
            self._condition.notify()
            return self._stopping

    def save_in(self, folder: Path) -> None:
        """End the training, and save it to the new folder ``folder`` because its own cannot be written."""
        with self._condition:
            self._elsewhere, self._stopping, self._stop_failed = folder, True, False
            self._condition.notify()

    def skip_measuring(self) -> None:
        """Do not measure the run at its end; cancel the measurement if it has begun."""
        self._skip_measuring.set()

    def change(self, name: str, value: float) -> None:
        """Change a live parameter from the next step on; the caller has checked the value."""
        with self._condition:
            self._changes[name] = value

    def take_mail(self) -> Mail:
        """Everything that happened since the last call."""
        with self._condition:
            mail, self._mail = self._mail, Mail()
            return mail

    @property
    def is_paused(self) -> bool:
        """Whether the training is paused and was not asked to continue or stop since."""
        with self._condition:
            return self._waiting and not self._has_new_goal and not self._stopping

    # -- on the training thread ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """The whole training."""
        try:
            self._train()
        except SaeguiError as error:
            self.failed.emit(error)
        except Exception as error:  # noqa: BLE001 - a bug must reach the window's error path, not die with the thread
            self.failed.emit(error)

    def _train(self) -> None:
        # Imported here: torch takes seconds to import, and only this thread can wait for it.
        from saegui.core.training.devices import failures_named, load_torch, use_threads

        load_torch()
        use_threads(self._threads)
        session = None if self._is_stopping() else self._begin()
        if session is None:
            return
        self._session = session
        session.watch(Asking(lambda: self.has_enough, self.note_fitted))
        with self._condition:
            self._mail.device = session.trainer.device
        self._post([])
        self.ready.emit()
        found: Metrics | None = None
        try:
            with failures_named(session.checkpoints):
                while not self._closed:
                    while not session.done and self._wait_while_paused():
                        self._step()
                    found = self._close()
        except DivergedError:
            # The window shows the weights that are kept.
            self._post([], session.checkpoints.last_good)
            raise
        finally:
            # Also when the end could not be saved: the window stays open, and the run can be resumed in it.
            session.checkpoints.release()
        self._post([], session.trainer.snapshot())
        self.completed.emit(found)

    def _begin(self) -> Session | None:
        """Make the session; None when the training was stopped meanwhile, and then a new run leaves no files."""
        from saegui.core.training.session import Session

        if self._resumed is not None:
            session = Session.resume(self._resumed, self._dataset, device=self._device)
            if self._is_stopping():
                session.checkpoints.release()
                return None
            with self._condition:
                # A copy: the session's own history grows on this thread.
                self._mail.history = session.checkpoints.history.until(session.trainer.steps)
            return session
        path = folders.new_path(self._config, self._folder)
        name = folders.new_name(self._config, self._folder, preset=self._preset)
        session = Session(
            self._config, self._dataset, path, name=name, preset=self._preset, device=self._device
        )
        if self._is_stopping():
            session.checkpoints.abandon()
            return None
        return session

    def _step(self) -> None:
        session = self._session
        self._stop_failed = False
        with self._condition:
            self._retries_stop = False
            single = self._goal == "step"
        try:
            session.advance(single=single)
        except Cancelled:
            return
        except RunError as error:
            self._pause_unsaved(error)
        self._emit_notes()
        self._post(session.recent)
        with self._condition:
            if self._goal == "step" or (self._goal == "epoch" and session.trainer.at_epoch_end):
                self._goal = "pause"

    def _close(self) -> Metrics | None:
        """Measure the run and save it; when saving fails, pause, so that the trained weights are not lost."""
        with self._condition:
            elsewhere, self._elsewhere = self._elsewhere, None
        try:
            if elsewhere is None:
                found = self._session.close(_Measuring(self))
            else:
                found = self._session.checkpoints.close_in(elsewhere, _Measuring(self))
        except Cancelled:
            found = None
        except RunError as error:
            self._end_unsaved(error)
            return None
        self._closed = True
        self._emit_notes()
        return found

    def _end_unsaved(self, error: RunError) -> None:
        kept = self._session.run.step
        with self._condition:
            stopped, self._stopping = self._stopping, False
            self._retries_stop = stopped
        if stopped and self._stop_failed:
            raise RunError(f"{error} The training after step {kept:,} could not be saved.") from error
        self._stop_failed = stopped
        self._skip_measuring.clear()
        self._pause_unsaved(
            error, f" If you stop it again, the run ends as it was saved at step {kept:,}." if stopped else ""
        )
        self._wait_while_paused()

    def note_measured(self, done: int, total: int) -> None:
        """``done`` of ``total`` images are measured; raises :class:`Cancelled` when the measurement is to be skipped."""
        if self._skip_measuring.is_set():
            raise Cancelled
        with self._condition:
            self._mail.measured = (done, total)

    def note_fitted(self, done: int, total: int, text: str) -> None:
        """``done`` of ``total`` pieces of a step are done; waits while paused, raises :class:`Cancelled` when it is to stop."""
        with self._condition:
            self._mail.fitted = (done, total, text)
        if not self._wait_while_paused():
            raise Cancelled

    @property
    def has_enough(self) -> bool:
        """Whether the training is to pause or stop."""
        with self._condition:
            return self._stopping or self._goal == "pause"

    def _emit_notes(self) -> None:
        for note in self._session.checkpoints.take_notes():
            self.noted.emit(note)

    def _pause_unsaved(self, error: RunError, more: str = "") -> None:
        with self._condition:
            self._goal = "pause"
        kept = self._session.run.step
        self.save_failed.emit(
            f"{error} The training is paused and nothing is lost; step {kept:,} is saved.{more}"
        )

    def _is_stopping(self) -> bool:
        with self._condition:
            return self._stopping

    def _wait_while_paused(self) -> bool:
        """Wait until the training may continue; False when it is to stop."""
        while self._is_to_pause():
            # Without the lock, because the window waits for it: large weights take a while to copy.
            snapshot = self._session.trainer.snapshot()
            with self._condition:
                self._mail.snapshot = snapshot
                self._waiting = True
            self.paused.emit()
            with self._condition:
                # Every request is answered, also one to continue that is withdrawn before this thread wakes up.
                self._condition.wait_for(lambda: self._has_new_goal or self._stopping)
                self._waiting = False
        with self._condition:
            changes, self._changes = self._changes, {}
        if changes:
            made = self._session.change(changes)
            with self._condition:
                self._mail.changes += made
        return not self._is_stopping()

    def _is_to_pause(self) -> bool:
        with self._condition:
            self._has_new_goal = False
            return self._goal == "pause" and not self._stopping

    def _post(self, steps: list[StepResult], snapshot: Snapshot | None = None) -> None:
        """Put these steps into the mail, with the test result, the run and the weights if they are new."""
        session = self._session
        if snapshot is None and (now := time.monotonic()) >= self._snapshot_due:
            snapshot = session.trainer.snapshot()
            self._snapshot_due = now + max(SNAPSHOT_SECONDS, SNAPSHOT_SHARE * (time.monotonic() - now))
        run, test = session.run, session.checkpoints.newest_test
        with self._condition:
            self._mail.steps += steps
            if test is not None and test is not self._posted_test:
                self._mail.tests.append(test)
            if run is not self._posted_run:
                # Only a new one: the window may know more than the last save, such as another name.
                self._mail.run = run
            self._mail.snapshot = snapshot or self._mail.snapshot
        self._posted_run, self._posted_test = run, test


class _Measuring(Progress):
    def __init__(self, thread: TrainerThread) -> None:
        self._thread = thread

    def report(self, done: int, total: int, text: str = "") -> None:
        self._thread.note_measured(done, total)
