"""One chart of many runs, with the names of its lines and points above it, on a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from saegui.core.figures import legends, paper
from saegui.core.figures.base import Cell, Drawn, Subject, Table
from saegui.core.figures.captions import header_of_runs
from saegui.core.figures.drawing import page_width, type_size
from saegui.core.figures.legends import Name
from saegui.core.figures.paper import MARGIN, MUTED, SMALL, Page
from saegui.core.runs import results
from saegui.core.runs.results import Measured, Result, Results, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEFT = MARGIN + 30.0
_WIDTH = 330.0
"""Points across of the chart, on a screen."""
_SHAPE, _LOWEST, _HIGHEST = 0.58, 110.0, 240.0
"""Height for width, and points that it has at least and at most."""
_BELOW = 38.0
_FEW_TICKS = 26.0
"""Points from one value of k to the next below which not every one is written."""
_BESIDE = 3.0
"""Points between the error bars of two series at one k, at most."""
LOG = 8.0
"""From so many times the least on, an axis up to the greatest is logarithmic."""


class Chart(NamedTuple):
    """An empty chart on its page."""

    page: Page
    axes: Axes
    size: tuple[float, float]
    """Points across and high."""


def found(subject: Subject) -> Results:
    """The results of the subject's runs."""
    return results.results(subject.runs, subject.alike)


def chart(
    subject: Subject, heading: str, names: Sequence[Name], words: tuple[str, str], left_out: str
) -> Chart:
    """``words`` name the vertical and the horizontal axis; ``left_out`` is said below to the left."""
    room = page_width(_LEFT + _WIDTH + MARGIN + 6) - 2 * MARGIN
    width = room - (_LEFT - MARGIN) - 6
    height = float(round(min(max(width * _SHAPE, _LOWEST), _HIGHEST)))
    top = paper.TOP + 16 + legends.height(names, room)
    both = paper.text_width(left_out, SMALL) + paper.text_width(words[1], SMALL) + 12
    page = Page(room + 2 * MARGIN, top + height + (_BELOW if both <= room or not left_out else _BELOW + 9))
    header_of_runs(page, subject, heading)
    legends.draw(page, names, paper.TOP + 4, room)
    axes = page.axes((_LEFT, top, width, height))
    axes.grid(color=paper.LINE, linewidth=0.4, zorder=0)
    axes.set_axisbelow(True)
    page.text(MARGIN, top - 6, words[0], size=SMALL)
    page.text(_LEFT + width, top + height + 22, words[1], size=SMALL, align="right")
    if left_out:
        below = 22 if both <= room else 31
        page.text(MARGIN, top + height + below, left_out, size=SMALL, colour=MUTED, room=room)
    return Chart(page, axes, (width, height))


def lines(chart: Chart, series: Sequence[Series]) -> None:
    """Means over seeds as points on lines, with a bar of one standard deviation where there are several.

    Where there are bars the series stand a little beside each other, so that none hides another.
    """
    from matplotlib.transforms import ScaledTranslation

    axes = chart.axes
    barred = any(point.y.std for each in series for point in each.points)
    step = min(_BESIDE, 4 * _BESIDE / len(series)) if barred else 0.0
    ends = [
        point.y.mean + sign * (point.y.std or 0.0)
        for each in series
        for point in each.points
        for sign in (-1, 1)
    ]
    # Lines that stand aside do not count where the axes look for their ends.
    spare = 0.06 * (max(ends) - min(ends)) or 0.1 * abs(max(ends)) or 1.0
    axes.set_ylim(min(ends) - spare, max(ends) + spare)
    for place, each in enumerate(series):
        look = legends.look(place)
        aside = step * (place - (len(series) - 1) / 2) / 72
        where = axes.transData + ScaledTranslation(aside, 0, chart.page.figure.dpi_scale_trans)
        x = [point.x for point in each.points]
        y = [point.y.mean for point in each.points]
        axes.plot(x, y, zorder=3, transform=where, **look)
        bars = [(point.x, point.y.mean, point.y.std) for point in each.points if point.y.std]
        if bars:
            axes.errorbar(
                [bar[0] for bar in bars],
                [bar[1] for bar in bars],
                yerr=[bar[2] for bar in bars],
                fmt="none",
                ecolor=look["color"],
                elinewidth=0.8,
                capsize=2,
                capthick=0.8,
                zorder=3,
                transform=where,
            )


def k_axis(chart: Chart, values: Iterable[float]) -> None:
    """An axis of the values of k that there are; logarithmic where they differ much."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    every = sorted(set(values))
    axes, width = chart.axes, chart.size[0]
    low, high = every[0], every[-1]
    if high >= LOG * low:
        axes.set_xscale("log")
        axes.set_xlim(low / (high / low) ** 0.04, high * (high / low) ** 0.04)
    else:
        room = max(1.0, 0.05 * (high - low))
        axes.set_xlim(low - room, high + room)
    to_points = axes.transData.transform
    # One after the other, those that have room.
    shown: list[float] = []
    apart = _FEW_TICKS * type_size(SMALL) / SMALL / 72 * axes.figure.dpi * min(1.0, width / 200)
    for value in every:
        if not shown or to_points((value, 0))[0] - to_points((shown[-1], 0))[0] >= apart * 0.6:
            shown.append(value)
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(paper.tick))


def names_of(series: Sequence[Series]) -> list[Name]:
    """Of lines; one alone that has no name needs none."""
    if len(series) == 1 and not series[0].label:
        return []
    return [Name(each.label or "all runs", legends.look(place)) for place, each in enumerate(series)]


def against_k(
    subject: Subject, measured: Measured, heading: str, words: str, column: str, zero: str | None = None
) -> Drawn:
    """The whole figure; ``words`` name the vertical axis, ``column`` its numbers, and ``zero`` what a value of 0 means."""
    series, left_out = series_of(subject, measured)
    notes = "; ".join(note for note in (spread_note(series), left_out) if note)
    made = chart(subject, heading, names_of(series), (words, "k"), notes)
    lines(made, series)
    k_axis(made, [point.x for each in series for point in each.points])
    paper.ticks(made.axes.yaxis, 6)
    if zero is not None:
        low, high = made.axes.get_ylim()
        made.axes.set_ylim(min(low, -0.06 * abs(high)), max(high, 0.06 * abs(low)))
        made.axes.axhline(0, color=MUTED, linewidth=0.7, linestyle=":", zorder=2)
        made.axes.annotate(
            zero,
            (1, 0),
            (0, 2),
            ("axes fraction", "data"),
            "offset points",
            ha="right",
            va="bottom",
            fontsize=type_size(SMALL),
            color=MUTED,
        )
    return Drawn(made.page.figure, table(series, column))


def nothing_against_k(subject: Subject) -> str | None:
    """Why there is no line: a sentence. What is measured only when the figure is drawn is not asked for."""
    if any(result.k is not None for result in found(subject).found):
        return None
    return "none of these runs has a k and was measured at the end of its training; choose runs of a kind with k."


def series_of(subject: Subject, measured: Measured) -> tuple[list[Series], str]:
    """Those that differ by colour and mark, and what is to be said of what is left out."""
    known = found(subject)
    every = results.against_k(known.found, measured)
    shown = every[: legends.TOLD]
    inside = sum(len(point.results) for each in every for point in each.points)
    notes = [known.note] if known.note else []
    if len(known.found) > inside:
        notes.append(f"{len(known.found) - inside:,} without k: left out")
    if len(every) > len(shown):
        notes.append(f"the first {len(shown)} of {len(every):,} lines")
    return shown, "; ".join(notes)


def table(series: Iterable[Series], column: str) -> Table:
    """A row for each point."""
    rows: list[list[Cell]] = [
        [each.label, point.x, point.y.mean, point.y.std, point.y.runs, _names(point.results)]
        for each in series
        for point in each.points
    ]
    return Table(("series", "k", column, "std", "runs", "names"), rows)


def _names(found: Sequence[Result]) -> str:
    return "; ".join(result.run.name for result in found)


def spread_note(series: Iterable[Series]) -> str:
    """What the bars are, where there are any."""
    most = max((point.y.runs for each in series for point in each.points), default=0)
    return f"mean ± standard deviation over up to {most:,} runs" if most > 1 else ""
