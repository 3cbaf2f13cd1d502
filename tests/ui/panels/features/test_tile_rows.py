"""The pixels of tiles, for every kind of shape, screen density and choice of what is shown."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QImage, QPainter
from pytestqt.qtbot import QtBot

from saegui.core.arrays import Shape
from saegui.core.config.schema import make
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.features.grid_layout import GridLayout
from saegui.ui.panels.features.tile_rows import SIDES, TileLook, TileRows
from saegui.ui.theme.tokens import LIGHT
from saegui.ui.widgets.pictures import paint_weight_plot, proportions, weight_image
from saegui.ui.widgets.weight_scales import Scales, weights_of

COUNT = 7


def snapshot(shape: Shape) -> Snapshot:
    random, d_in = np.random.default_rng(3), int(np.prod(shape))
    W_enc, W_dec = (random.normal(size=size).astype(np.float32) for size in ((d_in, COUNT), (COUNT, d_in)))
    config = make({"n_latents": COUNT, "k": 2})
    zeros, bias = np.zeros(COUNT, np.float32), np.zeros(d_in, np.float32)
    return Snapshot(config, 1, 1.0, W_enc, zeros, W_dec, bias, zeros + 1, shape=shape)


@pytest.mark.parametrize("shape", [(12, 20), (9, 4), (6, 8, 3), (30,), (28, 28)])
@pytest.mark.parametrize("show", ["decoder", "both"])
@pytest.mark.parametrize("scale", ["shared", "tile"])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_tile_shows_its_latent_s_weights(
    qtbot: QtBot, shape: Shape, show: str, scale: str, ratio: float
) -> None:
    model, dead = snapshot(shape), np.zeros(COUNT, np.bool_)
    order = np.array([4, 2, 6, 0, 1, 3, 5])
    layout = GridLayout(COUNT, 60, 420, show == "both", proportion=proportions(shape))
    scales = Scales(model, dead, scale)  # type: ignore[arg-type]
    rows = TileRows()
    rows.set_look(TileLook(model, order, dead, show, scales, layout, LIGHT, QFont(), ratio), 3)  # type: ignore[arg-type]
    image = rows.row(0)
    assert (image.width(), image.height()) == (420 * ratio, layout.tile.height() * ratio)
    for place in layout.places_in(0):
        for side, rect in zip(SIDES[show], layout.pictures(place), strict=True):  # type: ignore[index]
            weights = weights_of(model, side, [int(order[place])])
            limit = float(np.squeeze(scales.of(side, weights)))
            x, y, wide, tall = (round(value * ratio) for value in (rect.x(), 0, rect.width(), rect.height()))
            shown = image.copy(x, y, wide, tall)
            if len(shape) == 1:
                assert alike(shown, plotted(weights[0], limit, rect.width(), rect.height(), ratio))
                continue
            expected = weight_image(weights[0], limit, LIGHT)
            for row, column in ((0, 0), (shape[0] - 1, shape[1] - 1), (shape[0] // 2, 1)):
                middle = int((column + 0.5) * wide / shape[1]), int((row + 0.5) * tall / shape[0])
                assert shown.pixelColor(*middle) == expected.pixelColor(column, row)


def plotted(weights: np.ndarray, limit: float, width: int, height: int, ratio: float) -> QImage:  # type: ignore[type-arg]
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    paint_weight_plot(painter, QRectF(0, 0, width, height), weights, limit, LIGHT)
    painter.end()
    return image


def alike(a: QImage, b: QImage) -> bool:
    """Equal up to the rounding of a line's smoothed edge."""
    first, second = (
        np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).astype(int)
        for image in (a, b)
    )
    return first.shape == second.shape and float(np.abs(first - second).mean()) < 0.5
