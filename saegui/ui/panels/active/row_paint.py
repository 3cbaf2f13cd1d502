"""What a row of active latents looks like: ``decoder · #index · bar · activation · contribution``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from saegui.core.analysis.contributions import contributions
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import latent_name
from saegui.ui.panels.active.places import ROW, Places
from saegui.ui.panels.active.tiles import Tiles
from saegui.ui.theme.colour_map import full_colour
from saegui.ui.theme.tokens import GAP, UNIT, Tokens
from saegui.ui.widgets.pictures import proportions, shared_scale, size_in, whole
from saegui.ui.widgets.weight_scales import weights_of

TILE = 28
"""px: the longer side of a picture at most; less where all pixels are then equally large."""
BAR = 10
_SIDE = UNIT + 1 + TILE + GAP
"""px that a picture takes at either end of a row."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What the rows are painted from."""

    snapshot: Snapshot
    latents: NDArray[np.intp]
    """(n,): the active ones, strongest first."""
    z: NDArray[np.float32]
    """(F,): the activations of all latents."""
    scale: float
    """Of the decoders' pictures: shared by all latents of the snapshot."""

    @cached_property
    def full_colour(self) -> float:
        """What the ends of the colours stand for in contributions: by the first latents, which are the strongest."""
        first = self.latents[:STRONGEST]
        return full_colour(float(np.abs(contributions(self.snapshot, self.z, first)).max(initial=0)))

    def said(self, row: int) -> str:
        """Such as ``#12 3.21``."""
        return f"{latent_name(self.latents[row])} {self.z[self.latents[row]]:.2f}"


@dataclass(frozen=True)
class Marks:
    """What is emphasised: latents, and the row that has the keyboard."""

    selected: int | None
    hovered: int | None
    focused_row: int | None


def scale_of(snapshot: Snapshot) -> float:
    """The scale of the decoders' pictures."""
    # Of thousands of latents a sample is as good, and quick enough for every new snapshot of a training.
    return shared_scale(snapshot.W_dec[:: -(-snapshot.n_latents // 512)])


STRONGEST = 8
"""Latents by which the scale of contributions is chosen."""


class RowPaint:
    """Paints rows; remembers the coloured pictures of those that it painted last."""

    def __init__(self, font: QFont) -> None:
        self._tiles: tuple[range, Tiles, Tiles] | None = None
        self.set_font(font)

    def set_font(self, base: QFont) -> None:
        """Use this font, with digits that line up, and a bold one for the selected latent."""
        plain = QFont(base)
        plain.setFeature(QFont.Tag("tnum"), 1)
        strong = QFont(plain)
        strong.setWeight(QFont.Weight.DemiBold)
        self._fonts = (plain, strong)

    def forget(self) -> None:
        """Colour the pictures again: other latents, other weights or another theme."""
        self._tiles = None

    def paint(
        self, painter: QPainter, shown: Shown, places: Places, rows: range, marks: Marks, tokens: Tokens
    ) -> None:
        """Paint ``rows``; the painter's origin is the upper left of the first row of all."""
        areas = [places.rect(row).toRect() for row in rows]
        latents = shown.latents[rows.start : rows.stop].tolist()
        # A kind of thing after the other: changing pens, brushes and fonts costs more than painting.
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("raised"))
        for area, latent in zip(areas, latents, strict=True):
            if latent == marks.hovered:
                painter.drawRoundedRect(_frame(area), 4, 4)
        self._paint_tiles(painter, shown, rows, areas, tokens)
        self._paint_words(painter, shown, latents, areas, marks, tokens)
        self._paint_bars(painter, shown, latents, areas, tokens)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for row, area, latent in zip(rows, areas, latents, strict=True):
            selected = latent == marks.selected
            if selected or row == marks.focused_row:
                accent = tokens.color("accent")
                painter.setPen(QPen(accent, 2) if selected else QPen(accent, 1, Qt.PenStyle.DotLine))
                painter.drawRoundedRect(_frame(area), 4, 4)

    def _paint_tiles(
        self, painter: QPainter, shown: Shown, rows: range, areas: list[QRect], tokens: Tokens
    ) -> None:
        shape = shown.snapshot.shape
        size = size_in(proportions(shape), whole(TILE, shape))
        decoders, added = self._pictures(shown, rows, tokens)
        frames = []
        for place, area in enumerate(areas):
            ends = (area.left() + UNIT + 1, area.right() + 1 - UNIT - 1 - TILE)
            for left, pictures in zip(ends, (decoders, added), strict=True):
                x, y = left + (TILE - size.width()) // 2, area.top() + (ROW - size.height()) // 2
                target = QRect(x, y, size.width(), size.height())
                pictures.paint(painter, target, place)
                frames.append(QRectF(target).adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.drawRects(frames)

    def _pictures(self, shown: Shown, rows: range, tokens: Tokens) -> tuple[Tiles, Tiles]:
        """Decoders and contributions of ``rows``."""
        if self._tiles is None or self._tiles[0] != rows:
            latents = shown.latents[rows.start : rows.stop]
            weights = weights_of(shown.snapshot, "decoder", latents)
            adds = contributions(shown.snapshot, shown.z, latents)
            self._tiles = (rows, Tiles(weights, shown.scale, tokens), Tiles(adds, shown.full_colour, tokens))
        return self._tiles[1], self._tiles[2]

    def _bar(self, shown: Shown, width: int) -> tuple[int, int]:
        """Where bars begin and end in a row of ``width`` px, between the longest name and the longest number."""
        metrics = QFontMetricsF(self._fonts[True])
        # In nearly every list the numbers have as many digits: the bars do not change their length while one draws.
        name = "#" + "0" * max(2, len(str(shown.latents.max())))
        number = max("0.00", f"{shown.z[shown.latents[0]]:.2f}", key=len)
        left = _SIDE + round(metrics.horizontalAdvance(name)) + GAP
        return left, max(left + 4, width - _SIDE - round(metrics.horizontalAdvance(number)) - GAP)

    def _paint_words(
        self,
        painter: QPainter,
        shown: Shown,
        latents: list[int],
        areas: list[QRect],
        marks: Marks,
        tokens: Tokens,
    ) -> None:
        painter.setPen(tokens.color("text"))
        for strong in (False, True):
            painter.setFont(self._fonts[strong])
            metrics = QFontMetricsF(self._fonts[strong])
            baseline = (ROW + metrics.capHeight()) / 2
            for latent, area in zip(latents, areas, strict=True):
                if (latent == marks.selected) == strong:
                    number = f"{shown.z[latent]:.2f}"
                    right = area.right() + 1 - _SIDE - metrics.horizontalAdvance(number)
                    y = area.top() + baseline
                    painter.drawText(QPointF(area.left() + _SIDE, y), latent_name(latent))
                    painter.drawText(QPointF(right, y), number)

    def _paint_bars(
        self, painter: QPainter, shown: Shown, latents: list[int], areas: list[QRect], tokens: Tokens
    ) -> None:
        if not areas:
            return
        left, right = self._bar(shown, areas[0].width())
        strongest = float(shown.z[shown.latents[0]])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        grooves = [
            QRect(area.left() + left, area.top() + (ROW - BAR) // 2, right - left, BAR) for area in areas
        ]
        painter.setBrush(tokens.color("active", 0.12))
        painter.drawRects(grooves)
        painter.setBrush(tokens.color("active"))
        for groove, latent in zip(grooves, latents, strict=True):
            groove.setWidth(max(2, round(groove.width() * float(shown.z[latent]) / strongest)))
        painter.drawRects(grooves)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _frame(area: QRect) -> QRectF:
    return QRectF(area.adjusted(1, 1, -1, -1))
