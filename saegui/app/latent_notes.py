"""NotesControl: the stars and labels of the current run's latents."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.state import AppState
from saegui.app.undo import Step, Undo
from saegui.core.errors import RunError
from saegui.core.numbers import latent_name
from saegui.core.runs import latent_notes
from saegui.core.runs.latent_notes import NOTHING, Note, Notes, clean_label

PANEL = "features"
"""The panel that shows them all."""


class NotesControl(QObject):
    """Reads them when a run is opened, and writes every change at once. Each change can be undone."""

    changed = Signal()
    """Other stars or labels, or those of another run."""

    def __init__(self, state: AppState, undo: Undo, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._undo = state, undo
        self._of: tuple[Path, int] | None = None
        self._notes: Notes = {}
        state.run_changed.connect(self._run_changed)

    @property
    def all(self) -> Notes:
        """By latent; those of which nothing was said are not in it."""
        return self._notes

    def of(self, latent: int) -> Note:
        """What was said of one latent."""
        return self._notes.get(latent, NOTHING)

    @property
    def possible(self) -> bool:
        """Whether there is a run that they can be kept with."""
        return self._of is not None

    def title(self, latent: int) -> str:
        """How a latent is called: ``#12 lower loop ★``."""
        return latent_notes.title(latent, self.of(latent))

    def toggle_star(self, latent: int) -> None:
        """Give a latent a star, or take it away. It can be undone."""
        before = self.of(latent)
        self._say(latent, Note(not before.starred, before.label), "star")

    def set_label(self, latent: int, text: str) -> None:
        """Give a latent a label; an empty one takes it away. It can be undone."""
        before = self.of(latent)
        self._say(latent, Note(before.starred, clean_label(text)), "label")

    def _say(self, latent: int, note: Note, what: str) -> None:
        before = self.of(latent)
        if self._of is None or note == before:
            return
        path, count = self._of
        if self._put(path, count, latent, note):
            self._undo.add(
                Step(
                    f"{what} of latent {latent_name(latent)}",
                    partial(self._put, path, count, latent, before),
                    partial(self._put, path, count, latent, note),
                    PANEL,
                )
            )

    def _put(self, path: Path, count: int, latent: int, note: Note) -> bool:
        try:
            notes = latent_notes.change(path, count, latent, note)
        except RunError as error:
            self._state.notify("bad", str(error), "latent")
            return False
        if self._of == (path, count):
            self._show(notes)
        return True

    def _show(self, notes: Notes) -> None:
        if notes != self._notes:
            self._notes = notes
            self.changed.emit()

    @Slot()
    def _run_changed(self) -> None:
        run = self._state.run
        now = (run.path, run.config.n_latents) if run is not None else None
        if now == self._of:
            return
        self._of = now
        notes: Notes = {}
        if now is not None:
            try:
                notes = latent_notes.read(*now)
            except RunError as error:
                self._state.notify("bad", str(error))
        self._show(notes)
