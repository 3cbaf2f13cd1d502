"""The best run of a sweep so far: what its latents draw, the most often active first, the dead ones last."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from saegui.core.model.snapshot import Snapshot
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.pictures import paint_picture, paint_weight_plot, proportions, size_in, weight_image
from saegui.ui.widgets.weight_scales import Scales, weights_of

LEAST = 22
"""px of the longer side of a tile; of models with more latents than fit, the most often active ones are shown."""
MOST = 96


class BestTiles(QWidget):
    """Atoms on one scale."""

    accessible_role = QAccessible.Role.Graphic

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._snapshot: Snapshot | None = None
        self._order: list[int] = []
        self._dead = np.empty(0, bool)
        self.setAccessibleName("Atoms of the best run")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show other weights."""
        if snapshot is self._snapshot:
            return
        self._snapshot = snapshot
        if snapshot is not None:
            self._order = np.argsort(-snapshot.density, kind="stable").tolist()
            self._dead = snapshot.density == 0
            self._scales = Scales(snapshot, self._dead, "shared")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 240)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, 80)

    def tiles(self) -> list[QRect]:
        """Where the tiles are: as large as all of them fit, but no smaller than can be looked at."""
        if self._snapshot is None:
            return []
        proportion = proportions(self._snapshot.shape)
        side, size = MOST, QSize()
        while side >= LEAST:
            size = size_in(proportion, side)
            columns = max(1, (self.width() + 2) // (size.width() + 2))
            if math.ceil(len(self._order) / columns) * (size.height() + 2) <= self.height():
                break
            side -= 1
        size = size_in(proportion, max(side, LEAST))
        columns = max(1, (self.width() + 2) // (size.width() + 2))
        rows = max(1, (self.height() + 2) // (size.height() + 2))
        return [
            QRect(
                place % columns * (size.width() + 2),
                place // columns * (size.height() + 2),
                size.width(),
                size.height(),
            )
            for place in range(min(len(self._order), columns * rows))
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        snapshot, tokens = self._snapshot, self._theme.tokens
        if snapshot is None:
            return
        painter = QPainter(self)
        tiles = self.tiles()
        shown = self._order[: len(tiles)]
        weights = weights_of(snapshot, "decoder", shown)
        scale = self._scales.shared("decoder")
        for rect, latent, picture in zip(tiles, shown, weights, strict=True):
            painter.setOpacity(0.25 if self._dead[latent] else 1)
            if len(snapshot.shape) == 1:
                paint_weight_plot(painter, QRectF(rect), picture, scale, tokens)
            else:
                paint_picture(painter, QRectF(rect), weight_image(picture, scale, tokens))
            painter.setOpacity(1)
            if self._dead[latent]:
                painter.setPen(QPen(tokens.color("muted", 0.5), 1))
                painter.setBrush(Qt.BrushStyle.BDiagPattern)
                painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.end()
