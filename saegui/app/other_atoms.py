"""OtherAtoms: what stands for the atoms of the model that is compared with, where those are no pictures themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.compare import ComparisonControl
from saegui.app.jobs import Jobs, Latest
from saegui.app.state import AppState
from saegui.core.analysis import kept_stats
from saegui.core.data import Dataset
from saegui.core.figures.base import Subject
from saegui.core.figures.grids import ReadAtoms, read_atoms
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress


@dataclass(frozen=True, eq=False)
class _Found:
    snapshot: Snapshot
    dataset: Dataset
    atoms: ReadAtoms


class OtherAtoms(QObject):
    """Texts nearest to each atom, or the average picture that activates it, found in the background.

    Only of a model that was trained on the data that are loaded: of others they would mean nothing.
    """

    changed = Signal()
    """They were found."""

    def __init__(
        self, state: AppState, comparison: ComparisonControl, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._comparison = state, comparison
        self._work = Latest(jobs, self)
        self._work.done.connect(self._done)
        self._work.failed.connect(self._failed)
        self._found: _Found | None = None
        self._asked: tuple[Snapshot, Dataset] | None = None
        comparison.changed.connect(self.refresh)
        state.dataset_changed.connect(self.refresh)

    def of(self, snapshot: Snapshot) -> ReadAtoms | None:
        """Of ``snapshot``; None where they are not known, or its atoms are shown themselves."""
        found = self._found
        known = found is not None and found.snapshot is snapshot and found.dataset is self._state.dataset
        return found.atoms if known and found is not None else None

    @Slot()
    def refresh(self) -> None:
        """Find them for the model that is compared with, unless that is done or under way."""
        found, other, dataset = self._comparison.found, self._comparison.other, self._state.dataset
        if found is None or other is None or dataset is None or not _is_read(found.b, dataset):
            return
        if other.run.config.dataset != dataset.name or self.of(found.b) is not None:
            return
        if self._asked == (found.b, dataset):
            return
        self._asked = found.b, dataset
        self._work.start("Reading the latents of B", partial(_read, found.b, dataset))

    @Slot(object)
    def _done(self, found: _Found) -> None:
        self._found = found
        self.changed.emit()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._state.fail(error, "comparison")


def _is_read(snapshot: Snapshot, dataset: Dataset) -> bool:
    """Whether something else than the atoms themselves stands for them."""
    alike = len(snapshot.shape) == 1 and dataset.shape == snapshot.shape
    return alike and (dataset.writes or dataset.pictures is not None)


def _read(snapshot: Snapshot, dataset: Dataset, progress: Progress) -> _Found:
    stats = None if dataset.writes else kept_stats.measured(snapshot, dataset, progress=progress)
    return _Found(snapshot, dataset, read_atoms(Subject("", snapshot, dataset=dataset, stats=stats)))
