"""Finished strokes as one cached picture: a long drawing costs no more to repaint than a short one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from saegui.core import strokes as pen
from saegui.core.strokes import PEN_WIDTH, Stroke


def draw_stroke(painter: QPainter, points: ArrayLike, side: float) -> None:
    """Draw points (canvas units) as a smooth line on a canvas ``side`` px wide; a lone point as a dot."""
    pixels = np.asarray(points, np.float64) * side
    if len(pixels) == 1:
        painter.drawPoint(QPointF(*pixels[0]))
    else:
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in pixels.tolist()]))


def round_pen(colour: QColor, width: float) -> QPen:
    """The pen that strokes are drawn with; ``width`` in px."""
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


class InkLayer:
    """Holds the picture of the strokes it was given last and redraws only what is not in it yet."""

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._look: tuple[float, float, int] | None = None
        self._drawn: list[Stroke] = []

    def paint(
        self,
        painter: QPainter,
        strokes: Iterable[Stroke],
        side: float,
        ratio: float,
        colour: QColor,
        erased: QRectF | None = None,
    ) -> None:
        """Paint ``strokes`` at the painter's origin, ``side`` px wide, with ``ratio`` device pixels a px.

        ``erased`` (canvas units): all that differs from the strokes painted last lies there; None: wherever they differ.
        """
        wanted = list(strokes)
        look = (side, ratio, colour.rgb())
        if look != self._look:
            self._look = look
            self._clear()
        self._bring_up_to(wanted, side, colour, erased)
        painter.drawPixmap(QPointF(0, 0), self._pixmap)

    def _clear(self) -> None:
        assert self._look is not None
        side, ratio, _ = self._look
        pixels = max(1, round(side * ratio))
        self._pixmap = QPixmap(pixels, pixels)
        self._pixmap.setDevicePixelRatio(ratio)
        self._pixmap.fill(Qt.GlobalColor.transparent)
        self._drawn = []

    def _bring_up_to(self, wanted: list[Stroke], side: float, colour: QColor, erased: QRectF | None) -> None:
        drawn = self._drawn
        if len(wanted) == len(drawn) and all(map(_same, wanted, drawn)):
            return
        if len(wanted) > len(drawn) and all(map(_same, wanted, drawn)):
            self._draw(wanted[len(drawn) :], side, colour, None)
        else:
            self._repair(wanted, side, colour, erased)
        self._drawn = wanted

    def _repair(self, wanted: list[Stroke], side: float, colour: QColor, erased: QRectF | None) -> None:
        """Strokes went away or were cut: redraw the part of the picture where they were, and nothing else."""
        before, after = {id(s) for s in self._drawn}, {id(s) for s in wanted}
        changed = [s for s in self._drawn if id(s) not in after] + [s for s in wanted if id(s) not in before]
        if not changed:
            return
        dirty = erased or _bounds(changed)
        self._draw(_parts_within(wanted, dirty), side, colour, dirty)

    def _draw(self, strokes: list[Stroke], side: float, colour: QColor, within: QRectF | None) -> None:
        painter = QPainter(self._pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if within is not None:
            # Whole pixels: a clip through a pixel would leave a seam.
            area = QRectF(
                within.x() * side, within.y() * side, within.width() * side, within.height() * side
            ).toAlignedRect()
            painter.setClipRect(area)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
            painter.fillRect(area, Qt.GlobalColor.transparent)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setPen(round_pen(colour, PEN_WIDTH * side))
        for stroke in strokes:
            draw_stroke(painter, stroke, side)
        painter.end()


def _parts_within(strokes: list[Stroke], area: QRectF) -> list[Stroke]:
    """The parts of ``strokes`` whose ink may reach into ``area``."""
    if not strokes:
        return []
    points, counts = np.concatenate(strokes), np.array([len(stroke) for stroke in strokes], np.intp)
    # Half the pen, and enough more that the round ends of the parts lie outside.
    reach = 0.7 * PEN_WIDTH
    around = area.adjusted(-reach, -reach, reach, reach)
    low, high = (around.left(), around.top()), (around.right(), around.bottom())
    near = pen.lines_within(points, counts, low, high)
    if not near.size:
        return []
    stroke = np.repeat(np.arange(len(counts)), counts)[near]
    breaks = np.flatnonzero((np.diff(near) > 1) | (np.diff(stroke) > 0))
    first, last = near[np.append(0, breaks + 1)], near[np.append(breaks, len(near) - 1)]
    stop = np.minimum(last + 2, np.cumsum(counts)[stroke[np.append(breaks, len(near) - 1)]])
    return [points[a:b] for a, b in zip(first.tolist(), stop.tolist(), strict=True)]


def _same(a: Stroke, b: Stroke) -> bool:
    return a is b


def _bounds(strokes: list[Stroke]) -> QRectF:
    """Where the ink of ``strokes`` may lie, in canvas units."""
    low = np.min([s.min(0) for s in strokes], axis=0) - PEN_WIDTH
    high = np.max([s.max(0) for s in strokes], axis=0) + PEN_WIDTH
    return QRectF(*low.tolist(), *(high - low).tolist())
