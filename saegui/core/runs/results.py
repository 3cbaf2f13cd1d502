"""What came out of many trainings: their metrics as one table, and what is drawn of it.

Runs that diverged, and runs that were not measured at their end, are left out of every number and counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from saegui.core.analysis import monosemanticity as mono
from saegui.core.config.run_names import words
from saegui.core.config.schema import RunConfig, parameter, relevant
from saegui.core.data import Dataset
from saegui.core.families.registry import WITH_K
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.runs.run import BrokenRun, Run

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Result:
    """A run and its final measurement; all numbers are finite."""

    run: Run
    mse: float
    fvu: float
    l0: float
    dead: int
    monosemanticity: float | None = None
    """Mean over its latents; None where it was not measured."""

    @property
    def config(self) -> RunConfig:
        """What it was trained with."""
        return self.run.config

    @property
    def explained_variance(self) -> float:
        """1 − FVU."""
        return 1 - self.fvu

    @property
    def dead_share(self) -> float:
        """Of all latents."""
        return self.dead / self.config.n_latents

    @property
    def k(self) -> int | None:
        """None for a kind without k."""
        return self.config.k if self.config.arch in WITH_K else None


class Results(NamedTuple):
    """Several runs that are looked at together."""

    found: tuple[Result, ...]
    """In the order of the runs."""
    diverged: int = 0
    """Runs that diverged, or whose measurement is not finite: left out."""
    unmeasured: int = 0
    """Runs without a final measurement, such as those that are still trained, and broken ones: left out."""

    @property
    def note(self) -> str:
        """How many were left out, in words; empty where none was."""
        parts = [
            f"{count:,} {word}"
            for count, word in ((self.diverged, "diverged"), (self.unmeasured, "not measured"))
            if count
        ]
        return f"{', '.join(parts)}: left out" if parts else ""


def results(runs: Iterable[Run | BrokenRun], alike: Mapping[Path, float | None] | None = None) -> Results:
    """The final measurements of ``runs``; ``alike`` is what :func:`measured_monosemanticity` found, where it was asked."""
    found: list[Result] = []
    diverged = unmeasured = 0
    for run in runs:
        if isinstance(run, BrokenRun):
            unmeasured += 1
            continue
        given = [run.metrics.get(name) for name in ("mse", "fvu", "l0", "dead")]
        numbers = [value for value in given if isinstance(value, int | float)]
        if run.status == "diverged" or not all(math.isfinite(value) for value in numbers):
            diverged += 1
        elif len(numbers) < len(given):
            unmeasured += 1
        else:
            mse, fvu, l0, dead = map(float, numbers)
            own = (alike or {}).get(run.path)
            known = own if own is not None and math.isfinite(own) else None
            found.append(Result(run, mse, fvu, l0, int(dead), known))
    return Results(tuple(found), diverged, unmeasured)


def measured_monosemanticity(
    found: Iterable[Result], dataset: Dataset, progress: Progress = UNWATCHED
) -> dict[Path, float | None]:
    """The mean :mod:`~saegui.core.analysis.monosemanticity` of each run's latents on the test inputs, by the runs' folders.

    None for a run whose inputs have another shape, or of which no latent is active on two test inputs. ``progress`` counts runs.

    Raises:
        RunError: the weights of a run cannot be read.
        Cancelled: ``progress`` gave the work up.
    """
    every = list(found)
    measured: dict[Path, float | None] = {}
    for done, result in enumerate(every):
        progress.report(done, len(every), "Measuring monosemanticity")
        fits = result.run.shape == dataset.shape
        measured[result.run.path] = (
            mono.measured(result.run.latest(), dataset).mean if fits and len(dataset.test_images) else None
        )
    progress.report(len(every), len(every))
    return measured


COLUMNS = (
    *("name", "arch", "n_latents", "k", "init", "seed"),
    *("mse", "l0", "fvu", "explained_variance", "dead", "dead_share", "monosemanticity"),
)
"""Of :func:`rows`."""


def rows(found: Sequence[Result]) -> list[list[str | int | float | None]]:
    """A row for each result, with a cell for each of :data:`COLUMNS`; None where it has none."""
    return [[_cell(result, column) for column in COLUMNS] for result in found]


def _cell(result: Result, column: str) -> Any:
    if column == "name":
        return result.run.name
    if column in RunConfig.model_fields and column != "k":
        return getattr(result.config, column)
    return getattr(result, column)


# -- frontier ---------------------------------------------------------------------------------------------------------


def frontier(found: Iterable[Result]) -> list[Result]:
    """The Pareto frontier of MSE against L0, the sparsest first: those of which no other has a smaller L0 without a larger MSE,
    or a smaller MSE without a larger L0. Of equals all are on it.
    """
    best: list[Result] = []
    for result in sorted(found, key=lambda one: (one.l0, one.mse)):
        if not best or result.mse < best[-1].mse or (result.mse, result.l0) == (best[-1].mse, best[-1].l0):
            best.append(result)
    return best


# -- several runs of one kind -----------------------------------------------------------------------------------------


class Spread(NamedTuple):
    """A mean over several runs."""

    mean: float
    std: float | None
    """Standard deviation over the runs (n − 1); None of one run."""
    runs: int

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        """Of at least one value."""
        std = float(np.std(values, ddof=1)) if len(values) > 1 else None
        return Spread(float(np.mean(values)), std, len(values))


class Point(NamedTuple):
    """What the runs of a series with one value of a parameter have in common."""

    x: float
    y: Spread
    results: tuple[Result, ...]


class Series(NamedTuple):
    """Runs that differ in one parameter, and in the seed."""

    label: str
    """In what they differ from those of the other series; empty where there is only one."""
    points: tuple[Point, ...]
    """By ascending x."""


Measured = Callable[[Result], float | None]


def explained_variance(result: Result) -> float | None:
    """What :func:`against_k` can be asked for."""
    return result.explained_variance


def monosemanticity(result: Result) -> float | None:
    """What :func:`against_k` can be asked for; None where it was not measured."""
    return result.monosemanticity


def against_k(found: Iterable[Result], measured: Measured) -> list[Series]:
    """A number against k: runs that differ in k and the seed alone make one series, each point the mean over its seeds.

    Runs without k, and runs of which ``measured`` knows no number, are left out.
    """
    known = [result for result in found if result.k is not None and measured(result) is not None]
    made = []
    for label, some in grouped(known, lambda result: result.config, ("k", "seed")):
        points = []
        for k in sorted({result.config.k for result in some}):
            same = tuple(result for result in some if result.config.k == k)
            values = [value for result in same if (value := measured(result)) is not None]
            points.append(Point(k, Spread.of(values), same))
        made.append(Series(label, tuple(points)))
    return made


def grouped(
    items: Iterable[T], config: Callable[[T], RunConfig], apart: Sequence[str]
) -> list[tuple[str, list[T]]]:
    """``items`` whose configurations are equal but for the parameters ``apart``, with what tells the groups apart, in words.

    Parameters without an effect are not compared. Groups come in the order of the values that differ, small before large.
    """
    groups: dict[tuple[Any, ...], list[T]] = {}
    names = [name for name in RunConfig.model_fields if name not in apart]
    for item in items:
        values = config(item).model_dump()
        used = set(relevant(values))
        groups.setdefault(tuple(values[name] if name in used else None for name in names), []).append(item)
    differing = [place for place, seen in enumerate(zip(*groups, strict=True)) if len(set(seen)) > 1]

    def label(key: tuple[Any, ...]) -> str:
        return ", ".join(words(names[place], key[place]) for place in differing if key[place] is not None)

    ordered = sorted(groups, key=lambda key: [_sortable(key[place]) for place in differing])
    return [(label(key), groups[key]) for key in ordered]


def _sortable(value: Any) -> tuple[bool, float, str]:
    """Numbers by size, texts by their letters; what there is not first."""
    number = float(value) if isinstance(value, int | float) else 0.0
    return (value is not None, number, value if isinstance(value, str) else "")


# -- dead latents by size and initialisation --------------------------------------------------------------------------


class Pivot(NamedTuple):
    """Shares of dead latents by two parameters."""

    sizes: tuple[int, ...]
    """Numbers of latents, ascending: the rows."""
    inits: tuple[str, ...]
    """Initialisations that there are, in the order of the option's choices: the columns."""
    cells: Mapping[tuple[int, str], tuple[Spread, tuple[Result, ...]]]
    """Of those pairs of size and initialisation that were trained: mean over their runs, whatever else they differ in."""


def dead_by_size(found: Iterable[Result]) -> Pivot:
    """The mean share of dead latents for each number of latents and each initialisation."""
    cells: dict[tuple[int, str], list[Result]] = {}
    for result in found:
        cells.setdefault((result.config.n_latents, result.config.init), []).append(result)
    inits = {init for _, init in cells}
    return Pivot(
        tuple(sorted({size for size, _ in cells})),
        tuple(init for init in parameter("init").choices if init in inits),
        {
            place: (Spread.of([result.dead_share for result in some]), tuple(some))
            for place, some in cells.items()
        },
    )


def init_title(init: str) -> str:
    """Such as ``He (normal)``."""
    return parameter("init").title_of(init)
