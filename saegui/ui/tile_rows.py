"""Rows of coloured tiles as pictures that are painted once and then only copied to the screen."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLine, QRect
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from saegui.app.settings import GridScale, GridShow
from saegui.core.config import IMAGE_SIDE
from saegui.core.ordering import Indices, Mask
from saegui.core.snapshot import IMAGE_SHAPE, Array, Snapshot
from saegui.ui.grid_layout import GridLayout
from saegui.ui.grid_overlay import paint_index
from saegui.ui.theme import Tokens, colour_weights
from saegui.ui.tiles import shared_scale

Side = Literal["decoder", "encoder"]

SIDES: dict[GridShow, tuple[Side, ...]] = {
    "decoder": ("decoder",),
    "encoder": ("encoder",),
    "both": ("decoder", "encoder"),
}
NUMBERED_FROM = 72
"""px: from this side on every tile carries its index."""
HATCH = 10
"""px between the hatch lines of a dead latent."""
SCALE_SAMPLE = 512
"""Latents whose weights set the shared scale; of more, every second, third… is taken."""


def weights_of(snapshot: Snapshot, side: Side, latents: Indices | list[int]) -> Array:
    """``(n, 28, 28)`` of a few latents. Unlike ``encoder_images`` it never copies the whole matrix."""
    flat = snapshot.W_dec[latents] if side == "decoder" else snapshot.W_enc[:, latents].T
    return np.ascontiguousarray(flat).reshape(-1, *IMAGE_SHAPE)


class Scales:
    """What the ends of the colour map stand for: one weight for all tiles, or each tile's largest."""

    def __init__(self, snapshot: Snapshot, dead: Mask, scale: GridScale) -> None:
        self._snapshot, self._dead, self._scale = snapshot, dead, scale
        self._shared: dict[Side, float] = {}

    def shared(self, side: Side) -> float:
        """One scale for the living latents; for all of them when none lives."""
        if side not in self._shared:
            chosen = np.flatnonzero(~self._dead)
            if not len(chosen):
                chosen = np.arange(self._snapshot.n_latents)
            chosen = chosen[:: -(-len(chosen) // SCALE_SAMPLE)]
            self._shared[side] = shared_scale(weights_of(self._snapshot, side, chosen))
        return self._shared[side]

    def of(self, side: Side, weights: Array) -> float | NDArray[np.float32]:
        """For ``weights (n, 28, 28)``: a number, or ``(n, 1, 1)`` when every tile has its own."""
        if self._scale == "shared":
            return self.shared(side)
        each: NDArray[np.float32] = np.abs(weights).max(axis=(1, 2), keepdims=True)
        return each


@dataclass(frozen=True, eq=False)
class Look:
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
        self._look: Look | None = None
        self._rows: OrderedDict[int, QImage] = OrderedDict()
        self._keep = 0
        self.painted = 0
        """Rows painted so far: what tests and benchmarks count."""

    def set_look(self, look: Look | None, visible_rows: int) -> None:
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


def _paint(look: Look, row: int) -> QImage:
    layout, ratio = look.layout, look.ratio
    places = layout.places_in(row)
    latents = look.order[places.start : places.stop]
    side = round(layout.side * ratio)
    background = QColor(look.tokens.panel).rgb()
    pixels = np.full((side, round(layout.width * ratio)), background, np.uint32)
    squares = [layout.squares(place) for place in places]
    for which, name in enumerate(SIDES[look.show]):
        tiles = _enlarged(_coloured(look, name, latents), side)
        for index, rects in enumerate(squares):
            x = round(rects[which].x() * ratio)
            room = pixels[:, x : x + side]
            room[:] = tiles[index][:, : room.shape[1]]
    image = QImage(pixels.data, pixels.shape[1], side, 4 * pixels.shape[1], QImage.Format.Format_RGB32)
    # copy(): the QImage must own its bytes, since the array goes away.
    image = image.copy()
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    painter.setFont(look.font)
    for latent, rects in zip(latents.tolist(), squares, strict=True):
        dead = bool(look.dead[latent])
        for rect in rects if dead else ():
            hatch(painter, rect.translated(0, -rect.y()), look.tokens)
        if layout.side >= NUMBERED_FROM:
            paint_index(painter, rects[0].translated(0, -rects[0].y()), latent, look.tokens, dead=dead)
    painter.end()
    return image


def _coloured(look: Look, side: Side, latents: Indices) -> NDArray[np.uint32]:
    weights = weights_of(look.snapshot, side, latents)
    pixels = colour_weights(weights, look.scales.of(side, weights), look.tokens)
    dead = look.dead[latents]
    if dead.any():
        # Most of the way to the panel's colour: there, but no longer in the way of those that live.
        panel = QColor(look.tokens.panel)
        background = np.array([panel.blue(), panel.green(), panel.red(), 255], np.uint16)
        pixels[dead] = (pixels[dead].astype(np.uint16) + 3 * background) // 4
    return pixels.view(np.uint32)[..., 0]


def _enlarged(tiles: NDArray[np.uint32], side: int) -> NDArray[np.uint32]:
    """``(n, 28, 28)`` → ``(n, side, side)``, nearest neighbour."""
    source = np.arange(side) * IMAGE_SIDE // side
    return tiles[:, source][:, :, source]


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
