"""Runs that differ from one another in the seed alone."""

from __future__ import annotations

from collections.abc import Iterable

from saegui.core.runs.folders import list_inside, list_runs
from saegui.core.runs.run import BrokenRun, Run


def other_seeds(run: Run, runs: Iterable[Run | BrokenRun]) -> list[Run]:
    """Those of ``runs`` that were trained as ``run`` was, but from another seed; one for each seed, in their order.

    Of several runs with one seed the first is taken. Runs that diverged, or have only just begun, are left out.
    """
    found: dict[int, Run] = {}
    for other in runs:
        if (
            not isinstance(other, Run)
            or other.path == run.path
            or other.status == "diverged"
            or not other.step
        ):
            continue
        seed = other.config.seed
        same = other.config.model_copy(update={"seed": run.config.seed}) == run.config
        if same and seed != run.config.seed and other.shape == run.shape:
            found.setdefault(seed, other)
    return [found[seed] for seed in sorted(found)]


def nearby(run: Run) -> list[Run | BrokenRun]:
    """The runs beside ``run`` in its folder, then those of the window's list: where its sisters are looked for.

    Raises:
        RunError: a folder cannot be listed.
    """
    return [*list_inside(run.path.parent), *list_runs()]
