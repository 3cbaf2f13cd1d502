"""Every latent of a dictionary as a tile on one shared scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saegui.core.figures import paper
from saegui.core.figures.base import PIXELS, Cell, Drawn, Subject, Table, pixels
from saegui.core.figures.paper import MARGIN, MUTED, PT, SMALL, TINY, Box, Page, Rgb

Side = Literal["encoder", "decoder"]

MOST_TILES = 4096
"""Tiles on a page; of larger dictionaries the most active are shown."""
_MOST_NUMBERED = 256
_ROOM = 508
"""Width that tiles and gaps may fill, in points: a little under a page's text width."""
_LEAST_WIDTH = 330
_HEADING = 12
_LEGEND = 26
_MEANING = {"decoder": "what each latent draws", "encoder": "what each latent looks for"}


@dataclass(frozen=True)
class _Layout:
    """How tiles stand, in device pixels: ``columns`` of them spread evenly over ``width``."""

    columns: int
    enlarge: int
    gap: int
    label: int
    width: int

    @property
    def tile(self) -> int:
        return 28 * self.enlarge

    def place(self, index: int) -> tuple[int, int]:
        """Left and top of a tile inside its block."""
        row, column = divmod(index, self.columns)
        left = round(column * (self.width - self.tile) / max(1, self.columns - 1))
        return left, row * (self.tile + self.gap + self.label) + self.label

    def height(self, count: int) -> int:
        """Of a block of ``count`` tiles."""
        return -(-count // self.columns) * (self.tile + self.gap + self.label) - self.gap


@dataclass(frozen=True)
class _Block:
    """Latents that stand together under a heading."""

    latents: NDArray[np.int64]
    layout: _Layout
    heading: str
    hatched: bool = False

    @property
    def height(self) -> float:
        """In points, the space below included; nothing for an empty block."""
        return _HEADING + self.layout.height(len(self.latents)) / PT + 12 if len(self.latents) else 0


def draw(subject: Subject, side: Side) -> Drawn:
    """Living latents by density, then the dead, hatched, below a heading that says so."""
    snapshot = subject.snapshot
    images = snapshot.decoder_images if side == "decoder" else snapshot.encoder_images
    shown = subject.order()[:MOST_TILES]
    alive, dead = shown[~subject.dead[shown]], shown[subject.dead[shown]]
    limit = paper.weight_limit(subject, images)
    layout = _layout(len(shown))
    blocks = [
        _Block(alive, layout, _living(subject, len(alive), layout)),
        _Block(dead, _smaller(layout), _dead(subject, len(dead)), hatched=True),
    ]
    width = max(layout.width / PT, _LEAST_WIDTH) + 2 * MARGIN
    page = Page(width, paper.TOP + sum(block.height for block in blocks) + _LEGEND)
    page.header(subject, f"{side.capitalize()}: {_MEANING[side]}")
    top: float = paper.TOP
    for block in blocks:
        _draw_block(page, subject, block, images, limit, top)
        top += block.height
    page.scale_bar(MARGIN + 12, top, limit, f"{side} weight w", paper.limit_note(subject))
    return Drawn(page.figure, _table(subject, shown, images))


def _living(subject: Subject, shown: int, layout: _Layout) -> str:
    alive = int(np.count_nonzero(~subject.dead))
    count = f"{shown:,}" if shown == alive else f"the first {shown:,} of {alive:,}"
    words = f"{count} alive, most often active first"
    if layout.label:
        words += ". Left: latent; right: share of images that turn it on" if _shares_fit(layout) else ""
    return words


def _dead(subject: Subject, shown: int) -> str:
    since = "on for no training image" if subject.stats else "never on in the last epoch of the training"
    return f"{shown:,} dead: {since}"


def _shares_fit(layout: _Layout) -> bool:
    return bool(layout.label) and layout.tile >= 32 * PT


def _layout(count: int) -> _Layout:
    numbered = count <= _MOST_NUMBERED
    gap = 4 * PT if numbered else 2 if count <= 1024 else 1
    columns = _columns(count, gap)
    enlarge = _enlarge(columns, gap)
    width = columns * (28 * enlarge + gap) - gap
    return _Layout(columns, enlarge, gap, 6 * PT if numbered else 0, width)


def _columns(count: int, gap: int) -> int:
    """About as many columns as rows, or up to twice as many where that fills the last row better."""
    least = int(np.ceil(np.sqrt(count)))

    def cost(columns: int) -> float:
        return (-count % columns) / columns + _enlarge(least, gap) / _enlarge(columns, gap)

    return min(range(least, 2 * least), key=cost)


def _enlarge(columns: int, gap: int) -> int:
    return int(np.clip((_ROOM * PT - (columns - 1) * gap) // (28 * columns), 1, 6))


def _smaller(layout: _Layout) -> _Layout:
    """For the dead, which have little to show: tiles of half the size over the same width."""
    enlarge = max(1, layout.enlarge // 2)
    gap = min(layout.gap, 2 * PT)
    return replace(layout, enlarge=enlarge, columns=(layout.width + gap) // (28 * enlarge + gap))


def _draw_block(
    page: Page, subject: Subject, block: _Block, images: NDArray[np.float32], limit: float, top: float
) -> None:
    if not len(block.latents):
        return
    page.text(MARGIN, top + 4, block.heading, size=SMALL, room=page.width - 2 * MARGIN)
    layout, top = block.layout, top + _HEADING
    atlas: Rgb = np.full((layout.height(len(block.latents)), layout.width, 3), 255, np.uint8)
    tiles = paper.signed(images[block.latents], limit)
    if block.hatched:
        tiles = tiles // 2 + np.uint8(128)
    side = layout.tile / PT
    frames: list[Box] = []
    for place, latent in enumerate(block.latents):
        x, y = layout.place(place)
        atlas[y : y + layout.tile, x : x + layout.tile] = paper.enlarged(tiles[place], layout.enlarge)
        left, upper = MARGIN + x / PT, top + y / PT
        frames.append((left, upper, side, side))
        if layout.label:
            page.text(left, upper - 1.5, str(latent), size=TINY, colour=MUTED)
        if _shares_fit(layout) and not block.hatched:
            share = paper.percent(float(subject.density[latent]))
            page.text(left + side, upper - 1.5, share, size=TINY, colour=MUTED, align="right")
    page.picture(atlas, MARGIN, top)
    if block.hatched:
        page.hatching(frames)
    if layout.label:
        page.boxes(frames)


def _table(subject: Subject, shown: NDArray[np.int64], images: NDArray[np.float32]) -> Table:
    density, dead = subject.density, subject.dead
    rows: list[list[Cell]] = [
        [rank, int(latent), float(density[latent]), int(dead[latent]), *pixels(images[latent])]
        for rank, latent in enumerate(shown, 1)
    ]
    return Table(("place", "latent", "density", "dead", *PIXELS), rows)
