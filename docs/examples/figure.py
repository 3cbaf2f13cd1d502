"""How long the encoder's vectors are: a bar for every latent."""

from __future__ import annotations

import numpy as np

from saegui.core.figures import paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.paper import MARGIN, MUTED, SERIES, SMALL, Page

_LEFT, _TOP, _WIDTH, _HEIGHT = MARGIN + 26.0, paper.TOP + 14.0, 300.0, 110.0
"""Of the chart, in points from the top left corner of the page."""


def draw(subject: Subject) -> Drawn:
    """The Euclidean length of each column of W_enc, the longest first."""
    lengths = np.linalg.norm(subject.snapshot.W_enc, axis=0)
    order = np.argsort(-lengths, kind="stable")
    page = Page(_LEFT + _WIDTH + MARGIN, _TOP + _HEIGHT + 30)
    page.header(subject, "Encoder norms: the length of every latent's encoder vector")
    axes = page.axes((_LEFT, _TOP, _WIDTH, _HEIGHT))
    axes.bar(np.arange(len(order)), lengths[order], width=0.8, color=SERIES[0], linewidth=0)
    axes.set_xlim(-0.6, len(order) - 0.4)
    axes.set_ylim(bottom=0)
    paper.ticks(axes.xaxis, 6, integer=True)
    paper.ticks(axes.yaxis, 5)
    words = "latents, the longest first"
    page.text(_LEFT + _WIDTH, _TOP + _HEIGHT + 20, words, size=SMALL, colour=MUTED, align="right")
    rows: list[list[Cell]] = [[int(latent), float(lengths[latent])] for latent in order]
    return Drawn(page.figure, Table(("latent", "length"), rows))


KIND = Kind(
    "encoder-norms",
    "Encoder norms",
    "How long the encoder vector of every latent is, the longest first.",
    (),
    draw,
)
