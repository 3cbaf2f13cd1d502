"""One input: its reconstruction, the latents that are active, and the sum of the strongest three contributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.contributions import contributions
from saegui.core.analysis.metrics import image_errors
from saegui.core.arrays import Array, Span
from saegui.core.figures import paper, tiles
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import page_width
from saegui.core.figures.paper import ACTIVE, BODY, MARGIN, MUTED, PT, SMALL, Page
from saegui.core.figures.tiles import Tile
from saegui.core.model.snapshot import to_input
from saegui.core.numbers import hundredths

_ROWS = 10
_MOST_BARS = 2 * _ROWS
_TOP = 3
_LARGE, _SMALL, _TILE = 364, 252, 84
"""Device pixels that the images above, those of the sum below and the tiles beside the bars may be wide and high."""
_GAP, _SIGN = 12, 15
_LEAST = 40
"""Points from picture to picture of a sum, at least, for the words below."""
_BARS = MARGIN + 3 * _LARGE / PT + 2 * _GAP + 24
"""Left edge of the bars."""
_BARS_WIDTH = 246.0
_PITCH = 22.0


@dataclass(frozen=True)
class _Parts:
    """The arithmetic of one input; all images have its shape and its unit."""

    x: Array
    x_hat: Array
    z: Array
    active: NDArray[np.int64]
    """The active latents, strongest first."""
    contributions: Array
    """(active, *shape): z·d of each."""
    bias: Array
    mse: float

    @property
    def error(self) -> Array:
        return self.x - self.x_hat

    @property
    def top(self) -> Array:
        """Sum of the strongest contributions, without the bias."""
        total: Array = self.contributions[:_TOP].sum(0)
        return total


def draw(subject: Subject) -> Drawn:
    """Input, reconstruction and error; bars of activations; the three strongest contributions added up."""
    parts = _parts(subject)
    shown = min(len(parts.active), _MOST_BARS)
    bars = min(shown, _ROWS) * _PITCH + (12 if shown < len(parts.active) else 0)
    room = page_width(_BARS + _BARS_WIDTH + MARGIN) - 2 * MARGIN
    # Where the bars have no room beside the images they stand below.
    below = room < _BARS + _BARS_WIDTH - MARGIN
    sides = min(_LARGE, int((room - 2 * _GAP) / 3 * PT)), min(_SMALL, int((room - 3 * _SIGN) / 4 * PT))
    large, small = (Tile.within(subject.snapshot.shape, side) for side in sides)
    pictures = large.size[1] + small.size[1] + 48
    content = pictures + bars + 28 if below else max(bars, pictures)
    scales = tiles.scale_height(small) * (1 + below)
    page = Page(room + 2 * MARGIN, paper.TOP + 24 + content + scales)
    page.header(subject, f"Activation pattern: {_count(len(parts.active))} active")
    top = paper.TOP + 12.0
    limit = paper.robust_limit(np.stack([*parts.contributions[:_TOP], parts.top, parts.error]))
    _images(page, parts, large, sides[0], limit, top, subject.snapshot.span, subject.axes)
    _sum(page, parts, small, limit, top + (pictures if below else content) - small.size[1] - 12)
    decoder_limit = paper.weight_limit(subject, subject.snapshot.decoder_images)
    left = MARGIN if below else _BARS
    _bars(
        page,
        subject,
        parts,
        decoder_limit,
        (left, top + (pictures + 24 if below else 0)),
        room if below else _BARS_WIDTH,
    )
    top += content + 10
    shape = subject.snapshot.shape
    words = f"error and contributions, {tiles.unit(shape, subject.snapshot.span)}"
    tiles.scale(page, small, MARGIN + 12, top, limit, words, "ends at their 99.5th percentile")
    note = "ends at the 99.5th percentile of |w|"
    place = (MARGIN + 12, top + tiles.scale_height(small)) if below else (_BARS, top)
    left, lower = place
    tiles.scale(page, large, left, lower, decoder_limit, "decoder weight w", note)
    return Drawn(page.figure, _table(parts, subject.axes))


def _count(latents: int, noun: str = "latent") -> str:
    return f"{latents} {noun}" if latents == 1 else f"{latents} {noun}s"


def _parts(subject: Subject) -> _Parts:
    snapshot, drawing = subject.snapshot, subject.drawing
    assert drawing is not None
    image = np.asarray(drawing)[np.newaxis]
    x_hat, _, mse = image_errors(snapshot, image)
    z = snapshot.encode(to_input(image))[0]
    active = np.argsort(-np.abs(z), kind="stable")[: np.count_nonzero(z)]
    bias = snapshot.b_dec.reshape(snapshot.shape)
    x = to_input(image).reshape(snapshot.shape)
    return _Parts(x, x_hat[0], z, active, contributions(snapshot, z, active), bias, float(mse[0]))


def _images(
    page: Page,
    parts: _Parts,
    tile: Tile,
    side: int,
    limit: float,
    top: float,
    drawn_over: Span,
    axes: Sequence[str],
) -> None:
    span = tiles.span_of(tile, drawn_over, parts.x, parts.x_hat)
    pictures = (
        ("input", tiles.span_words(span) if tile.vector else "", parts.x),
        ("reconstruction", "bias + all contributions", parts.x_hat),
        ("input − reconstruction", f"error, MSE {parts.mse:.4f}", parts.error),
    )
    for place, (words, note, image) in enumerate(pictures):
        left = MARGIN + place * (side / PT + _GAP)
        room = side / PT + (_GAP - 3 if place < 2 else 0)
        page.text(left, top - 4, words if paper.text_width(words) <= room else "difference", room=room)
        if place < 2:
            tile.plain(page, image, left, top, span, axes)
        else:
            tile.signed(page, image, limit, left, top, axes)
        page.boxes([tile.box(left, top)])
        page.text(left, top + tile.size[1] + 9, note, size=SMALL, colour=MUTED, room=room)


def _sum(page: Page, parts: _Parts, tile: Tile, limit: float, top: float) -> None:
    width, height = tile.size
    strongest = min(_TOP, len(parts.active))
    if not strongest:
        page.text(MARGIN, top, "No latent is active: the reconstruction is only the bias.", colour=MUTED)
        return
    page.text(MARGIN, top - 4, "Sum of the strongest contributions z·d")
    for place in range(strongest + 1):
        left = MARGIN + place * (max(width, _LEAST) + _SIGN)
        last = place == strongest
        tile.signed(page, parts.top if last else parts.contributions[place], limit, left, top)
        page.boxes([tile.box(left, top)])
        if place:
            sign = "=" if last else "+"
            page.text(left - _SIGN / 2, top + height / 2 + 3, sign, size=BODY + 2, align="center")
        latent = None if last else int(parts.active[place])
        words = f"top {strongest}" if latent is None else f"{hundredths(parts.z[latent])} × d{latent}"
        page.text(left, top + height + 9, words, size=SMALL, colour=MUTED)


def _bars(
    page: Page, subject: Subject, parts: _Parts, limit: float, place: tuple[float, float], room: float
) -> None:
    """One column of bars, or two shorter ones on the same scale."""
    if not len(parts.active):
        return
    start, top = place
    page.text(start, top - 4, "Activation z by latent")
    shown = parts.active[:_MOST_BARS]
    width = room if len(shown) <= _ROWS else (room - 8) / 2
    # The number before and the value behind each bar need room beside it.
    length = width - 71
    for nth, latent in enumerate(shown):
        column, row = divmod(nth, _ROWS)
        share = abs(float(parts.z[latent] / parts.z[shown[0]]))
        left, upper = start + column * (width + 8), top + row * _PITCH
        _bar(page, subject, parts, int(latent), limit, left, upper, length * share, nth < _TOP)
    rest = parts.active[_MOST_BARS:]
    if len(rest):
        sizes = ", whatever their signs" if parts.z[rest].min() < 0 else ""
        words = f"and {_count(len(rest), 'more latent')}, {hundredths(np.abs(parts.z[rest]).sum())} in total{sizes}"
        page.text(start + 22, top + _ROWS * _PITCH + 8, words, size=SMALL, colour=MUTED)


def _bar(
    page: Page,
    subject: Subject,
    parts: _Parts,
    latent: int,
    limit: float,
    left: float,
    top: float,
    length: float,
    strong: bool,
) -> None:
    side = _TILE / PT
    middle = top + side / 2
    page.text(left + 18, middle + 2.2, str(latent), size=SMALL, colour=MUTED, align="right")
    tile = Tile.within(subject.snapshot.shape, _TILE)
    width, height = tile.size
    corner = (left + 22 + (side - width) / 2, middle - height / 2)
    tile.signed(page, subject.snapshot.decoder_images[latent], limit, *corner)
    page.boxes([tile.box(*corner)])
    start = left + 22 + side + 5
    page.boxes(
        [(start, middle - 5, length, 10)], fill=ACTIVE, edge="none", line=0, alpha=1.0 if strong else 0.45
    )
    page.text(start + length + 3, middle + 2.2, hundredths(parts.z[latent]), size=SMALL)


def _table(parts: _Parts, axes: tuple[str, ...]) -> Table:
    whole: tuple[tuple[str, Array], ...] = (
        ("input", parts.x),
        ("reconstruction", parts.x_hat),
        ("error", parts.error),
        ("bias", parts.bias),
        (f"sum of top {_TOP}", parts.top),
    )
    rows: list[list[Cell]] = [[name, None, None, *tiles.cells(image)] for name, image in whole]
    for latent, image in zip(parts.active, parts.contributions, strict=True):
        rows.append(["contribution", int(latent), float(parts.z[latent]), *tiles.cells(image)])
    return Table(("picture", "latent", "activation", *tiles.columns(parts.x.shape, axes)), rows)


KIND = Kind(
    "activation-pattern",
    "Activation pattern",
    "The drawing, its reconstruction, the active latents, and the sum of the strongest three.",
    ("drawing",),
    draw,
    prefers=("stats",),
)
