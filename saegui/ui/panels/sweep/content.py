"""What the charts of a sweep show, made of the results of its runs: places, words and lines, but no pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.config import run_names
from saegui.core.runs.mean_curves import Grouped
from saegui.core.runs.results import (
    Measured,
    Result,
    Results,
    Spread,
    against_k,
    dead_by_size,
    explained_variance,
    frontier,
    grouped,
    init_title,
    monosemanticity,
)
from saegui.core.runs.run import Run
from saegui.core.runs.short_names import FEW, Named, distinguishing_names
from saegui.core.sweeps.spec import Training
from saegui.ui.widgets.text import number

Floats = NDArray[np.float64]
MOST_POINTS = 300
"""Points of a mean curve that are drawn."""


class Spot(NamedTuple):
    """A place in a chart that stands for runs."""

    x: float
    y: float
    runs: tuple[Run, ...]
    words: str
    """What is said of it."""
    series: int = 0
    marked: bool = False
    """On the frontier."""


class Line(NamedTuple):
    """Points that belong together, from left to right."""

    x: Floats
    y: Floats
    series: int = 0
    spread: Floats | None = None
    """Half the height of the band around it."""
    bars: bool = False
    """Whether the spread is drawn as bars at the points, not as a band."""
    runs: tuple[Run, ...] = ()
    words: str = ""
    dashed: bool = False


class Cell(NamedTuple):
    """One number of a table."""

    row: int
    column: int
    share: float
    """From 0 to 1: its colour."""
    text: str
    runs: tuple[Run, ...]
    words: str


@dataclass(frozen=True, eq=False)
class Chart:
    """Everything that is drawn."""

    across: str = ""
    up: str = ""
    spots: tuple[Spot, ...] = ()
    lines: tuple[Line, ...] = ()
    series: tuple[str, ...] = ()
    """The names of the series; none where there is only one."""
    cells: tuple[Cell, ...] = ()
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    ticks: tuple[float, ...] = ()
    """Numbers across that are labelled, where these are not all round ones."""
    log_across: bool = False
    log_up: bool = False
    missing: str = ""
    """Why there is nothing to see; empty where there is."""


NO_RUNS = "No run of this sweep is measured yet."
NO_K = "None of these runs has a k: this is for TopK and the kinds like it."
NO_CURVES = "None of these runs has curves."


def names_of(runs: Sequence[Run]) -> list[str]:
    """Short names that say in what these runs differ: ``k 10`` beside ``k 5`` even where 10 is the preset's own. Names that
    somebody chose stay."""
    short = [name.removeprefix("… ") for name in distinguishing_names([run.name for run in runs])]
    found = {
        some[0].path: label
        for label, some in grouped(runs, lambda run: run.config, apart=())
        if len(some) == 1 and Named(some[0].name, some[0].config, some[0].preset).number is not None
    }
    if any(label.count(", ") >= FEW for label in found.values()):
        return short
    return [found.get(run.path) or name for run, name in zip(runs, short, strict=True)]


def varied_in(training: Training) -> str:
    """The values that a sweep gave to this training, in words."""
    return ", ".join(run_names.words(name, value) for name, value in training.varied.items())


def of_frontier(results: Results) -> Chart:
    """MSE against L0; those on the frontier are marked and joined."""
    found = results.found
    if not found:
        return Chart(missing=NO_RUNS)
    best = frontier(found)
    on = {id(result) for result in best}
    spots = tuple(
        Spot(
            result.l0,
            result.mse,
            (result.run,),
            f"{name}: MSE {number(result.mse)}, L0 {result.l0:.1f}{', on the frontier' if id(result) in on else ''}",
            marked=id(result) in on,
        )
        for result, name in zip(found, names_of([result.run for result in found]), strict=True)
    )
    line = Line(np.array([each.l0 for each in best]), np.array([each.mse for each in best]))
    l0 = [max(each.l0, 1e-9) for each in found]
    mse = [max(each.mse, 1e-12) for each in found]
    return Chart(
        "L0: mean number of active latents",
        "MSE on the test inputs",
        spots,
        (line,),
        log_across=min(l0) >= 0.5 and max(l0) > 8 * min(l0),
        log_up=max(mse) > 20 * min(mse),
    )


def of_variance(results: Results) -> Chart:
    """Explained variance against k."""
    return _against_k(results, explained_variance, "explained variance (1 − FVU)")


def of_alike(results: Results) -> Chart:
    """Monosemanticity against k."""
    return _against_k(results, monosemanticity, "monosemanticity, mean over latents")


def _against_k(results: Results, measured: Measured, up: str) -> Chart:
    if not results.found:
        return Chart(missing=NO_RUNS)
    found = against_k(results.found, measured)
    if not found:
        return Chart(missing=NO_K)
    spots: list[Spot] = []
    lines: list[Line] = []
    runs = [result.run for each in found for point in each.points for result in point.results]
    names = dict(zip([run.path for run in runs], names_of(runs), strict=True))
    for place, each in enumerate(found):
        for point in each.points:
            for result in point.results:
                value = measured(result)
                assert value is not None
                words = f"{names[result.run.path]}: k {result.config.k}, {up.split(' (')[0].split(',')[0]} {number(value)}{_of_seeds(point.y)}"
                spots.append(Spot(point.x, value, (result.run,), words, place))
        lines.append(
            Line(
                np.array([point.x for point in each.points]),
                np.array([point.y.mean for point in each.points]),
                place,
                np.array([point.y.std or 0.0 for point in each.points]),
                bars=True,
            )
        )
    ks = sorted({point.x for each in found for point in each.points})
    labels = tuple(each.label for each in found) if len(found) > 1 else ()
    return Chart(
        "k",
        up,
        tuple(spots),
        tuple(lines),
        labels,
        ticks=tuple(ks),
        log_across=len(ks) > 1 and max(ks) > 8 * min(ks),
    )


def _of_seeds(spread: Spread) -> str:
    if spread.std is None:
        return ""
    return f"; mean of {spread.runs} seeds {number(spread.mean)} ± {number(spread.std)}"


def of_dead(results: Results) -> Chart:
    """A table: the share of dead latents for each size and initialisation."""
    if not results.found:
        return Chart(missing=NO_RUNS)
    pivot = dead_by_size(results.found)
    cells = []
    for row, size in enumerate(pivot.sizes):
        for column, init in enumerate(pivot.inits):
            if (size, init) not in pivot.cells:
                continue
            spread, some = pivot.cells[size, init]
            text = (
                f"{spread.mean:.0%}" if spread.std is None else f"{spread.mean:.0%} ± {100 * spread.std:.0f}"
            )
            runs = tuple(result.run for result in some)
            count = f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
            words = f"{size:,} latents, {init_title(init)}: {text} dead, {count}"
            cells.append(Cell(row, column, spread.mean, text, runs, words))
    return Chart(
        "initialisation",
        "latents",
        cells=tuple(cells),
        rows=tuple(f"{size:,}" for size in pivot.sizes),
        columns=tuple(map(init_title, pivot.inits)),
    )


def of_curves(means: Grouped | None, metric: str, up: str) -> Chart:
    """Curves as means over seeds, with a band of one standard deviation."""
    if means is None:
        return Chart(missing="Reading the curves…")
    lines: list[Line] = []
    for place, group in enumerate(means.groups):
        for part, curves in (("train", group.train), ("test", group.test)):
            curve = curves.get(metric)
            if curve is None or not len(curve.epoch):
                continue
            few = np.unique(np.linspace(0, len(curve.epoch) - 1, MOST_POINTS).round().astype(int))
            count = len(group.runs)
            seeds = f"mean of {count} seeds" if count > 1 else "1 run"
            end = (
                f"{number(float(curve.mean[-1]))} ± {number(float(curve.std[-1]))}"
                if count > 1
                else number(float(curve.mean[-1]))
            )
            lines.append(
                Line(
                    curve.epoch[few],
                    curve.mean[few],
                    place,
                    curve.std[few] if count > 1 else None,
                    runs=group.runs,
                    words=f"{group.label or group.runs[0].name}: {up} {part} {end} at the end, {seeds}",
                    dashed=part == "test",
                )
            )
    if not lines:
        return Chart(missing=NO_CURVES)
    values = np.concatenate([line.y for line in lines])
    above = values[values > 0]
    log = (
        metric in ("loss", "fvu")
        and len(above) == len(values)
        and float(above.max()) > 20 * float(above.min())
    )
    labels = tuple(group.label for group in means.groups) if len(means.groups) > 1 else ()
    return Chart("epochs", up, lines=tuple(lines), series=labels, log_up=log)


def best_of(found: Iterable[Result]) -> Result | None:
    """The one with the smallest MSE."""
    return min(found, key=lambda result: result.mse, default=None)
