"""FilterControl: which latents the window shows now, for every panel that lists all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.state import AppState
from saegui.core.analysis.latent_filter import EVERYTHING, LatentFilter


class FilterControl(QObject):
    """The current filter. It outlives a change of runs, so that two can be compared by it, but for latents that were
    encircled and for families."""

    changed = Signal()

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._value = EVERYTHING
        self._classes: tuple[str, ...] = ()
        self._path: Path | None = None
        state.dataset_changed.connect(self._dataset_changed)
        state.run_changed.connect(self._run_changed)

    @property
    def value(self) -> LatentFilter:
        """What latents must be to be shown."""
        return self._value

    def set(self, value: LatentFilter) -> None:
        """Show other latents."""
        if value != self._value:
            self._value = value
            self.changed.emit()

    @Slot()
    def clear(self) -> None:
        """Show every latent."""
        self.set(EVERYTHING)

    @Slot()
    def _run_changed(self) -> None:
        path = self._state.run.path if self._state.run is not None else None
        if path != self._path:
            self._path = path
            # The same numbers are other latents there.
            self.set(replace(self._value, latents=None, family=None))

    @Slot()
    def _dataset_changed(self) -> None:
        dataset = self._state.dataset
        if dataset is None:
            return
        # A class is a number: of other classes it would be another one.
        if self._classes and tuple(dataset.classes) != self._classes:
            self.set(replace(self._value, label=None))
        self._classes = tuple(dataset.classes)
