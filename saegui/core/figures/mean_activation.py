"""How strongly each latent is active on average."""

from __future__ import annotations

import numpy as np

from saegui.core.figures import paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import page_width
from saegui.core.figures.needs import any_active
from saegui.core.figures.paper import MARGIN, MUTED, SERIES, SMALL, Page
from saegui.core.numbers import counted_latents

_LEFT, _TOP, _HEIGHT = MARGIN + 30.0, paper.TOP + 16.0, 130.0
_WIDTH = 330.0
"""Points across, on a screen."""
_MOST_BARS = 400
"""Latents from which on there is a line instead of bars."""


def draw(subject: Subject) -> Drawn:
    """A bar for each living latent, the largest first: mean of z over all training inputs; with KL ρ, the target, is marked."""
    stats = subject.stats
    assert stats is not None
    means = stats.density.astype(np.float64) * stats.mean_active
    alive = np.flatnonzero(~stats.dead)
    order = alive[np.argsort(-means[alive], kind="stable")]
    width = page_width(_LEFT + _WIDTH + MARGIN + 6) - _LEFT - MARGIN - 6
    page = Page(_LEFT + width + MARGIN + 6, _TOP + _HEIGHT + 38)
    page.header(subject, "Mean activation of every latent")
    axes = page.axes((_LEFT, _TOP, width, _HEIGHT))
    places = np.arange(len(order))
    if len(order) <= _MOST_BARS:
        axes.bar(places, means[order], width=0.8, color=SERIES[0], linewidth=0)
    else:
        axes.fill_between(places, means[order], color=SERIES[0], linewidth=0)
    axes.set_xlim(-0.6, max(1, len(order)) - 0.4)
    low, high = float(means.min(initial=0)), float(means.max(initial=0))
    # Of kinds whose codes have a sign some means are below zero.
    axes.set_ylim(1.06 * low, 1.06 * high if high > low else 1.0)
    config = subject.snapshot.config
    if config.arch == "kl":
        axes.axhline(config.rho, color=SERIES[1], linewidth=0.9, linestyle=paper.DASHED)
        page.text(_LEFT + width, _TOP + 8, f"target ρ = {config.rho:g}, dashed", size=SMALL, align="right")
    paper.ticks(axes.xaxis, max(3, int(width / 45)), integer=True)
    paper.ticks(axes.yaxis, 5)
    page.text(MARGIN, paper.TOP + 6, f"mean z over all training {subject.noun.many}", size=SMALL)
    left_out = len(means) - len(order)
    note = counted_latents(len(order)) + (f", {left_out:,} dead left out" if left_out else "")
    page.text(_LEFT + width, _TOP + _HEIGHT + 22, "latents, the strongest first", size=SMALL, align="right")
    page.text(MARGIN, _TOP + _HEIGHT + 32, note, size=SMALL, colour=MUTED)
    rows: list[list[Cell]] = [
        [latent, float(means[latent]), float(stats.density[latent]), float(stats.mean_active[latent])]
        for latent in order.tolist()
    ]
    return Drawn(page.figure, Table(("latent", "mean", "density", "mean_active"), rows))


KIND = Kind(
    "mean-activation",
    "Mean activation per latent",
    "The mean activation of each latent over all training inputs, the strongest first; dead latents are left out.",
    ("stats",),
    draw,
    any_active,
)
