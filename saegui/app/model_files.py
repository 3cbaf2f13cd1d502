"""Models that leave as one file and come back as a run: in the background, for the window's dialogs. No widgets."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Job, Jobs
from saegui.app.settings import Settings
from saegui.app.state import AppState
from saegui.core.formats import registry
from saegui.core.progress import Progress
from saegui.core.runs.run import Run


class ModelFiles(QObject):
    """Exports the model that the window shows, and imports files. What cannot be done is reported as a notice."""

    saved = Signal(object)
    """The files that were written: a list with one path."""
    imported = Signal(object)
    """The :class:`Run` that was made of a file; it lies among the window's runs."""

    def __init__(
        self, state: AppState, jobs: Jobs, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._jobs, self._settings = state, jobs, settings

    @property
    def folder(self) -> Path:
        """Where the last figure or model was saved."""
        return self._settings.export_dir

    def save(self, name: str, path: Path) -> Job | None:
        """Write the model that is shown to ``path`` in the format ``name``; None when there is none."""
        model = self._state.snapshot
        if model is None:
            self._state.notify("warn", "There is no model to export yet: open a run or train one.", "model")
            return None
        self._settings.export_dir = path.parent

        def work(progress: Progress) -> list[Path]:
            registry.export_model(model, name, path)
            return [path]

        job = self._jobs.start(f"Exporting {path.name}", work)
        job.failed.connect(self._not_saved)
        job.done.connect(self.saved)
        return job

    def open(self, path: Path) -> Job:
        """Make a run of the model in ``path``, among the window's runs."""

        def work(progress: Progress) -> Run:
            return registry.import_model(path)

        job = self._jobs.start(f"Importing {path.name}", work)
        job.failed.connect(self._not_imported)
        job.done.connect(self.imported)
        return job

    @Slot(object)
    def _not_saved(self, error: Exception) -> None:
        self._state.fail(error, "model")

    @Slot(object)
    def _not_imported(self, error: Exception) -> None:
        self._state.fail(error, "imported model")
