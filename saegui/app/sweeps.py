"""SweepsControl: trains a sweep in the background, or watches the folder of one that is trained elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from saegui.app.settings import Setting
from saegui.app.sweep_folder import SweepFolder
from saegui.app.sweep_thread import Best, SweepMail, SweepThread
from saegui.core.config.schema import parameter
from saegui.core.errors import RunError, reason
from saegui.core.files import paths
from saegui.core.runs import folders
from saegui.core.runs.history import History
from saegui.core.runs.overlay import Overlay
from saegui.core.sweeps import spec, spec_text, task
from saegui.core.sweeps.spec import Training

if TYPE_CHECKING:
    from saegui.app.services import Services

MOST = 500
"""Runs of a sweep in the window; the command line trains more, on many machines."""
DRAIN_MS = 400
"""Dozens of curves grow: more often the pen would feel it."""
FOLDER = "sweep-"
"""What the names of the folders begin with."""
UNDER_WAY: Setting[str] = Setting("sweep/under_way", "", str)
"""The folder of the sweep that is being trained; it stays where the program ended before the sweep did."""
SHADE = 100
"""Places of overlays from here to twice as much are shades of one colour, from the first run of a sweep to the last."""

Phase = Literal["idle", "preparing", "training", "paused", "stopping"]


class Plan(NamedTuple):
    """A sweep that could be trained."""

    found: Mapping[str, Any]
    """What its file would hold."""
    trainings: tuple[Training, ...]
    data: str
    """The name of its data set."""


class SweepsControl(QObject):
    """One sweep is shown at a time, and one is trained. Errors become notices; nothing raises but :meth:`plan`."""

    changed = Signal()
    """Another sweep is shown, its training began, paused or ended, or runs ended."""
    grown = Signal()
    """Curves grew, or there is a better run."""
    curves_changed = Signal()
    """:attr:`overlays` are other runs."""
    shown = Signal()
    """A sweep was begun or opened: its panel is to be seen."""
    unfinished = Signal(object)
    """The folder of a sweep that was being trained when the program ended."""
    ended = Signal()
    """The training here has ended; what it leaves is saved."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services, self._state = services, services.state
        self.folder = SweepFolder(services, self)
        """The runs on disk of the sweep that is shown."""
        self.folder.changed.connect(self.changed)
        self.phase: Phase = "idle"
        self.problems: dict[str, str] = {}
        """What went wrong in the training here, by the names of runs."""
        self.begun_again: dict[str, str] = {}
        """Why runs began again that should have been continued, by their names."""
        self.best: Best | None = None
        """The best run of the training here."""
        self._live: dict[str, History] = {}
        self._order: dict[str, Training] = {}
        self._plan: Plan | None = None
        self._thread: SweepThread | None = None
        self._work = self._done_work = self._work_before = 0.0
        self._leaving = False
        self._started = 0.0
        self._waited = 0.0
        self._paused_at = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_MS)
        self._timer.timeout.connect(self._drain)
        services.data.loaded.connect(self._data_loaded)
        services.data.unavailable.connect(self._data_unavailable)

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a sweep is trained here, or paused."""
        return self.phase != "idle"

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """The curves of the runs that were trained here since the sweep began, in the order of their values."""
        last = max(1, len(self._order) - 1)
        return tuple(
            Overlay(
                self.folder.path / name if self.folder.path is not None else Path(name),
                training.name,
                self._live[name],
                training.name in self.problems,
                SHADE + round(SHADE * place / last),
                training.config,
                training.preset,
            )
            for place, (name, training) in enumerate(self._order.items())
            if name in self._live
        )

    @property
    def share_done(self) -> float:
        """Of the work of the training here, from 0 to 1."""
        return min(1.0, self._done_work / self._work) if self._work else 0.0

    @property
    def seconds_left(self) -> float | None:
        """About how long the training here takes from now on; None while that cannot be said."""
        now = self._paused_at if self.phase == "paused" else time.monotonic()
        passed = now - self._started - self._waited
        done, left = self._done_work - self._work_before, self._work - self._done_work
        if self.phase not in ("training", "paused") or done < self._work / 100 or passed < 1:
            return None
        return passed * max(0.0, left) / done

    def why_not(self) -> str:
        """Why no sweep can be trained now, as a sentence; empty where one can."""
        if self.busy:
            return "A sweep is being trained. Wait for its end, or stop it."
        if self._state.busy:
            return "A training is under way. Stop it first (Shift+F5)."
        return ""

    # -- what a user asks for -------------------------------------------------------------------------------------

    def plan(self, lists: Mapping[str, Sequence[Any]]) -> Plan:
        """The trainings with the settings of the train panel in which what ``lists`` names is varied.

        Raises:
            ConfigError: there are too many, two are equal, a parameter has no effect, or a value is not allowed.
        """
        draft = self._state.draft
        found = spec_text.described(draft, self._state.preset, lists)
        return Plan(found, tuple(spec.trainings(found)), str(draft["dataset"]))

    def start(self, plan: Plan) -> None:
        """Train a sweep into a new folder among the window's runs; says why where that is impossible."""
        if problem := self.why_not():
            self._state.notify("warn", problem, "training")
            return
        names = "-".join(parameter(name).option.lstrip("-") for name in plan.trainings[0].varied)
        try:
            out = folders.unused(paths.runs_dir() / f"{FOLDER}{names}"[:100])
            paths.make_folders(out)
            spec_text.keep(plan.found, out)
        except OSError as error:
            self._state.notify(
                "bad", f"{paths.runs_dir()} cannot be written ({reason(error)}); free some space."
            )
            return
        except RunError as error:
            self._state.fail(error, "training")
            return
        self._begin(plan, out)

    def resume(self, out: Path | None = None) -> None:
        """Train what is left of the sweep in ``out``, or of the one that is shown, or resume after a pause."""
        if self.phase == "paused" and out is None:
            self._waited += time.monotonic() - self._paused_at
            self._set_phase("training")
            if self._thread is not None:
                self._thread.pause(False)
            return
        place = out or self.folder.path
        if place is None or self.busy:
            return
        if problem := self.why_not():
            self._state.notify("warn", problem, "training")
            return
        try:
            found = spec.load(place / spec_text.NAME)
            trainings = tuple(spec.trainings(found, str(place / spec_text.NAME)))
        except Exception as error:  # noqa: BLE001 - the path of all errors tells bugs from what is foreseen
            self._state.fail(error, "training")
            return
        self._begin(Plan(found, trainings, str(trainings[0].values["dataset"])), place)

    def pause(self) -> None:
        """Pause after the current step."""
        if self.phase == "training" and self._thread is not None:
            self._paused_at = time.monotonic()
            self._thread.pause(True)
            self._set_phase("paused")

    def stop(self) -> None:
        """End; runs that are whole are kept, those under way are saved, and :meth:`resume` continues them."""
        if self._thread is not None:
            self._thread.stop()
            self._set_phase("stopping")
        elif self.phase == "preparing":
            self._services.data.cancel()
            self._ended()

    def leave(self) -> None:
        """:meth:`stop`, as the program is about to end: the next start offers to resume."""
        if self.phase not in ("idle", "stopping"):
            self._leaving = True
            self._remember()
            self.stop()

    def open(self, folder: Path) -> None:
        """Show the runs of a folder, and those that will come; its panel comes to the front where it is described as a sweep."""
        if self.busy:
            self._state.notify(
                "warn", "A sweep is being trained: stop it before you open another.", "open run"
            )
            return
        if folder.absolute() != self.folder.path:
            self._forget_training()
            self.curves_changed.emit()
        self.folder.open(folder)
        if (folder / spec_text.NAME).is_file():
            self.shown.emit()
        self.changed.emit()

    def hide_curves(self) -> None:
        """Show the curves of the runs no longer."""
        if self._order and not self.busy:
            self._order, self._live = {}, {}
            self.curves_changed.emit()

    def look_for_unfinished(self) -> None:
        """Find the sweep that was being trained when the program ended, once after the start."""
        kept = self._services.settings.get(UNDER_WAY)
        out = Path(kept) if kept else None
        if out is None or self.busy or task.is_under_way(out):
            return
        if (out / spec_text.NAME).is_file():
            self.folder.open(out)
            self.unfinished.emit(out)
        self._services.settings.set(UNDER_WAY, "")

    def shut_down(self) -> None:
        """End everything; what is being trained is saved, and can be resumed at the next start."""
        self._timer.stop()
        self.folder.shut_down()
        if self._thread is not None:
            self._thread.finished.disconnect(self._finished)
            self._thread.failed.disconnect(self._failed)
            self._thread.stop()
            self._thread.wait()
            self._thread = None

    # -- inside ---------------------------------------------------------------------------------------------------

    def _begin(self, plan: Plan, out: Path) -> None:
        self._forget_training()
        self._plan = plan
        left = [each for each in plan.trainings if not task.is_done(each, out)]
        self._order = {each.folder: each for each in left}
        self._work = float(sum(int(each.values["epochs"]) for each in left))
        self.folder.open(out)
        self._set_phase("preparing")
        self.shown.emit()
        self.curves_changed.emit()
        if not left:
            self._state.notify("info", "Every run of this sweep is trained already.", "training")
            self._ended()
            return
        self._services.data.require(plan.data)

    def _forget_training(self) -> None:
        self._order, self._live, self.problems, self.begun_again = {}, {}, {}, {}
        self.best = None
        self._work = self._done_work = self._work_before = 0.0

    @Slot()
    def _data_loaded(self) -> None:
        dataset, plan, out = self._state.dataset, self._plan, self.folder.path
        if self.phase != "preparing" or self._thread is not None or plan is None or out is None:
            return
        if dataset is None or dataset.name != plan.data:
            # Another request replaced this one.
            self._ended()
            return
        self._remember()
        training = self._services.training
        thread = SweepThread(plan.trainings, dataset, out, training.threads, training.device, self)
        thread.failed.connect(self._failed)
        thread.finished.connect(self._finished)
        self._thread = thread
        self._started, self._waited = time.monotonic(), 0.0
        self._set_phase("training")
        self._timer.start()
        thread.start()

    def _remember(self) -> None:
        if self.folder.path is not None:
            self._services.settings.set(UNDER_WAY, str(self.folder.path))
            self._services.settings.flush()

    @Slot()
    def _data_unavailable(self) -> None:
        if self.phase == "preparing" and self._thread is None:
            self._state.notify(
                "warn",
                "The sweep has not begun, because its data are missing. Load them, then press Resume in Sweep.",
            )
            self._ended()

    @Slot()
    def _drain(self) -> None:
        if self._thread is not None:
            self._deliver(self._thread.take_mail())

    def _deliver(self, mail: SweepMail) -> None:
        known = len(self._live)
        for name, so_far in mail.histories.items():
            self._live[name] = so_far
            self._work_before += float(so_far.train["epoch"][-1])
        for name, steps in mail.steps.items():
            history = self._live.get(name)
            if history is None or (len(at := history.train["step"]) and steps[0].step <= at[-1]):
                # It began again, without one that could not be trained.
                history = self._live[name] = History()
            for step in steps:
                history.add_step(step)
        for name, tests in mail.tests.items():
            if name in self._live:
                for test in tests:
                    self._live[name].add_test(test)
        for ended in mail.ended:
            if problem := ended.problem or ended.note:
                self.problems[ended.training.name] = problem
        self._note_begun_again({self._order[name].name: why for name, why in mail.begun_again.items()})
        self.best = mail.best or self.best
        if mail.ended:
            self.folder.look()
            self.changed.emit()
        if len(self._live) != known:
            self.curves_changed.emit()
        if mail.steps or mail.tests or mail.best is not None:
            self._done_work = sum(
                min(float(history.train["epoch"][-1]), float(self._order[name].values["epochs"]))
                for name, history in self._live.items()
                if name in self._order and len(history.train["epoch"])
            )
            self.grown.emit()

    def _note_begun_again(self, found: dict[str, str]) -> None:
        new = [name for name in found if name not in self.begun_again]
        if not new:
            return
        self.begun_again |= found
        several = (
            f"“{new[0]}” and {len(new) - 1} more began again from their first step, because what was saved of them could not be "
            "continued. Sweep says why."
        )
        self._state.notify("warn", several if len(new) > 1 else f"“{new[0]}”: {found[new[0]]}", "training")
        self.changed.emit()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._state.fail(error, "training")

    @Slot()
    def _finished(self) -> None:
        self._timer.stop()
        self._drain()
        stopped = self.phase == "stopping"
        if self._thread is not None:
            self._thread.deleteLater()
            self._thread = None
        if not self._leaving:
            self._services.settings.set(UNDER_WAY, "")
            self._report(stopped)
        self._ended()

    def _report(self, stopped: bool) -> None:
        out, plan = self.folder.path, self._plan
        if out is None or plan is None:
            return
        there = sum(1 for each in plan.trainings if task.is_done(each, out))
        total = len(plan.trainings)
        if self.problems:
            name, problem = next(iter(self.problems.items()))
            more = f" {len(self.problems) - 1} more are listed in Sweep." if len(self.problems) > 1 else ""
            self._state.notify(
                "bad", f"“{name}”: {problem}{more} {there} of {total} runs are kept.", "training"
            )
        elif stopped:
            self._state.notify(
                "info",
                f"The sweep is stopped: {there} of {total} runs are complete. Resume in Sweep continues where it stopped.",
                "training",
            )
        elif there == total:
            self._state.notify("good", f"The sweep is trained: {total} runs.", "training")

    def _ended(self) -> None:
        self._plan, self._leaving = None, False
        self._set_phase("idle")
        self.folder.look()
        self._services.library.refresh()
        self.ended.emit()

    def _set_phase(self, phase: Phase) -> None:
        self.phase = phase
        self.changed.emit()
