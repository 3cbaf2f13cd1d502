"""Bin: deleted runs, which can be brought back until the window closes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from saegui.app.jobs import Jobs
from saegui.app.library import Library
from saegui.app.overlays import Overlays
from saegui.app.state import AppState
from saegui.app.undo import Step, Undo
from saegui.core.errors import RunError
from saegui.core.files import paths
from saegui.core.runs import folders
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import STARTER_PATH, BrokenRun, Run


class DeletedRun(NamedTuple):
    """A run in the bin."""

    run: Run | BrokenRun
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
        undo: Undo,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs, self._undo = jobs, undo
        self._state, self._library, self._overlays = state, library, overlays
        self._runs: list[DeletedRun] = []
        self._steps: dict[Path, Step] = {}
        """The step that deleted the run of each path last."""
        self._folders: set[Path] = set()
        """Folders in which runs were deleted; each has a bin on disk."""

    @property
    def can_restore(self) -> bool:
        """Whether there is a deleted run."""
        return bool(self._runs)

    def delete(self, run: Run | BrokenRun) -> None:
        """Move a run to the bin; the starter run takes the place of the current one. It can be undone."""
        if self._put(run):
            self._steps[run.path] = self._undo.add(
                Step("delete run", partial(self._take, run.path), partial(self._put, run))
            )

    def restore(self, path: Path | None = None) -> None:
        """Restore the run that was deleted from ``path``, or the one that was deleted last. It can be undone."""
        found = self._deleted_from(path)
        if found is None:
            return
        step = self._steps.get(found.original)
        if step is not None and step is self._undo.last:
            self._undo.undo()
        elif run := self._take_run(found):
            self._undo.add(Step("restore run", partial(self._put, run), partial(self._take, found.original)))

    def _put(self, run: Run | BrokenRun) -> bool:
        """Move a run to the bin; whether that was possible."""
        if run.path == STARTER_PATH:
            self._state.notify(
                "warn", "The starter run belongs to the program and cannot be deleted.", "deleted run"
            )
            return False
        current = self._state.is_current(run.path)
        # While a training is prepared, the current run is still the one before, which is not trained.
        if current and self._state.busy and self._state.phase != "preparing":
            self._state.notify(
                "warn", "This run is being trained: stop it before deleting it.", "deleted run"
            )
            return False
        try:
            path = folders.delete(run)
        except RunError as error:
            self._state.notify("bad", str(error), "deleted run")
            return False
        self._folders.add(run.path.parent)
        self._runs.append(DeletedRun(run, path, run.path, self._overlays.remove(run.path), current))
        if current:
            # The train panel keeps what the user has typed.
            self._library.open(STARTER_PATH, adopt=False)
        self._library.update(run.path)
        self.deleted.emit(run.name, run.path)
        return True

    def _deleted_from(self, path: Path | None) -> DeletedRun | None:
        return next((found for found in reversed(self._runs) if path in (None, found.original)), None)

    def _take(self, path: Path) -> bool:
        found = self._deleted_from(path)
        return found is not None and self._take_run(found) is not None

    def _take_run(self, found: DeletedRun) -> Run | BrokenRun | None:
        """Take a run out of the bin; None, after a notice, where it cannot be."""
        try:
            folders.restore(found.path, found.original)
        except RunError as error:
            # It stays in the bin: whatever is in its place may be moved away.
            self._state.notify("bad", str(error), "deleted run")
            self._library.update(found.original)
            return None
        self._runs.remove(found)
        if found.overlay is not None:
            self._overlays.add(found.overlay)
        if found.was_current and not self._state.busy and self._state.is_current(STARTER_PATH):
            self._library.open(found.original, adopt=False)
        self._library.update(found.original)
        self.restored.emit(found.original)
        return found.run

    def empty_others(self) -> None:
        """Remove what windows had deleted that were killed, in the background."""
        if (paths.runs_dir() / folders.BIN).is_dir():
            self._jobs.start("Removing deleted runs", lambda progress: folders.empty_bin())

    def empty(self) -> None:
        """Remove deleted runs from the disk: the window has closed."""
        mine = [run.path for run in self._runs]
        for folder in self._folders | {paths.runs_dir()}:
            folders.empty_bin(folder, mine)
