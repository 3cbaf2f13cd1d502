"""The error of many runs against how many latents they need for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from saegui.core.figures import chart_of_runs, legends, paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import type_size
from saegui.core.figures.legends import Name
from saegui.core.figures.paper import MUTED, SMALL
from saegui.core.runs import results
from saegui.core.runs.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SPARSITY = ("k", "l1", "l0_weight", "rho", "kl_weight", "seed")
"""Parameters in which the points of one colour may differ: those that decide about L0, and the seed."""
_FRONTIER: dict[str, Any] = {"color": MUTED, "linewidth": 0.9, "linestyle": paper.DASHED}


def draw(subject: Subject) -> Drawn:
    """A point for each run; those of which no other is better in both are filled, and joined."""
    found = chart_of_runs.found(subject)
    best = results.frontier(found.found)
    groups = results.grouped(found.found, lambda result: result.config, _SPARSITY)
    shown, rest = groups[: legends.TOLD], groups[legends.TOLD :]
    names = [
        Name(label, {**legends.look(place), "linestyle": ""}, lined=False)
        for place, (label, _) in enumerate(shown)
        if label
    ]
    names.append(Name("frontier", _FRONTIER))
    notes = [found.note] if found.note else []
    if rest:
        notes.append(f"{sum(len(some) for _, some in rest):,} in grey")
    words = ("MSE of test " + subject.noun.many, "L0, mean number of active latents")
    made = chart_of_runs.chart(subject, "MSE against L0", names, words, "; ".join(notes))
    axes = made.axes
    axes.plot([one.l0 for one in best], [one.mse for one in best], zorder=2, **_FRONTIER)
    for place, (_, some) in enumerate(groups):
        look: dict[str, Any] = {**legends.look(place), "linestyle": ""}
        if place >= len(shown):
            look["color"] = MUTED
        for on, fill in ((True, look["color"]), (False, paper.PAPER)):
            points = [one for one in some if (one in best) == on]
            axes.plot(
                [one.l0 for one in points],
                [one.mse for one in points],
                zorder=4 if on else 3,
                **look,
                markerfacecolor=fill,
            )
    _scale(axes, found.found)
    _name_frontier(axes, best, found.found)
    rows: list[list[Cell]] = [
        [*row, int(one in best)] for row, one in zip(results.rows(found.found), found.found, strict=True)
    ]
    return Drawn(made.page.figure, Table((*results.COLUMNS, "on_frontier"), rows))


def _scale(axes: Axes, found: Sequence[Result]) -> None:
    for axis, values in (("x", [one.l0 for one in found]), ("y", [one.mse for one in found])):
        low, high = min(values), max(values)
        one = axes.xaxis if axis == "x" else axes.yaxis
        set_limits = axes.set_xlim if axis == "x" else axes.set_ylim
        if low > 0 and high >= chart_of_runs.LOG * low:
            (axes.set_xscale if axis == "x" else axes.set_yscale)("log")
            room = (high / low) ** 0.07
            set_limits(low / room, high * room)
            paper.log_ticks(one, (1.0, 2.0, 5.0))
        else:
            spare = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
            set_limits(low - spare, high + spare)
            paper.ticks(one, 6)


def _name_frontier(axes: Axes, best: Sequence[Result], found: Sequence[Result]) -> None:
    """What decides about the sparsity of each run on the frontier, beside its point where it covers nothing else."""
    figure = axes.figure
    place = axes.transData.transform
    taken = [np.asarray(place((one.l0, one.mse))) for one in found]
    size = type_size(SMALL)
    scale = figure.dpi / 72
    box = axes.bbox
    words_taken: list[tuple[float, float, float, float]] = []
    for one in best:
        words = one.config.sparsity
        x, y = place((one.l0, one.mse))
        width, height = paper.text_width(words, size) * scale, size * 0.8 * scale
        for align, left in (("left", x + 5 * scale), ("right", x - 5 * scale - width)):
            low = y + 2 * scale if align == "left" else y - 2 * scale - height
            area = (left, low, left + width, low + height)
            inside = box.x0 <= area[0] and area[2] <= box.x1 and box.y0 <= area[1] and area[3] <= box.y1
            covers = any(
                area[0] - 3 * scale < px < area[2] + 3 * scale
                and area[1] - 3 * scale < py < area[3] + 3 * scale
                for px, py in taken
            ) or any(
                area[0] < other[2] and other[0] < area[2] and area[1] < other[3] and other[1] < area[3]
                for other in words_taken
            )
            if inside and not covers:
                words_taken.append(area)
                offset = ((left - x) / scale, (low - y) / scale)
                axes.annotate(
                    words,
                    (one.l0, one.mse),
                    offset,
                    textcoords="offset points",
                    fontsize=size,
                    color=paper.TEXT,
                    zorder=5,
                )
                break


def _ready(subject: Subject) -> str | None:
    if not chart_of_runs.found(subject).found:
        return "none of these runs was measured at the end of its training; choose others, or finish their trainings."
    return None


KIND = Kind(
    "mse-by-l0",
    "MSE against L0",
    "MSE of several runs on the test inputs against L0, their mean number of active latents; runs that no other beats in both are joined.",
    ("runs",),
    draw,
    _ready,
)
