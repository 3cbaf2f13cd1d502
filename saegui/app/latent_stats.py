"""StatsControl: measures what latents do, in the background, whenever the shown weights stand still."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.byte_cache import ByteLRU
from saegui.app.jobs import Job, Jobs
from saegui.app.state import AppState
from saegui.core.analysis.latent_stats import LatentStats, analyse
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot


class LatentStatsControl(QObject):
    """Keeps ``state.stats`` up to date. Nothing is measured while weights change several times a second."""

    running_changed = Signal()
    unexpected = Signal(object)

    def __init__(self, state: AppState, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._jobs = state, jobs
        self._job: Job | None = None
        self._subject: tuple[Snapshot, Dataset] | None = None
        # Scrubbing back and forth measures each snapshot once. Kept are the objects themselves, so that no id is
        # another's meanwhile.
        self._measured: ByteLRU[tuple[int, int], tuple[Snapshot, Dataset, LatentStats]] = ByteLRU()
        state.snapshot_changed.connect(self.refresh)
        state.dataset_changed.connect(self.refresh)
        state.phase_changed.connect(self.refresh)

    @property
    def running(self) -> bool:
        """Whether a measurement is under way."""
        return self._job is not None

    @Slot()
    def refresh(self) -> None:
        """Measure the shown snapshot unless that is done, under way, or not yet worth it."""
        snapshot, dataset = self._state.snapshot, self._state.dataset
        still = self._state.phase in ("idle", "paused", "preparing")
        subject = (snapshot, dataset) if snapshot is not None and dataset is not None and still else None
        if self._job is not None:
            if subject is not None and self._same(subject):
                return
            self._job.cancel()
            self._job = self._subject = None
            self.running_changed.emit()
        if subject is None or self._state.stats is not None:
            return
        found = self._measured.get((id(subject[0]), id(subject[1])))
        if found is not None:
            self._state.set_stats(found[2], subject[0])
            return
        self._measure(*subject)

    def _measure(self, snapshot: Snapshot, dataset: Dataset) -> None:
        self._subject = (snapshot, dataset)
        job = self._jobs.start(
            "Measuring latents",
            lambda progress: analyse(snapshot, dataset, progress=progress.named("images")),
        )
        self._job = job
        job.done.connect(self._done)
        job.failed.connect(self._failed)
        job.cancelled.connect(self._cancelled)
        self.running_changed.emit()

    def _same(self, subject: tuple[Snapshot, Dataset]) -> bool:
        return self._subject is not None and self._subject[0] is subject[0] and self._subject[1] is subject[1]

    @Slot(object)
    def _done(self, stats: LatentStats) -> None:
        if self.sender() is not self._job or self._subject is None:
            return
        snapshot, dataset = self._subject
        self._job = self._subject = None
        self._measured.put((id(snapshot), id(dataset)), (snapshot, dataset, stats), snapshot.nbytes)
        self._state.set_stats(stats, snapshot)
        self.running_changed.emit()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if self.sender() is self._job:
            self._job = self._subject = None
            self.running_changed.emit()
            self.unexpected.emit(error)

    @Slot()
    def _cancelled(self) -> None:
        """By the user, who may ask for it again: :meth:`refresh`."""
        if self.sender() is self._job:
            self._job = self._subject = None
            self.running_changed.emit()
