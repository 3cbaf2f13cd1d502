"""Which runs are looked at together: those of a sweep, or those that were named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from saegui.core.config.run_names import short
from saegui.core.config.schema import RunConfig, relevant
from saegui.core.files import paths
from saegui.core.runs.folders import list_inside
from saegui.core.runs.run import STARTER_PATH, BrokenRun, Run, is_run


def runs_in(folder: Path) -> list[Run]:
    """The runs of a sweep, or of any other folder that holds runs, in the order of their folders' names; those that cannot be
    opened are left out. Empty for a folder that is a run itself, or holds none.

    Raises:
        RunError: the folder cannot be listed.
    """
    if not folder.is_dir() or is_run(folder):
        return []
    found = [run for run in list_inside(folder) if isinstance(run, Run)]
    return sorted(found, key=lambda run: run.path.name)


def beside(run: Run, known: Iterable[Run | BrokenRun], compared: Iterable[Path] = ()) -> tuple[Run, ...]:
    """What ``run`` is looked at together with where nobody named runs: ``run`` first, then others of its data.

    They are the ``compared`` ones, by their folders, where there are any; else those that were trained together with it, in one
    folder; else all of ``known``.
    """
    others = [
        other
        for other in known
        if isinstance(other, Run) and other.path not in (run.path, STARTER_PATH) and comparable(run, other)
    ]
    chosen = set(compared)
    if chosen:
        return (run, *(other for other in others if other.path in chosen))
    if run.path.parent != paths.runs_dir():
        sweep = [other for other in others if other.path.parent == run.path.parent]
        return (run, *sorted(sweep, key=lambda other: other.path.name))
    return (run, *others)


def shared_and_varied(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """The parameters that have an effect in at least one of ``runs``, and the values that each has in those where it has one."""
    found: dict[str, set[Any]] = {}
    for run in runs:
        values = run.config.model_dump()
        for name in relevant(values):
            found.setdefault(name, set()).add(values[name])
    return {name: sorted(found[name]) for name in RunConfig.model_fields if name in found}


def varied_in_words(runs: Sequence[Run]) -> str:
    """Such as ``latents, k and seed vary``; empty where all have the same parameters."""
    names = [short(name) for name, values in shared_and_varied(runs).items() if len(values) > 1]
    if len(names) < 2:
        return f"{names[0]} varies" if names else ""
    return f"{', '.join(names[:-1])} and {names[-1]} vary"


def comparable(one: Run, other: Run) -> bool:
    """Whether both were trained on the same data set, so that their errors can be compared."""
    return one.config.dataset == other.config.dataset and one.shape == other.shape


def not_together(runs: Sequence[Run]) -> str | None:
    """Which two of ``runs`` are not :func:`comparable`, and what to do: a sentence; None where all are."""
    for other in runs[1:]:
        if not comparable(runs[0], other):
            return (
                f"{runs[0].name} was trained on {runs[0].data_title} and {other.name} on {other.data_title}, whose errors "
                "cannot be compared; choose runs of one data set."
            )
    return None
