"""Jobs: work in the background, with progress and cancel.

A job's work is a plain function ``work(progress)`` that runs on a pool thread and calls ``progress.report(done, total, text)``
between two pieces; that raises :class:`saegui.core.errors.Cancelled` when the job was cancelled.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, SignalInstance, Slot

from saegui.core.errors import Cancelled
from saegui.core.progress import Progress

Work = Callable[[Progress], Any]

PROGRESS_SECONDS = 0.05
"""Progress is passed on at most this often: the eye sees no more. What is done next is passed on at once: it may take long before
anything more is reported."""

_COUNTS = re.compile(r"[\d,]+")


class Job(QObject):
    """One piece of work. Connect bound methods of QObjects: they are then called on the GUI thread."""

    progressed = Signal(object, object, str)
    """(done, total, text); Python integers, since bytes outgrow C's."""
    done = Signal(object)
    failed = Signal(object)
    """The exception, whichever it is."""
    cancelled = Signal()
    """The work has ended without a result."""
    asked_to_end = Signal()
    """It was cancelled; the work may not have noticed yet."""

    def __init__(self, title: str, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._work = work
        self._cancel = threading.Event()
        self._reported, self._doing = 0.0, ""

    @property
    def given_up(self) -> bool:
        """Whether the work was cancelled; it may not have noticed yet."""
        return self._cancel.is_set()

    def cancel(self) -> None:
        """Ask the work to end; it does so when it next reports its progress."""
        if not self._cancel.is_set():
            self._cancel.set()
            self.asked_to_end.emit()

    def execute(self) -> None:
        """Do the work on the calling thread; ends with one of ``done``, ``failed`` and ``cancelled``."""
        if self._cancel.is_set():
            # It was cancelled while it waited for a free thread.
            self.cancelled.emit()
            return
        try:
            result = self._work(_JobProgress(self))
        except Cancelled:
            self.cancelled.emit()
        except Exception as error:  # noqa: BLE001 - whatever it is, its owner on the GUI thread shows it
            self.failed.emit(error)
        else:
            # Work that finished just before it was cancelled still counts as cancelled: nobody wants its result.
            if self._cancel.is_set():
                self.cancelled.emit()
            else:
                self.done.emit(result)

    def report(self, done: int, total: int, text: str) -> None:
        """Announce how far the work is, but not too often; raises :class:`Cancelled` when the job was cancelled."""
        if self._cancel.is_set():
            raise Cancelled
        now, doing = time.monotonic(), _COUNTS.sub("", text)
        if now - self._reported >= PROGRESS_SECONDS or done >= total or doing != self._doing:
            self._reported, self._doing = now, doing
            self.progressed.emit(done, total, text)


class _JobProgress(Progress):
    def __init__(self, job: Job) -> None:
        self._job = job

    def report(self, done: int, total: int, text: str = "") -> None:
        self._job.report(done, total, text)


def _run(job: Job, ended: SignalInstance) -> None:
    job.execute()
    ended.emit(job)


class Jobs(QObject):
    """Starts jobs and knows which are running."""

    changed = Signal()
    """A job started, was cancelled or ended."""
    _queued = Signal(object)
    # Not a signal of the job: the job is deleted after it, and a thread that still emits needs its sender.
    _ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        # Two threads, so that a quick export need not wait for a long analysis.
        self._pool.setMaxThreadCount(2)
        self._running: list[Job] = []
        self._closed = False
        # Through the event loop: else a very short job could end before anybody listens to it.
        self._queued.connect(self._launch, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._forget)

    @property
    def running(self) -> tuple[Job, ...]:
        """Jobs that were started and have not ended, oldest first."""
        return tuple(self._running)

    def start(self, title: str, work: Work) -> Job:
        """Queue ``work``; connect to the job's signals before returning to the event loop."""
        job = Job(title, work, self)
        job.asked_to_end.connect(self.changed)
        self._running.append(job)
        self._queued.emit(job)
        self.changed.emit()
        return job

    def cancel_all(self) -> None:
        """Cancel every job."""
        for job in self._running:
            job.cancel()

    def shut_down(self) -> None:
        """Cancel everything and wait until the pool is empty: called once, when the window has closed."""
        self._closed = True
        self.cancel_all()
        self._pool.waitForDone()

    @Slot(object)
    def _launch(self, job: Job) -> None:
        if not self._closed:
            # A function: of a QRunnable that ends while it is still being started, PySide keeps the Python half for ever, and
            # with it what the work holds, such as a whole data set.
            self._pool.start(lambda: _run(job, self._ended))

    @Slot(object)
    def _forget(self, job: Job) -> None:
        if job in self._running:
            self._running.remove(job)
        job.deleteLater()
        self.changed.emit()


class Latest(QObject):
    """Jobs of one kind, of which only the newest counts: a newer one cancels and silences the older one."""

    done = Signal(object)
    failed = Signal(object)
    """The exception, whichever it is."""
    cancelled = Signal()
    """The newest was cancelled by somebody else, such as the user in the status bar; not by :meth:`cancel`."""
    progressed = Signal(object, object, str)
    changed = Signal()
    """:attr:`running` changed."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None

    @property
    def running(self) -> bool:
        """Whether the newest has not ended."""
        return self._job is not None

    @property
    def given_up(self) -> bool:
        """Whether the newest was cancelled by somebody else and has not ended yet."""
        return self._job is not None and self._job.given_up

    def start(self, title: str, work: Work) -> Job:
        """Start a job in place of the one before, which is cancelled and sends no more signals."""
        if self._job is not None:
            self._job.cancel()
        job = self._job = self._jobs.start(title, work)
        job.done.connect(self._done)
        job.failed.connect(self._failed)
        job.cancelled.connect(self._cancelled)
        job.progressed.connect(self._progressed)
        self.changed.emit()
        return job

    def cancel(self) -> bool:
        """Cancel the newest, which sends no more signals; False when there is none."""
        if self._job is None:
            return False
        self._job.cancel()
        self._job = None
        self.changed.emit()
        return True

    def _ended(self) -> bool:
        """Whether the newest job sent the signal that is being handled; it has ended then."""
        if self._job is None or self.sender() is not self._job:
            return False
        self._job = None
        return True

    @Slot(object)
    def _done(self, result: object) -> None:
        if self._ended():
            self.done.emit(result)
            self.changed.emit()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if self._ended():
            self.failed.emit(error)
            self.changed.emit()

    @Slot()
    def _cancelled(self) -> None:
        if self._ended():
            self.cancelled.emit()
            self.changed.emit()

    @Slot(object, object, str)
    def _progressed(self, done: int, total: int, text: str) -> None:
        if self.sender() is self._job:
            self.progressed.emit(done, total, text)
