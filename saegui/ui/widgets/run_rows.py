"""Runs as lists and menus show them: one row each, in words and numbers, and how one is opened."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from saegui.app.services import Services
from saegui.core.config.schema import parameter, relevant
from saegui.core.errors import RunError
from saegui.core.runs import table
from saegui.core.runs.run import STARTER_PATH, STATUS_TEXT, BrokenRun, Run, starter_run
from saegui.core.runs.table import EVERY, Filter, measured
from saegui.ui.widgets.text import number

SORTS = ("date", "mse", "fvu", "l0", "dead")
"""The columns of a narrow list; it can be sorted by them and by what :func:`saegui.core.runs.table.value` knows."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Row:
    """One run, or a folder that should be one."""

    run: Run | BrokenRun
    starter: bool
    current: bool
    status: str
    when: str
    """Such as ``today 14:32``."""
    numbers: dict[str, str]
    """Column → text; empty for a run that was never measured."""
    detail: str
    """What stands in the numbers' place: how far a run got, or why it cannot be opened."""
    overlay_place: int = 0
    """Its place among the overlays, counted from 1; 0 for a run that is not compared."""
    short: str = ""
    """Its name without what all in the list have in common, for where the whole does not fit."""

    @property
    def broken(self) -> bool:
        """Whether it cannot be opened."""
        return isinstance(self.run, BrokenRun)

    @cached_property
    def settings(self) -> dict[str, str]:
        """Column → text: what it was trained with, and for how long; what does not apply is left out."""
        if isinstance(self.run, BrokenRun):
            return {}
        config, run = self.run.config, self.run
        shown = relevant(config.model_dump())
        found: dict[str, str] = {
            name: f"{getattr(config, name):,}" for name in ("n_latents", "k", "epochs") if name in shown
        }
        return {
            "preset": run.preset_title,
            "dataset": run.data_title,
            "arch": parameter("arch").title_of(config.arch),
            **found,
            "lr": f"{config.lr:g}",
            "seed": str(config.seed),
            "seconds": "" if run.seconds is None else f"{run.seconds:,.1f}",
            "note": run.note,
        }

    @property
    def tip(self) -> str:
        """The tooltip: everything that is known."""
        if isinstance(self.run, BrokenRun):
            return f"{self.run.name} cannot be opened.\n{self.run.reason}"
        config = self.run.config
        about = f"{config.describe()} · {self.run.data_title} · {config.epochs:,} epochs · seed {config.seed}"
        lines = [self.run.name, about, f"{self.status} · {self.when}" if self.when else self.status]
        lines.append(self.said or self.detail)
        if self.overlay_place:
            lines.append("Compared with the current run: its curves are drawn too.")
        if self.run.note:
            lines.append(f"Note: {self.run.note}")
        if self.starter:
            lines.append("This run comes with saegui.")
        return "\n".join([*(line for line in lines if line), str(self.run.path)])

    @property
    def said(self) -> str:
        """The numbers as one line; empty when there are none."""
        titles = {"mse": "MSE", "fvu": "FVU", "l0": "L0"}
        said = [f"{titles[name]} {text}" for name, text in self.numbers.items() if name in titles]
        if isinstance(self.run, Run) and (recovered := measured(self.run, "loss_recovered")) is not None:
            said.append(f"loss recovered {recovered:.3f}")
        return (
            " · ".join([*said, f"{self.numbers['dead'].replace('/', ' of ')} dead on the training inputs"])
            if said
            else ""
        )

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        marked = (
            ("current run", self.current),
            ("starter run", self.starter),
            ("compared", bool(self.overlay_place)),
        )
        marks = [word for word, on in marked if on]
        return ", ".join(
            [self.run.name, *marks, self.status, *filter(None, (self.when, self.said or self.detail))]
        )


ELSEWHERE = "training in another window"
"""What a run is that another window or command trains."""
UNDER_WAY = {"training": "training", "paused": "paused", "stopping": "stopping"}
"""Phases in which the current run is the one that is trained, and how its row words them."""


def ordered(
    services: Services, sort: str = "date", *, reverse: bool = False, wanted: Filter = EVERY
) -> list[Run | BrokenRun]:
    """The starter run first, then every other; what has nothing to be sorted by comes last.

    Dates go from new to old, numbers from small to large; ``reverse`` turns that round. Only those that are ``wanted``.
    """
    found = services.library.runs
    sound = [run for run in found if isinstance(run, Run)]
    broken = [run for run in found if isinstance(run, BrokenRun)]
    if sort == "date":
        sound = sound[::-1] if reverse else sound
    else:
        sound = table.ordered(sound, sort, reverse=reverse)
    starter = starter_if_there()
    every: list[Run | BrokenRun] = [*([starter] if starter is not None else []), *sound, *broken]
    return [run for run in every if wanted.passes(run)]


def row_of(run: Run | BrokenRun, services: Services, short: str = "") -> Row:
    """``run`` as lists show it now; ``short``: its name where the whole does not fit."""
    return replace(_row(run, services, starter=run.path == STARTER_PATH), short=short)


def starter_if_there() -> Run | None:
    """The run that comes with the program; None where it is missing, which opening it would report."""
    try:
        return starter_run()
    except RunError:
        return None


def when(created: str, now: datetime | None = None) -> str:
    """``today 14:32``, ``22 Nov 14:32``, or ``22 Nov 2025`` in local time; empty for what is no date."""
    try:
        moment = datetime.fromisoformat(created).astimezone()
    except (ValueError, OverflowError, OSError):
        return ""
    now = now or datetime.now().astimezone()
    clock, day = f"{moment:%H:%M}", f"{moment.day} {_MONTHS[moment.month - 1]}"
    if moment.date() == now.date():
        return f"today {clock}"
    return f"{day} {clock}" if moment.year == now.year else f"{day} {moment.year}"


def _row(run: Run | BrokenRun, services: Services, *, starter: bool) -> Row:
    state, training = services.state, services.training
    if isinstance(run, BrokenRun):
        # The name is there already: what is wrong must not be cut off behind a long path.
        reason = run.reason.replace(f"{run.path}{os.sep}", "").removeprefix(f"{run.path} ")
        return Row(run, False, False, "cannot be opened", "", {}, reason)
    current = state.is_current(run.path)
    if current and state.run is not None:
        # Newer than what the list read: it hears of every save.
        run = state.run
    # While another training is prepared, the run that is still shown is not the one.
    phase = UNDER_WAY.get(state.phase) if current and not starter else None
    status, numbers = (phase, {}) if phase is not None else (STATUS_TEXT[run.status], _numbers(run))
    if phase is None and run.status == "training" and run.is_being_trained:
        status = ELSEWHERE
    epoch = f"{run.epoch:.1f}".removesuffix(".0")
    if phase is not None and training.epoch is not None:
        # Newer than the last save, and no finer than the status bar says it.
        epoch = f"{training.epoch:,}"
    detail = "" if numbers else f"epoch {epoch} of {run.config.epochs:,}"
    overlay_place = next((overlay.place for overlay in services.overlays.all if overlay.path == run.path), 0)
    return Row(run, starter, current, status, when(run.created), numbers, detail, overlay_place)


def _numbers(run: Run) -> dict[str, str]:
    mse, fvu, l0, dead = (measured(run, name) for name in SORTS[1:])
    if mse is None or fvu is None or l0 is None or dead is None:
        return {}
    return {
        "mse": f"{mse:.4f}" if mse < 10 else number(mse),
        "fvu": f"{fvu:.3f}" if fvu < 10 else number(fvu),
        "l0": f"{l0:.1f}",
        "dead": f"{dead:,.0f}/{run.config.n_latents:,}",
    }
