"""The atoms that are used most, of several runs below each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saegui.core.analysis.latent_order import order
from saegui.core.figures import paper, tiles
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.captions import header_of_runs
from saegui.core.figures.drawing import page_width
from saegui.core.figures.paper import MARGIN, MUTED, PT, SMALL, TINY, Page
from saegui.core.figures.tiles import Tile
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs import results
from saegui.core.runs.moments import spread
from saegui.core.runs.run import Run

MOST_ROWS = 10
"""Runs on a page; of more as many are drawn, evenly chosen."""
_WIDTH = 508.0
"""Points between the margins, on a screen."""
_PITCH = 32.0
"""Points from tile to tile, at least."""
_GAP = 3.0


def chosen(runs: Sequence[Run]) -> list[tuple[str, Run]]:
    """The runs that are drawn, and what tells them apart: of those that differ in the seed alone the first, by size and k."""
    sound = [run for run in runs if run.status != "diverged" and run.step]
    groups = results.grouped(sound, lambda run: run.config, ("seed",))
    return [(groups[place][0], groups[place][1][0]) for place in spread(list(range(len(groups))), MOST_ROWS)]


def draw(subject: Subject) -> Drawn:
    """A row for each run, by k: its most often active atoms, all on one scale."""
    names = {run.path: label for label, run in chosen(subject.runs)}
    models = [(names[run.path], run, model) for run, model in subject.models if run.path in names]
    room = page_width(_WIDTH + 2 * MARGIN) - 2 * MARGIN
    columns = subject.made_for.tiles or int((room + _GAP) // _PITCH)
    columns = min(columns, max(model.n_latents for _, _, model in models))
    pitch = (room + _GAP) / columns
    tile = Tile.within(subject.snapshot.shape, int((min(pitch, 60.0) - _GAP) * PT))
    rows = [(label, run, model, _first(model, columns)) for label, run, model in models]
    limit = paper.robust_limit(np.concatenate([model.W_dec[latents] for _, _, model, latents in rows]))
    down = tile.size[1] + 21
    page = Page(room + 2 * MARGIN, paper.TOP + len(rows) * down + 4 + tiles.scale_height(tile))
    header_of_runs(page, subject, f"The {columns} most often active atoms")
    table: list[list[Cell]] = []
    for place, (label, run, model, latents) in enumerate(rows):
        top = paper.TOP + place * down
        _words(page, label or run.name, run, top + 4, room)
        _row(page, model, latents, tile, limit, pitch, top + 15)
        for latent in latents.tolist():
            cells = tiles.cells(model.W_dec[latent])
            table.append([run.name, run.config.k, latent, float(model.density[latent]), *cells])
    bottom = paper.TOP + len(rows) * down + 4
    note = "ends at the 99.5th percentile of |w| over all atoms shown"
    tiles.scale(page, tile, MARGIN + 12, bottom, limit, "decoder weight w", note)
    header = ("run", "k", "latent", "density", *tiles.columns(subject.snapshot.shape, subject.axes))
    return Drawn(page.figure, Table(header, table))


def _first(model: Snapshot, count: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """The living latents that were most often active in the last epoch."""
    dead = model.density == 0 if model.density.any() else np.zeros(model.n_latents, np.bool_)
    alive = int(np.count_nonzero(~dead))
    return order("density", model.density, dead)[: min(count, alive)]


def _words(page: Page, label: str, run: Run, y: float, room: float) -> None:
    found = results.results([run]).found
    measured = "" if not found else f"L0 {found[0].l0:.3g}, MSE {found[0].mse:.4f}"
    right = paper.text_width(measured, SMALL) + 8
    page.text(MARGIN, y, label, size=SMALL, weight="bold", room=room - right)
    page.text(MARGIN + room, y, measured, size=SMALL, colour=MUTED, align="right")


def _row(
    page: Page,
    model: Snapshot,
    latents: np.ndarray[tuple[int], np.dtype[np.intp]],
    tile: Tile,
    limit: float,
    pitch: float,
    top: float,
) -> None:
    for column, latent in enumerate(latents.tolist()):
        left = MARGIN + column * pitch
        tile.signed(page, model.decoder_images[latent], limit, left, top)
        page.boxes([tile.box(left, top)])
        share = paper.percent(float(model.density[latent]))
        if paper.text_width(share, 7.0) <= pitch - 1:
            page.text(left, top - 2, share, size=TINY, colour=MUTED)


def _cells(subject: Subject) -> int:
    columns = subject.made_for.tiles or int(_WIDTH // _PITCH)
    if subject.models:
        rows = sum(len(_first(model, columns)) for _, model in subject.models)
    else:
        rows = columns * len(chosen(subject.runs))
    return rows * (4 + subject.snapshot.d_in)


KIND = Kind(
    "atoms-by-k",
    "Most active atoms of several runs",
    "The atoms that are most often active of several runs, a row for each k and size, with the share of inputs that activate each.",
    ("runs", "models"),
    draw,
    cells=_cells,
    of_weights=True,
)
