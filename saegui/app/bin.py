"""Bin: deleted runs, which can be brought back until the window closes."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from saegui.app.jobs import Jobs
from saegui.app.library import Library
from saegui.app.overlays import Overlays
from saegui.app.state import AppState
from saegui.core.errors import RunError
from saegui.core.files import paths
from saegui.core.runs import folders
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import STARTER_PATH, BrokenRun, Run


class DeletedRun(NamedTuple):
    """A run in the bin."""

    path: Path
    """Where it is now."""
    original: Path
    """Where it was, and will be again when it is restored."""
    overlay: Overlay | None
    """Its curves, if it was compared."""
    was_current: bool


class Bin(QObject):
    """Deletes runs and restores them. Errors become notices; nothing raises."""

    deleted = Signal(str, object)
    """A run was deleted: its name and its path, for :meth:`restore`."""
    restored = Signal(object)
    """The run of this path was restored."""

    def __init__(
        self,
        state: AppState,
        library: Library,
        overlays: Overlays,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._state, self._library, self._overlays = state, library, overlays
        self._runs: list[DeletedRun] = []
        self._folders: set[Path] = set()
        """Folders in which runs were deleted; each has a bin on disk."""

    @property
    def can_restore(self) -> bool:
        """Whether there is a deleted run."""
        return bool(self._runs)

    def delete(self, run: Run | BrokenRun) -> None:
        """Move a run to the bin; the starter run takes the place of the current one."""
        if run.path == STARTER_PATH:
            self._state.notify("warn", "The starter run belongs to the program and cannot be deleted.")
            return
        current = self._state.is_current(run.path)
        # While a training is prepared, the current run is still the one before, which is not trained.
        if current and self._state.busy and self._state.phase != "preparing":
            self._state.notify("warn", "This run is being trained: stop it before deleting it.")
            return
        try:
            path = folders.delete(run)
        except RunError as error:
            self._state.notify("bad", str(error))
            return
        self._folders.add(run.path.parent)
        self._runs.append(DeletedRun(path, run.path, self._overlays.remove(run.path), current))
        if current:
            # The train panel keeps what the user has typed.
            self._library.open(STARTER_PATH, adopt=False)
        self._library.update(run.path)
        self.deleted.emit(run.name, run.path)

    def restore(self, path: Path | None = None) -> None:
        """Restore the run that was deleted from ``path``, or the one that was deleted last."""
        run = next((deleted for deleted in reversed(self._runs) if path in (None, deleted.original)), None)
        if run is None:
            return
        try:
            folders.restore(run.path, run.original)
        except RunError as error:
            # It stays in the bin: whatever is in its place may be moved away.
            self._state.notify("bad", str(error))
            self._library.update(run.original)
            return
        self._runs.remove(run)
        if run.overlay is not None:
            self._overlays.add(run.overlay)
        if run.was_current and not self._state.busy and self._state.is_current(STARTER_PATH):
            self._library.open(run.original, adopt=False)
        self._library.update(run.original)
        self.restored.emit(run.original)

    def empty_others(self) -> None:
        """Remove what windows had deleted that were killed, in the background."""
        if (paths.runs_dir() / folders.BIN).is_dir():
            self._jobs.start("Removing deleted runs", lambda progress: folders.empty_bin())

    def empty(self) -> None:
        """Remove deleted runs from the disk: the window has closed."""
        mine = [run.path for run in self._runs]
        for folder in self._folders | {paths.runs_dir()}:
            folders.empty_bin(folder, mine)
