"""One run in one plot. Imports pyqtgraph, which takes half a second: import it late."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from saegui.core.runs.history import CurveValues, History
from saegui.core.runs.thinning import Curve
from saegui.ui.panels.curves.axes import CurvesAxis

_EMPTY = np.empty(0)
_RANGE = 0.25
"""Opacity of the range of values that a pixel's mean stands for."""


class Line:
    """One run in one plot: its training points solid, its test points dashed.

    Where many training points fall on a pixel the line is their mean, and their range lies faintly behind it.
    """

    def __init__(self, train: pg.PlotDataItem, test: pg.PlotDataItem | None, spread: pg.PlotDataItem) -> None:
        self.train, self.test, self.spread = train, test, spread
        self.place = 0
        """Whose colour it has: the current run's, or an overlay's, counted from 1."""
        self.measures = True
        """Whether it is to be in sight wherever it goes."""
        self.curves = {item: Curve(_EMPTY, _EMPTY) for item in self.items}
        """The numbers of each item, all of them."""
        self._drawn: dict[pg.PlotDataItem, tuple[object, ...]] = {}

    @property
    def items(self) -> list[pg.PlotDataItem]:
        """Of training and test points, or of the one there is."""
        return [self.train] if self.test is None else [self.train, self.test]

    def take(self, history: History, axis: CurvesAxis, metric: str) -> None:
        """Another history, or one that has grown; :meth:`draw` shows it."""
        self._take(self.train, history.train[axis], history.train[metric])
        if self.test is not None:
            self._take(self.test, history.test[axis], history.test[metric])

    def _take(self, item: pg.PlotDataItem, x: CurveValues, y: CurveValues) -> None:
        if not self.curves[item].equals(x, y):
            self.curves[item] = Curve(x, y)

    def draw(self, low: float, high: float, pixels: int, *, log: bool) -> None:
        """Show x from ``low`` to ``high`` on so many pixels; what is drawn already is left as it is."""
        for item, curve in self.curves.items():
            wanted = (curve, low, high, pixels, log)
            if self._drawn.get(item) == wanted:
                continue
            self._drawn[item] = wanted
            seen = curve.seen(low, high, pixels, log=log)
            item.setData(seen.x, _scaled(seen.mean, log), connect="finite")
            # A line through one point is invisible.
            symbol = "o" if len(curve) == 1 else None
            if item.opts["symbol"] != symbol:
                item.setSymbol(symbol)
            if item is self.train:
                x, y = (seen.x.repeat(2), np.stack([seen.low, seen.high], 1).ravel())
                x, y = (x, y) if seen.thinned else (_EMPTY, _EMPTY)
                self.spread.setData(x, _scaled(y, log), connect="finite")

    def recolour(self, color: QColor) -> None:
        """Draw everything in ``color``."""
        for item in self.items:
            style = Qt.PenStyle.DashLine if item is self.test else Qt.PenStyle.SolidLine
            item.setPen(pg.mkPen(color, width=1, style=style))
            item.setSymbolPen(None)
            item.setSymbolBrush(pg.mkBrush(color))
        faint = QColor(color)
        faint.setAlphaF(_RANGE)
        self.spread.setPen(pg.mkPen(faint, width=1))

    @property
    def end(self) -> float:
        """The largest x; 0 without points."""
        return max((float(curve.x[-1]) for curve in self.curves.values() if len(curve)), default=0.0)

    def extent(self, low: float, high: float) -> tuple[float, float]:
        """Least and greatest value above zero where ``low`` ≤ x ≤ ``high``; (∞, 0) when there is none."""
        extents = [curve.extent(low, high) for curve in self.curves.values()]
        return min((least for least, _ in extents), default=math.inf), max((most for _, most in extents))


def _scaled(y: CurveValues, log: bool) -> CurveValues:
    """As the plot draws it: nothing below or at zero is left where ``log``."""
    return np.log10(y) if log else y
