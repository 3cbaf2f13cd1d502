"""LessonsControl: trains the runs of a lesson together, in the background, and opens them side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Latest
from saegui.core.analysis.metrics import density
from saegui.core.arrays import Array
from saegui.core.config.lessons import Lesson
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, RunError, SaeguiError, reason
from saegui.core.files import paths
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs import folders
from saegui.core.runs.history import History
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import Run, is_run, open_run

if TYPE_CHECKING:
    from saegui.app.services import Services

FOLDER = "lesson-"
"""What the names of the folders begin with that hold the runs of one lesson."""
NO_DATA = "No data set is loaded that the runs could be trained on. Choose one in Train: the built-in digits are always there."


class TrainedPart(NamedTuple):
    """One run of a lesson, and what is shown of it."""

    title: str
    run: Run
    snapshot: Snapshot
    history: History
    density: Array
    """(F,): over all training inputs, or where they are not loaded the training's own estimate."""


class TrainedLesson(NamedTuple):
    """The runs of a lesson, from left to right."""

    lesson: Lesson
    parts: tuple[TrainedPart, ...]


class LessonsControl(QObject):
    """One lesson is trained at a time. Errors become notices; nothing raises."""

    changed = Signal()
    """:attr:`running` or :attr:`done` changed."""
    progressed = Signal(int, int)
    """(steps done, steps in all)."""
    finished = Signal(object)
    """A :class:`TrainedLesson` was trained, or opened again."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services, self._state = services, services.state
        self.running: Lesson | None = None
        """What is being trained."""
        self._job = Latest(services.jobs, self)
        self._job.done.connect(self._trained)
        self._job.failed.connect(self._failed)
        self._job.cancelled.connect(self._given_up)
        self._job.progressed.connect(self._progressed)
        self._reading = Latest(services.jobs, self)
        self._reading.done.connect(self._show)
        self._reading.failed.connect(self._state.fail)

    def why_not(self) -> str:
        """Why no lesson can be trained now, as a sentence; empty where one can."""
        if self.running is not None:
            return f"“{self.running.title}” is being trained. Wait for its end, or cancel it."
        if self._state.busy:
            return "A training is under way. Stop it first (Shift+F5)."
        return "" if self._state.dataset is not None else NO_DATA

    def start(self, lesson: Lesson) -> None:
        """Train the runs of ``lesson`` on the data set that is loaded; says why where that is impossible."""
        dataset = self._state.dataset
        if problem := self.why_not():
            self._state.notify("warn", problem, "training")
            return
        assert dataset is not None
        threads, device = self._services.training.threads, self._services.training.device
        self.running = lesson
        self._job.start(
            f"Training “{lesson.title}”",
            lambda progress: _train(lesson, dataset, threads, device, progress),
        )
        self.changed.emit()

    @Slot()
    def cancel(self) -> None:
        """Stop it; the runs, which are of use only together and complete, are removed."""
        if self._job.cancel():
            self._given_up()

    def trained(self, lesson: Lesson) -> Path | None:
        """The folder in which the newest runs of ``lesson`` are, all of them; None where there are none."""
        try:
            found = sorted(
                paths.runs_dir().glob(f"{FOLDER}{lesson.name}*"), key=lambda each: each.stat().st_mtime
            )
        except OSError:
            return None
        complete = [folder for folder in found if all(map(is_run, _places(lesson, folder)))]
        return complete[-1] if complete else None

    def open_again(self, lesson: Lesson) -> None:
        """Open the newest runs of ``lesson`` side by side; does nothing where there are none."""
        folder, dataset = self.trained(lesson), self._state.dataset
        if folder is not None:
            self._reading.start(f"Opening “{lesson.title}”", lambda progress: _read(lesson, folder, dataset))

    def open_run(self, shown: TrainedLesson, place: int) -> None:
        """Make one of the runs the current one, and compare the others with it: their curves, and the latents of the first."""
        if self._state.busy:
            self._state.notify("warn", "A training is under way. Stop it first (Shift+F5).", "open run")
            return
        if self._services.open_run(shown.parts[place].run.path):
            others = [part for number, part in enumerate(shown.parts) if number != place]
            self._services.overlays.set([Overlay.of(part.run, part.history) for part in others])
            self._services.comparison.choose(others[0].run)

    @Slot(object)
    def _trained(self, shown: TrainedLesson) -> None:
        self._ended()
        self._services.library.refresh()
        self._state.notify(
            "good", f"“{shown.lesson.title}” is trained: its runs are side by side.", "training"
        )
        self._show(shown)

    @Slot(object)
    def _show(self, shown: TrainedLesson) -> None:
        if not self._state.busy:
            self.open_run(shown, 0)
        self.finished.emit(shown)

    @Slot()
    def _given_up(self) -> None:
        self._ended()
        self._state.notify("info", "The experiment was cancelled; its runs are removed.", "training")

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._ended()
        self._state.fail(error, "training")

    @Slot()
    def _ended(self) -> None:
        self.running = None
        self.changed.emit()

    @Slot(object, object, str)
    def _progressed(self, done: int, total: int, text: str) -> None:
        self.progressed.emit(done, total)


def _places(lesson: Lesson, folder: Path) -> list[Path]:
    """Where the runs of a lesson are."""
    return [folder / name for name in lesson.folders]


def _train(
    lesson: Lesson, dataset: Dataset, threads: int | None, device: str, progress: Progress
) -> TrainedLesson:
    # Imported here: torch takes seconds to import, and only a job's thread can wait for it.
    from saegui.core.training.devices import load_torch, use_threads

    load_torch()
    from saegui.core.training.sweep import Sweep

    use_threads(threads)
    variants = lesson.variants(dataset.name, len(dataset.train_images))
    try:
        folder = folders.unused(paths.runs_dir() / f"{FOLDER}{lesson.name}")
    except OSError as error:
        raise RunError(f"{paths.runs_dir()} cannot be read ({reason(error)}).") from error
    sweep = Sweep(variants, dataset, folder, device=device)
    total = sweep.longest.total_steps
    try:
        while not sweep.done:
            sweep.advance()
            progress.report(min(sweep.longest.steps, total), total, "steps")
        sweep.close()
    except (Cancelled, SaeguiError):
        sweep.abandon()
        raise
    if sweep.problems:
        raise RunError(sweep.problems[0])
    return _read(lesson, folder, dataset)


def _read(lesson: Lesson, folder: Path, dataset: Dataset | None) -> TrainedLesson:
    """The runs of ``lesson`` in ``folder``.

    Raises:
        RunError: one of them cannot be read.
    """
    parts = []
    for (title, _), path in zip(lesson.parts, _places(lesson, folder), strict=True):
        run = open_run(path)
        snapshot = run.latest()
        own = dataset is not None and (dataset.name, dataset.shape) == (run.config.dataset, run.shape)
        found = snapshot.density
        if own and dataset is not None:
            found = density(snapshot, dataset.train_images).astype(np.float32)
        parts.append(TrainedPart(title, run, snapshot, run.history(), found))
    return TrainedLesson(lesson, tuple(parts))
