"""Plays events at the real window, in Qt's own loop: also inside the loops that menus and dialogs run."""

from __future__ import annotations

import faulthandler
import gc
import threading
import time
from collections import deque
from collections.abc import Callable, Container
from pathlib import Path
from random import Random
from typing import TextIO

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt, QThread, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from saegui.core import data
from saegui.core.runs.run import STARTER_PATH
from saegui.ui.window.application import make_application
from tests.monkey import chores, files, growth, hands
from tests.monkey.deed import Deed
from tests.monkey.faults import Faults
from tests.monkey.stage import Stage

KINDS = (
    (14, hands.press),
    (10, hands.release),
    (20, hands.move),
    (14, hands.click),
    (10, hands.drag),
    (6, hands.wheel),
    (8, hands.key),
    (4, hands.shortcut),
    (3, hands.text),
    (6, chores.action),
    (3, chores.answer),
    (4, chores.title),
    (1.5, chores.size),
    (3, chores.train),
    (0.25, chores.windows),
    (0.5, chores.drop_picture),
    (1.5, files.files),
    (0.15, files.disk),
)
"""How often an event is of each kind."""
LAST = 50
LOOK_MS = 10
NESTED_MS = 20
"""After this long an event that has not returned waits for others."""
PATIENCE_SECONDS = 60
SECONDS = 120
"""A single event, or coming to rest, that takes longer hangs: the traceback of every thread is printed, and the process ends."""


def pen_stroke() -> NDArray[np.float64]:
    """A line across the paper."""
    return np.array([[0.2, 0.2], [0.5, 0.6], [0.8, 0.7]])


class Session(QObject):
    """Events ``first`` … ``last`` − 1 of a seed, or those of them in ``only``.

    An event's random numbers come from the seed and its own number alone, so a part of a session can be played by itself.
    """

    def __init__(
        self,
        seed: int,
        home: Path,
        *,
        first: int,
        last: int,
        only: Container[int] | None,
        data_dir: Path | None,
        disk: Path | None,
        log: TextIO,
    ) -> None:
        super().__init__()
        self.seed, self.first, self.last, self.only, self._log = seed, first, last, only, log
        self.faults = Faults(self._failed)
        self.stage = Stage(home, data_dir, self.faults.watch)
        self.stage.disk = disk
        self.held: list[growth.Held] = []
        self.done = 0
        self.recent: deque[str] = deque(maxlen=LAST)
        self.slowest: list[tuple[float, str]] = []
        self._next = first
        self._resting = False
        self._rest_at = growth.EVERY
        self._depth = 0
        """Events that have not returned: one, and more inside the loops of menus."""
        self._inside = QTimer(self)
        self._inside.setSingleShot(True)
        self._inside.setInterval(NESTED_MS)
        self._inside.timeout.connect(self._step_inside)
        self._level = 0
        """How many loops of Qt were running when the innermost of them began."""

    def play(self) -> None:
        """Until the end, or the first fault."""
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
        app = make_application()
        app.setQuitOnLastWindowClosed(False)
        # Popups glide and fade nowhere: what is random is the events alone.
        for effect in (Qt.UIEffect.UI_AnimateMenu, Qt.UIEffect.UI_FadeMenu, Qt.UIEffect.UI_AnimateCombo):
            QApplication.setEffectEnabled(effect, False)
        QDesktopServices.setUrlHandler("file", self, "folder_opened")
        with self.faults.installed():
            QTimer.singleShot(0, self._begin)
            app.exec()
        faulthandler.cancel_dump_traceback_later()
        QDesktopServices.unsetUrlHandler("file")
        if not self.faults.found:
            self.faults.found += growth.excess(self.held)

    @Slot()
    def _begin(self) -> None:
        """Load every library, so that what is measured later does not grow by them: train, and draw every figure."""
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        window = self.stage.open_window((1280, 800))
        self._resting = True
        self._until(lambda: window.state.dataset is not None and not window.services.jobs.running)
        window.state.set_draft(chores.small(Random(self.seed), epochs=1))
        window.services.training.train()
        self._until(lambda: not window.state.busy and window.state.stats is not None)
        window.state.set_strokes([pen_stroke()])
        window.services.exporter.save_all(self.stage.home / "out")
        self._until(lambda: not window.services.jobs.running)
        # Looked for in the network, where it is not: this imports torchvision.
        window.services.data.require("mnist")
        self._until(lambda: not window.services.jobs.running)
        for name in data.DATASETS:
            # The window of the data sets loads what is here.
            if data.available(name):
                window.services.added.look_into(name)
                self._until(lambda: not window.services.added.looking)
        self._resting = False
        QTimer.singleShot(0, self._step)

    @property
    def recent_number(self) -> int:
        """The number of the last event."""
        return self._next - 1

    @Slot(QUrl)
    def folder_opened(self, url: QUrl) -> None:
        """The desktop would show the folder."""

    @Slot()
    def _failed(self) -> None:
        QApplication.exit(1)

    @Slot()
    def _step(self) -> None:
        if self.faults.found:
            # Inside a menu's own loop, too.
            QApplication.exit(1)
            return
        if self._next >= self.last:
            if self.stage.popup is not None or self.stage.modal is not None:
                chores.answer(self.stage, Random(0)).do()
                QTimer.singleShot(0, self._step)
            else:
                self._end()
            return
        index, self._next = self._next, self._next + 1
        if self.only is None or index in self.only:
            level, self._level = self._level, QThread.currentThread().loopLevel()
            self._depth += 1
            self._inside.start()
            self._play(index)
            self._depth -= 1
            self._level = level
        if not self._depth:
            QTimer.singleShot(0, self._step)

    @Slot()
    def _step_inside(self) -> None:
        """An event that opened a menu or a dialog with a loop of its own ends only when that is closed by other events."""
        if self._depth:
            # Before the event: of a timer whose slot has not returned Qt does not call it again.
            self._inside.start()
            if not self._resting and QThread.currentThread().loopLevel() > self._level:
                self._step()

    def _play(self, index: int) -> None:
        if self.done % 100 == 0:
            faulthandler.dump_traceback_later(SECONDS, exit=True)
        if not self.stage.popup and not self.stage.modal and self.done >= self._rest_at:
            self._rest_at += growth.EVERY
            self._rest()
        stage = self.stage
        stage.clear_closed()
        files.heal(stage)
        random = Random(f"{self.seed}:{index}")
        deed = self._choose(random)
        self.done += 1
        line = f"{index}: {deed.text}"
        self.recent.append(line)
        # At once: what ends the process ends it with the event.
        self._log.write(line + "\n")
        self._log.flush()
        started = time.perf_counter()
        deed.do()
        self.slowest = sorted([*self.slowest, (time.perf_counter() - started, line)], reverse=True)[:5]

    def _choose(self, random: Random) -> Deed:
        if chores.overdue(self.stage):
            return chores.answer(self.stage, random)
        (kind,) = random.choices([kind for _, kind in KINDS], [weight for weight, _ in KINDS])
        return kind(self.stage, random)

    def _end(self) -> None:
        self._rest()
        for window in self.stage.windows:
            window.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.exit(0)

    # -- at rest ------------------------------------------------------------------------------------------------------

    def _rest(self) -> None:
        """End what is under way, and measure what is held then."""
        self._resting = True
        stage = self.stage
        stage.hand.let_go()
        stage.read_only_for = files.STAYS_READ_ONLY
        files.heal(stage)
        stage.clear_closed()
        for window in stage.windows[1:]:
            stage.close_window(window)
        (window,) = stage.windows
        # An experiment on all of MNIST takes longer than anybody waits here.
        window.services.lessons.cancel()
        self._until(lambda: not window.state.busy, window.services.training.stop_unmeasured)
        self._until(lambda: not stage.closing, stage.clear_closed)
        stage.remove_old_runs(growth.RUNS)
        window.services.open_run(STARTER_PATH)
        window.services.library.refresh()
        for toast in window.toasts.toasts:
            toast.dismiss()
        self._until(lambda: not window.services.jobs.running)
        for _ in range(3):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        if not self.held:
            gc.collect()
            gc.freeze()
        self.held.append(growth.measure(stage, self.done))
        self._resting = False

    def _until(self, condition: Callable[[], bool], ask: Callable[[], object] = lambda: None) -> None:
        """Let the window work until ``condition``; ``ask`` is called again and again. A window that never gets there is a fault."""
        loop, started = QEventLoop(), time.monotonic()

        @Slot()
        def look() -> None:
            if not self.faults.found and not condition():
                ask()
                if time.monotonic() - started > PATIENCE_SECONDS:
                    self.faults.add(f"the window does not come to rest: {self._under_way()}")
            if self.faults.found or condition():
                loop.quit()

        timer = QTimer()
        timer.timeout.connect(look)
        timer.start(LOOK_MS)
        loop.exec()
        timer.stop()

    def _under_way(self) -> str:
        """What runs in every window."""
        said = []
        for window in [*self.stage.windows, *self.stage.closing]:
            services = window.services
            jobs = ", ".join(
                f"{job.title}{' (cancelled)' if job.given_up else ''}" for job in services.jobs.running
            )
            missing, thread = services.data.missing, services.training._thread
            said.append(
                f"phase {services.state.phase}, thread {thread!r}, jobs [{jobs}], missing {missing!r}"
            )
        threads = ", ".join(thread.name for thread in threading.enumerate())
        return "; ".join([*said, f"threads [{threads}]"])
