"""What the layer repairs after the eraser looks as if everything had been painted again."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from saegui.core.strokes import Drawing, Stroke, as_stroke
from saegui.ui.panels.draw.drawing_editor import DrawingEditor
from saegui.ui.panels.draw.ink_layer import InkLayer

SIDE = 240


def scribble(turn: float) -> Stroke:
    t = np.linspace(0, 12, 300)
    return as_stroke(
        np.column_stack([0.5 + 0.4 * np.sin(1.3 * t + turn), 0.5 + 0.4 * np.cos(0.9 * t + 2 * turn)])
    )


def painted(layer: InkLayer, strokes: list[Stroke], erased: QRectF | None) -> NDArray[np.int16]:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    layer.paint(painter, strokes, SIDE, 1.0, QColor(0, 0, 0), erased)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, SIDE, 4)[..., 0].astype(np.int16)


@pytest.mark.parametrize("count", [1, 12])
def test_erasing_bit_by_bit_looks_like_painting_what_is_left(qapp: object, count: int) -> None:
    sketch, layer = DrawingEditor(), InkLayer()
    sketch.show(Drawing(tuple(scribble(turn) for turn in range(count))))
    painted(layer, list(sketch.drawing.strokes), sketch.erased)
    sketch.painted()
    sketch.begin("eraser", (0.2, 0.3))
    for step in range(12):
        sketch.extend((0.2 + 0.05 * step, 0.3 + 0.03 * step))
        sketch._flush()
        assert sketch.erased is not None
        repaired = painted(layer, list(sketch.drawing.strokes), sketch.erased)
        sketch.painted()
    fresh = painted(InkLayer(), list(sketch.drawing.strokes), None)
    different = np.abs(repaired - fresh)
    assert different.max() < 64
    assert (different > 8).mean() < 1e-3
    assert (fresh < 128).any()


def test_where_ink_went_is_unknown_once_anything_else_changed(qapp: object) -> None:
    sketch = DrawingEditor()
    sketch.show(Drawing((scribble(0),)))
    assert sketch.erased is None
    sketch.painted()
    assert sketch.erased is not None
    assert sketch.erased.isEmpty()
    sketch.begin("eraser", (0.5, 0.9))
    sketch._flush()
    sketch.finish()
    assert sketch.erased is None
    sketch.painted()
    sketch.undo()
    assert sketch.erased is None
