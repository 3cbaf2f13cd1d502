"""DensitiesControl: reads, in the background, how often each latent was active at every kept moment of the current run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.app.library import Library
from saegui.app.scrubbing import Scrubbing
from saegui.app.state import AppState
from saegui.core.analysis.latent_order import Indices
from saegui.core.progress import Progress
from saegui.core.runs.densities import Densities, densities
from saegui.core.runs.run import Run

PAUSE_MS = 1000
"""While a run is being trained, moments that were kept since are read at most this often."""


class DensitiesControl(QObject):
    """Reads only while somebody watches. Knows, too, in which order the grid lists the latents."""

    changed = Signal()
    """:attr:`value` changed."""
    listed_changed = Signal()
    """:attr:`listed` changed."""

    def __init__(
        self,
        state: AppState,
        library: Library,
        scrubbing: Scrubbing,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._scrubbing = state, scrubbing
        self._work = Latest(jobs, self)
        self._work.done.connect(self._done)
        self._work.failed.connect(self._failed)
        self._work.changed.connect(self._ended)
        self._watched = False
        self._path: Path | None = None
        self._read: tuple[int, ...] = ()
        """The steps that were read, or that are being read."""
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.refresh)
        self.value: Densities | None = None
        """Of the current run; None until they were read."""
        self.listed: Indices = np.empty(0, np.intp)
        """The latents that the grid shows, in its order."""
        library.opened.connect(self._forget)
        scrubbing.steps_changed.connect(self.refresh)
        state.phase_changed.connect(self.refresh)

    def watch(self, watched: bool) -> None:
        """Whether somebody looks at :attr:`value`."""
        self._watched = watched
        self.refresh()

    def list(self, latents: Indices) -> None:
        """The grid shows other latents, or in another order."""
        if not np.array_equal(latents, self.listed):
            self.listed = latents
            self.listed_changed.emit()

    @Slot()
    def refresh(self) -> None:
        """Read what was kept since, unless that is done or nobody looks."""
        run = self._state.run
        if (run.path if run is not None else None) != self._path:
            self._forget()
            return
        if run is None or not self._watched or self._work.running or self._pause.isActive():
            return
        steps = tuple(self._scrubbing.steps)
        if steps != self._read:
            self._read = steps
            if self._state.busy:
                self._pause.start()
            self._work.start("Reading densities", partial(_densities, run))

    @Slot()
    def _forget(self) -> None:
        """Another run was opened, or this one again."""
        self._path = self._state.run.path if self._state.run is not None else None
        self._read = ()
        self._pause.stop()
        if self.value is not None:
            self.value = None
            self.changed.emit()
        self._work.cancel()
        if self._path is not None:
            self.refresh()

    @Slot(object)
    def _done(self, found: Densities) -> None:
        self.value = found
        self.changed.emit()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._state.fail(error, "step")

    @Slot()
    def _ended(self) -> None:
        # What was kept while the job ran.
        if not self._work.running and self.value is not None:
            self.refresh()


def _densities(run: Run, progress: Progress) -> Densities:
    return densities(run, progress=progress)
