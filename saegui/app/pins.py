"""Pins: latents that are put side by side to compare them, until another run is opened."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.state import AppState
from saegui.core.numbers import latent_name

MOST = 8
"""More do not fit beside each other in the smallest window."""


class Pins(QObject):
    """In the order in which they were pinned."""

    changed = Signal()

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._pinned: tuple[int, ...] = ()
        self._path: Path | None = None
        state.run_changed.connect(self._run_changed)
        state.snapshot_changed.connect(self.changed)

    @property
    def latents(self) -> tuple[int, ...]:
        """Those of them that the shown model has."""
        snapshot = self._state.snapshot
        count = snapshot.n_latents if snapshot is not None else 0
        return tuple(latent for latent in self._pinned if latent < count)

    def toggle(self, latent: int) -> None:
        """Pin a latent, or take its pin away. A message says where there are too many."""
        if latent in self._pinned:
            self._set(tuple(other for other in self._pinned if other != latent))
        elif len(self._pinned) >= MOST:
            self._state.notify(
                "warn",
                f"{MOST} latents are pinned already; remove one before you pin {latent_name(latent)}.",
                "latent",
            )
        else:
            self._set((*self._pinned, latent))

    @Slot()
    def clear(self) -> None:
        """Pin none."""
        self._set(())

    def _set(self, pinned: tuple[int, ...]) -> None:
        if pinned != self._pinned:
            self._pinned = pinned
            self.changed.emit()

    @Slot()
    def _run_changed(self) -> None:
        run = self._state.run
        path = run.path if run is not None else None
        if path != self._path:
            self._path = path
            self.clear()
