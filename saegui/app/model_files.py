"""Models that leave as files and come back as runs: in the background, for the window's dialogs. No widgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Job, Jobs
from saegui.app.settings import Settings
from saegui.app.state import AppState
from saegui.core.arrays import Shape
from saegui.core.data import Dataset
from saegui.core.errors import SaeguiError
from saegui.core.formats import measured, registry
from saegui.core.formats.base import Found
from saegui.core.progress import Progress
from saegui.core.runs.run import Run


class ModelFiles(QObject):
    """Exports the model that the window shows, and imports files. What cannot be done is reported as a notice."""

    saved = Signal(object)
    """The files that were written: a list with one path."""
    looked = Signal(object, object)
    """A path, and the :class:`Found` in it."""
    refused = Signal(object, str)
    """A path, and why no model can be read there."""
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

        def work(progress: Progress) -> tuple[Path, str]:
            registry.export_model(model, name, path)
            return path, registry.told(model, name)

        job = self._jobs.start(f"Exporting {path.name}", work)
        job.failed.connect(self._not_saved)
        job.done.connect(self._was_saved)
        return job

    def look(self, path: Path) -> Job:
        """Find out which model is in ``path``; ends with :attr:`looked` or :attr:`refused`."""

        def work(progress: Progress) -> tuple[Path, Found | str]:
            try:
                return path, registry.look(path)
            except SaeguiError as error:
                return path, str(error)

        job = self._jobs.start(f"Looking into {path.name}", work)
        job.failed.connect(self._not_imported)
        job.done.connect(self._looked_into)
        return job

    def open(
        self,
        path: Path,
        *,
        shape: Shape | None = None,
        dataset: Dataset | None = None,
        k: int | None = None,
        input: str | None = None,
    ) -> Job:
        """Make a run of the model in ``path``, among the window's runs.

        ``shape``, ``k`` and ``input`` as for :func:`saegui.core.formats.registry.adapted`; ``dataset``: whose inputs the model reads, and
        on which it is measured.
        """

        def work(progress: Progress) -> tuple[Run, tuple[str, ...]]:
            found = registry.look(path)
            name = dataset.name if dataset is not None else None
            model = registry.adapted(found, path, shape=shape, dataset=name, k=k, input=input)
            if dataset is None:
                return registry.write_run(model, path), ()
            model = model if shape is not None else replace(model, shape=dataset.shape)
            result = measured.measured(model, dataset, progress.named(dataset.noun.many))
            said = found.k if k is None else k
            l0 = result.metrics.l0
            doubt = measured.warning(l0, said, model.config.arch)
            sentences = measured.beside_k(l0, said, dataset.title), doubt
            return registry.write_run(result.model, path, metrics=result.metrics), sentences

        job = self._jobs.start(f"Importing {path.name}", work)
        job.failed.connect(self._not_imported)
        job.done.connect(self._was_imported)
        return job

    @Slot(object)
    def _was_saved(self, result: tuple[Path, str]) -> None:
        path, told = result
        self.saved.emit([path])
        if told:
            self._state.notify("info", told)

    @Slot(object)
    def _looked_into(self, result: tuple[Path, Found | str]) -> None:
        path, found = result
        if isinstance(found, str):
            self.refused.emit(path, found)
        else:
            self.looked.emit(path, found)

    @Slot(object)
    def _was_imported(self, result: tuple[Run, tuple[str, ...]]) -> None:
        run, sentences = result
        self.imported.emit(run)
        for place, sentence in enumerate(sentences):
            if sentence:
                self._state.notify("warn" if place else "info", sentence)

    @Slot(object)
    def _not_saved(self, error: Exception) -> None:
        self._state.fail(error, "model")

    @Slot(object)
    def _not_imported(self, error: Exception) -> None:
        self._state.fail(error, "imported model")
