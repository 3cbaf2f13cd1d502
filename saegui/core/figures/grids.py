"""Every latent of a dictionary as a tile on one shared scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_order import dead_where
from saegui.core.analysis.neighbours import Directions
from saegui.core.arrays import Array, Shape
from saegui.core.figures import paper, tiles
from saegui.core.figures.base import Cell, Drawn, Subject, Table
from saegui.core.figures.drawing import now, page_width, type_size, without_paper
from saegui.core.figures.made_for import MOST_HEIGHT
from saegui.core.figures.paper import MARGIN, MUTED, PT, SMALL, TEXT, TINY, Box, Page, Rgb
from saegui.core.figures.tiles import Tile
from saegui.core.runs.latent_notes import NOTHING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Side = Literal["encoder", "decoder"]

MOST_TILES = 4096
"""Tiles on a page; of larger dictionaries the most active are shown."""
_MOST_NUMBERED = 256
_ROOM = 508
"""Width that tiles and gaps may fill, in points: a little under a page's text width."""
_LARGEST = 168
"""Device pixels of the longer side of a tile, at most."""
_LEAST_WIDTH = 330
_NUMBER = 9 * PT
"""Device pixels from tile to tile that the numbers above them need."""
_HEADING = 12
_ON_PAPER = 32.0
"""Points from tile to tile on paper, where as many as fit are shown."""
_TEXTS = 4
"""Texts that stand for a latent, at most."""
_LEAST_TEXT = 24.0
"""Points of width below which no text could be read in a tile."""
_TOLD = 6
"""Cells of the table that say what a latent does."""
_LINE = 6.2
"""Points from line to line."""
_MEANING = {"decoder": "what each latent draws", "encoder": "what each latent looks for"}


@dataclass(frozen=True)
class _Layout:
    """How tiles stand, in device pixels: ``columns`` of them spread evenly over ``width``."""

    columns: int
    tile: Tile
    gap: int
    label: int
    width: int

    @property
    def _pitch(self) -> int:
        """From the top of a row of tiles to the top of the next one."""
        return self.tile.height + self.gap + self.label

    def place(self, index: int) -> tuple[int, int]:
        """Left and top of a tile inside its block."""
        row, column = divmod(index, self.columns)
        left = round(column * (self.width - self.tile.width) / max(1, self.columns - 1))
        return left, row * self._pitch + self.label

    def height(self, count: int) -> int:
        """Of a block of ``count`` tiles."""
        return -(-count // self.columns) * self._pitch - self.gap


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


@dataclass(frozen=True, eq=False)
class ReadAtoms:
    """What stands for the atoms of a model whose inputs are no pictures; nothing where the atoms themselves are drawn."""

    averages: Array | None = None
    """(F, h, w[, 3]) in [0, 1]."""
    texts: list[list[str]] | None = None
    """Of each latent the nearest first."""
    words: str = ""
    """What the tiles show."""
    notes: tuple[str, ...] = ()


def draw(subject: Subject, side: Side) -> Drawn:
    """The living latents, most often active first; the dead ones below, hatched, under a heading of their own."""
    snapshot = subject.snapshot
    images = snapshot.decoder_images if side == "decoder" else snapshot.encoder_images
    read = read_atoms(subject) if side == "decoder" else ReadAtoms()
    pages = _pages(subject)
    first, *more = [_page(subject, side, shown, images, read) for shown in pages]
    return Drawn(first, _table(subject, np.concatenate(pages), images, read), tuple(more))


def _pages(subject: Subject) -> list[NDArray[np.intp]]:
    """The latents of each page, in their order: one page, unless more were asked for."""
    asked = subject.made_for
    shown = np.array(asked.latents, np.intp) if asked.latents else subject.order()
    on_a_page = MOST_TILES if asked.width is None else _on_paper(asked.width, subject.snapshot.shape)
    each = asked.tiles or (len(asked.latents) if asked.latents and not asked.pages else on_a_page)
    pages = [shown[start : start + each] for start in range(0, len(shown), each)]
    return pages if asked.pages else pages[:1]


def _on_paper(width: float, shape: Shape) -> int:
    """Tiles that fill a page of ``width`` points in a size that shows something."""
    unit = Tile(shape, 1)
    columns = max(1, int(width // _ON_PAPER))
    pitch = _ON_PAPER * unit.height / unit.width + _label() / PT
    return columns * max(1, int(MOST_HEIGHT * width // pitch))


def _label() -> int:
    """Device pixels above a tile for its number."""
    return round((type_size(TINY) + 1.5) * PT)


def _page(
    subject: Subject, side: Side, shown: NDArray[np.intp], images: NDArray[np.float32], read: ReadAtoms
) -> Figure:
    """One page of tiles."""
    snapshot = subject.snapshot
    alive, dead = shown[~subject.dead[shown]], shown[subject.dead[shown]]
    limit = paper.weight_limit(subject, images)
    layout = _layout(len(shown), snapshot.shape if read.averages is None else read.averages.shape[1:])
    if read.texts is not None and layout.tile.width < _LEAST_TEXT * PT:
        read = ReadAtoms()
    blocks = [
        _Block(alive, layout, _living(subject, len(alive), layout)),
        _Block(dead, _smaller(layout), _dead(subject, len(dead)), hatched=True),
    ]
    width = page_width(max(layout.width / PT, _LEAST_WIDTH) + 2 * MARGIN)
    page = Page(width, paper.TOP + sum(block.height for block in blocks) + tiles.scale_height(layout.tile))
    page.header(subject, f"{side.capitalize()}: {read.words or _MEANING[side]}")
    top: float = paper.TOP
    for block in blocks:
        _draw_block(page, subject, block, images, limit, top, read)
        top += block.height
    if read.words:
        page.scale_words(MARGIN, top, read.notes)
    else:
        tiles.scale(page, layout.tile, MARGIN + 12, top, limit, f"{side} weight w", paper.limit_note(subject))
    return page.figure


def read_atoms(subject: Subject) -> ReadAtoms:
    """What stands for the atoms where they are no pictures themselves; what the window's tiles show, too."""
    snapshot, dataset, stats = subject.snapshot, subject.dataset, subject.stats
    if dataset is None or len(snapshot.shape) != 1 or dataset.shape != snapshot.shape:
        return ReadAtoms()
    if dataset.writes:
        items, noun = dataset.items, dataset.noun
        assert items is not None
        rows = Directions(dataset.train_images).nearest(np.asarray(snapshot.W_dec), _TEXTS).rows
        texts = [[str(items.train[row]) for row in some] for some in rows.tolist()]
        return ReadAtoms(
            None,
            texts,
            f"the {noun.many} nearest to each latent's atom",
            (f"nearest by the cosine between the atom and a training {noun.one}, seen from their mean",),
        )
    if stats is not None and stats.average is not None:
        return ReadAtoms(
            stats.average,
            None,
            f"the average {dataset.noun.one} that activates each latent",
            (f"the mean of all training {dataset.noun.many}, each weighted by the latent's activation",),
        )
    return ReadAtoms()


def _living(subject: Subject, shown: int, layout: _Layout) -> str:
    alive = int(np.count_nonzero(~subject.dead))
    count = (
        f"{shown:,}"
        if shown == alive
        else f"{'the first ' * (not subject.made_for.latents)}{shown:,} of {alive:,}"
    )
    if not now().header:
        return f"{count} alive"
    words = f"{count} alive{'' if subject.made_for.latents else ', most often active first'}"
    if layout.label:
        words += (
            f". Above each tile: its number and the share of {subject.noun.many} that activate it"
            if _shares_fit(layout)
            else ""
        )
    return words


def _dead(subject: Subject, shown: int) -> str:
    if not now().header:
        return f"{shown:,} dead"
    return f"{shown:,} dead {dead_where(subject.stats, subject.noun)}"


def _shares_fit(layout: _Layout) -> bool:
    return bool(layout.label) and layout.tile.width >= (32 if type_size(TINY) == TINY else 54) * PT


def _layout(count: int, shape: Shape) -> _Layout:
    numbered = count <= _MOST_NUMBERED
    gap = 4 * PT if numbered else 2 if count <= 1024 else 1
    if len(shape) == 1:
        # Plots have no edges of their own.
        gap = max(gap, 2 * PT)
    columns = _columns(count, gap, shape)
    tile = _tile(columns, gap, shape)
    width = columns * (tile.width + gap) - gap
    if now().width is not None and columns < count:
        # Paper is filled to its edges.
        width = max(width, _room())
    return _Layout(columns, tile, gap, _label() if numbered else 0, width)


def _room() -> int:
    """Device pixels across that tiles and gaps may fill."""
    return int(page_width(_ROOM + 2 * MARGIN) - 2 * MARGIN) * PT


def _columns(count: int, gap: int, shape: Shape) -> int:
    """As many columns as make the page about square, or up to twice as many where that fills the last row better."""
    unit = Tile(shape, 1)
    least = max(1, int(np.ceil(np.sqrt(count * unit.height / unit.width))))

    def cost(columns: int) -> float:
        return (-count % columns) / columns + _tile(least, gap, shape).width / _tile(
            columns, gap, shape
        ).width

    return min(range(least, 2 * least), key=cost)


def _tile(columns: int, gap: int, shape: Shape) -> Tile:
    room = (_room() - (columns - 1) * gap) // columns
    return Tile.within(shape, max(1, room), _LARGEST)


def _smaller(layout: _Layout) -> _Layout:
    """For the dead, which have little to show: tiles of half the size over the same width."""
    tile, gap = layout.tile.halved(), min(layout.gap, 2 * PT)
    if layout.label and tile.width + gap < _NUMBER * type_size(TINY) / TINY:
        # Narrow pictures: their numbers would overlap.
        return layout
    return replace(layout, tile=tile, columns=(layout.width + gap) // (tile.width + gap))


def _draw_block(
    page: Page,
    subject: Subject,
    block: _Block,
    images: NDArray[np.float32],
    limit: float,
    top: float,
    read: ReadAtoms,
) -> None:
    if not len(block.latents):
        return
    page.text(MARGIN, top + 4, block.heading, size=SMALL, room=page.width - 2 * MARGIN)
    layout, top = block.layout, top + _HEADING
    tile, frames = layout.tile, _frames(block, top)
    for latent, (left, upper, width, _) in zip(block.latents, frames, strict=True):
        if layout.label:
            page.text(left, upper - 1.5, str(latent), size=TINY, colour=MUTED)
        if _shares_fit(layout) and not block.hatched:
            share = paper.percent(float(subject.density[latent]))
            page.text(left + width, upper - 1.5, share, size=TINY, colour=MUTED, align="right")
    weights = images[block.latents]
    if read.texts is not None:
        for latent, frame in zip(block.latents.tolist(), frames, strict=True):
            _write(page, frame, read.texts[latent], MUTED if block.hatched else TEXT)
    elif read.averages is not None:
        # Nothing activates the dead.
        if not block.hatched:
            page.picture(_atlas(block, tile.inks(read.averages[block.latents])), MARGIN, top)
    elif tile.vector:
        tile.plots(page, frames, weights, limit, pale=block.hatched)
    else:
        page.picture(_atlas(block, tile.pixels(weights, limit, pale=block.hatched)), MARGIN, top)
    if block.hatched:
        page.hatching(frames)
    if layout.label or tile.vector:
        page.boxes(frames)


def _write(page: Page, frame: Box, texts: list[str], colour: str) -> None:
    """As many lines as fit into a tile."""
    left, top, width, height = frame
    lines = texts[: max(1, int((height - 2) / _LINE))]
    first = top + (height - len(lines) * _LINE) / 2 + 0.78 * _LINE
    for place, text in enumerate(lines):
        page.text(
            left + width / 2,
            first + place * _LINE,
            text,
            size=TINY,
            colour=colour,
            align="center",
            room=width - 2,
        )


def _frames(block: _Block, top: float) -> list[Box]:
    """Where the tiles of a block lie, in points."""
    places = (block.layout.place(index) for index in range(len(block.latents)))
    return [block.layout.tile.box(MARGIN + x / PT, top + y / PT) for x, y in places]


def _atlas(block: _Block, pictures: Rgb) -> Rgb:
    """All tiles of a block in one picture: one for each would take most of the time."""
    layout = block.layout
    atlas: Rgb = np.full((layout.height(len(block.latents)), layout.width, 3), 255, np.uint8)
    empty = np.ones(atlas.shape[:2], np.bool_)
    for index, picture in enumerate(pictures):
        x, y = layout.place(index)
        place = (slice(y, y + layout.tile.height), slice(x, x + layout.tile.width))
        atlas[place], empty[place] = picture, False
    return without_paper(atlas, empty)


def said(subject: Subject, latent: int) -> tuple[int, str]:
    """(1 for a star, label) of a latent."""
    note = subject.notes.get(latent, NOTHING)
    return int(note.starred), note.label


def cells(subject: Subject) -> int:
    """How many cells the table has."""
    return sum(map(len, _pages(subject))) * (_TOLD + subject.snapshot.d_in)


def _table(subject: Subject, shown: NDArray[np.int64], images: NDArray[np.float32], read: ReadAtoms) -> Table:
    density, dead = subject.density, subject.dead
    rows: list[list[Cell]] = [
        [
            rank,
            int(latent),
            float(density[latent]),
            int(dead[latent]),
            *said(subject, int(latent)),
            *(() if read.texts is None else ("; ".join(read.texts[int(latent)]),)),
            *tiles.cells(images[latent]),
        ]
        for rank, latent in enumerate(shown, 1)
    ]
    return Table(
        (
            "place",
            "latent",
            "density",
            "dead",
            "star",
            "label",
            *(() if read.texts is None else ("nearest",)),
            *tiles.columns(subject.snapshot.shape, subject.axes),
        ),
        rows,
    )
