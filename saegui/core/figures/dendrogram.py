"""Which atoms are alike: a tree of latents by the cosines of their decoder rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.sort_keys import linkage_of
from saegui.core.figures import paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import page_width, type_size
from saegui.core.figures.grids import read_atoms
from saegui.core.figures.made_for import MOST_HEIGHT
from saegui.core.figures.paper import LINE, MARGIN, MUTED, PT, SERIES, SMALL, TEXT, Page
from saegui.core.figures.tiles import Tile
from saegui.core.numbers import latent_name

_WIDTH = 430.0
"""Points between the margins, on a screen."""
_ROW = 9.0
"""Points from leaf to leaf: those of a number that can be read."""
_MOST = 72
"""Latents on a page."""
_TOP = paper.TOP + 18.0
_ALIKE = 0.7
"""Mean cosine from which latents of a group have a colour of their own."""


def draw(subject: Subject) -> Drawn:
    """A leaf for each living latent, with its number and its atom; branches meet at the mean cosine of the latents on both sides."""
    room = page_width(_WIDTH + 2 * MARGIN) - 2 * MARGIN
    shown, alive = _shown(subject, room)
    directions = subject.snapshot.W_dec[shown]
    tree = linkage_of(directions)
    order = _leaves(tree, len(shown))
    place_of = {int(leaf): place for place, leaf in enumerate(order)}
    # Two columns of atoms, by turns, so that each may be two rows high; texts say more than the numbers of theirs.
    tile = Tile.within(subject.snapshot.shape, int((2 * _ROW - 2) * PT))
    texts = read_atoms(subject).texts
    pictures = 0.0 if texts is not None else 2 * tile.size[0] + 4
    names = {
        int(each): latent_name(int(each)) + (f" {texts[int(each)][0]}" if texts is not None else "")
        for each in shown
    }
    widest = max(paper.text_width(name, type_size(SMALL)) for name in names.values())
    side = 10 + pictures + min(widest, 0.4 * room)
    width, height = room - side - 10, _ROW * len(shown)
    page = Page(room + 2 * MARGIN, _TOP + height + 40)
    page.header(subject, "Dendrogram of the atoms: average linkage of decoder cosines")
    page.text(MARGIN, paper.TOP + 4, _words(subject, len(shown), alive), size=SMALL, room=room)
    axes = page.axes((MARGIN + 4, _TOP, width, height))
    highest = float(tree[:, 2].max(initial=0.0)) or 1.0
    _branches(axes, tree, place_of, len(shown))
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(highest * 1.03, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    paper.ticks(
        axes.xaxis, max(3, int(width / 50)), words=lambda distance, _: paper.tick(round(1 - distance, 6))
    )
    limit = paper.weight_limit(subject, subject.snapshot.decoder_images)
    left = MARGIN + 4 + width + 4
    for place, leaf in enumerate(order):
        latent, middle = int(shown[leaf]), _TOP + (place + 0.5) * _ROW
        number = left + pictures + 2
        page.line([left - 4, number - 2], [middle, middle], LINE, linewidth=0.5, zorder=0)
        if texts is None:
            corner = (left + (place % 2) * (tile.size[0] + 2), middle - tile.size[1] / 2)
            tile.signed(page, subject.snapshot.decoder_images[latent], limit, *corner)
            page.boxes([tile.box(*corner)])
        page.text(number, middle + 2.5, names[latent], size=SMALL, room=min(widest, 0.4 * room) + 1)
    note = page.longest_of(
        ("mean cosine of the atoms on both sides of a branch", "mean cosine"), width, SMALL
    )
    page.text(MARGIN + 4 + width, _TOP + height + 20, note, size=SMALL, align="right", room=width)
    ends = f"atoms: weights from {paper.number(-limit)} to {paper.number(limit)}"
    if texts is not None:
        ends = f"beside each latent the training {subject.noun.one} nearest to its atom"
    page.text(MARGIN, _TOP + height + 31, ends, size=SMALL, colour=MUTED, room=room)
    return Drawn(page.figure, _table(tree, shown))


def _shown(subject: Subject, room: float) -> tuple[NDArray[np.intp], int]:
    """The latents that are leaves, and how many live: the chosen ones, or as many of the most often active as have room."""
    made_for, dead = subject.made_for, subject.dead
    zero = np.abs(subject.snapshot.W_dec).max(axis=1) == 0
    every = [int(latent) for latent in subject.order() if not dead[latent] and not zero[latent]]
    wanted = [latent for latent in made_for.latents if latent in set(every)] or every
    on_page = _MOST if made_for.width is None else min(_MOST, int(MOST_HEIGHT * room / _ROW))
    return np.array(wanted[: min(made_for.tiles or on_page, _MOST)], np.intp), len(every)


def _words(subject: Subject, shown: int, alive: int) -> str:
    dead = subject.snapshot.n_latents - alive
    which = (
        f"{shown:,} latents" if shown == alive else f"the {shown:,} most often active of {alive:,} latents"
    )
    if subject.made_for.latents:
        which = f"{shown:,} chosen latents"
    return which + (f"; {dead:,} dead left out" if dead else "")


def _leaves(tree: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    from scipy.cluster.hierarchy import leaves_list

    found: NDArray[np.intp] = leaves_list(tree) if count > 1 else np.zeros(count, np.intp)
    return found


def _branches(axes: Any, tree: NDArray[np.float64], place_of: dict[int, int], count: int) -> None:
    from matplotlib.collections import LineCollection

    at: dict[int, tuple[float, float]] = {leaf: (0.0, float(place)) for leaf, place in place_of.items()}
    group: dict[int, int] = {}
    lines: list[list[tuple[float, float]]] = []
    colours: list[str] = []
    above = _tops(tree, count)
    for row, (first, second, distance, _) in enumerate(tree.tolist()):
        a, b = at[int(first)], at[int(second)]
        at[count + row] = (distance, (a[1] + b[1]) / 2)
        lines.append([a, (distance, a[1]), (distance, b[1]), b])
        top = above.get(count + row)
        colours.append(TEXT if top is None else SERIES[group.setdefault(top, len(group)) % len(SERIES)])
    axes.add_collection(LineCollection(lines, colors=colours, linewidths=0.9))


def _tops(tree: NDArray[np.float64], count: int) -> dict[int, int]:
    """The highest branch above each branch whose latents have a mean cosine of at least :data:`_ALIKE`."""
    found: dict[int, int] = {}
    for row in range(len(tree) - 1, -1, -1):
        node, close = count + row, 1 - tree[row, 2] >= _ALIKE
        if not close:
            continue
        top = found.setdefault(node, node)
        for child in tree[row, :2].astype(int).tolist():
            if child >= count:
                found[child] = top
    return found


def _table(tree: NDArray[np.float64], shown: NDArray[np.intp]) -> Table:
    """A row for each branch: what it joins, latents as ``#3`` and branches by the numbers of their rows, from 0 on."""

    def name(node: int) -> str:
        return latent_name(int(shown[node])) if node < len(shown) else f"branch {node - len(shown)}"

    rows: list[list[Cell]] = [
        [row, name(int(first)), name(int(second)), 1 - distance, int(size)]
        for row, (first, second, distance, size) in enumerate(tree.tolist())
    ]
    return Table(("branch", "first", "second", "mean_cosine", "latents"), rows)


def _ready(subject: Subject) -> str | None:
    if len(_shown(subject, _WIDTH)[0]) < 2:
        return "a tree needs at least two living latents; choose another run, or train longer."
    return None


KIND = Kind(
    "dendrogram",
    "Dendrogram of the atoms",
    "Latents as leaves of a tree: branches meet at the mean cosine of the atoms on both sides (average linkage); dead latents are left "
    "out.",
    (),
    draw,
    _ready,
    prefers=("stats",),
    of_tiles=True,
)
