"""Overlays: the runs that are compared with the current one, and the colour of each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.state import AppState
from saegui.core.errors import RunError
from saegui.core.runs.history import History
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import BrokenRun, Run

MAX_OVERLAYS = 5
"""Runs that can be compared at once: as many as have a colour of their own."""


class Overlays(QObject):
    """Owns the compared runs. The current run is never one of them. Errors become notices; nothing raises."""

    changed = Signal()
    """A run was added or removed, or has another name."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._all: tuple[Overlay, ...] = ()
        state.run_changed.connect(self._remove_current)

    @property
    def all(self) -> tuple[Overlay, ...]:
        """The compared runs, the one that was added last at the end; each has a place of its own."""
        return self._all

    def includes(self, run: Run | BrokenRun) -> bool:
        """Whether ``run`` is compared."""
        return any(overlay.path == run.path for overlay in self._all)

    def set(self, overlays: Sequence[Overlay]) -> None:
        """Compare these runs and no others."""
        self._all = _placed(overlays)
        self.changed.emit()

    def clear(self) -> None:
        """Compare no runs."""
        self.set([])

    def add(self, overlay: Overlay) -> Overlay | None:
        """Compare one more run; returns the oldest one if it was removed to make room."""
        overlays = [*(other for other in self._all if other.path != overlay.path), overlay]
        self.set(overlays[-MAX_OVERLAYS:])
        return overlays[0] if len(overlays) > MAX_OVERLAYS else None

    def add_former(self, run: Run, history: History, new: Run | None) -> None:
        """Compare the run that was open before ``new`` with it, where it has curves of the same data set."""
        same_data = new is not None and run.path != new.path and run.config.dataset == new.config.dataset
        if same_data and len(history.train["step"]):
            self.add(Overlay.of(run, history))

    def remove(self, path: Path) -> Overlay | None:
        """Stop comparing the run in ``path``; returns its overlay, or None when it was not compared."""
        removed = next((overlay for overlay in self._all if overlay.path == path), None)
        if removed is not None:
            self.set([overlay for overlay in self._all if overlay is not removed])
        return removed

    def toggle(self, run: Run) -> None:
        """Compare ``run``, or stop comparing it."""
        if self.remove(run.path) is not None or self._state.is_current(run.path):
            return
        try:
            overlay = Overlay.of(run, run.history())
        except RunError as error:
            self._state.notify("bad", str(error), "comparison")
            return
        if (removed := self.add(overlay)) is not None:
            self._state.notify(
                "info",
                f"At most {MAX_OVERLAYS} runs can be compared: “{removed.name}” was removed.",
                "comparison",
            )

    def rename(self, path: Path, name: str) -> None:
        """The run in ``path`` has another name."""
        if any(overlay.path == path for overlay in self._all):
            self.set([o._replace(name=name) if o.path == path else o for o in self._all])

    @Slot()
    def _remove_current(self) -> None:
        if self._state.run is not None:
            self.remove(self._state.run.path)


def _placed(overlays: Sequence[Overlay]) -> tuple[Overlay, ...]:
    """Each overlay with its own place: it keeps the one it has unless an earlier one has it, else it gets the first free one."""
    first = {overlay.place: overlay.path for overlay in reversed(overlays) if overlay.place}
    free = (place for place in count(1) if place not in first)
    return tuple(
        overlay if first.get(overlay.place) == overlay.path else overlay._replace(place=next(free))
        for overlay in overlays
    )
