"""Rows of coloured tiles as pictures that are painted once and then only copied to the screen."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLine, QRect
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from saegui.app.settings import GridShow
from saegui.core.analysis.latent_order import Indices, Mask
from saegui.core.config.schema import IMAGE_SIDE
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.features.grid_layout import GridLayout
from saegui.ui.panels.features.grid_overlay import paint_index
from saegui.ui.theme.colour_map import colour_weights
from saegui.ui.theme.tokens import Tokens
from saegui.ui.widgets.weight_scales import Scales, Side, weights_of

SIDES: dict[GridShow, tuple[Side, ...]] = {
    "decoder": ("decoder",),
    "encoder": ("encoder",),
    "both": ("decoder", "encoder"),
}
NUMBERED_FROM = 72
"""px: from this side on every tile carries its index."""
HATCH = 10
"""px between the hatch lines of a dead latent."""


@dataclass(frozen=True, eq=False)
class TileLook:
    """Everything that the pixels of the tiles depend on; another Look, other pictures."""

    snapshot: Snapshot
    order: Indices
    dead: Mask
    show: GridShow
    scales: Scales
    layout: GridLayout
    tokens: Tokens
    font: QFont
    ratio: float
    """Device pixels per px."""


class TileRows:
    """Paints rows when they are first asked for and keeps those seen last."""

    def __init__(self) -> None:
        self._look: TileLook | None = None
        self._rows: OrderedDict[int, QImage] = OrderedDict()
        self._keep = 0
        self.painted = 0
        """Rows painted so far: what tests and benchmarks count."""

    def set_look(self, look: TileLook | None, visible_rows: int) -> None:
        """From now on paint ``look``; three screens full of ``visible_rows`` rows are kept."""
        self._look, self._keep = look, 3 * visible_rows + 2
        self._rows.clear()

    def row(self, row: int) -> QImage:
        """The picture of one row, as wide as the layout and one tile high, in device pixels."""
        assert self._look is not None
        if row not in self._rows:
            self._rows[row] = _paint(self._look, row)
            self.painted += 1
            while len(self._rows) > self._keep:
                self._rows.popitem(last=False)
        self._rows.move_to_end(row)
        return self._rows[row]


def _paint(look: TileLook, row: int) -> QImage:
    layout = look.layout
    places = layout.places_in(row)
    latents = look.order[places.start : places.stop]
    pixels = _composed(look, latents)
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    # copy(): the QImage must own its bytes, since the array goes away.
    image = image.copy()
    image.setDevicePixelRatio(look.ratio)
    dead = look.dead[latents]
    if dead.any() or layout.side >= NUMBERED_FROM:
        _mark(image, look, places, latents, dead)
    return image


def _mark(image: QImage, look: TileLook, places: range, latents: Indices, dead: Mask) -> None:
    """Hatch the dead, and number the tiles that are large enough for it."""
    painter = QPainter(image)
    painter.setFont(look.font)
    for place, latent, is_dead in zip(places, latents.tolist(), dead.tolist(), strict=True):
        squares = [rect.translated(0, -rect.y()) for rect in look.layout.squares(place)]
        for square in squares if is_dead else ():
            hatch(painter, square, look.tokens)
        if look.layout.side >= NUMBERED_FROM:
            paint_index(painter, squares[0], latent, look.tokens, dead=is_dead)
    painter.end()


def _composed(look: TileLook, latents: Indices) -> NDArray[np.uint32]:
    """The row in device pixels: tiles side by side on the panel's colour."""
    sides = SIDES[look.show]
    small = np.empty((IMAGE_SIDE, look.layout.columns * len(sides) * IMAGE_SIDE + 1), np.uint32)
    small[:] = QColor(look.tokens.panel).rgb()
    # Row by row of pixels, a row's places one after the other, the sides of one place next to each other.
    tiles = np.stack([_coloured(look, side, latents) for side in sides], axis=1)
    flat = tiles.transpose(2, 0, 1, 3).reshape(IMAGE_SIDE, -1)
    small[:, : flat.shape[1]] = flat
    x, y = _sources(look.layout, look.ratio)
    return small.take(x, axis=1).take(y, axis=0)


@lru_cache(maxsize=4)
def _sources(layout: GridLayout, ratio: float) -> tuple[Indices, Indices]:
    """Which column and which row of the tiles each device pixel of a row shows: nearest neighbour, −1 for gaps."""
    side = round(layout.side * ratio)
    within = np.arange(side) * IMAGE_SIDE // side
    x = np.full(round(layout.width * ratio), -1)
    squares = [square for column in range(layout.columns) for square in layout.squares(column)]
    for index, square in enumerate(squares):
        left = round(square.x() * ratio)
        room = x[left : left + side]
        room[:] = index * IMAGE_SIDE + within[: len(room)]
    return x, within


def _coloured(look: TileLook, side: Side, latents: Indices) -> NDArray[np.uint32]:
    weights = weights_of(look.snapshot, side, latents)
    pixels = colour_weights(weights, look.scales.of(side, weights), look.tokens)
    dead = look.dead[latents]
    if dead.any():
        # Most of the way to the panel's colour: there, but no longer in the way of those that live.
        panel = QColor(look.tokens.panel)
        background = np.array([panel.blue(), panel.green(), panel.red(), 255], np.uint16)
        pixels[dead] = (pixels[dead].astype(np.uint16) + 3 * background) // 4
    return pixels.view(np.uint32)[..., 0]


def hatch(painter: QPainter, square: QRect, tokens: Tokens) -> None:
    """Diagonal lines over a dead latent's picture."""
    painter.save()
    painter.setClipRect(square)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(tokens.color("muted", 0.5), 1))
    side = square.width()
    lines = [
        QLine(square.left() + shift, square.top() + side, square.left() + shift + side, square.top())
        for shift in range(-side + HATCH // 2, side, HATCH)
    ]
    painter.drawLines(lines)
    painter.restore()
