"""Library: the runs on disk as the window lists them; opens and renames them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.overlays import Overlays
from saegui.app.settings import Settings
from saegui.app.state import AppState
from saegui.core.errors import RunError
from saegui.core.files import paths
from saegui.core.runs import folders
from saegui.core.runs.history import History
from saegui.core.runs.run import STARTER_PATH, BrokenRun, Run, open_run, rename_run


def _as_listed(path: Path) -> Path:
    """``path`` as the list spells it, so that it is recognised there and at the next start."""
    if path == STARTER_PATH:
        return path
    found, own = path.resolve(), paths.runs_dir()
    try:
        return own / found.relative_to(own.resolve())
    except ValueError:
        return found


class Library(QObject):
    """The list of runs, and which one is current. Errors become notices; nothing raises."""

    changed = Signal()
    """The list was read again."""
    opened = Signal()
    """A run was opened, also when it is the one that was current before."""

    def __init__(
        self, state: AppState, overlays: Overlays, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._overlays, self._settings = state, overlays, settings
        self._runs: Sequence[Run | BrokenRun] = ()
        self._shown: Path | None = None
        self._listed = False
        self._seen: list[int] = []
        self._beside: Path | None = None
        """Another folder whose runs are listed too; it stays listed when a run of the window's own folder is opened."""
        state.run_changed.connect(self._run_changed)
        state.phase_changed.connect(self._phase_changed)

    @property
    def runs(self) -> Sequence[Run | BrokenRun]:
        """The runs of the window's folder and of the folder of the last run from elsewhere; newest first, without the starter."""
        return self._runs

    @Slot()
    def refresh(self) -> None:
        """Read the list again."""
        self._listed, self._beside = True, self._elsewhere() or self._beside
        try:
            found = [*folders.list_runs()]
        except RunError as error:
            self._state.notify("bad", str(error))
            return
        try:
            found += folders.list_inside(self._beside) if self._beside is not None else []
        except RunError as error:
            self._state.notify("warn", str(error))
            # Say it once, not at every refresh.
            self._beside = None
        self._runs = folders.newest_first(found)
        self._seen = self._stamps()
        self.changed.emit()

    @Slot()
    def refresh_if_changed(self) -> None:
        """Read the list again if another program saved, added or removed a run; not during a training here."""
        if self._listed and not self._state.busy and self._stamps() != self._seen:
            self.refresh()
            self._reread()

    def _reread(self) -> None:
        """Another program may have saved the current run."""
        run = self._state.run
        now = next((found for found in self._runs if run is not None and found.path == run.path), None)
        if isinstance(now, Run) and now != run:
            self._state.update_run(now)

    def _stamps(self) -> list[int]:
        """Numbers that differ when the list would."""
        folders = [
            folder for folder in (paths.runs_dir(), self._beside) if folder is not None and folder.is_dir()
        ]
        return [
            *(folder.stat().st_mtime_ns for folder in folders),
            *(run.saved_at for run in self._runs if isinstance(run, Run)),
        ]

    def _elsewhere(self) -> Path | None:
        """The folder of the current run, if it is not the window's: its other runs are listed too."""
        run = self._state.run
        if run is None or run.path == STARTER_PATH or run.path.is_relative_to(paths.runs_dir()):
            return None
        return run.path.parent

    def open_first(self) -> None:
        """Open the run that was open last, or the starter run: there is always a current run."""
        if self._settings.last_run and (path := Path(self._settings.last_run)).is_dir() and self.open(path):
            return
        self.open(STARTER_PATH)

    def open(self, path: Path, *, adopt: bool = True) -> bool:
        """Make the run in ``path`` current; False, after a notice, when it cannot be opened or a training is under way.

        Of a folder of runs, the newest is opened and the others are listed. ``adopt``: fill the train panel with its
        settings.
        """
        if self._state.busy:
            self._state.notify("warn", "A training is under way: stop it before opening another run.")
            return False
        try:
            run = open_run(_as_listed(folders.newest_inside(path) or path))
            snapshot = run.latest()
        except RunError as error:
            self._state.notify("bad", str(error))
            return False
        try:
            history = run.history()
        except RunError as error:
            # A run without its curves is still worth opening.
            self._state.notify("warn", str(error))
            history = History()
        self._state.set_run(run, snapshot, history)
        if adopt:
            self._state.set_draft(run.config)
        self.opened.emit()
        return True

    def rename(self, run: Run, name: str) -> None:
        """Rename a run on disk and everywhere in the window."""
        if run.path == STARTER_PATH:
            self._state.notify(
                "warn",
                "The starter run belongs to the program and cannot be renamed; train a run of your own.",
            )
            return
        try:
            renamed = rename_run(run, name)
        except RunError as error:
            self._state.notify("bad", str(error))
            return
        if self._state.is_current(run.path):
            self._state.update_run(renamed)
        self._overlays.rename(run.path, renamed.name)
        self.refresh()

    @Slot()
    def _run_changed(self) -> None:
        run = self._state.run
        if run is not None and run.path != self._shown:
            self._shown = run.path
            self._settings.last_run = "" if run.path == STARTER_PATH else str(run.path)
            if self._state.busy or (self._listed and self._elsewhere() not in (None, self._beside)):
                # A training has made it, or it is in a folder that is not listed yet.
                self.refresh()

    @Slot()
    def _phase_changed(self) -> None:
        # Not at every pause: reading hundreds of runs would block the window for too long.
        if not self._state.busy:
            self.refresh()
