"""When latents are born, die and come back: their densities at every kept moment of the training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saegui.core.figures import paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import page_width, type_size, without_paper
from saegui.core.figures.paper import MARGIN, MUTED, PT, SMALL, Page
from saegui.core.numbers import counted_latents, latent_name
from saegui.core.runs.densities import (
    SHADES,
    Densities,
    Limits,
    by_birth,
    coloured,
    limits,
    lives,
    table_of,
)
from saegui.core.runs.moments import spread

MOST_ROWS = 2400
"""Latents on a page; of larger dictionaries as many are drawn, evenly chosen."""
_LEFT, _TOP = MARGIN + 26.0, paper.TOP + 14.0
_WIDTH, _HEIGHT = 440 * PT, 300 * PT
"""Device pixels that the raster may be wide, and that its rows fill before they are one pixel high."""
_WIDEST, _HIGHEST = 24 * PT, 6 * PT
"""Device pixels of a column and of a row, at most."""
_LEAST_WIDTH = 330.0
_ROW_NAMES, _STEP_NAMES = 9.0, 44.0
"""Points from one name to the next, at least."""
_SCALE_WIDTH = 110


def draw(subject: Subject) -> Drawn:
    """A row a latent, a column a kept moment; colour is the logarithm of the density, and what is dead is left empty."""
    found = subject.densities
    assert found is not None
    order = by_birth(found.values) if subject.listed is None else subject.listed
    shown = np.array(spread(order.tolist(), MOST_ROWS), np.intp)
    room = int(page_width(_LEFT + _WIDTH / PT + MARGIN) - _LEFT - MARGIN) * PT
    column = max(1, min(_WIDEST, room // max(1, len(found.steps))))
    row = max(1, min(_HIGHEST, _HEIGHT // max(1, len(shown))))
    width, height = column * len(found.steps) / PT, row * len(shown) / PT
    page = Page(max(_LEFT + width + MARGIN, min(_LEAST_WIDTH, page_width(_LEAST_WIDTH))), _TOP + height + 52)
    page.header(subject, "Density of every latent during the training")
    ends = limits(found.values)
    values = found.values[:, shown].T
    colours = without_paper(_coloured(values, ends), values == 0)
    page.picture(colours.repeat(row, axis=0).repeat(column, axis=1), _LEFT, _TOP)
    page.boxes([(_LEFT, _TOP, width, height)])
    _words(page, subject, len(order), len(shown))
    _rows(page, shown, row / PT)
    _columns(page, found, column / PT, _TOP + height)
    _scale(page, subject, ends, _TOP + height + 30)
    return Drawn(page.figure, _table(found, order))


def _coloured(values: NDArray[np.float32], ends: Limits) -> NDArray[np.uint8]:
    table = table_of(paper.rgb_of(paper.SEQUENTIAL))
    return coloured(values, ends, table, paper.rgb_of([paper.PAPER])[0])


def _words(page: Page, subject: Subject, listed: int, shown: int) -> None:
    latents = (
        counted_latents(listed)
        if shown == listed
        else f"{shown:,} of {counted_latents(listed)}, evenly chosen"
    )
    order = "by birth" if subject.listed is None else "in the order of the window"
    page.text(MARGIN, paper.TOP + 6, f"{latents}, {order}; a column for each kept step", size=SMALL)


def _rows(page: Page, shown: NDArray[np.intp], pitch: float) -> None:
    apart = max(1, int(np.ceil((_ROW_NAMES + type_size(SMALL) - SMALL) / pitch)))
    for place in range(0, len(shown), apart):
        y = _TOP + (place + 0.5) * pitch + 2.2
        page.text(_LEFT - 3, y, latent_name(int(shown[place])), size=SMALL, colour=MUTED, align="right")


def _columns(page: Page, found: Densities, pitch: float, bottom: float) -> None:
    apart = max(1, int(np.ceil(_STEP_NAMES / pitch)))
    for place in range(0, len(found.steps), apart):
        x = _LEFT + (place + 0.5) * pitch
        page.line([x, x], [bottom, bottom + 2], MUTED, linewidth=0.5)
        page.text(x, bottom + 9, f"{found.steps[place]:,}", size=SMALL, colour=MUTED, align="center")
    page.text(MARGIN, bottom + 9, "step", size=SMALL)


def _scale(page: Page, subject: Subject, ends: Limits, top: float) -> None:
    left, height = MARGIN + 40.0, 6
    table = table_of(paper.rgb_of(paper.SEQUENTIAL))
    places = np.linspace(0, SHADES - 1, _SCALE_WIDTH * PT).astype(np.intp)
    page.boxes([(MARGIN, top, 12, height)])
    page.text(MARGIN + 6, top + height + 9, "dead", size=SMALL, colour=MUTED, align="center")
    page.picture(table[places][None].repeat(height * PT, axis=0), left, top)
    for x, value in ((left, ends[0]), (left + _SCALE_WIDTH, ends[1])):
        words = paper.percent(value)
        page.text(x, top + height + 9, words, size=SMALL, colour=MUTED, align="center")
    lines = ("density", f"share of the training {subject.noun.many} of the last epoch, logarithmic")
    page.scale_words(left + _SCALE_WIDTH + 14, top, lines)


def _table(found: Densities, order: NDArray[np.intp]) -> Table:
    known = lives(found.values)
    steps: list[Cell] = [int(step) for step in found.steps]
    rows: list[list[Cell]] = []
    for latent in order.tolist():
        birth = int(known.birth[latent])
        born = steps[birth] if birth < len(steps) else None
        lived: list[Cell] = [latent, born, int(known.deaths[latent]), int(known.revivals[latent])]
        rows.append([*lived, *found.values[:, latent].tolist()])
    header = ("latent", "first_active_step", "deaths", "revivals", *(f"step_{step}" for step in steps))
    return Table(header, rows)


def _cells(subject: Subject) -> int:
    run, found = subject.run, subject.densities
    moments = len(found.steps) if found is not None else len(run.steps()) if run is not None else 0
    latents = subject.snapshot.n_latents if subject.listed is None else len(subject.listed)
    return latents * (4 + moments)


def _ready(subject: Subject) -> str | None:
    if subject.listed is not None and not len(subject.listed):
        return "no latent is shown; clear the filter of Features."
    return None


KIND = Kind(
    "density-raster",
    "Densities during the training",
    "How often every latent is active at each kept step of the training: births, deaths and revivals.",
    ("densities",),
    draw,
    _ready,
    cells=_cells,
)
