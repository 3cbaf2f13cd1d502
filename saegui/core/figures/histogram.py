"""Bars between edges on a logarithmic axis, on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saegui.core.analysis.distributions import Distribution
from saegui.core.figures import paper
from saegui.core.figures.base import Cell, Drawn, Subject, Table
from saegui.core.figures.drawing import page_width
from saegui.core.figures.paper import MARGIN, MUTED, SERIES, SMALL, Page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEFT, _TOP, _WIDTH, _HEIGHT = MARGIN + 30.0, paper.TOP + 14.0, 330.0, 130.0
"""Points; the width is that of a screen."""


def draw(
    subject: Subject, heading: str, found: Distribution, words: tuple[str, str], note: str, counted: str
) -> Drawn:
    """``words`` name the vertical and the horizontal axis, ``note`` stands above to the right, ``counted`` heads the counts' column."""
    edges, counts = found.edges.tolist(), found.counts.tolist()
    rows: list[list[Cell]] = [
        [low, high, count] for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]
    return Drawn(_figure(subject, heading, found, words, note), Table(("low", "high", counted), rows))


def _figure(subject: Subject, heading: str, found: Distribution, words: tuple[str, str], note: str) -> Figure:
    width = page_width(_LEFT + _WIDTH + MARGIN + 6) - _LEFT - MARGIN - 6
    page = Page(_LEFT + width + MARGIN + 6, _TOP + _HEIGHT + 38)
    page.header(subject, heading)
    axes = page.axes((_LEFT, _TOP, width, _HEIGHT))
    bars(axes, found)
    page.text(MARGIN, paper.TOP + 6, words[0], size=SMALL)
    page.text(_LEFT + width, paper.TOP + 6, note, size=SMALL, colour=MUTED, align="right")
    page.text(_LEFT + width, _TOP + _HEIGHT + 27, words[1], size=SMALL, align="right")
    return page.figure


def bars(axes: Axes, found: Distribution, most: int | None = None) -> None:
    """Bars between logarithmic edges, on ``axes`` that have nothing else; at most ``most`` numbers below."""
    axes.set_xscale("log")
    axes.set_xlim(float(found.edges[0]), float(found.edges[-1]))
    widths = found.edges[1:] - found.edges[:-1]
    axes.bar(
        found.edges[:-1],
        found.counts,
        width=widths,
        align="edge",
        color=SERIES[0],
        linewidth=0.4,
        edgecolor="white",
    )
    axes.set_ylim(0, max(1, int(found.counts.max(initial=0))) * 1.05)
    paper.log_ticks(axes.xaxis, (1.0,) if most else (1.0, 3.0), most=most)
    paper.ticks(axes.yaxis, 5, integer=True)
