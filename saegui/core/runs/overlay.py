"""A run whose curves are compared with those of the current one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from saegui.core.config.schema import RunConfig
from saegui.core.runs.history import History
from saegui.core.runs.run import Run
from saegui.core.runs.short_names import Named


class Overlay(NamedTuple):
    """A run that is compared with the current one."""

    path: Path
    name: str
    history: History
    diverged: bool = False
    place: int = 0
    """Its colour among those of the overlays, counted from 1, which it keeps while it is compared; 0 before that."""

    config: RunConfig | None = None
    """What it was trained with; None where that is not known."""
    preset: str | None = None
    """The preset that its configuration began with."""

    @property
    def named(self) -> Named:
        """What tells it apart from others."""
        return Named(self.name, self.config, self.preset, self.history.changes)

    @classmethod
    def of(cls, run: Run, history: History) -> Overlay:
        """The curves of ``run``."""
        return cls(
            run.path, run.name, history, run.status == "diverged", config=run.config, preset=run.preset
        )
