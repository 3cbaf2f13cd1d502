"""How many latents are active on each image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.distributions import of_active
from saegui.core.config.schema import RunConfig
from saegui.core.data.noun import Noun
from saegui.core.families.registry import WITH_K
from saegui.core.figures import paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import page_width
from saegui.core.figures.paper import MARGIN, MUTED, SERIES, SMALL, Page

_LEFT, _TOP, _HEIGHT = MARGIN + 26.0, paper.TOP + 26.0, 120.0
_WIDTH = 330.0
"""Points across, on a screen."""
_NAMED = 0.005
"""Smallest share that is written over its bar."""
_NAME_WIDTH = 19.0
"""Where bars stand closer than this, only the tallest carries its share."""
_LEAST_SPAN = 5
"""Numbers of latents shown left and right of the bars, so that a single bar does not fill the chart."""


@dataclass(frozen=True)
class _Histogram:
    """``shares[n]`` of the images activate n latents."""

    counts: NDArray[np.int64]
    n_images: int
    n_latents: int
    target: float | None
    """The number that is aimed at; None where only a penalty decides."""

    @property
    def shares(self) -> NDArray[np.float64]:
        shares: NDArray[np.float64] = self.counts / max(1, self.n_images)
        return shares

    @property
    def mean(self) -> float:
        return float(self.shares @ np.arange(len(self.counts)))

    @property
    def limits(self) -> tuple[float, float]:
        """Of the horizontal axis: all bars and the target, never more than all latents."""
        shown = np.flatnonzero(self.counts).astype(np.float64)
        if self.target is not None or not len(shown):
            shown = np.append(shown, self.target or 0.0)
        low, high = float(shown.min()) - _LEAST_SPAN - 0.5, float(shown.max()) + _LEAST_SPAN + 0.5
        return max(-1.0, low), min(self.n_latents + 1.0, high)

    @property
    def tallest(self) -> float:
        """Top of the vertical axis."""
        return float(self.shares.max(initial=0)) * 1.15 or 1.0

    def percent(self, number: float) -> str:
        """A number of latents as per cent of all."""
        return f"{100 * number / self.n_latents:.3g} %"

    def across(self, number: float) -> float:
        """The place of a number of latents on the page."""
        low, high = self.limits
        return _LEFT + _width() * (number - low) / (high - low)


def _width() -> float:
    """Points across."""
    return page_width(_LEFT + _WIDTH + MARGIN + 6) - _LEFT - MARGIN - 6


def draw(subject: Subject) -> Drawn:
    """Histogram of L0 / F over the training images, with a bar for each number of latents.

    The target is marked: k / F, with KL ρ; where only a penalty decides there is none.
    """
    assert subject.stats is not None
    config = subject.snapshot.config
    found = of_active(subject.stats, config)
    counts = found.counts
    histogram = _Histogram(counts, subject.stats.n_images, subject.snapshot.n_latents, found.target)
    page = Page(_LEFT + _width() + MARGIN + 6, _TOP + _HEIGHT + 38)
    page.header(subject, f"Active latents per {subject.noun.one}")
    _bars(page, histogram)
    _words(page, histogram, subject.noun)
    _mark_target(page, histogram, config)
    rows: list[list[Cell]] = [
        [number, 100 * number / histogram.n_latents, int(count), float(share)]
        for number, (count, share) in enumerate(zip(counts, histogram.shares, strict=True))
    ]
    return Drawn(page.figure, Table(("active_latents", "percent_active", "images", "share_of_images"), rows))


def _bars(page: Page, histogram: _Histogram) -> None:
    def tick(number: float, _: Any) -> str:
        inside = 0 <= number <= histogram.n_latents
        return f"{histogram.percent(number)}\n{number:.0f}" if inside else ""

    axes = page.axes((_LEFT, _TOP, _width(), _HEIGHT))
    axes.set_xlim(*histogram.limits)
    axes.set_ylim(0, histogram.tallest)
    axes.bar(np.arange(len(histogram.counts)), histogram.shares, width=0.8, color=SERIES[0], linewidth=0)
    if histogram.target is not None:
        axes.axvline(histogram.target, color=SERIES[1], linewidth=0.9, linestyle=paper.DASHED)
    paper.ticks(axes.xaxis, max(3, int(_width() / 36)), integer=True, words=tick)
    paper.ticks(axes.yaxis, 5, words=lambda share, _: f"{100 * share:.3g} %")
    shares = histogram.shares
    roomy = histogram.across(1) - histogram.across(0) >= _NAME_WIDTH
    for number in np.flatnonzero(shares >= (_NAMED if roomy else shares.max(initial=_NAMED))):
        words = paper.percent(float(shares[number]))
        y = _TOP + _HEIGHT * (1 - float(shares[number]) / histogram.tallest) - 3
        crossed = histogram.target is not None and bool(abs(number - histogram.target) < 0.5)
        page.text(histogram.across(float(number)), y, words, size=SMALL, align="center", covering=crossed)


def _words(page: Page, histogram: _Histogram, noun: Noun) -> None:
    page.text(MARGIN, paper.TOP + 6, f"share of {histogram.n_images:,} training {noun.many}", size=SMALL)
    mean = f"mean {histogram.percent(histogram.mean)}, L0 {histogram.mean:.4g}"
    page.text(_LEFT + _width(), paper.TOP + 6, mean, size=SMALL, colour=MUTED, align="right")
    page.text(_LEFT + _width(), _TOP + _HEIGHT + 27, "active latents", size=SMALL, align="right")


def _mark_target(page: Page, histogram: _Histogram, config: RunConfig) -> None:
    if histogram.target is None:
        return
    place = histogram.across(histogram.target)
    share = histogram.percent(histogram.target)
    words = f"target k / F = {config.k:,} / {config.n_latents:,} = {share}"
    if config.arch not in WITH_K:
        words = f"ρ = {share}, the target of mean activations"
    side = "right" if place > _LEFT + _width() / 2 else "left"
    room = place - MARGIN if side == "right" else page.width - MARGIN - place
    if paper.text_width(words, SMALL) > room and config.arch in WITH_K:
        words = f"k / F = {share}"
    page.text(place, _TOP - 4, words, size=SMALL, colour=SERIES[1], align=side, room=room)


KIND = Kind(
    "percent-active",
    "Active latents per input",
    "How many of the latents are active on each training input, with the target marked where there is one.",
    ("stats",),
    draw,
)
