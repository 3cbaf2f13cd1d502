"""A dot for each latent, on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saegui.core.analysis.latent_map import Places
from saegui.core.figures import paper
from saegui.core.figures.base import Subject
from saegui.core.figures.drawing import page_width
from saegui.core.figures.paper import MARGIN, MUTED, SERIES, SMALL, Page
from saegui.core.numbers import counted_latents

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LEFT, _TOP, _WIDTH = MARGIN + 26.0, paper.TOP + 14.0, 330.0
_SHAPE = 240 / 330
"""Height for width."""
_CROWDED = 1000
"""From so many latents on dots are smaller."""


def draw(subject: Subject, heading: str, places: Places, words: tuple[str, str], note: str = "") -> Figure:
    """``words`` name the horizontal and the vertical axis; ``note`` is a sentence below. How many latents are left out is said."""
    width = page_width(_LEFT + _WIDTH + MARGIN + 6) - _LEFT - MARGIN - 6
    height = float(round(min(width * _SHAPE, 240)))
    page = Page(_LEFT + width + MARGIN + 6, _TOP + height + 38)
    page.header(subject, heading)
    axes = page.axes((_LEFT, _TOP, width, height))
    size = 2.0 if len(places.latents) >= _CROWDED else 7.0
    axes.scatter(places.x, places.y, s=size, color=SERIES[0], alpha=0.7, linewidths=0, rasterized=True)
    paper.ticks(axes.xaxis, max(3, int(width / 45)))
    paper.ticks(axes.yaxis, 6)
    page.text(MARGIN, paper.TOP + 6, words[1], size=SMALL)
    page.text(_LEFT + width, _TOP + height + 27, words[0], size=SMALL, align="right")
    if paper.text_width(note, SMALL) + paper.text_width(words[0], SMALL) + 6 <= page.width - 2 * MARGIN:
        page.text(MARGIN, _TOP + height + 27, note, size=SMALL, colour=MUTED)
    shown, left_out = len(places.latents), subject.snapshot.n_latents - len(places.latents)
    said = counted_latents(shown) + (f", {left_out:,} dead left out" if left_out else "")
    page.text(_LEFT + width, paper.TOP + 6, said, size=SMALL, colour=MUTED, align="right")
    return page.figure
