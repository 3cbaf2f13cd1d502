"""Latents as small pictures, coloured as the tiles of the grid are, and kept as long as nothing changes."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QRect, QRectF, Slot
from PySide6.QtGui import QPainter, QPixmap

from saegui.app.services import Services
from saegui.core.analysis.latent_order import dead_latents
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.meanings import Meaning, meaning_of, tile_proportion
from saegui.ui.widgets.pictures import paint_picture, paint_weight_plot, size_in, weight_image
from saegui.ui.widgets.weight_scales import Scales, weights_of

MOST = 2000
"""Pictures that are kept."""


class Atoms:
    """Paints the decoder vector of a latent, or what stands for it where that is no picture."""

    def __init__(self, services: Services, theme: Theme) -> None:
        self._services, self._state, self._theme = services, services.state, theme
        self._kept: OrderedDict[tuple[int, int], QPixmap] = OrderedDict()
        self._scales: Scales | None = None
        self._meaning: Meaning | None = None

    @Slot()
    def forget(self) -> None:
        """Other weights, other colours, or something else stands for a latent."""
        self._kept.clear()
        self._scales = None
        snapshot = self._state.snapshot
        if snapshot is not None:
            self._scales = Scales(snapshot, dead_latents(snapshot, self._state.stats), "shared")
        self._meaning = meaning_of(self._services)

    @property
    def are_texts(self) -> bool:
        """Whether latents are known by the texts nearest to them, and have no picture."""
        return self._meaning is not None and self._meaning.texts is not None

    def name(self, latent: int) -> str:
        """The text nearest to a latent; empty where there is none."""
        texts = self._meaning.texts(latent) if self._meaning is not None and self._meaning.texts else ()
        return texts[0] if texts else ""

    def picture(self, latent: int, side: int) -> QPixmap | None:
        """The picture of a latent, its longer side ``side`` px; None where it has none."""
        snapshot = self._state.snapshot
        if snapshot is None or self._scales is None or self.are_texts or latent >= snapshot.n_latents:
            return None
        key = latent, side
        if key not in self._kept:
            self._kept[key] = self._painted(latent, side)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _painted(self, latent: int, side: int) -> QPixmap:
        snapshot, tokens = self._state.snapshot, self._theme.tokens
        assert snapshot is not None and self._scales is not None
        size = size_in(tile_proportion(self._services), side)
        # Twice as many pixels, so that it is sharp on screens of any density.
        made = QPixmap(size * 2)
        made.setDevicePixelRatio(2)
        made.fill(tokens.color("panel"))
        painter = QPainter(made)
        room = QRect(0, 0, size.width(), size.height())
        if self._meaning is None or not self._meaning.paint(painter, room, latent, tokens):
            weights, scale = weights_of(snapshot, "decoder", [latent])[0], self._scales.shared("decoder")
            if weights.ndim == 1:
                paint_weight_plot(painter, QRectF(room), weights, scale, tokens)
            else:
                paint_picture(painter, QRectF(room), weight_image(weights, scale, tokens))
        painter.end()
        return made
