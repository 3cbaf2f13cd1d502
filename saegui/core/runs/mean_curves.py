"""Curves as means over runs that differ in the seed alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from saegui.core.runs.history import TEST_COLUMNS, TRAIN_COLUMNS, CurveValues, History
from saegui.core.runs.results import grouped
from saegui.core.runs.run import Run

MEASURED = ("loss", "fvu", "l0", "dead")
"""Columns of the curves of which there are means."""


class MeanCurve(NamedTuple):
    """One number of a training, over several runs."""

    epoch: CurveValues
    """(N,): of the points that all of the runs have."""
    mean: CurveValues
    """(N,)"""
    std: CurveValues
    """(N,): over the runs, n − 1; zeros of one run."""


class MeanCurves(NamedTuple):
    """The curves of runs that differ in the seed alone."""

    label: str
    """In what the runs differ from those of other groups; empty where there is only one."""
    runs: tuple[Run, ...]
    train: dict[str, MeanCurve]
    """By the names in :data:`MEASURED`."""
    test: dict[str, MeanCurve]
    """Likewise, without ``dead``; empty columns where there are no test points."""


class Grouped(NamedTuple):
    """All groups, and how many runs are in none."""

    groups: tuple[MeanCurves, ...]
    diverged: int = 0
    """Runs that diverged: left out."""
    empty: int = 0
    """Runs without curves: left out."""


def mean_curves(runs: Iterable[tuple[Run, History]]) -> Grouped:
    """Runs with equal configurations but for the seed, with equal changes while they were trained, make one group.

    A group's curves end where its shortest run ends.
    """
    found: list[tuple[Run, History]] = []
    diverged = empty = 0
    for run, history in runs:
        if run.status == "diverged":
            diverged += 1
        elif not len(history.train["step"]):
            empty += 1
        else:
            found.append((run, history))
    groups = []
    for label, some in grouped(found, lambda pair: pair[0].config, ("seed",)):
        for same in _equally_changed(some):
            histories = [history for _, history in same]
            groups.append(
                MeanCurves(
                    label,
                    tuple(run for run, _ in same),
                    _means([history.train for history in histories], TRAIN_COLUMNS),
                    _means([history.test for history in histories], TEST_COLUMNS),
                )
            )
    return Grouped(tuple(groups), diverged, empty)


def _equally_changed(some: Sequence[tuple[Run, History]]) -> list[list[tuple[Run, History]]]:
    groups: dict[tuple[object, ...], list[tuple[Run, History]]] = {}
    for run, history in some:
        key = tuple((change.step, change.name, change.after) for change in history.changes)
        groups.setdefault(key, []).append((run, history))
    return list(groups.values())


def _means(tables: Sequence[dict[str, CurveValues]], columns: Sequence[str]) -> dict[str, MeanCurve]:
    """Over the steps that all ``tables`` have: histories of long trainings are thinned, each by itself."""
    steps = reduce(np.intersect1d, [columns_of["step"] for columns_of in tables])
    places = [np.searchsorted(columns_of["step"], steps) for columns_of in tables]
    epoch = tables[0]["epoch"][places[0]]
    found = {}
    for name in MEASURED:
        if name in columns:
            values = np.stack([table[name][rows] for table, rows in zip(tables, places, strict=True)])
            std = values.std(axis=0, ddof=1) if len(tables) > 1 else np.zeros(len(steps))
            found[name] = MeanCurve(epoch, values.mean(axis=0), std)
    return found
