"""Background jobs: results, failures, progress and cancel arrive on the GUI thread."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from saegui.app import jobs
from saegui.app.errors import ErrorRelay
from saegui.app.jobs import Job, Latest
from saegui.app.services import Services
from saegui.core.progress import Progress


class Receiver(QObject):
    """Notes what it hears, and on which thread."""

    def __init__(self, job: Job | Latest) -> None:
        super().__init__()
        self.heard: list[object] = []
        self.threads: set[int] = set()
        job.done.connect(self._hear)
        job.failed.connect(self._hear)
        job.progressed.connect(self._progress)
        job.cancelled.connect(self._cancelled)

    @Slot(object)
    def _hear(self, thing: object) -> None:
        self.heard.append(thing)
        self.threads.add(threading.get_ident())

    @Slot(object, object, str)
    def _progress(self, done: int, total: int, text: str) -> None:
        self._hear((done, total, text))

    @Slot()
    def _cancelled(self) -> None:
        self._hear("cancelled")


def finish(services: Services, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not services.jobs.running, timeout=60_000)


def test_the_result_arrives_on_the_gui_thread(services: Services, qtbot: QtBot) -> None:
    worked_on = []

    def work(progress: Progress) -> int:
        # Not Qt's object of the thread: the pool deletes it, and Python would not hear of it.
        worked_on.append(threading.get_ident())
        return 5

    job = services.jobs.start("sum", work)
    receiver = Receiver(job)
    finish(services, qtbot)
    assert receiver.heard == [5]
    assert receiver.threads == {threading.get_ident()}
    assert worked_on[0] != threading.get_ident()


def test_a_job_that_is_done_at_once_is_heard(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AtOnce:
        start = staticmethod(lambda work: work())
        waitForDone = staticmethod(lambda: True)

    monkeypatch.setattr(services.jobs, "_pool", AtOnce())
    receiver = Receiver(services.jobs.start("quick", lambda progress: 7))
    finish(services, qtbot)
    assert receiver.heard == [7]


def test_what_the_work_holds_is_freed_when_it_has_ended(services: Services, qtbot: QtBot) -> None:
    class Images:
        """Stands for a data set."""

    held: list[weakref.ref[Images]] = []

    def start() -> None:
        images = Images()
        held.append(weakref.ref(images))
        services.jobs.start("quick", lambda progress: str(images))

    for _ in range(200):
        start()
    finish(services, qtbot)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [images() for images in held] == [None] * 200


def test_a_failure_arrives_as_the_exception_itself(services: Services, qtbot: QtBot) -> None:
    def work(progress: Progress) -> None:
        raise ZeroDivisionError("seven")

    receiver = Receiver(services.jobs.start("fail", work))
    finish(services, qtbot)
    assert [str(error) for error in receiver.heard] == ["seven"]


def test_progress_larger_than_c_integers_arrives_whole(services: Services, qtbot: QtBot) -> None:
    job = services.jobs.start("big", lambda progress: progress.report(2**40, 2**40, "bytes"))
    receiver = Receiver(job)
    finish(services, qtbot)
    assert receiver.heard[0] == (2**40, 2**40, "bytes")


def test_what_is_done_next_is_heard_at_once_and_how_far_it_is_only_now_and_then(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PROGRESS_SECONDS", 1e9)

    def work(progress: Progress) -> None:
        for done in range(100):
            progress.report(done, 300, f"Measuring: {done:,} of 1,000")
        for done in range(100, 200):
            progress.report(done, 300, "Drawing")

    receiver = Receiver(services.jobs.start("two parts", work))
    finish(services, qtbot)
    assert receiver.heard == [(0, 300, "Measuring: 0 of 1,000"), (100, 300, "Drawing"), None]


@pytest.mark.parametrize("polite", [True, False])
def test_a_cancelled_job_gives_no_result(polite: bool, services: Services, qtbot: QtBot) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(progress: Progress) -> str:
        begun.set()
        go_on.wait(10)
        if polite:
            progress.report(1, 2)
        return "not wanted"

    job = services.jobs.start("cancel", work)
    receiver = Receiver(job)
    qtbot.waitUntil(begun.is_set, timeout=60_000)
    job.cancel()
    go_on.set()
    finish(services, qtbot)
    assert receiver.heard == ["cancelled"]


def test_a_job_that_is_cancelled_before_its_turn_never_begins(services: Services, qtbot: QtBot) -> None:
    go_on = threading.Event()
    for _ in range(2):
        services.jobs.start("in the way", lambda progress: go_on.wait(10))
    begun: list[bool] = []
    job = services.jobs.start("late", lambda progress: begun.append(True))
    receiver = Receiver(job)
    qtbot.waitUntil(lambda: len(services.jobs.running) == 3, timeout=60_000)
    job.cancel()
    go_on.set()
    finish(services, qtbot)
    assert receiver.heard == ["cancelled"] and not begun


def test_a_job_is_there_as_long_as_its_thread_is_in_it(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    execute = Job.execute

    def lingering(self: Job) -> None:
        execute(self)
        let_go.wait(10)

    monkeypatch.setattr(Job, "execute", lingering)
    job = services.jobs.start("quick", lambda progress: 7)
    receiver = Receiver(job)
    qtbot.waitUntil(lambda: receiver.heard == [7], timeout=60_000)
    QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert isValid(job) and job in services.jobs.running
    let_go.set()
    finish(services, qtbot)


@pytest.fixture
def latest(services: Services) -> Latest:
    return Latest(services.jobs, services)


def held(go_on: threading.Event, result: str) -> Callable[[Progress], str]:
    """Work that ends when ``go_on`` is set."""

    def work(progress: Progress) -> str:
        assert go_on.wait(10)
        return result

    return work


@pytest.mark.parametrize("first_ends_first", [True, False])
def test_a_newer_job_silences_the_older_one(
    first_ends_first: bool, latest: Latest, services: Services, qtbot: QtBot
) -> None:
    receiver = Receiver(latest)
    go_on = {"older": threading.Event(), "newer": threading.Event()}
    older = latest.start("older", held(go_on["older"], "older"))
    qtbot.waitUntil(lambda: older in services.jobs.running)
    newer = latest.start("newer", held(go_on["newer"], "newer"))
    assert older.given_up and not newer.given_up
    names = ("older", "newer") if first_ends_first else ("newer", "older")
    for name, job in zip(names, (older, newer) if first_ends_first else (newer, older), strict=True):
        go_on[name].set()
        qtbot.waitUntil(lambda job=job: job not in services.jobs.running)  # type: ignore[misc]
    assert receiver.heard == ["newer"]
    assert not latest.running


def test_a_result_that_is_on_its_way_when_a_newer_job_starts_is_silenced(
    latest: Latest, services: Services, qtbot: QtBot
) -> None:
    receiver, ended = Receiver(latest), threading.Event()
    older = latest.start("older", lambda progress: "older")
    # On the pool's thread: its signal waits in this thread's queue until the event loop runs.
    older.done.connect(lambda result: ended.set(), Qt.ConnectionType.DirectConnection)
    QCoreApplication.sendPostedEvents(services.jobs, QEvent.Type.MetaCall)
    assert ended.wait(10)
    latest.start("newer", lambda progress: "newer")
    finish(services, qtbot)
    assert receiver.heard == ["newer"]


def test_nothing_is_heard_of_a_job_after_its_kind_was_cancelled(
    latest: Latest, services: Services, qtbot: QtBot
) -> None:
    receiver, go_on = Receiver(latest), threading.Event()
    job = latest.start("unwanted", held(go_on, "unwanted"))
    with qtbot.waitSignal(latest.changed):
        assert latest.cancel()
    assert job.given_up and not latest.running and not latest.given_up
    assert not latest.cancel()
    go_on.set()
    finish(services, qtbot)
    assert receiver.heard == []


def test_what_the_newest_job_announces_is_passed_on(latest: Latest, services: Services, qtbot: QtBot) -> None:
    receiver = Receiver(latest)

    def failing(progress: Progress) -> None:
        progress.report(2**40, 2**40, "bytes")
        raise ZeroDivisionError("seven")

    latest.start("failing", failing)
    finish(services, qtbot)
    done, error = receiver.heard
    assert done == (2**40, 2**40, "bytes") and str(error) == "seven"
    assert receiver.threads == {threading.get_ident()}
    assert not latest.running


def test_a_job_that_somebody_else_cancelled_runs_until_it_has_noticed(
    latest: Latest, services: Services, qtbot: QtBot
) -> None:
    receiver, go_on = Receiver(latest), threading.Event()
    changes: list[bool] = []
    latest.changed.connect(lambda: changes.append(latest.running))
    latest.start("from the status bar", held(go_on, "unwanted"))
    services.jobs.running[-1].cancel()
    assert latest.running and latest.given_up
    go_on.set()
    finish(services, qtbot)
    assert receiver.heard == ["cancelled"]
    assert not latest.running and not latest.given_up
    assert changes == [True, False]


def test_errors_of_every_thread_reach_the_one_error_path(
    qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    relay = ErrorRelay()
    relay.install()
    try:
        with qtbot.waitSignal(relay.raised, timeout=60_000) as heard:
            thread = threading.Thread(target=lambda: [][1])
            thread.start()
            thread.join()
        assert heard.args[0] == "Something went wrong inside saegui: IndexError: list index out of range"
        assert "Traceback" in heard.args[1] and "Traceback" in capsys.readouterr().err
        with qtbot.waitSignal(relay.raised, timeout=60_000) as heard:
            sys.excepthook(ValueError, ValueError("x"), None)
        assert heard.args[0].endswith("ValueError: x")
    finally:
        relay.uninstall()


def test_signals_keep_their_hands_off_true(qtbot: QtBot) -> None:
    """PySide6 6.12 loses a reference at every emission of a bool; the version bounds keep it out."""

    class Sender(QObject):
        told = Signal(bool)

    class Listener(QObject):
        @Slot(bool)
        def hear(self, value: bool) -> None:
            self.value = value

    sender, listener = Sender(), Listener()
    sender.told.connect(listener.hear)
    before = sys.getrefcount(True)
    for _ in range(500):
        sender.told.emit(True)
    assert listener.value is True
    assert abs(sys.getrefcount(True) - before) < 50
