"""RunMetricsControl: measures the open run where it has no metrics, because the window was closed before it was measured."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.app.state import AppState
from saegui.core.analysis import metrics
from saegui.core.analysis.metrics import Metrics
from saegui.core.errors import RunError
from saegui.core.progress import Progress
from saegui.core.runs.run import save_metrics


class RunMetricsControl(QObject):
    """Measures the open run in the background, once its latents are measured, and writes the result into the run."""

    measured = Signal(object)
    """The metrics of the run in this path were written to disk."""

    def __init__(self, state: AppState, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._measurement = Latest(jobs, self)
        self._measurement.done.connect(self._done)
        self._measurement.failed.connect(state.fail)
        self._path: Path | None = None
        state.stats_changed.connect(self.refresh)
        state.run_changed.connect(self.refresh)
        state.phase_changed.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """Start, continue or cancel a measurement, as the open run needs it."""
        run = self._state.run
        if self._measurement.running:
            if self._path is not None and self._state.is_current(self._path) and self._state.phase == "idle":
                return
            self._measurement.cancel()
        snapshot, dataset, stats = self._state.snapshot, self._state.dataset, self._state.stats
        if run is None or snapshot is None or dataset is None or stats is None:
            return
        lacking = run.status in ("finished", "stopped") and not run.metrics
        fits = self._state.own_images and snapshot.step == run.step
        if not (lacking and fits and self._state.phase == "idle" and os.access(run.path, os.W_OK)):
            return

        self._path = run.path
        # The densities on the training images are known already; only the test images are left.
        shares = stats.density

        def measure(progress: Progress) -> Metrics:
            return metrics.evaluate(snapshot, dataset, progress.named(dataset.noun.many), shares=shares)

        self._measurement.start("Measuring the run", measure)

    @Slot(object)
    def _done(self, found: Metrics) -> None:
        assert self._path is not None
        try:
            run = save_metrics(self._path, found)
        except RunError as error:
            self._state.notify("warn", str(error))
            return
        if self._state.is_current(run.path):
            self._state.update_run(run)
        self.measured.emit(run.path)
