"""How many latents of many runs are dead, by the size of the dictionary and the initialisation."""

from __future__ import annotations

from saegui.core.figures import chart_of_runs, paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.captions import header_of_runs
from saegui.core.figures.drawing import page_width, type_size
from saegui.core.figures.paper import BODY, MARGIN, MUTED, SEQUENTIAL, SMALL, Page
from saegui.core.runs import results

_WIDTH = 330.0
"""Points of the table, on a screen."""
_ROW, _TOP = 24.0, paper.TOP + 30.0
_INK, _PALE = "#101418", "#F4F7FA"
"""Words on pale and on dark cells: they keep their colours where the ink is white."""


def draw(subject: Subject) -> Drawn:
    """A table whose cells have the share, and its colour: a row for each number of latents, a column for each initialisation."""
    found = chart_of_runs.found(subject)
    pivot = results.dead_by_size(found.found)
    titles = [results.init_title(init) for init in pivot.inits]
    room = page_width(_WIDTH + 2 * MARGIN) - 2 * MARGIN
    side = max(paper.text_width(f"{size:,}", BODY) for size in pivot.sizes)
    side = max(side, paper.text_width("latents", SMALL)) + 8
    column = (room - side) / len(titles)
    page = Page(room + 2 * MARGIN, _TOP + _ROW * len(pivot.sizes) + 24 + (9 if found.note else 0))
    header_of_runs(page, subject, "Dead latents by size and initialisation")
    page.text(MARGIN + side, paper.TOP + 6, "initialisation", size=SMALL, colour=MUTED)
    page.text(MARGIN, _TOP - 5, "latents", size=SMALL, colour=MUTED)
    for place, title in enumerate(page.fitted_apart(titles, column - 6, SMALL)):
        page.text(MARGIN + side + (place + 0.5) * column, _TOP - 5, title, size=SMALL, align="center")
    for row, size in enumerate(pivot.sizes):
        top = _TOP + row * _ROW
        page.text(MARGIN + side - 6, top + _ROW / 2 + 2.5, f"{size:,}", align="right")
        for place, init in enumerate(pivot.inits):
            left = MARGIN + side + place * column
            cell = pivot.cells.get((size, init))
            if cell is None:
                page.text(left + column / 2, top + _ROW / 2 + 2.5, "–", colour=MUTED, align="center")
                continue
            _cell(page, cell[0], (left + 1, top + 1, column - 2, _ROW - 2))
    bottom = _TOP + _ROW * len(pivot.sizes)
    several = any(spread.runs > 1 for spread, _ in pivot.cells.values())
    words = "dead latents, per cent of all" + (": mean ± standard deviation (runs)" if several else "")
    page.text(MARGIN, bottom + 12, words, size=SMALL, colour=MUTED, room=room)
    if found.note:
        page.text(MARGIN, bottom + 21, found.note, size=SMALL, colour=MUTED, room=room)
    rows: list[list[Cell]] = [
        [size, init, spread.mean, spread.std, spread.runs, "; ".join(one.run.name for one in some)]
        for (size, init), (spread, some) in sorted(pivot.cells.items())
    ]
    return Drawn(page.figure, Table(("latents", "init", "dead_share", "std", "runs", "names"), rows))


def _cell(page: Page, spread: results.Spread, box: paper.Box) -> None:
    left, top, width, height = box
    shade = min(len(SEQUENTIAL) - 1, int(spread.mean * len(SEQUENTIAL)))
    if spread.mean:
        page.boxes([box], fill=SEQUENTIAL[shade], edge="none", line=0)
    else:
        page.boxes([box])
    colour = paper.TEXT if not spread.mean else _INK if shade < 2 else _PALE
    share = paper.percent(spread.mean)
    more = "" if spread.std is None else f" ± {100 * spread.std:.2g} ({spread.runs})"
    words = share + more if paper.text_width(share + more, type_size(BODY)) <= width - 4 else share
    page.text(left + width / 2, top + height / 2 + 2.5, words, colour=colour, align="center", room=width)


def _ready(subject: Subject) -> str | None:
    if not chart_of_runs.found(subject).found:
        return "none of these runs was measured at the end of its training; choose others, or finish their trainings."
    return None


KIND = Kind(
    "dead-by-size",
    "Dead latents by size and initialisation",
    "The share of dead latents of several runs for each number of latents and each initialisation.",
    ("runs",),
    draw,
    _ready,
)
