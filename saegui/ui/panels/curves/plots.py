"""One plot of the curves panel. Only this module imports pyqtgraph, which takes half a second: import it late."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QFont, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QGraphicsGridLayout, QSizePolicy, QWidget

from saegui.core.runs.history import History
from saegui.core.runs.overlay import Overlay
from saegui.ui.panels.curves.axes import (
    CurvesAxis,
    end_of,
    linear_ticks,
    log_ticks,
    nice_above,
    nice_below,
    tick_text,
)
from saegui.ui.panels.curves.change_marks import ChangeLine, RunMark
from saegui.ui.panels.curves.lines import Line
from saegui.ui.theme.line_colours import line_colour
from saegui.ui.theme.tokens import Tokens

AXIS_WIDTH, AXIS_HEIGHT = 34, 17
"""px: fixed, so that plots below each other align and nothing moves while numbers grow."""
PIXELS_A_LABEL = (36, 18)
"""px that a number on the x and on the y axis needs."""
MOST_LABELS = 6


class _Axis(pg.AxisItem):
    """Few, round numbers; knows how to label a logarithm."""

    def __init__(self, orientation: str, *, whole: bool = False) -> None:
        super().__init__(orientation)
        self.logarithmic, self._whole = False, whole
        self.setStyle(tickLength=-3, maxTickLevel=0, autoReduceTextSpace=False, tickTextOffset=3)
        self.setStyle(hideOverlappingLabels=False)
        self.enableAutoSIPrefix(False)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        count = min(MOST_LABELS, max(1, int(size / PIXELS_A_LABEL[self.orientation == "left"])))
        if not self.logarithmic:
            return [(1.0, linear_ticks(low, high, count, whole=self._whole))]
        return [(1.0, [math.log10(value) for value in log_ticks(10**low, 10**high, count) if value > 0])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [tick_text(float(f"{10**value:.6g}") if self.logarithmic else value) for value in values]


class MetricPlot(pg.GraphicsView):
    """One metric of the current run over those of overlays. Dragging and the wheel move along x only.

    It is no ``PlotWidget``: that makes fifty widgets for a menu, which is never shown, and two more axes.
    """

    accessible_role = QAccessible.Role.Chart

    pointed = Signal(float)
    """The pointer is at this x."""
    pointer_left = Signal()
    moved = Signal(float, float)
    """The user dragged or zoomed to this range of x."""
    whole_asked = Signal()
    """A double click."""

    def __init__(self, column: str, has_test: bool, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._y_axis, self._x_axis = _Axis("left", whole=column == "dead"), _Axis("bottom")
        # Not "metric": that would hide QPaintDevice's own, and painting into a picture would crash.
        self.column, self._has_test = column, has_test
        self._tokens, self._font = tokens, QFont()
        self._log = False
        self.x_range = (0.0, 1.0)
        self.y_range = (0.0, 1.0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.setMinimumSize(60, 30)
        self.setAntialiasing(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # The pointer is the view's alone.
        self.enableMouse(False)
        self._y_axis.setWidth(AXIS_WIDTH)
        self.view = self._place()
        """What is inside the axes."""
        self.view.setMouseEnabled(x=True, y=False)
        self.view.setDefaultPadding(0)
        self.view.disableAutoRange()
        self.view.sigRangeChangedManually.connect(self._moved)
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        self.cross.hide()
        self.view.addItem(self.cross, ignoreBounds=True)
        self.mark = pg.InfiniteLine(angle=90, movable=False)
        self.mark.hide()
        self.view.addItem(self.mark, ignoreBounds=True)
        self.changes: list[ChangeLine] = []
        """Where values were changed during the training, each with its text."""
        self.show_x_axis(True)
        self.lines: list[Line] = []
        """The current run, then the overlays."""
        self.set_overlays([])

    def _place(self) -> pg.ViewBox:
        """The view, with its axes at the left and below."""
        inside = pg.GraphicsWidget()
        view = pg.ViewBox(parent=inside, enableMenu=False)
        grid = QGraphicsGridLayout()
        grid.setContentsMargins(0, 5, 12, 0)
        grid.setSpacing(0)
        grid.addItem(view, 0, 1)
        for axis, row, column in ((self._x_axis, 1, 1), (self._y_axis, 0, 0)):
            grid.addItem(axis, row, column)
            axis.linkToView(view)
            axis.setZValue(0.5)
        grid.setRowStretchFactor(0, 100)
        grid.setColumnStretchFactor(1, 100)
        inside.setLayout(grid)
        self.setCentralItem(inside)
        return view

    # -- what is drawn --------------------------------------------------------------------------------

    def set_overlays(self, overlays: Sequence[Overlay]) -> None:
        """Have lines for these overlays, behind those of the current run."""
        while len(self.lines) > len(overlays) + 1:
            gone = self.lines.pop()
            for item in (*gone.items, gone.spread):
                self.view.removeItem(item)
        while len(self.lines) < len(overlays) + 1:
            self.lines.append(self._make_line(len(self.lines)))
        for line, overlay in zip(self.lines[1:], overlays, strict=True):
            # Of one that diverged the last points are thousands of times as high as all others.
            line.place, line.measures = overlay.place, not overlay.diverged
        self._recolour_lines()

    def show_run(self, index: int, history: History, axis: CurvesAxis) -> None:
        """Take a run's curves: 0 is the current run. They are drawn by :meth:`fit`."""
        self.lines[index].take(history, axis, self.column)

    def set_log(self, on: bool) -> None:
        """Draw y logarithmically, or not, from the next :meth:`fit` on."""
        self._log = self._y_axis.logarithmic = on
        self._y_axis.picture = None
        self._y_axis.update()

    @property
    def log(self) -> bool:
        """Whether y is logarithmic."""
        return self._log

    def fit(self, low: float, high: float) -> None:
        """Show x from ``low`` to ``high``, and all that lies there."""
        self.x_range, self.y_range = (low, high), self._y_extent(low, high)
        self._draw()
        bottom, top = (math.log10(end) for end in self.y_range) if self._log else self.y_range
        # The pointer's own drags come back here: what stands already is not set again.
        (left, right), (down, up) = self.view.viewRange()
        if (left, right, down, up) != (low, high, bottom, top):
            self.view.setRange(xRange=(low, high), yRange=(bottom, top), padding=0, disableAutoRange=False)

    def point_at(self, x: float | None) -> None:
        """Move the cross-hair to ``x``, or hide it."""
        self.cross.setVisible(x is not None)
        if x is not None:
            self.cross.setPos(x)

    def mark_at(self, x: float | None) -> None:
        """Mark the step that the other panels show, or nothing."""
        self.mark.setVisible(x is not None)
        if x is not None:
            self.mark.setPos(x)

    def show_changes(self, marks: Sequence[RunMark]) -> None:
        """Mark where values were changed during the training of the runs that are shown."""
        if [line.mark for line in self.changes] == list(marks):
            return
        for line in self.changes:
            self.view.removeItem(line)
        self.changes = [ChangeLine(mark, row) for row, mark in enumerate(marks)]
        for line in self.changes:
            self.view.addItem(line, ignoreBounds=True)
        self._recolour_changes()

    def _recolour_changes(self) -> None:
        for line in self.changes:
            line.recolour(self._tokens, self._font)

    def show_x_axis(self, on: bool) -> None:
        """Numbers below the plot, or only a line."""
        self._x_axis.setStyle(showValues=on)
        self._x_axis.setHeight(AXIS_HEIGHT if on else 3)

    # -- colours --------------------------------------------------------------------------------------

    def recolour(self, tokens: Tokens, font: QFont) -> None:
        """Take everything's colour from ``tokens``."""
        self._tokens, self._font = tokens, font
        self.setBackground(tokens.color("panel"))
        for axis in (self._x_axis, self._y_axis):
            axis.setPen(pg.mkPen(tokens.color("line"), width=1))
            axis.setTickPen(pg.mkPen(tokens.color("line"), width=1))
            axis.setTextPen(pg.mkPen(tokens.color("muted")))
            axis.setTickFont(font)
        self._y_axis.setGrid(160)
        self.cross.setPen(pg.mkPen(tokens.color("muted"), width=1))
        # Of the slider's colour, and dashed, so that nobody takes it for the cross-hair that follows the pointer.
        self.mark.setPen(pg.mkPen(tokens.color("accent"), width=1, style=Qt.PenStyle.DashLine))
        self._recolour_lines()
        self._recolour_changes()

    def _recolour_lines(self) -> None:
        for line in self.lines:
            line.recolour(line_colour(self._tokens, line.place))

    def _make_line(self, depth: int) -> Line:
        items = []
        for _ in range(3 if self._has_test else 2):
            # The lines thin themselves: pyqtgraph would leave out the newest points of long ones.
            # Without a symbol named, pyqtgraph takes a size of symbols for the wish to have some.
            item = pg.PlotDataItem(symbol=None, symbolSize=4, antialias=False, skipFiniteCheck=False)
            item.setZValue(10 - depth)
            self.view.addItem(item)
            items.append(item)
        items[-1].setZValue(9.5 - depth)
        return Line(items[0], items[1] if self._has_test else None, items[-1])

    # -- inside ---------------------------------------------------------------------------------------

    def _draw(self) -> None:
        for line in self.lines:
            line.draw(*self.x_range, max(1, self.viewport().width() - AXIS_WIDTH), log=self._log)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "lines"):
            # Other pixels, other groups; pyqtgraph resizes it before it is built.
            self._draw()

    def _y_extent(self, low: float, high: float) -> tuple[float, float]:
        least, most = math.inf, 0.0
        for line in self.lines:
            if not line.measures:
                continue
            bottom, top = line.extent(low, high)
            least, most = min(least, bottom), max(most, top)
        if not self._log:
            return 0.0, nice_above(most * 1.04) if most > 0 else 1.0
        if least > most:
            return 0.1, 1.0
        bottom, top = nice_below(least), nice_above(most)
        return (bottom, top) if bottom < top else (bottom / 2, top * 2)

    @Slot()
    def _moved(self) -> None:
        left, right = self.view.viewRange()[0]
        self.moved.emit(left, right)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.pointed.emit(self.view.mapSceneToView(self.mapToScene(event.position().toPoint())).x())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointer_left.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.whole_asked.emit()


def whole_range(plots: list[MetricPlot], *, with_overlays: bool) -> tuple[float, float]:
    """From 0 to a round number behind the last point of the current run, with ``earlier`` of any."""
    lines = [line for plot in plots for line in plot.lines[: None if with_overlays else 1]]
    return 0.0, end_of(max((line.end for line in lines), default=0.0))
