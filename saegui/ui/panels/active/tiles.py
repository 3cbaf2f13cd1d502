"""Small pictures of weights that are coloured together and painted one by one."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter

from saegui.core.arrays import Array
from saegui.ui.theme.tokens import Tokens
from saegui.ui.widgets.pictures import (
    Shades,
    Values,
    ink_image,
    paint_ink_plot,
    paint_weight_plot,
    weight_image,
)


class Tiles:
    """Of signed ``weights (n, *shape)``; ±``scale`` are the ends of the colours, or of a vector's plot."""

    def __init__(self, weights: Array, scale: float, tokens: Tokens) -> None:
        self._weights, self._scale, self._tokens = weights, scale, tokens
        # One picture under the other: colouring all of them at once costs hardly more than one.
        self._atlas = (
            weight_image(weights.reshape(-1, *weights.shape[2:]), scale, tokens) if weights.ndim > 2 else None
        )

    def paint(self, painter: QPainter, target: QRect, place: int) -> None:
        """Paint the picture at ``place``, 0 first, into ``target``."""
        if self._atlas is None:
            paint_weight_plot(painter, QRectF(target), self._weights[place], self._scale, self._tokens)
        else:
            height, width = self._weights.shape[1:3]
            painter.drawImage(target, self._atlas, QRect(0, place * height, width, height))


class InkTiles:
    """Of inputs or reconstructions ``(n, *shape)``, in the greys or colours of ``shades``."""

    def __init__(self, values: Values, shades: Shades, tokens: Tokens) -> None:
        self._values, self._shades, self._tokens = values, shades, tokens
        self._atlas = (
            ink_image(values.reshape(-1, *values.shape[2:]), tokens, shades) if values.ndim > 2 else None
        )

    def paint(self, painter: QPainter, target: QRect, place: int) -> None:
        """Paint the picture at ``place``, 0 first, into ``target``."""
        if self._atlas is None:
            paint_ink_plot(painter, QRectF(target), self._values[place], self._tokens, self._shades.span)
        else:
            height, width = self._values.shape[1:3]
            painter.drawImage(target, self._atlas, QRect(0, place * height, width, height))
