"""LatentStatsControl: measures what latents do on the data set, in the background, while the shown weights do not change."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from saegui.app.byte_cache import ByteLRU
from saegui.app.jobs import Jobs, Latest
from saegui.app.state import AppState
from saegui.core.analysis import kept_stats
from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot

STEADY = ("idle", "paused", "preparing")
"""Phases in which the shown weights do not change several times a second."""
PAUSE_MS = 150
"""Weights that replace others before those were measured are measured only when they have been shown for so long: whoever goes
through time needs the processor for the pictures."""


class LatentStatsControl(QObject):
    """Keeps ``state.stats`` up to date. Nothing is measured while weights change several times a second."""

    running_changed = Signal()

    def __init__(self, state: AppState, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._measurement = Latest(jobs, self)
        self._subject: tuple[Snapshot, Dataset] | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._measure_at_last)
        # Scrubbing back and forth measures each snapshot once. The snapshots themselves are kept, so that no other object
        # gets the id of one of them; those of another run or data set are never shown again.
        self._measured: ByteLRU[int, tuple[Snapshot, LatentStats]] = ByteLRU()
        self._path: Path | None = None
        self._measurement.done.connect(self._done)
        self._measurement.failed.connect(state.fail)
        self._measurement.changed.connect(self.running_changed)
        state.run_changed.connect(self._run_changed)
        state.dataset_changed.connect(self._forget)
        state.snapshot_changed.connect(self.refresh)
        state.dataset_changed.connect(self.refresh)
        state.phase_changed.connect(self.refresh)

    @property
    def running(self) -> bool:
        """Whether a measurement is under way, or will be in a moment."""
        return self._measurement.running or self._pause.isActive()

    @Slot()
    def refresh(self) -> None:
        """Measure the shown snapshot unless that is done, under way, or not yet worth it."""
        snapshot, dataset = self._state.snapshot, self._state.dataset
        steady = self._state.phase in STEADY
        subject = (snapshot, dataset) if snapshot is not None and dataset is not None and steady else None
        if subject is not None and not self._state.data_readable:
            # Data of another shape than the model reads; the panels say so.
            subject = None
        quick = self.running
        if quick:
            if subject is not None and self._same(subject):
                return
            self._pause.stop()
            self._measurement.cancel()
            self._subject = None
        if subject is None or self._state.stats is not None:
            return
        found = self._measured.get(id(subject[0]))
        if found is not None:
            self._state.set_stats(found[1], subject[0])
            return
        if quick:
            self._subject = subject
            self._pause.start()
            self.running_changed.emit()
        else:
            self._measure(*subject)

    @Slot()
    def _measure_at_last(self) -> None:
        assert self._subject is not None
        self._measure(*self._subject)

    def _measure(self, snapshot: Snapshot, dataset: Dataset) -> None:
        self._subject = (snapshot, dataset)
        self._measurement.start(
            "Measuring latents",
            lambda progress: kept_stats.measured(
                snapshot, dataset, progress=progress.named(dataset.noun.many)
            ),
        )

    def _same(self, subject: tuple[Snapshot, Dataset]) -> bool:
        return self._subject is not None and self._subject[0] is subject[0] and self._subject[1] is subject[1]

    @Slot(object)
    def _done(self, stats: LatentStats) -> None:
        assert self._subject is not None
        snapshot, _ = self._subject
        self._subject = None
        self._measured.put(id(snapshot), (snapshot, stats), snapshot.nbytes + stats.nbytes)
        self._state.set_stats(stats, snapshot)

    @Slot()
    def _run_changed(self) -> None:
        path = self._state.run.path if self._state.run is not None else None
        if path != self._path:
            self._path = path
            self._forget()

    @Slot()
    def _forget(self) -> None:
        self._measured.clear()
