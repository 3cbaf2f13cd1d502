"""Library: the runs on disk, opening one, the scrubber's steps, renaming, deleting and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.byte_cache import ByteLRU
from saegui.app.settings import Settings
from saegui.app.state import MAX_OVERLAYS, AppState
from saegui.core.errors import RunError
from saegui.core.files import paths
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs import folders
from saegui.core.runs.history import History
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import STARTER_PATH, BrokenRun, Run, open_run, rename_run


def _as_listed(path: Path) -> Path:
    """``path`` as the list spells it, whatever folder it was given from, to be known again there and at the next start."""
    if path == STARTER_PATH:
        return path
    found, own = path.resolve(), paths.runs_dir()
    try:
        return own / found.relative_to(own.resolve())
    except ValueError:
        return found


class _Binned(NamedTuple):
    """A deleted run."""

    path: Path
    original: Path
    overlay: Overlay | None
    """Its curves, where they lay under those of others."""
    current: bool
    """Whether it was the current one."""


class Library(QObject):
    """Runs as the window lists them. Errors become notices; nothing raises."""

    changed = Signal()
    """The list is another."""
    steps_changed = Signal()
    """The current run has snapshots of other steps."""
    deleted = Signal(str, object)
    """A run was deleted: its name and its path, by which :meth:`undo_delete` brings it back."""
    restored = Signal(object)
    """The run of this path is back."""

    def __init__(self, state: AppState, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._settings = state, settings
        self._runs: Sequence[Run | BrokenRun] = ()
        self._bin: list[_Binned] = []
        self._bins: set[Path] = set()
        """Folders in which runs were deleted: a run that was opened from elsewhere has its bin there."""
        self._shown: Path | None = None
        self._listed = False
        self._seen: list[int] = []
        self._beside: Path | None = None
        """The folder whose runs are listed beside the window's own: what is compared with a series need not lie there."""
        self._steps: ByteLRU[int, Snapshot] = ByteLRU()
        state.run_changed.connect(self._run_changed)
        state.phase_changed.connect(self._phase_changed)

    @property
    def runs(self) -> Sequence[Run | BrokenRun]:
        """The window's, and those beside the run that was opened from elsewhere last; newest first, without the starter."""
        return self._runs

    @property
    def can_undo(self) -> bool:
        """Whether a deleted run can be brought back."""
        return bool(self._bin)

    @Slot()
    def refresh(self) -> None:
        """Read the list again."""
        self._listed, self._beside = True, self._elsewhere() or self._beside
        try:
            found = [*folders.list_runs()]
        except RunError as error:
            self._state.tell("bad", str(error))
            return
        try:
            found += folders.list_inside(self._beside) if self._beside is not None else []
        except RunError as error:
            self._state.tell("warn", str(error))
            # Not once more at every refresh.
            self._beside = None
        self._runs = folders.newest_first(found)
        self._seen = self._stamps()
        self.changed.emit()

    @Slot()
    def refresh_if_changed(self) -> None:
        """Read the list anew if somebody else saved a run of it, made one or took one away; not while one is trained here."""
        if self._listed and not self._state.busy and self._stamps() != self._seen:
            self.refresh()
            self._reread()

    def _reread(self) -> None:
        """The current run may be one of those that were saved."""
        run = self._state.run
        now = next((found for found in self._runs if run is not None and found.path == run.path), None)
        if isinstance(now, Run) and now != run:
            self._state.update_run(now)

    def _stamps(self) -> list[int]:
        """What changes when the list would."""
        folders = [
            folder for folder in (paths.runs_dir(), self._beside) if folder is not None and folder.is_dir()
        ]
        return [
            *(folder.stat().st_mtime_ns for folder in folders),
            *(run.saved_at for run in self._runs if isinstance(run, Run)),
        ]

    def _elsewhere(self) -> Path | None:
        """The folder of the current run, where it is not the window's: others of the same making may lie there."""
        run = self._state.run
        if run is None or run.path == STARTER_PATH or run.path.is_relative_to(paths.runs_dir()):
            return None
        return run.path.parent

    def open_first(self) -> None:
        """At the start: the run that was open last, else the starter run, so that there is always one."""
        if self._settings.last_run and (path := Path(self._settings.last_run)).is_dir() and self.open(path):
            return
        self.open(STARTER_PATH)

    def open(self, path: Path, *, adopt: bool = True) -> bool:
        """Make the run in ``path`` current; False (and a notice) when it cannot be opened or a training runs.

        Of a folder of runs the newest is opened; the others are listed beside it. ``adopt``: fill the train panel with
        its settings.
        """
        if self._state.busy:
            self._state.tell("warn", "A training is under way: stop it before opening another run.")
            return False
        try:
            run = open_run(_as_listed(folders.newest_inside(path) or path))
            snapshot = run.latest()
        except RunError as error:
            self._state.tell("bad", str(error))
            return False
        try:
            history = run.history()
        except RunError as error:
            # The weights are what matters: without its curves a run is still worth opening.
            self._state.tell("warn", str(error))
            history = History()
        # Of another run, or of this one before it was trained again.
        self._steps.clear()
        self._state.set_run(run, snapshot, history)
        # It is on top now.
        self._take_away(run.path)
        if adopt:
            self._state.set_draft(run.config)
        return True

    def rename(self, run: Run, name: str) -> None:
        """Rename a run on disk and wherever it is shown."""
        if run.path == STARTER_PATH:
            self._state.tell(
                "warn", "The starter run belongs to the program; train a run of your own to name it."
            )
            return
        try:
            renamed = rename_run(run, name)
        except RunError as error:
            self._state.tell("bad", str(error))
            return
        if self._state.is_current(run.path):
            self._state.update_run(renamed)
        if self.is_overlaid(run):
            self._state.set_overlays(
                [
                    overlay._replace(name=renamed.name) if overlay.path == run.path else overlay
                    for overlay in self._state.overlays
                ]
            )
        self.refresh()

    def delete(self, run: Run | BrokenRun) -> None:
        """Move a run to the bin; the current one is replaced by the starter run."""
        if run.path == STARTER_PATH:
            self._state.tell("warn", "The starter run belongs to the program and cannot be deleted.")
            return
        current = self._state.is_current(run.path)
        # While another is prepared, the one that is still shown is not the one that is trained.
        if current and self._state.busy and self._state.phase != "preparing":
            self._state.tell("warn", "This run is being trained: stop it before deleting it.")
            return
        try:
            binned = folders.delete(run)
        except RunError as error:
            self._state.tell("bad", str(error))
            return
        self._bins.add(run.path.parent)
        self._bin.append(_Binned(binned, run.path, self._take_away(run.path), current))
        if current:
            # Only in its place: what is being typed in the train panel belongs to the user.
            self.open(STARTER_PATH, adopt=False)
        self.refresh()
        self.deleted.emit(run.name, run.path)

    def undo_delete(self, path: Path | None = None) -> None:
        """Bring back the run that was deleted from ``path``, or the one that was deleted last."""
        binned = next((b for b in reversed(self._bin) if path in (None, b.original)), None)
        if binned is None:
            return
        try:
            folders.restore(binned.path, binned.original)
        except RunError as error:
            # It stays in the bin: what is in the way may be moved.
            self._state.tell("bad", str(error))
            self.refresh()
            return
        self._bin.remove(binned)
        if binned.overlay is not None:
            self._state.add_overlay(binned.overlay)
        if binned.current and not self._state.busy and self._state.is_current(STARTER_PATH):
            self.open(binned.original, adopt=False)
        self.refresh()
        self.restored.emit(binned.original)

    # -- other runs' curves -------------------------------------------------------------------------------------------

    def is_overlaid(self, run: Run | BrokenRun) -> bool:
        """Whether the run's curves lie under those of the current one."""
        return any(overlay.path == run.path for overlay in self._state.overlays)

    def toggle_overlay(self, run: Run) -> None:
        """Lay the run's curves under those of the current one, or take them away."""
        if self._take_away(run.path) is not None or self._state.is_current(run.path):
            return
        try:
            overlay = Overlay.of(run, run.history())
        except RunError as error:
            self._state.tell("bad", str(error))
            return
        if (gone := self._state.add_overlay(overlay)) is not None:
            self._state.tell("info", f"{MAX_OVERLAYS} runs fit under the curves: “{gone.name}” made room.")

    def _take_away(self, path: Path) -> Overlay | None:
        overlays = self._state.overlays
        laid = next((overlay for overlay in overlays if overlay.path == path), None)
        if laid is not None:
            self._state.set_overlays([overlay for overlay in overlays if overlay is not laid])
        return laid

    # -- the scrubber -------------------------------------------------------------------------------------------------

    @property
    def steps(self) -> list[int]:
        """Steps of the current run of which a snapshot is on disk, ascending."""
        return self._state.run.steps() if self._state.run is not None else []

    def show_step(self, step: int) -> None:
        """Show the current run as it was at ``step``, one of :attr:`steps`; not while it is being trained."""
        run = self._state.run
        if run is None or self._state.phase in ("training", "stopping"):
            return
        try:
            snapshot = self._steps.get(step) or run.at(step)
        except RunError as error:
            self._state.tell("bad", str(error))
            return
        self._steps.put(step, snapshot, snapshot.nbytes)
        self._state.set_snapshot(snapshot)

    @Slot()
    def _run_changed(self) -> None:
        run = self._state.run
        if run is not None and run.path != self._shown:
            self._shown = run.path
            self._steps.clear()
            self._settings.last_run = "" if run.path == STARTER_PATH else str(run.path)
            if self._state.busy or (self._listed and self._elsewhere() not in (None, self._beside)):
                # A training has made it, or it has other neighbours.
                self.refresh()
        self.steps_changed.emit()

    @Slot()
    def _phase_changed(self) -> None:
        # Not at every pause: reading hundreds of runs takes longer than a window may stand still.
        if not self._state.busy:
            self.refresh()

    def close(self) -> None:
        """The window closed: deleted runs go for good."""
        for folder in self._bins | {paths.runs_dir()}:
            folders.empty_bin(folder)
