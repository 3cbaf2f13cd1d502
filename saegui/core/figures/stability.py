"""In how many runs with other seeds each latent is found again."""

from __future__ import annotations

import numpy as np

from saegui.core.analysis.stability import Stability
from saegui.core.analysis.stability import stability as measured
from saegui.core.figures import paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import page_width
from saegui.core.figures.paper import MARGIN, MUTED, SERIES, SMALL, Page

_WIDTH, _HEIGHT, _GAP = 206.0, 130.0, 40.0
_NARROWEST = 140.0
"""Points of a chart's width below which the charts stand one below the other."""
_BELOW = _HEIGHT + 46
_LEFT, _TOP = MARGIN + 22.0, paper.TOP + 26.0
_NATURAL = _LEFT + 2 * _WIDTH + _GAP + MARGIN


def _charts() -> tuple[float, bool]:
    """Points across of a chart, and whether the second one stands below the first."""
    room = page_width(_NATURAL) - _LEFT - MARGIN
    beside = (room - _GAP) / 2
    return (room, True) if beside < _NARROWEST else (beside, False)


def draw(subject: Subject) -> Drawn:
    """Left: how many latents are found in 0, 1, … of the others. Right: each latent's best cosine in each of them, sorted."""
    found = subject.stability or measured(
        subject.snapshot, (run.latest() for run in subject.seeds), len(subject.seeds)
    )
    width, below = _charts()
    page = Page(page_width(_NATURAL), _TOP + _HEIGHT + 34 + (_BELOW if below else 0))
    page.header(subject, "Latents that are found again from other seeds")
    seeds = ", ".join(str(run.config.seed) for run in subject.seeds)
    share = found.share(subject.found_from)
    words = f"{found.n_others:,} other {'seed' if found.n_others == 1 else 'seeds'}: {seeds}"
    if share is not None:
        words += f"; a latent is found in {share:.0%} of them on average, from cosine {subject.found_from:g}"
    page.text(MARGIN, paper.TOP + 5, words, size=SMALL, room=page.width - 2 * MARGIN)
    _bars(page, found, width, subject.found_from)
    _lines(page, found, width, below, subject.found_from)
    return Drawn(page.figure, _table(subject, found))


def _bars(page: Page, found: Stability, width: float, least: float) -> None:
    counts = np.bincount(found.counts(least)[found.latents], minlength=found.n_others + 1)
    axes = page.axes((_LEFT, _TOP, width, _HEIGHT))
    axes.bar(np.arange(len(counts)), counts, width=0.8, color=SERIES[0], linewidth=0)
    paper.ticks(axes.xaxis, 8, integer=True)
    paper.ticks(axes.yaxis, 5, integer=True)
    page.text(_LEFT, _TOP - 6, "latents", size=SMALL)
    words = "found again in so many other seeds"
    page.text(_LEFT + width, _TOP + _HEIGHT + 20, words, size=SMALL, colour=MUTED, align="right")


def _lines(page: Page, found: Stability, width: float, below: bool, least: float) -> None:
    left, top = (_LEFT, _TOP + _BELOW) if below else (_LEFT + width + _GAP, _TOP)
    axes = page.axes((left, top, width, _HEIGHT))
    for best in found.best[:, found.latents]:
        axes.plot(np.sort(best)[::-1], color=SERIES[0], linewidth=0.7, alpha=0.7)
    axes.axhline(least, color=MUTED, linewidth=0.6, linestyle=":")
    axes.set_ylim(min(0.0, float(found.best.min(initial=0))), 1.02)
    paper.ticks(axes.xaxis, 5, integer=True)
    paper.ticks(axes.yaxis, 5)
    page.text(left, top - 6, "best cosine", size=SMALL)
    words = "latents, the best found first; a line for each seed"
    page.text(left + width, top + _HEIGHT + 20, words, size=SMALL, colour=MUTED, align="right")


def _table(subject: Subject, found: Stability) -> Table:
    counts, keys = found.counts(subject.found_from), found.keys(subject.found_from)
    order = found.latents[np.argsort(-keys[found.latents], kind="stable")]
    rows: list[list[Cell]] = [
        [latent, int(counts[latent]), *found.best[:, latent].tolist()] for latent in order.tolist()
    ]
    return Table(("latent", "found_in", *(f"cosine_seed_{run.config.seed}" for run in subject.seeds)), rows)


KIND = Kind(
    "stability",
    "Stability over seeds",
    "In how many runs that differ in the seed alone each latent is found again, and how well.",
    ("seeds",),
    draw,
)
