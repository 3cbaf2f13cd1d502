"""Rows of coloured tiles as pictures that are painted once and then only copied to the screen."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLine, QRect, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen

from saegui.core.analysis.latent_order import Indices, Mask
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.features.grid_layout import GridLayout
from saegui.ui.panels.features.grid_marks import paint_index
from saegui.ui.theme.tokens import Tokens
from saegui.ui.widgets.meanings import Meaning, last_line
from saegui.ui.widgets.pictures import paint_weight_plot, to_image, weight_pixels
from saegui.ui.widgets.weight_scales import Scales, Side, weights_of

GridShow = Literal["decoder", "encoder", "both"]
"""Which weights the tiles show."""

SIDES: dict[GridShow, tuple[Side, ...]] = {
    "decoder": ("decoder",),
    "encoder": ("encoder",),
    "both": ("decoder", "encoder"),
}
HATCH = 10
"""px between the hatch lines of a dead latent."""


@dataclass(frozen=True, eq=False)
class TileLook:
    """Everything that the pixels of the tiles depend on; another TileLook, other pictures."""

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
    meaning: Meaning | None = None
    """What decoders of vectors are shown by, in place of a plot."""

    @property
    def above(self) -> int:
        """px at the top of a tile that its number takes."""
        return QFontMetrics(self.font).height() if self.layout.numbered else 0

    @property
    def last_line(self) -> int:
        """px of the last line of texts on a tile, and of what is below it; 0 where tiles are of no texts."""
        if self.meaning is None or self.meaning.texts is None or self.show != "decoder":
            return 0
        return last_line(QFontMetrics(self.font), self.layout.tile.height() - self.above)


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
    plots = len(look.snapshot.shape) == 1
    image = _blank(look) if plots else to_image(_composed(look, latents)[..., np.newaxis].view(np.uint8))
    image.setDevicePixelRatio(look.ratio)
    if plots:
        _plot(image, look, places, latents)
    dead = look.dead[latents]
    if dead.any() or layout.numbered:
        _mark(image, look, places, latents, dead)
    return image


def _blank(look: TileLook) -> QImage:
    """A row of nothing but the panel's colour."""
    layout, ratio = look.layout, look.ratio
    image = QImage(
        round(layout.width * ratio), round(layout.tile.height() * ratio), QImage.Format.Format_RGB32
    )
    image.fill(QColor(look.tokens.panel))
    return image


def _plot(image: QImage, look: TileLook, places: range, latents: Indices) -> None:
    """Vectors as line plots; decoders as what they stand for, where that is known."""
    painter = QPainter(image)
    painter.setFont(look.font)
    means = look.meaning
    for which, side in enumerate(SIDES[look.show]):
        weights = weights_of(look.snapshot, side, latents)
        scales = np.broadcast_to(look.scales.of(side, weights), (len(weights), 1))
        for place, values, scale, latent in zip(
            places, weights, scales[:, 0].tolist(), latents.tolist(), strict=True
        ):
            rect = look.layout.pictures(place)[which]
            room, dead = rect.translated(0, -rect.y()), bool(look.dead[latent])
            painter.setOpacity(1)
            decoder = means if side == "decoder" else None
            if decoder and decoder.paint(painter, room, latent, look.tokens, above=look.above, dead=dead):
                continue
            painter.setOpacity(0.25 if dead else 1)
            paint_weight_plot(painter, QRectF(room), values, scale, look.tokens)
    painter.end()


def _mark(image: QImage, look: TileLook, places: range, latents: Indices, dead: Mask) -> None:
    """Hatch the dead, and number the tiles that are large enough for it."""
    painter = QPainter(image)
    painter.setFont(look.font)
    for place, latent, is_dead in zip(places, latents.tolist(), dead.tolist(), strict=True):
        pictures = [rect.translated(0, -rect.y()) for rect in look.layout.pictures(place)]
        for picture in pictures if is_dead else ():
            hatch(painter, picture, look.tokens)
        if look.layout.numbered:
            paint_index(painter, pictures[0], latent, look.tokens, dead=is_dead)
    painter.end()


def _composed(look: TileLook, latents: Indices) -> NDArray[np.uint32]:
    """The row in device pixels: tiles side by side on the panel's colour."""
    sides, (height, width) = SIDES[look.show], look.snapshot.shape[:2]
    small = np.empty((height, look.layout.columns * len(sides) * width + 1), np.uint32)
    small[:] = QColor(look.tokens.panel).rgb()
    # Row by row of pixels, a row's places one after the other, the sides of one place next to each other.
    tiles = np.stack([_coloured(look, side, latents) for side in sides], axis=1)
    flat = tiles.transpose(2, 0, 1, 3).reshape(height, -1)
    small[:, : flat.shape[1]] = flat
    x, y = _sources(look.layout, look.ratio, height, width)
    return small.take(x, axis=1).take(y, axis=0)


@lru_cache(maxsize=4)
def _sources(layout: GridLayout, ratio: float, height: int, width: int) -> tuple[Indices, Indices]:
    """Which column and which row of the tiles each device pixel of a row shows: nearest neighbour, −1 for gaps."""
    wide, tall = round(layout.tile.width() * ratio), round(layout.tile.height() * ratio)
    within = np.arange(wide) * width // wide
    x = np.full(round(layout.width * ratio), -1)
    pictures = [picture for column in range(layout.columns) for picture in layout.pictures(column)]
    for index, picture in enumerate(pictures):
        left = round(picture.x() * ratio)
        room = x[left : left + wide]
        room[:] = index * width + within[: len(room)]
    return x, np.arange(tall) * height // tall


def _coloured(look: TileLook, side: Side, latents: Indices) -> NDArray[np.uint32]:
    weights = weights_of(look.snapshot, side, latents)
    pixels = weight_pixels(weights, look.scales.of(side, weights), look.tokens, look.snapshot.shape)
    dead = look.dead[latents]
    if dead.any():
        # Most of the way to the panel's colour: there, but no longer in the way of those that live.
        panel = QColor(look.tokens.panel)
        background = np.array([panel.blue(), panel.green(), panel.red(), 255], np.uint16)
        pixels[dead] = (pixels[dead].astype(np.uint16) + 3 * background) // 4
    return pixels.view(np.uint32)[..., 0]


def hatch(painter: QPainter, picture: QRect, tokens: Tokens) -> None:
    """Diagonal lines over a dead latent's picture."""
    painter.save()
    painter.setClipRect(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(tokens.color("muted", 0.5), 1))
    width, height = picture.width(), picture.height()
    lines = [
        QLine(picture.left() + shift, picture.top() + height, picture.left() + shift + height, picture.top())
        for shift in range(-height + HATCH // 2, width, HATCH)
    ]
    painter.drawLines(lines)
    painter.restore()
