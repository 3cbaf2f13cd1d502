"""TrainingControl: starts, pauses, resumes and stops the training, and puts its results into the state."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from saegui.app.closing_message import closing_message
from saegui.app.data import DataControl
from saegui.app.overlays import Overlays
from saegui.app.pen_first import PenFirst
from saegui.app.state import AppState
from saegui.app.trainer_thread import Goal, Mail, TrainerThread
from saegui.app.training_rate import TrainingRate
from saegui.core import data as data_sets
from saegui.core.analysis.metrics import Metrics
from saegui.core.config.schema import RunConfig, make, parameter
from saegui.core.errors import ConfigError, DeviceError, RunError
from saegui.core.runs.folders import unused
from saegui.core.runs.history import History
from saegui.core.runs.run import Run
from saegui.core.training.out_of_reach import out_of_reach
from saegui.core.training.schedules import annealed

DRAIN_MS = 33


class TrainingControl(QObject):
    """Owns the training thread; there is one training at a time.

    Every method can be called in every phase; one that makes no sense in it does nothing.
    """

    ended = Signal()
    """The training thread has ended; the window may close."""
    unsaved = Signal(str)
    """The run could not be saved, or not begun, which the sentence explains: see :meth:`try_again`, :meth:`save_elsewhere`."""
    measuring_changed = Signal()
    """:attr:`measuring`, :attr:`fitted` or :attr:`awaits_fit` changed."""

    def __init__(
        self, state: AppState, overlays: Overlays, data: DataControl, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._overlays, self._data = state, overlays, data
        self.threads: int | None = None
        self.device = "auto"
        self.running_on = "cpu"
        """The device of the newest training; what ``auto`` means is only known when torch is loaded."""
        self._thread: TrainerThread | None = None
        self._wanted: RunConfig | None = None
        self._first_goal: Goal = "end"
        self._resumed: Run | None = None
        self._images = 0
        self._measuring: tuple[int, int] | None = None
        self.fitted: tuple[int, int, str] | None = None
        """(pieces done, pieces in all, of what) where scikit-learn fits a baseline; None before, and without one."""
        # Whether a new run could not begin where it is saved, and where new runs are saved instead.
        self._unbegun = False
        self._folder: Path | None = None
        self.rate = TrainingRate()
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_MS)
        self._timer.timeout.connect(PenFirst(state, self._drain, self).ask)
        self._waiting: Goal | None = None
        """The goal of a training that could not begin because its images are missing, or None."""
        state.draft_changed.connect(self._draft_changed)
        state.run_changed.connect(self._run_changed)
        data.loaded.connect(self._data_loaded)
        data.unavailable.connect(self._data_unavailable)
        data.replaced.connect(self._data_replaced)

    @property
    def waits(self) -> bool:
        """Whether a training that was asked for begins when its images are here: see :meth:`fetch`."""
        return self._waiting is not None and self._state.phase == "idle"

    @property
    def config(self) -> RunConfig | None:
        """The configuration that is trained, with live changes; it stays after the training has ended."""
        return self._wanted

    @property
    def images_left(self) -> int:
        """Images still to be seen until the last epoch ends."""
        last = self._state.last_step
        if self._wanted is None:
            return 0
        return round((self._wanted.epochs - (last.epoch if last else 0)) * self._images)

    @property
    def epoch(self) -> int | None:
        """The epoch that is being trained, counted from 1; it changes with the first step of the next. None before any step."""
        last = self._state.last_step
        return max(1, math.ceil(last.epoch)) if last is not None else None

    @property
    def measuring(self) -> tuple[int, int] | None:
        """(images done, images in all) while a run is measured at its end; None at any other time."""
        return self._measuring

    @property
    def awaits_fit(self) -> bool:
        """Whether a pause or stop waits until scikit-learn returns from what it computes, in which it cannot be interrupted."""
        waits = self._thread is not None and self._thread.has_enough and self._state.phase != "paused"
        return waits and self._measuring is None and self._wanted is not None and self._wanted.is_fitted

    @property
    def annealed_k(self) -> int | None:
        """k of the newest step while annealing makes it differ from the configuration's; else None."""
        last, config = self._state.last_step, self._wanted
        if last is None or config is None or not self._images:
            return None
        per_epoch = math.ceil(self._images / config.batch_size)
        k = annealed(config, last.step - 1, per_epoch * config.epochs)
        return k if k != config.k else None

    @property
    def resumable(self) -> Run | None:
        """The current run, if its training was interrupted and can be resumed now; else None."""
        run = self._state.run
        if self._state.phase != "idle" or run is None or not run.can_resume or run.is_being_trained:
            return None
        return run

    @property
    def will_resume(self) -> bool:
        """Whether :meth:`train` resumes the current run: it was interrupted, and only live parameters were edited since."""
        run = self.resumable
        if run is None:
            return False
        values, draft = run.config.model_dump(), self._state.draft
        return all(values[name] == draft[name] or parameter(name).live for name in values)

    # -- what a user asks for -------------------------------------------------------------------------------------

    def train(self) -> None:
        """Train to the end: continue after a pause, resume the current run (see :attr:`will_resume`), or start a new one."""
        self._go_on("end")

    def fetch(self) -> None:
        """Get the images that a training waits for, by a download if necessary, and begin it."""
        self._begin_waiting(ask=False)

    def train_new_run(self) -> None:
        """Train a new run with the train panel's settings, whichever run is open."""
        if self._state.phase == "idle":
            self._begin("end", self._draft())

    def resume(self) -> None:
        """Resume the training of the current run, whatever the train panel's settings are."""
        if (run := self.resumable) is not None:
            self._begin("end", run.config, run)

    def pause(self) -> None:
        """Pause after the current step."""
        if self._state.phase == "training":
            self._go_on("pause")
            self.measuring_changed.emit()

    def step(self) -> None:
        """Train on one batch, then pause; starts a training when there is none."""
        self._go_on("step")

    def step_epoch(self) -> None:
        """Train to the end of the current epoch, then pause; starts a training when there is none."""
        self._go_on("epoch")

    def stop(self) -> None:
        """Save the run at its current step and end. While preparing: cancel. While it is measured: skip the measurement."""
        if self._thread is not None:
            if self._state.phase == "stopping" or self._measuring is not None:
                self._thread.skip_measuring()
            self._thread.stop()
            self._state.set_phase("stopping")
        elif self._state.phase == "preparing":
            self._data.cancel()
            self._state.set_phase("idle")

    def try_again(self) -> None:
        """After a save that failed: continue the training, or save its end again; begin one that could not begin."""
        if self._unbegun and self._state.phase == "idle":
            self._begin(self._first_goal, self._wanted)
        if self._state.phase == "paused" and self._thread is not None:
            self._state.set_phase("stopping" if self._thread.try_again() else "training")

    def save_elsewhere(self, folder: Path) -> None:
        """End the training and save it in ``folder``; one that could not begin does so there, as do all until the program ends."""
        if self._unbegun and self._state.phase == "idle":
            self._folder = folder
            self._begin(self._first_goal, self._wanted)
        elif self._state.phase == "paused" and self._thread is not None and self._state.run is not None:
            self._state.set_phase("stopping")
            self._thread.save_in(unused(folder / self._state.run.path.name))

    def stop_unmeasured(self) -> None:
        """Stop without the final measurement, which takes time: the user waits for the window to close."""
        if self._thread is not None:
            self._thread.skip_measuring()
        self.stop()

    def change(self, name: str, value: Any) -> None:
        """Apply a live parameter that was edited during the training; an invalid value is ignored, its field shows why."""
        if self._wanted is None or not self._state.busy or not parameter(name).live:
            return
        try:
            self._wanted = make({name: value}, self._wanted)
        except ConfigError:
            return
        # While the data are loaded there is no thread yet; it will start with the changed configuration.
        if self._thread is not None:
            self._thread.change(name, value)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _go_on(self, goal: Goal) -> None:
        if self._state.phase in ("training", "paused") and self._thread is not None:
            self._state.set_phase("training")
            self._thread.train_to(goal)
        elif self._state.phase == "idle":
            self._begin(goal, self._draft(), self.resumable if self.will_resume else None)

    def _draft(self) -> RunConfig | None:
        try:
            return make(self._state.draft)
        except ConfigError as error:
            self._state.notify("bad", str(error), "training")
            return None

    def _begin(
        self, goal: Goal, config: RunConfig | None, resumed: Run | None = None, *, ask: bool = True
    ) -> None:
        """Train ``config``, or resume ``resumed`` with the live parameters of ``config``.

        With ``ask`` the training waits where its images must be downloaded: that is for the user to begin.
        """
        if config is None:
            return
        self._wanted, self._first_goal, self._resumed, self._waiting = config, goal, resumed, None
        self._unbegun, self._state.last_step = False, None
        self._state.set_phase("preparing")
        self._data.require(config.dataset, ask=ask)

    def _begin_waiting(self, *, ask: bool) -> None:
        if self._waiting is not None and self._state.phase == "idle":
            config = self._wanted if self._resumed is not None else self._draft()
            self._begin(self._waiting, config, self._resumed, ask=ask)

    @Slot()
    def _draft_changed(self) -> None:
        # Who chooses other images waits no longer; those that are always there may have been chosen to begin with.
        wanted = self._wanted.dataset if self._wanted is not None else ""
        if self._state.draft["dataset"] not in (wanted, data_sets.built_in()):
            self._waiting = None

    @Slot()
    def _run_changed(self) -> None:
        self._waiting = None

    @Slot()
    def _data_loaded(self) -> None:
        dataset, config = self._state.dataset, self._wanted
        asked = config.dataset if config is not None else ""
        if self.waits and dataset is not None and self._state.draft["dataset"] == dataset.name == asked:
            # They came another way, such as from a folder that was chosen.
            self._begin_waiting(ask=True)
            return
        if self._state.phase != "preparing" or self._thread is not None or config is None or dataset is None:
            return
        if dataset.name != config.dataset:
            # Another request replaced this one, so the images of this training will not come.
            self._state.set_phase("idle")
            return
        self._images = len(dataset.train_images)
        thread = TrainerThread(
            config,
            dataset,
            self.threads,
            self.device,
            self,
            resumed=self._resumed,
            preset=self._state.preset,
            folder=self._folder,
        )
        if self._resumed is not None:
            # Live parameters that were edited since the run was saved; the others are equal.
            wanted, had = config.model_dump(), self._resumed.config.model_dump()
            for name in [name for name in wanted if wanted[name] != had[name]]:
                thread.change(name, wanted[name])
        thread.train_to(self._first_goal)
        thread.ready.connect(self._ready)
        thread.paused.connect(self._paused)
        thread.save_failed.connect(self._save_failed)
        thread.noted.connect(self._noted)
        thread.completed.connect(self._completed)
        thread.failed.connect(self._failed)
        thread.finished.connect(self._finished)
        self._thread = thread
        self.rate.clear()
        thread.start()

    @Slot()
    def _data_unavailable(self) -> None:
        if self._state.phase == "preparing" and self._thread is None:
            # The banner says why, and offers what can be done.
            self._waiting = self._first_goal
            self._state.set_phase("idle")

    @Slot()
    def _data_replaced(self) -> None:
        """Begin the training that could not begin because its images were missing."""
        # A run can only be resumed with its own images, so no others can take their place.
        if self._resumed is None:
            self._begin_waiting(ask=True)

    @Slot()
    def _ready(self) -> None:
        if self._thread is None:
            return
        state = self._state
        mail = self._thread.take_mail()
        old = state.run
        if old is not None:
            self._overlays.add_former(old, state.history, mail.run)
        state.set_run(mail.run, mail.snapshot, mail.history or History())
        self.running_on = mail.device
        if old is not None and self._resumed is None and self._first_goal != "end":
            # Whoever asks for one more step may mean the run that is open.
            state.notify(
                "info",
                f"A new run has begun with the settings in the train panel; '{old.name}' stays as it is.",
                "training",
            )
        if self._resumed is None and self._wanted is not None:
            for sentence in out_of_reach(self._wanted, self._images, lambda parameter: parameter.title):
                state.notify("warn", sentence)
        # The mail may hold steps that were made since the signal was sent.
        self._deliver(mail)
        if state.phase == "preparing":
            state.set_phase("training")
        self._timer.start()

    @Slot()
    def _drain(self) -> None:
        if self._thread is not None:
            self._deliver(self._thread.take_mail())

    def _deliver(self, mail: Mail) -> None:
        state = self._state
        for change in mail.changes:
            state.history.add_change(change)
        for step in mail.steps:
            state.history.add_step(step)
            self.rate.add(step)
        for test in mail.tests:
            state.history.add_test(test)
        if mail.steps:
            state.last_step = mail.steps[-1]
        if mail.run is not None and mail.run != state.run:
            state.update_run(mail.run)
        if mail.steps or mail.tests or mail.changes:
            state.grow_history()
        if mail.snapshot is not None:
            state.set_snapshot(mail.snapshot)
        if mail.fitted is not None:
            self.fitted = mail.fitted
            self.measuring_changed.emit()
        if mail.measured is not None:
            self._show_measuring(mail.measured)

    def _show_measuring(self, measuring: tuple[int, int] | None) -> None:
        self._measuring, before = measuring, self._measuring
        if measuring != before:
            self.measuring_changed.emit()

    @Slot()
    def _paused(self) -> None:
        self._drain()
        # The user may have asked to continue or stop since the signal was sent.
        busy = self._state.phase in ("training", "stopping")
        if busy and self._thread is not None and self._thread.is_paused:
            self._show_measuring(None)
            self._state.set_phase("paused")

    @Slot(str)
    def _save_failed(self, sentence: str) -> None:
        self._state.notify("bad", sentence, "training")
        self.unsaved.emit(sentence)

    @Slot(str)
    def _noted(self, sentence: str) -> None:
        self._state.notify("warn", sentence)

    @Slot(object)
    def _completed(self, found: Metrics | None) -> None:
        self._drain()
        run = self._state.run
        if run is not None:
            self._state.notify(*closing_message(run, found, self._state.history), "training")

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._drain()
        if isinstance(error, DeviceError):
            # It is gone until the program starts again.
            self.device = "cpu"
        self._state.fail(error, "training")
        if self._state.phase == "preparing" and self._resumed is None and isinstance(error, RunError):
            self._unbegun = True
            self.unsaved.emit(str(error))

    @Slot()
    def _finished(self) -> None:
        self._timer.stop()
        self._drain()
        if self._thread is not None:
            self._thread.deleteLater()
            self._thread = None
        self._show_measuring(None)
        self.fitted = None
        self._state.set_phase("idle")
        self.ended.emit()
