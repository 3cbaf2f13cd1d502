"""The latents of two models that belong together, and how well the rest is matched."""

from __future__ import annotations

from typing import Any

from saegui.core.analysis.matching import Matching, check_comparable, histogram, match_models
from saegui.core.errors import DataError
from saegui.core.figures import paper, tiles
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import page_width
from saegui.core.figures.paper import MARGIN, MUTED, PT, SERIES, SMALL, TINY, Page
from saegui.core.figures.tiles import Tile
from saegui.core.numbers import counted_latents, hundredths
from saegui.core.runs.moments import spread

_NARROW = 400.0
"""Points of width below which the models are named without their mean cosines."""
MOST_PAIRS = 120
"""Pairs on a page; of more as many are drawn, evenly chosen."""
_WIDTH = 508.0
"""Points between the margins, on a screen."""
_SIDE = 36 * PT
"""Device pixels of a tile's longer side, at most."""
_CHART = 86.0
_LEFT = MARGIN + 22.0


def _width() -> float:
    """Points between the margins."""
    return page_width(_WIDTH + 2 * MARGIN) - 2 * MARGIN


def draw(subject: Subject) -> Drawn:
    """Histograms of the best matches both ways, and the pairs as tiles, the most alike first."""
    other = subject.other
    assert other is not None
    matching = subject.matching or match_models(subject.snapshot, other.snapshot)
    shown = spread(list(range(len(matching.pairs))), MOST_PAIRS)
    tile = Tile.within(subject.snapshot.shape, _SIDE)
    across, down = 2 * tile.size[0] + 9, tile.size[1] + 10
    columns = max(1, int((_width() + 9) // across))
    # Evenly over the width.
    across = (_width() + 9) / columns if len(shown) > columns else across
    rows = -(-len(shown) // columns)
    top = paper.TOP + 20 + _CHART + 46
    page = Page(_width() + 2 * MARGIN, top + rows * down + tiles.scale_height(tile) + 6)
    page.header(subject, f"Latents matched with those of {other.title}")
    _words(page, matching, (subject.title, other.title), subject.found_from)
    _chart(page, matching)
    limits = [
        paper.robust_limit(model.decoder_images[side.latents] if len(side.latents) else model.decoder_images)
        for model, side in ((subject.snapshot, matching.a), (other.snapshot, matching.b))
    ]
    if len(shown) < len(matching.pairs):
        words = f"{len(shown):,} of {len(matching.pairs):,} pairs, evenly chosen, the most alike first"
    else:
        words = "all pairs, the most alike first"
    page.text(
        MARGIN, top - 14, f"{words}: A on the left, B on the right, and their {matching.measure}", size=SMALL
    )
    for place, pair in enumerate(shown):
        row, column = divmod(place, columns)
        left, upper = MARGIN + column * across, top + row * down
        a, b = matching.pairs[pair].tolist()
        for x, model, latent, limit in (
            (left, subject.snapshot, a, limits[0]),
            (left + tile.size[0] + 1, other.snapshot, b, limits[1]),
        ):
            # Both read as many numbers; where they are arranged otherwise, A's shape is used for both.
            weights = model.W_dec[latent].reshape(subject.snapshot.shape)
            tile.signed(page, weights, limit, x, upper)
        page.text(left, upper - 1.5, f"{a}–{b}", size=TINY, colour=MUTED)
        page.text(
            left + 2 * tile.size[0] + 1,
            upper - 1.5,
            hundredths(float(matching.cosines[pair])),
            size=TINY,
            align="right",
        )
    bottom = top + rows * down
    tiles.scale(
        page, tile, MARGIN + 12, bottom, limits[0], "decoder weight w of A", "B likewise, on its own scale"
    )
    return Drawn(page.figure, table(matching))


def _words(page: Page, matching: Matching, titles: tuple[str, str], least: float) -> None:
    left_out = []
    for place, (letter, title, side) in enumerate(
        (("A", titles[0], matching.a), ("B", titles[1], matching.b))
    ):
        left = MARGIN + place * _width() / 2
        page.boxes([(left, paper.TOP - 3, 6, 6)], fill=SERIES[place], edge=SERIES[place])
        mean = (
            ""
            if side.mean_best is None or _width() < _NARROW
            else f", mean max {matching.measure} {side.mean_best:.3f}"
        )
        words = f"{counted_latents(len(side.latents))}{mean}"
        name = page.fitted(title, _width() / 2 - 24 - paper.text_width(words, SMALL), SMALL)
        page.text(left + 9, paper.TOP + 3, f"{letter}: {name}, {words}", size=SMALL)
        left_out += [
            f"{letter}: {count:,} {word} left out"
            for count, word in zip(side.left_out, ("dead", "of zeros"), strict=True)
            if count
        ]
    found = f"{matching.found(least):,} of {len(matching.pairs):,} pairs have a {matching.measure} of at least {least:g}"
    way = "exactly" if matching.method == "exact" else "greedily"
    words = "; ".join([found, f"matched one to one, {way}", *left_out])
    page.text(MARGIN, paper.TOP + 13, words, size=SMALL, colour=MUTED, room=_width())


def _chart(page: Page, matching: Matching) -> None:
    edges, a, b = histogram(matching)
    axes = page.axes((_LEFT, paper.TOP + 20, _width() - 22, _CHART))
    width: Any = (edges[1] - edges[0]) * 0.44
    for counts, colour, shift in ((a, SERIES[0], 0.03), (b, SERIES[1], 0.5)):
        axes.bar(
            edges[:-1] + shift * (edges[1] - edges[0]),
            counts,
            width=width,
            align="edge",
            color=colour,
            linewidth=0,
        )
    axes.set_xlim(float(edges[0]), 1)
    paper.ticks(axes.xaxis, 10)
    paper.ticks(axes.yaxis, 4, integer=True)
    words = f"best {matching.measure} of each latent with any latent of the other model; vertically, latents"
    page.text(
        MARGIN + _width(),
        paper.TOP + 20 + _CHART + 18,
        words,
        size=SMALL,
        colour=MUTED,
        align="right",
        room=_width(),
    )


def table(matching: Matching) -> Table:
    """A row for each pair, then one for each latent that has no partner; ``best`` is the largest cosine with any."""
    best = [
        dict(zip(side.latents.tolist(), side.best.tolist(), strict=True)) for side in (matching.a, matching.b)
    ]
    rows: list[list[Cell]] = [
        [a, b, cosine, best[0][a], best[1][b]]
        for (a, b), cosine in zip(matching.pairs.tolist(), matching.cosines.tolist(), strict=True)
    ]
    paired = [set(matching.pairs[:, place].tolist()) for place in (0, 1)]
    rows += [[a, None, None, value, None] for a, value in best[0].items() if a not in paired[0]]
    rows += [[None, b, None, None, value] for b, value in best[1].items() if b not in paired[1]]
    return Table(("latent_a", "latent_b", "cosine", "best_a", "best_b"), rows)


def _ready(subject: Subject) -> str | None:
    assert subject.other is not None
    try:
        check_comparable(subject.snapshot, subject.other.snapshot)
    except DataError as error:
        words = str(error)
        return words[0].lower() + words[1:]
    return None


KIND = Kind(
    "matches",
    "Matched latents",
    "Which latents of two runs belong together, by the cosines of their decoder rows, and how many have a counterpart.",
    ("other",),
    draw,
    _ready,
)
