"""The inputs that activate latents most, a row for each latent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.arrays import BYTES
from saegui.core.data import Dataset
from saegui.core.figures import paper, tiles
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import page_width, type_size
from saegui.core.figures.latent import name_of
from saegui.core.figures.made_for import MOST_HEIGHT
from saegui.core.figures.needs import any_active
from saegui.core.figures.paper import BODY, MARGIN, MUTED, PT, SMALL, TINY, Page
from saegui.core.figures.tiles import Tile
from saegui.core.model.snapshot import to_input
from saegui.core.numbers import latent_name

_WIDTH = 480.0
"""Points between the margins, on a screen."""
_PITCH = 36.0
"""Points from picture to picture."""
_TEXT = 80.0
"""Points from text to text."""
_MOST_ROWS, _MOST = 12, 12
"""Latents on a page, and inputs of each."""


def draw(subject: Subject) -> Drawn:
    """Of each latent its atom, then the training inputs with the largest activations, which stand below them."""
    stats, dataset = subject.stats, subject.dataset
    assert stats is not None and dataset is not None
    room = page_width(_WIDTH + 2 * MARGIN) - 2 * MARGIN
    shown = dataset.train_images if dataset.pictures is None else dataset.pictures
    atom = Tile.within(subject.snapshot.shape, int((_PITCH - 4) * PT))
    tile = Tile.within(shown.shape[1:], int((_PITCH - 4) * PT))
    side = max(atom.size[0], paper.text_width("#00000", type_size(SMALL))) + 12
    pitch = _TEXT if dataset.writes else _PITCH
    columns = max(1, min(_MOST, stats.top.shape[1], int((room - side + 4) // pitch)))
    pitch = (room - side + 4) / columns
    height = max(atom.size[1], 0 if dataset.writes else tile.size[1])
    down = height + 2 * type_size(SMALL) + 8
    latents = _latents(subject, max(1, int(MOST_HEIGHT * room // down)))
    top = paper.TOP + 14.0
    page = Page(room + 2 * MARGIN, top + len(latents) * down + tiles.scale_height(atom) + 2)
    page.header(subject, f"Most active training {dataset.noun.many}")
    page.text(MARGIN, paper.TOP + 2, "atom", size=SMALL, colour=MUTED)
    words = page.longest_of(
        (
            f"training {dataset.noun.many} with the largest activations, the strongest first",
            f"training {dataset.noun.many}, the strongest first",
        ),
        room - side,
        SMALL,
    )
    page.text(MARGIN + side, paper.TOP + 2, words, size=SMALL, colour=MUTED, room=room - side)
    limit = paper.weight_limit(subject, subject.snapshot.decoder_images)
    taken = stats.top[latents, :columns]
    rows: list[list[Cell]] = []
    for place, latent in enumerate(latents.tolist()):
        upper = top + place * down
        page.text(MARGIN, upper + 6, latent_name(latent), weight="bold", size=BODY)
        share = paper.percent(float(stats.density[latent]))
        middle = upper + 9
        atom.signed(page, subject.snapshot.decoder_images[latent], limit, MARGIN, middle)
        page.boxes([atom.box(MARGIN, middle)])
        page.text(MARGIN, middle + atom.size[1] + type_size(SMALL) + 1, share, size=SMALL, colour=MUTED)
        inputs = taken[place][taken[place] >= 0]
        values = stats.top_values[latent, : len(inputs)].tolist()
        _inputs(page, subject, dataset, inputs, values, tile, (MARGIN + side, middle), pitch, height)
        for rank, (index, value) in enumerate(zip(inputs.tolist(), values, strict=True), 1):
            rows.append([latent, rank, index, name_of(dataset, index), value])
    bottom = top + len(latents) * down + 2
    tiles.scale(page, atom, MARGIN + 12, bottom, limit, "decoder weight w", paper.limit_note(subject))
    return Drawn(page.figure, Table(("latent", "rank", "training_input", "name", "activation"), rows))


def _latents(subject: Subject, most: int) -> NDArray[np.intp]:
    """The chosen latents, or as many living ones as have room, the most often active first; the selected one alone is no choice."""
    asked = subject.made_for
    if asked.latents:
        return np.array(asked.latents, np.intp)
    living = subject.order()[: int(np.count_nonzero(~subject.dead))]
    return living[: asked.tiles or min(_MOST_ROWS, most)]


def _inputs(
    page: Page,
    subject: Subject,
    dataset: Dataset,
    inputs: NDArray[np.int32],
    values: list[float],
    tile: Tile,
    corner: tuple[float, float],
    pitch: float,
    height: float,
) -> None:
    left, top = corner
    below = top + height + type_size(SMALL) + 1
    if dataset.writes:
        for place, (index, strength) in enumerate(zip(inputs.tolist(), values, strict=True)):
            start = left + place * pitch
            page.text(start, top + 8, name_of(dataset, index) or "", size=SMALL, room=pitch - 6)
            page.text(start, top + 9 + type_size(SMALL) * 1.3, f"{strength:.3g}", size=TINY, colour=MUTED)
        return
    shown = dataset.train_images if dataset.pictures is None else dataset.pictures
    images = on_disk.taken(shown, inputs)
    x = to_input(images).reshape(images.shape)
    drawn_over = subject.snapshot.span if dataset.pictures is None else BYTES
    span = tiles.span_of(tile, drawn_over, x) if len(x) else drawn_over
    for place, activation in enumerate(values):
        at = left + place * pitch
        tile.plain(page, x[place] if tile.vector else images[place], at, top, span)
        if tile.vector:
            page.boxes([tile.box(at, top)])
        page.text(at, below, f"{activation:.3g}", size=SMALL, colour=MUTED)


KIND = Kind(
    "top-inputs",
    "Most active inputs",
    "The training inputs that activate each of several latents most, beside the latent's atom, with the activation below each.",
    ("stats", "dataset"),
    draw,
    any_active,
    of_tiles=True,
)
