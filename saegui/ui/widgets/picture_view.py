"""28×28 pictures on the screen: weights in diverging colours, ink in greys, never smoothed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from saegui.core.arrays import Array
from saegui.ui.theme.colour_map import colour_weights
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import Tokens

SCALE_WEIGHTS = 131_072
"""Weights that a shared scale is taken from, at most."""


def shared_scale(weights: Array) -> float:
    """One scale for many tiles: the 99.5th percentile of |w|, so that a single pixel does not dim all the others."""
    if not weights.size:
        return 0.0
    # A percentile of millions of weights costs more than a screen refresh; a hundred thousand are as good. Their
    # distance is odd and no multiple of seven, so that they are not always the same pixels of the 28×28.
    flat = weights.ravel(order="K")
    distance = -(-len(flat) // SCALE_WEIGHTS) | 1
    magnitudes = np.abs(flat[:: distance + 2 if distance % 7 == 0 else distance])
    # np.percentile would import masked arrays for it, forty milliseconds of the window's start.
    place = round(0.995 * (len(magnitudes) - 1))
    return float(np.partition(magnitudes, place)[place])


def weight_image(weights: Array, scale: float, tokens: Tokens) -> QImage:
    """(H, W) signed weights → a picture in the diverging map, zero exactly at its centre."""
    return _to_image(colour_weights(weights, scale, tokens))


def ink_image(ink: Array | NDArray[np.uint8], tokens: Tokens) -> QImage:
    """(H, W) uint8, or float in [0, 1] (clipped), 0 paper and 1 ink → greys of the theme."""
    values = ink.astype(np.float32)
    share = values / 255 if ink.dtype == np.uint8 else values.clip(0, 1)
    ends = [QColor(tokens.paper), QColor(tokens.ink)]
    paper, full = (np.array([c.blue(), c.green(), c.red(), 255], np.float32) for c in ends)
    return _to_image(np.rint(paper + share[..., None] * (full - paper)).astype(np.uint8))


def _to_image(pixels: NDArray[np.uint8]) -> QImage:
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    # copy(): the QImage must own its bytes, since the array goes away.
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def paint_picture(painter: QPainter, target: QRectF, picture: QImage) -> None:
    """Draw ``picture`` into ``target`` with nearest-neighbour scaling."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(target, picture)


class PictureView(QWidget):
    """One square picture with a hairline frame. Set weights or ink; recoloured when the theme changes."""

    clicked = Signal()
    entered = Signal()
    left = Signal()

    def __init__(self, theme: Theme, side: int = 84, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._side = theme, side
        self._weights: tuple[Array, float] | None = None
        self._ink: Array | NDArray[np.uint8] | None = None
        self._picture: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._recolour)

    @property
    def picture(self) -> QImage | None:
        """What is shown, one pixel a pixel; None when empty."""
        return self._picture

    def show_weights(self, weights: Array, scale: float) -> None:
        """(H, W) signed; ±``scale`` are the ends of the diverging map."""
        self._weights, self._ink = (weights, scale), None
        self._recolour()

    def show_ink(self, ink: Array | NDArray[np.uint8]) -> None:
        """(H, W) uint8, or float in [0, 1]."""
        self._weights, self._ink = None, ink
        self._recolour()

    def clear(self) -> None:
        """Show an empty frame."""
        self._weights = self._ink = None
        self._recolour()

    def set_side(self, side: int) -> None:
        """Side in px."""
        self._side = side
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def _recolour(self) -> None:
        tokens = self._theme.tokens
        if self._weights is not None:
            self._picture = weight_image(*self._weights, tokens)
        elif self._ink is not None:
            self._picture = ink_image(self._ink, tokens)
        else:
            self._picture = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = self._theme.tokens
        side = min(self.width(), self.height())
        frame = QRectF((self.width() - side) / 2 + 0.5, (self.height() - side) / 2 + 0.5, side - 1, side - 1)
        if self._picture is not None:
            paint_picture(painter, frame, self._picture)
        else:
            painter.fillRect(frame, tokens.color("raised"))
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.drawRect(frame)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def enterEvent(self, event: object) -> None:
        self.entered.emit()

    def leaveEvent(self, event: object) -> None:
        self.left.emit()
