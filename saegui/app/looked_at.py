"""LookedAt: the latents that were selected one after the other, and the way back and forward through them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.state import AppState

MOST = 200
"""Latents further back are forgotten."""


class LookedAt(QObject):
    """As in a web browser: after a step back, selecting another latent forgets those that came after. A run begins with none."""

    changed = Signal()
    """Whether there is a way back or forward may have changed."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._latents: list[int] = []
        self._place = -1
        self._path: Path | None = None
        state.selection_changed.connect(self._selected)
        state.run_changed.connect(self._run_changed)
        state.snapshot_changed.connect(self.changed)

    def can_go(self, by: int) -> bool:
        """Whether there is a latent to go to: −1 back, +1 forward."""
        return self._target(by) is not None

    def go(self, by: int) -> None:
        """Select the latent before, or after, the current one."""
        target = self._target(by)
        if target is not None:
            self._place = target
            self._state.select(self._latents[target])
            self.changed.emit()

    def _target(self, by: int) -> int | None:
        """The nearest place in that direction whose latent exists and is not the selected one.

        With nothing selected, *back* leads to the latent that was selected last.
        """
        snapshot, selected = self._state.snapshot, self._state.selected
        if snapshot is None:
            return None
        place = self._place if selected is None and by < 0 else self._place + by
        while 0 <= place < len(self._latents):
            latent = self._latents[place]
            if latent < snapshot.n_latents and latent != selected:
                return place
            place += by
        return None

    @Slot()
    def _selected(self) -> None:
        selected = self._state.selected
        at = self._latents[self._place] if 0 <= self._place < len(self._latents) else None
        if selected is not None and selected != at:
            self._latents = [*self._latents[: self._place + 1], selected][-MOST:]
            self._place = len(self._latents) - 1
        self.changed.emit()

    @Slot()
    def _run_changed(self) -> None:
        run = self._state.run
        path = run.path if run is not None else None
        if path != self._path:
            self._path = path
            selected = self._state.selected
            self._latents = [] if selected is None else [selected]
            self._place = len(self._latents) - 1
            self.changed.emit()
