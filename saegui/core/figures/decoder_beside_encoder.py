"""What chosen latents draw beside what they look for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saegui.core.figures import paper, tiles
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import page_width, type_size
from saegui.core.figures.made_for import MOST_HEIGHT
from saegui.core.figures.paper import MARGIN, MUTED, PT, SMALL, TINY, Page
from saegui.core.figures.tiles import Tile
from saegui.core.numbers import hundredths

_WIDTH = 508.0
"""Points between the margins, on a screen."""
_SIDE = 48 * PT
"""Device pixels of a tile's longer side, at most."""
_MOST = 60
"""Pairs on a page."""
_GAP = 10.0


def draw(subject: Subject) -> Drawn:
    """Pairs of tiles, the decoder's on the left and the encoder's on the right, each side on a scale of its own."""
    snapshot = subject.snapshot
    room = page_width(_WIDTH + 2 * MARGIN) - 2 * MARGIN
    tile = Tile.within(snapshot.shape, min(_SIDE, int((room - 12) / 4 * PT)))
    pair = 2 * tile.size[0] + 1
    columns = max(1, int((room + _GAP) // (pair + _GAP)))
    down = tile.size[1] + type_size(TINY) + 6
    chosen = _chosen(subject, columns, down, room)
    across = (room + _GAP) / columns if len(chosen) > columns else pair + _GAP
    rows = -(-len(chosen) // columns)
    images = (snapshot.decoder_images, snapshot.encoder_images)
    limits = [paper.weight_limit(subject, weights) for weights in images]
    top = paper.TOP + 20
    scale = tiles.scale_height(tile)
    page = Page(room + 2 * MARGIN, top + rows * down + 2 * scale)
    page.header(subject, "Decoder beside encoder")
    words = page.longest_of(
        (
            "decoder on the left, encoder on the right; above: the latent and the cosine of the two",
            "left decoder, right encoder, and their cosine",
        ),
        room,
        SMALL,
    )
    page.text(MARGIN, paper.TOP + 4, words, size=SMALL, colour=MUTED, room=room)
    cosines = _cosines(snapshot.W_dec[chosen], snapshot.W_enc.T[chosen])
    for place, (latent, cosine) in enumerate(zip(chosen.tolist(), cosines.tolist(), strict=True)):
        row, column = divmod(place, columns)
        left, upper = MARGIN + column * across, top + row * down
        for x, weights, limit in zip((left, left + tile.size[0] + 1), images, limits, strict=True):
            tile.signed(page, weights[latent], limit, x, upper)
            page.boxes([tile.box(x, upper)])
        page.text(left, upper - 1.5, str(latent), size=TINY, colour=MUTED)
        page.text(left + pair, upper - 1.5, hundredths(cosine), size=TINY, align="right")
    bottom = top + rows * down
    note = paper.limit_note(subject)
    for place, side in enumerate(("decoder", "encoder")):
        upper = bottom + place * scale
        tiles.scale(page, tile, MARGIN + 12, upper, limits[place], f"{side} weight w", note)
    names = tiles.columns(snapshot.shape, subject.axes)
    table: list[list[Cell]] = [
        [latent, cosine, side, *tiles.cells(values[latent])]
        for latent, cosine in zip(chosen.tolist(), cosines.tolist(), strict=True)
        for side, values in zip(("decoder", "encoder"), images, strict=True)
    ]
    return Drawn(page.figure, Table(("latent", "cosine", "side", *names), table))


def _chosen(subject: Subject, columns: int, down: float, room: float) -> NDArray[np.intp]:
    """The latents that were chosen, or as many living ones as have room, the most often active first."""
    asked = subject.made_for
    if asked.latents:
        return np.array(asked.latents, np.intp)
    living = subject.order()[: max(1, int(np.count_nonzero(~subject.dead)))]
    rows = max(1, int(MOST_HEIGHT * room // down))
    return living[: asked.tiles or min(_MOST, columns * rows)]


def _cosines(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    """``(n,)`` of the rows of both; 0 where one of them is zero."""
    sizes = np.linalg.norm(one, axis=1).astype(float) * np.linalg.norm(other, axis=1)
    along = np.einsum("nd,nd->n", one, other, dtype=np.float64)
    found: NDArray[np.float64] = np.divide(along, sizes, out=np.zeros_like(along), where=sizes > 0)
    return found


def _cells(subject: Subject) -> int:
    living = max(1, int(np.count_nonzero(~subject.dead)))
    shown = len(subject.made_for.latents) or min(subject.made_for.tiles or _MOST, living)
    return 2 * shown * (3 + subject.snapshot.d_in)


KIND = Kind(
    "decoder-beside-encoder",
    "Decoder beside encoder",
    "What chosen latents draw beside what they look for, and the cosine of the two vectors.",
    (),
    draw,
    prefers=("stats",),
    cells=_cells,
    of_weights=True,
    of_tiles=True,
)
