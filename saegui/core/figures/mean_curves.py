"""Loss, FVU, L0 and dead latents while runs were trained, as means over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from saegui.core.figures import legends, paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.captions import header_of_runs
from saegui.core.figures.curve_panels import GAP, LEFT, PANELS, WIDTHS, panels, room, scale
from saegui.core.figures.legends import Name
from saegui.core.figures.paper import BODY, MARGIN, MUTED, SMALL, Page
from saegui.core.runs.mean_curves import Grouped, MeanCurve, MeanCurves, mean_curves
from saegui.core.runs.results import grouped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS = 300
"""Points of a line, at most: of more as many are drawn, evenly chosen."""
_MARKED = 8
"""Marks on a line."""
_MOST = 12
"""Groups that are drawn: more could not be told apart."""


def draw(subject: Subject) -> Drawn:
    """Four panels over epochs: of each group of runs that differ in the seed alone the mean as a line, ± one standard deviation shaded."""
    found = _grouped(subject)
    groups = found.groups[:_MOST]
    names = _names(groups)
    upper = paper.TOP + 26.0 + (legends.height(names, room()) if names else 0)
    across, size = panels()
    page = Page(room() + 2 * MARGIN, upper + -(-len(PANELS) // across) * (size[1] + GAP[1]) - 10)
    header_of_runs(page, subject, "Training curves, mean ± standard deviation over seeds")
    _first_row(page, found, groups)
    legends.draw(page, names, paper.TOP + 13, room())
    span = (0.0, max(float(group.train["loss"].epoch[-1]) for group in groups))
    for place, (column, title) in enumerate(PANELS):
        row, side = divmod(place, across)
        left, top = LEFT + side * (size[0] + GAP[0]), upper + row * (size[1] + GAP[1])
        axes = page.axes((left, top, *size))
        _panel(axes, groups, column, span)
        page.text(left, top - 6, title, weight="bold", size=BODY)
        page.text(left + size[0], top + size[1] + 19, "epoch", size=SMALL, colour=MUTED, align="right")
    return Drawn(page.figure, _table(groups))


def _grouped(subject: Subject) -> Grouped:
    return mean_curves(subject.histories)


def _names(groups: Sequence[MeanCurves]) -> list[Name]:
    if len(groups) == 1 and not groups[0].label:
        return []
    made = []
    for place, group in enumerate(groups):
        count = f" ({len(group.runs)} seeds)" if len(group.runs) > 1 else " (1 seed)"
        made.append(Name(group.label + count, _look(place)))
    return made


def _look(place: int) -> dict[str, Any]:
    """Of a group's line; dashes say here what is measured on the test inputs."""
    return {**legends.look(place), "linestyle": "-", "markersize": 3.0}


def _first_row(page: Page, found: Grouped, groups: Sequence[MeanCurves]) -> None:
    """How train and test are drawn, and what is left out."""
    x, y = float(MARGIN), paper.TOP + 2.0
    for words, dashed in (("train", False), ("test", True)):
        page.line([x, x + 16], [y - 2, y - 2], paper.TEXT, dashed=dashed, linewidth=WIDTHS[dashed])
        page.text(x + 20, y, words, size=SMALL)
        x += 26 + paper.text_width(words, SMALL) + 10
    notes = []
    if len(groups) == 1 and not groups[0].label:
        notes.append(f"{len(groups[0].runs)} seeds")
    notes += [
        f"{count:,} {words}"
        for count, words in ((found.diverged, "diverged, left out"), (found.empty, "without curves"))
        if count
    ]
    if len(found.groups) > len(groups):
        notes.append(f"the first {len(groups)} of {len(found.groups):,} groups")
    page.text(x, y, "; ".join(notes), size=SMALL, colour=MUTED, room=page.width - MARGIN - x)


def _panel(axes: Axes, groups: Sequence[MeanCurves], column: str, span: tuple[float, float]) -> None:
    shown = [
        (place, dashed, curves[column])
        for place, group in enumerate(groups)
        for dashed, curves in ((False, group.train), (True, group.test))
        if column in curves and len(curves[column].epoch)
    ]
    values = np.concatenate([np.concatenate([c.mean - c.std, c.mean + c.std]) for _, _, c in shown])
    means = np.concatenate([curve.mean for _, _, curve in shown])
    positive = values[np.isfinite(values) & (values > 0)]
    log = column in ("loss", "fvu") and len(positive) > 0 and means.max() > 3 * max(means.min(), 1e-300)
    log = log and bool((means > 0).all())
    for place, dashed, curve in shown:
        _line(axes, place, dashed, curve, log)
    scale(axes, positive if log else values, column, span, log=log)


def _line(axes: Axes, place: int, dashed: bool, curve: MeanCurve, log: bool) -> None:
    chosen = np.unique(np.linspace(0, len(curve.epoch) - 1, min(_POINTS, len(curve.epoch))).astype(int))
    epoch, mean, std = (column[chosen] for column in curve)
    look = _look(place) | {"linewidth": WIDTHS[dashed]}
    if dashed:
        look |= {"linestyle": paper.DASHED, "marker": ""}
    if std.any():
        # On a logarithmic axis a band that reaches below zero ends at the bottom.
        low = np.maximum(mean - std, 0.02 * mean) if log else mean - std
        axes.fill_between(epoch, low, mean + std, color=look["color"], alpha=0.18, linewidth=0, zorder=2)
    axes.plot(epoch, mean, markevery=max(1, len(epoch) // _MARKED), zorder=3 + dashed, **look)


def _table(groups: Sequence[MeanCurves]) -> Table:
    rows: list[list[Cell]] = []
    for group in groups:
        for split, curves in (("train", group.train), ("test", group.test)):
            columns = [curves.get(name) for name, _ in PANELS]
            epochs = next(curve.epoch for curve in columns if curve is not None)
            for index, epoch in enumerate(epochs.tolist()):
                numbers: list[Cell] = []
                for curve in columns:
                    numbers += (
                        [None, None] if curve is None else [float(curve.mean[index]), float(curve.std[index])]
                    )
                rows.append([group.label, split, len(group.runs), epoch, *numbers])
    measured = [f"{name}{end}" for name, _ in PANELS for end in ("", "_std")]
    return Table(("group", "split", "seeds", "epoch", *measured), rows)


def _cells(subject: Subject) -> int:
    groups = _grouped(subject).groups[:_MOST]
    rows = sum(len(one["loss"].epoch) for group in groups for one in (group.train, group.test))
    return rows * (4 + 2 * len(PANELS))


def _ready(subject: Subject) -> str | None:
    """By the configurations alone, as the curves are read only when the figure is drawn."""
    sound = [run for run in subject.runs if run.status != "diverged" and run.step]
    if all(len(some) < 2 for _, some in grouped(sound, lambda run: run.config, ("seed",))):
        return "no two of these runs differ in the seed alone; train one of them with another seed."
    return None


KIND = Kind(
    "mean-curves",
    "Mean training curves",
    "Loss, FVU, L0 and dead latents during training, as mean ± standard deviation over runs that differ in the seed alone.",
    ("runs", "histories"),
    draw,
    _ready,
    cells=_cells,
)
