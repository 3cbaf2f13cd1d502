"""Scrubbing: the steps of the current run that were saved, and going back and forth between them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.byte_cache import ByteLRU
from saegui.app.library import Library
from saegui.app.state import AppState
from saegui.core.errors import RunError
from saegui.core.model.snapshot import Snapshot


class Scrubbing(QObject):
    """Shows the current run as it was at an earlier step. Errors become notices; nothing raises."""

    steps_changed = Signal()
    """Another run is current, or a training has saved it at a new step."""

    def __init__(self, state: AppState, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._path: Path | None = None
        self._loaded: ByteLRU[int, Snapshot] = ByteLRU()
        library.opened.connect(self._forget)
        state.run_changed.connect(self._run_changed)

    @property
    def steps(self) -> list[int]:
        """Steps of the current run of which a snapshot is on disk, ascending."""
        return self._state.run.steps() if self._state.run is not None else []

    def show_step(self, step: int) -> None:
        """Show the snapshot of ``step``, one of :attr:`steps`; does nothing while the run is being trained."""
        run = self._state.run
        if run is None or self._state.phase in ("training", "stopping"):
            return
        try:
            snapshot = self._loaded.get(step) or run.at(step)
        except RunError as error:
            self._state.notify("bad", str(error), "step")
            return
        self._loaded.put(step, snapshot, snapshot.nbytes)
        self._state.set_snapshot(snapshot)

    def show_place(self, place: int) -> None:
        """Show the snapshot at this index of :attr:`steps`; −1 is the newest."""
        steps, run = self.steps, self._state.run
        if steps:
            self.show_step(steps[place])
        elif run is not None:
            self._state.notify(
                "warn", f"{run.path} has no snapshots any more. Was it moved or deleted?", "step"
            )

    def move(self, offset: int) -> None:
        """Show the snapshot before (−1) or after (+1) the one that is shown."""
        steps, snapshot = self.steps, self._state.snapshot
        if snapshot is None or not steps:
            return
        # While paused, the weights on the screen may be newer than any that are saved.
        place = sum(step < snapshot.step for step in steps)
        if offset > 0 and place < len(steps) and steps[place] == snapshot.step:
            place += 1
        elif offset < 0:
            place -= 1
        if 0 <= place < len(steps):
            self.show_step(steps[place])

    @Slot()
    def _run_changed(self) -> None:
        run = self._state.run
        if run is not None and run.path != self._path:
            self._path = run.path
            self._forget()
        self.steps_changed.emit()

    @Slot()
    def _forget(self) -> None:
        self._loaded.clear()
