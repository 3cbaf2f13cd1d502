"""How the canvas looks: paper, guide box, ink or picture, a contribution, eraser ring and cross-hair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPen

from saegui.core.arrays import Array, Images, Shape
from saegui.core.strokes import BOX_SIDE, IMAGE_SIDE, PEN_WIDTH, Stroke
from saegui.ui.panels.draw.ink_layer import InkLayer, draw_stroke, round_pen
from saegui.ui.theme.colour_map import full_colour
from saegui.ui.theme.tokens import Tokens
from saegui.ui.widgets.named_plots import fits, paint_named
from saegui.ui.widgets.pictures import (
    Shades,
    ink_image,
    paint_ink_plot,
    paint_picture,
    paint_signed_line,
    proportions,
    to_image,
    weight_pixels,
)

HINT = "Draw here"
_FADED = 0.35
"""Of the ink under a contribution."""
PLOT_DOWN = -0.5
"""How far the plot of a vector without negative values reaches below zero, as a share of its highest value."""
_EDGE = 8
"""px between the paper's edge and words on it."""


@dataclass(frozen=True, eq=False)
class Contribution:
    """A latent's contribution a·d: signed ink in the input's shape, with a few words on what it is."""

    values: Array
    label: str


@dataclass(frozen=True, eq=False)
class CanvasLook:
    """Everything that one picture of the canvas depends on. Canvas units unless said otherwise."""

    tokens: Tokens
    side: float
    """px"""
    ratio: float
    """Device pixels a px."""
    layer: InkLayer
    strokes: list[Stroke]
    live: list[tuple[float, float]]
    """End of the stroke that is being drawn, which is not in ``strokes``."""
    erased: QRectF | None
    """Where ``strokes`` lost ink and nothing else changed since they were painted last; None: anywhere."""
    picture: Images | None
    shades: Shades
    axes: Sequence[str]
    """Names of a vector's numbers."""
    title: str
    message: str
    """What the user should know before drawing on; empty when all is well."""
    contribution: Contribution | None
    frame: QRectF | None
    """Where the model's image lies."""
    ring: QPointF | None
    """Middle of the eraser, in px."""
    ring_radius: float
    cross: QPointF | None
    focus: bool
    drop_target: bool

    @property
    def sheet(self) -> QRectF:
        """The paper in px."""
        return QRectF(0, 0, self.side, self.side)


def paint(painter: QPainter, look: CanvasLook) -> None:
    """Paint the canvas at the painter's origin."""
    tokens = look.tokens
    painter.fillRect(look.sheet, tokens.color("paper"))
    painter.save()
    painter.setClipRect(look.sheet)
    _guide(painter, look)
    if look.contribution is not None:
        painter.setOpacity(_FADED)
    _ink(painter, look)
    painter.setOpacity(1)
    if look.contribution is not None:
        _contribution(painter, look, look.contribution)
    _words(painter, look)
    _message(painter, look)
    if look.ring is not None:
        _ring(painter, look, look.ring)
    if look.cross is not None:
        _cross(painter, look, look.cross)
    painter.restore()
    _border(painter, look)


def contribution_image(contribution: Array, tokens: Tokens) -> QImage:
    """A picture's signed ink in the colours of weights: clear where it is zero, opaque where it is strong."""
    full = full_colour(float(np.abs(contribution).max(initial=0)))
    pixels = weight_pixels(contribution, full, tokens, contribution.shape)
    strength = np.abs(contribution) if contribution.ndim == 2 else np.abs(contribution).max(axis=-1)
    pixels[..., 3] = np.rint(235 * np.clip(strength / (0.6 * full), 0, 1)).astype(np.uint8)
    return to_image(pixels, QImage.Format.Format_ARGB32)


def place_of(shape: Shape) -> QRectF:
    """Where a picture of ``shape`` lies on the paper, in canvas units: as large as it can be, in the middle."""
    height, width = proportions(shape)
    longer = max(height, width)
    return QRectF((1 - width / longer) / 2, (1 - height / longer) / 2, width / longer, height / longer)


def _guide(painter: QPainter, look: CanvasLook) -> None:
    """The box that the drawing will be fitted into: a hint of size, no border. A message has the whole sheet."""
    if look.picture is not None:
        return
    empty = not look.strokes and not look.live
    words = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    if empty and look.message:
        painter.setFont(_sized(painter, 13))
        painter.setPen(look.tokens.color("muted"))
        painter.drawText(look.sheet.adjusted(_EDGE, 0, -_EDGE, 0), words, look.message)
        return
    margin = look.side * (IMAGE_SIDE - BOX_SIDE) / 2 / IMAGE_SIDE
    box = look.sheet.adjusted(margin, margin, -margin, -margin)
    painter.setPen(QPen(look.tokens.color("line"), 1, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(box, 4, 4)
    if empty:
        painter.setFont(_sized(painter, 13))
        painter.setPen(look.tokens.color("muted"))
        painter.drawText(box.adjusted(_EDGE, 0, -_EDGE, 0), words, HINT)


def _sized(painter: QPainter, pixels: int) -> QFont:
    font = QFont(painter.font())
    font.setPixelSize(pixels)
    return font


def _ink(painter: QPainter, look: CanvasLook) -> None:
    if look.picture is not None:
        place = _in_px(place_of(look.picture.shape), look.side)
        axes, limits = look.axes, _limits(look.shades)
        if look.picture.ndim == 1 and fits(place, axes):
            paint_named(painter, place, look.picture, limits, axes, look.tokens, signed=False)
        elif look.picture.ndim == 1:
            paint_ink_plot(painter, place, look.picture, look.tokens, limits)
        else:
            paint_picture(painter, place, ink_image(look.picture, look.tokens, look.shades))
        return
    ink = look.tokens.color("ink")
    if look.strokes:
        look.layer.paint(painter, look.strokes, look.side, look.ratio, ink, look.erased)
    if look.live:
        painter.setPen(round_pen(ink, PEN_WIDTH * look.side))
        draw_stroke(painter, look.live, look.side)


def _contribution(painter: QPainter, look: CanvasLook, added: Contribution) -> None:
    if look.frame is None:
        return
    place = _in_px(look.frame, look.side)
    if added.values.ndim == 1 and fits(place, look.axes):
        limits = _limits(look.shades)
        paint_named(painter, place, added.values, limits, look.axes, look.tokens, signed=True, over=True)
    elif added.values.ndim == 1:
        paint_signed_line(painter, place, added.values, _limits(look.shades), look.tokens)
    else:
        low, high = look.shades.span
        paint_picture(painter, place, contribution_image(added.values / (high - low), look.tokens))


def _limits(shades: Shades) -> tuple[float, float]:
    """Values at the lower and the upper edge of a plot: there is room below for what a latent takes away."""
    low, high = shades.span
    return min(low, PLOT_DOWN * high), high


def _in_px(place: QRectF, side: float) -> QRectF:
    return QRectF(place.x() * side, place.y() * side, place.width() * side, place.height() * side)


def _words(painter: QPainter, look: CanvasLook) -> None:
    """What is shown, on a strip at the lower edge: a picture's title, or which contribution this is."""
    words = look.contribution.label if look.contribution is not None else look.title
    if not words:
        return
    painter.setFont(_sized(painter, 11))
    metrics = painter.fontMetrics()
    words = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, int(look.side) - 2 * _EDGE)
    strip = QRectF(
        0,
        look.side - metrics.height() - 6,
        metrics.horizontalAdvance(words) + 2 * _EDGE,
        metrics.height() + 6,
    )
    painter.fillRect(strip, look.tokens.color("panel", 0.85))
    painter.setPen(look.tokens.color("text"))
    painter.drawText(strip, Qt.AlignmentFlag.AlignCenter, words)


def _message(painter: QPainter, look: CanvasLook) -> None:
    """What the user should know, on a strip at the upper edge; blank paper shows it in its middle instead."""
    if not look.message or (look.picture is None and not look.strokes and not look.live):
        return
    painter.setFont(_sized(painter, 11))
    wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    room = QRectF(_EDGE, 4, look.side - 2 * _EDGE, look.side)
    needed = painter.fontMetrics().boundingRect(room.toRect(), wrapped, look.message)
    strip = QRectF(0, 0, look.side, ceil(needed.height()) + 8)
    painter.fillRect(strip, look.tokens.color("panel", 0.9))
    painter.setPen(look.tokens.color("text"))
    painter.drawText(strip.adjusted(_EDGE, 0, -_EDGE, 0), wrapped, look.message)


def _ring(painter: QPainter, look: CanvasLook, middle: QPointF) -> None:
    radius = look.ring_radius * look.side
    # Two rings: one of them shows on ink, the other on paper.
    for name, width in (("paper", 3.0), ("text", 1.25)):
        painter.setPen(QPen(look.tokens.color(name), width))
        painter.drawEllipse(middle, radius, radius)


def _cross(painter: QPainter, look: CanvasLook, middle: QPointF) -> None:
    x, y = middle.x() * look.side, middle.y() * look.side
    lines = [
        QLineF(x - 14, y, x - 4, y),
        QLineF(x + 4, y, x + 14, y),
        QLineF(x, y - 14, x, y - 4),
        QLineF(x, y + 4, x, y + 14),
    ]
    for name, width in (("paper", 4.0), ("accent", 2.0)):
        painter.setPen(QPen(look.tokens.color(name), width))
        painter.drawLines(lines)


def _border(painter: QPainter, look: CanvasLook) -> None:
    strong = look.focus or look.drop_target
    painter.setPen(QPen(look.tokens.color("accent" if strong else "line"), 2 if strong else 1))
    inset = 1.0 if strong else 0.5
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.drawRect(look.sheet.adjusted(inset, inset, -inset, -inset))
