"""Library: the runs on disk as the window lists them; opens and renames them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Job, Jobs
from saegui.app.overlays import Overlays
from saegui.app.settings import Settings
from saegui.app.state import AppState
from saegui.app.undo import Step, Undo
from saegui.core import data
from saegui.core.errors import RunError
from saegui.core.files import paths
from saegui.core.progress import Progress
from saegui.core.runs import folders
from saegui.core.runs.history import History
from saegui.core.runs.listing import Listed, Look, look_at, newest_first
from saegui.core.runs.run import STARTER_PATH, BrokenRun, Run, note_run, open_run, rename_run


def _as_listed(path: Path) -> Path:
    """``path`` as the list spells it, so that it is recognised there and at the next start."""
    if path == STARTER_PATH:
        return path
    found, own = path.resolve(), paths.runs_dir()
    try:
        return own / found.relative_to(own.resolve())
    except ValueError:
        return found


def _opened(path: Path) -> Run:
    """The run in ``path``, whose data set the program then knows."""
    run = open_run(path)
    data.know(run.config.dataset, run.origin, run.shape)
    return run


PIECE = 32
"""Runs that are read at once; a longer list is read to its end in the background, the newest first."""
PIECE_SECONDS = 0.2
"""The list grows at most this often while it is read."""


class _Piece(NamedTuple):
    """What a background job has read since its last piece."""

    number: int
    """Which look at the folders it belongs to."""
    listed: list[Listed]
    is_last: bool


STARTER_KEEPS_ITS_NAME = (
    "The starter run belongs to the program and cannot be renamed; train a run of your own."
)


class Library(QObject):
    """The list of runs, and which one is current. Errors become notices; nothing raises.

    What happens to one run reads that run's folder alone. The whole list is read in the background, and of runs that
    were read before only those that were saved since.
    """

    changed = Signal()
    """The list is another."""
    opened = Signal()
    """A run was opened, also when it is the one that was current before."""
    _read = Signal(object)

    def __init__(
        self,
        state: AppState,
        overlays: Overlays,
        settings: Settings,
        jobs: Jobs,
        undo: Undo,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._overlays, self._settings, self._jobs = state, overlays, settings, jobs
        self._undo = undo
        self._unseen = Jobs(self)
        """Looks at a list that is known already: too short to be shown in the status bar."""
        self._known: dict[Path, Listed] = {}
        self._runs: Sequence[Run | BrokenRun] = ()
        self._shown: Path | None = None
        self._listed = False
        self._beside: Path | None = None
        """Another folder whose runs are listed too; it stays listed when a run of the window's own folder is opened."""
        self._alone: Path | None = None
        """A run of another folder that is listed too, without its neighbours, because it was opened itself."""
        self._opened_folder: Path | None = None
        """The folder of runs that was opened last."""
        self._job: Job | None = None
        self._number = 0
        self._found: set[Path] = set()
        """Runs that the look under way has come across."""
        self._touched: set[Path] = set()
        """Runs that changed here since it began: what is known of them is newer than what it reads."""
        self._taken = threading.Event()
        self._read.connect(self._arrived)
        state.run_changed.connect(self._run_changed)
        state.phase_changed.connect(self._phase_changed)

    @property
    def runs(self) -> Sequence[Run | BrokenRun]:
        """The runs of the window's folder and of the folder of the last run from elsewhere; newest first, without the starter."""
        return self._runs

    @property
    def reading(self) -> bool:
        """Whether a long list is being read in the background."""
        return self._job is not None

    @Slot()
    def refresh(self) -> None:
        """Look through the folders again; a short list is read when this returns."""
        self._look()
        self._announce()

    @Slot()
    def refresh_if_changed(self) -> None:
        """Look whether another program saved, added or removed a run; not during a training here."""
        if self._listed and not self._state.busy and self._look():
            self._announce()
            self._reread()

    @Slot(object)
    def update(self, path: Path) -> None:
        """Read the run in ``path`` again, and no other; one that is gone is listed no more."""
        if not path.is_relative_to(paths.runs_dir()) and path.parent != self._beside and path != self._alone:
            return
        self._touched.add(path)
        found = look_at(path)
        if found is None:
            self._known.pop(path, None)
        else:
            self._known[path] = found
        self._announce()

    def shut_down(self) -> None:
        """Read nothing more: the window has closed."""
        self._give_up()
        self._unseen.shut_down()

    def _look(self) -> bool:
        """Read the first runs, and let the rest be read in the background; whether the list is another now."""
        self._give_up()
        self._listed = True
        if (elsewhere := self._elsewhere()) is not None:
            if elsewhere.parent == self._opened_folder:
                self._beside, self._alone = elsewhere.parent, None
            elif elsewhere.parent != self._beside:
                self._beside, self._alone = None, elsewhere
        self._number += 1
        self._found, self._touched = set(), set()
        known = dict(self._known)
        looks = []
        try:
            looks.append(Look(paths.runs_dir(), known))
        except RunError as error:
            self._state.notify("bad", str(error))
            return False
        try:
            if self._beside is not None:
                looks.append(Look(self._beside, known, others=False))
        except RunError as error:
            self._state.notify("warn", str(error))
            # Say it once, not at every refresh.
            self._beside = None
        alone = look_at(self._alone, known) if self._alone is not None else None
        reading = chain([alone] if alone is not None else [], chain.from_iterable(looks))
        first = [*islice(reading, PIECE + 1)]
        is_last = len(first) <= PIECE
        if not is_last:
            is_new = first[-1].run.path not in known
            self._read_the_rest(reading, sum(map(len, looks)), is_new=is_new)
        return self._take(_Piece(self._number, first, is_last))

    def _read_the_rest(self, reading: Iterator[Listed], total: int, *, is_new: bool) -> None:
        number, taken = self._number, self._taken

        def work(progress: Progress) -> None:
            piece: list[Listed] = []
            due = time.monotonic() + PIECE_SECONDS
            for count, listed in enumerate(reading, PIECE + 2):
                piece.append(listed)
                progress.report(count, max(count + 1, total))
                if time.monotonic() >= due:
                    taken.clear()
                    self._read.emit(_Piece(number, piece, False))
                    # Two threads that want Python at once hold up each other, and the window would be the slower one.
                    taken.wait(PIECE_SECONDS)
                    piece, due = [], time.monotonic() + PIECE_SECONDS
            self._read.emit(_Piece(number, piece, True))

        self._job = (self._jobs if is_new else self._unseen).start("Reading the list of runs", work)
        self._job.failed.connect(self._reading_failed)
        self._job.cancelled.connect(self._reading_cancelled)

    def _give_up(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    @Slot(object)
    def _reading_failed(self, error: Exception) -> None:
        self._reading_cancelled()
        self._state.fail(error)

    @Slot()
    def _reading_cancelled(self) -> None:
        """The user does not want to wait; the next look reads what is missing."""
        if self.sender() is self._job:
            self._job = None

    @Slot(object)
    def _arrived(self, piece: _Piece) -> None:
        if piece.number == self._number and self._take(piece):
            self._announce()
            self._reread()
        self._taken.set()

    def _take(self, piece: _Piece) -> bool:
        """Put what was read into the list; whether that made it another."""
        before = len(self._known)
        changed = False
        for listed in piece.listed:
            path = listed.run.path
            self._found.add(path)
            if path not in self._touched and self._known.get(path) is not listed:
                self._known[path] = listed
                changed = True
        if piece.is_last:
            self._job = None
            keep = self._found | self._touched
            self._known = {path: listed for path, listed in self._known.items() if path in keep}
        return changed or len(self._known) != before

    def _announce(self) -> None:
        self._runs = newest_first(listed.run for listed in self._known.values())
        self.changed.emit()

    def _reread(self) -> None:
        """Another program may have saved the current run."""
        run = self._state.run
        now = self._known.get(run.path) if run is not None and not self._state.busy else None
        if now is not None and isinstance(now.run, Run) and now.run != run:
            self._state.update_run(now.run)

    def _elsewhere(self) -> Path | None:
        """The current run's path, if it is not in the window's folder."""
        run = self._state.run
        if run is None or run.path == STARTER_PATH or run.path.is_relative_to(paths.runs_dir()):
            return None
        return run.path

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
            self._state.notify(
                "warn", "A training is under way: stop it before opening another run.", "open run"
            )
            return False
        try:
            newest = folders.newest_inside(path)
            self._opened_folder = _as_listed(newest).parent if newest is not None else self._opened_folder
            run = _opened(_as_listed(newest or path))
            snapshot = run.latest()
        except RunError as error:
            self._state.notify("bad", str(error), "open run")
            return False
        try:
            history = run.history()
        except RunError as error:
            # A run without its curves is still worth opening.
            self._state.notify("warn", str(error))
            history = History()
        self._state.set_run(run, snapshot, history)
        if adopt:
            self._state.set_draft(run.config, run.preset)
        self.opened.emit()
        return True

    def rename(self, run: Run, name: str) -> None:
        """Rename a run on disk and everywhere in the window. It can be undone."""
        if run.path == STARTER_PATH:
            self._state.notify("warn", STARTER_KEEPS_ITS_NAME, "name of a run")
            return
        if self._rename(run, name):
            self._undo.add(
                Step(
                    "rename run",
                    partial(self._rename_again, run.path, name, run.name),
                    partial(self._rename_again, run.path, run.name, name),
                )
            )

    def annotate(self, run: Run, note: str) -> None:
        """Keep a note with a run. It can be undone."""
        if self._annotate(run.path, note):
            self._undo.add(
                Step(
                    "note",
                    partial(self._annotate, run.path, run.note),
                    partial(self._annotate, run.path, note),
                )
            )

    def _annotate(self, path: Path, note: str) -> bool:
        try:
            noted = note_run(open_run(path), note)
        except RunError as error:
            self._state.notify("bad", str(error), "name of a run")
            return False
        if self._state.is_current(path):
            self._state.update_run(noted)
        self.update(path)
        return True

    def _rename(self, run: Run, name: str) -> bool:
        try:
            renamed = rename_run(run, name)
        except RunError as error:
            self._state.notify("bad", str(error), "name of a run")
            return False
        self._state.worked.emit("name of a run")
        if self._state.is_current(run.path):
            self._state.update_run(renamed)
        self._overlays.rename(run.path, renamed.name)
        self.update(run.path)
        return True

    def _rename_again(self, path: Path, former: str, name: str) -> bool:
        try:
            run = open_run(path)
        except RunError as error:
            self._state.notify("bad", str(error))
            return False
        if not self._rename(run, name):
            return False
        self._state.notify("info", f"“{former}” is called “{name}” again.")
        return True

    @Slot()
    def _run_changed(self) -> None:
        run = self._state.run
        if run is not None and run.path != self._shown:
            self._shown = run.path
            self._settings.last_run = "" if run.path == STARTER_PATH else str(run.path)
            elsewhere = self._elsewhere()
            if self._listed and elsewhere is not None and elsewhere not in self._known:
                # It is not listed yet.
                self.refresh()
            elif self._state.busy:
                # A training has made it.
                self._current_changed()

    @Slot()
    def _phase_changed(self) -> None:
        # Not at every pause.
        if not self._state.busy:
            self._current_changed()

    def _current_changed(self) -> None:
        """A training here has written the current run."""
        run = self._state.run
        if not self._listed or run is None or run.path == STARTER_PATH:
            self.refresh()
        else:
            self.update(run.path)
