"""The four plots together: one range of x, one cross-hair, one set of runs. Imports pyqtgraph: import it late."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QFont,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QGridLayout, QLayout, QVBoxLayout, QWidget

from saegui.core.analysis.latent_order import IN_TRAINING
from saegui.core.analysis.metrics import HELP
from saegui.core.config.changes import marks
from saegui.core.glossary import OF_METRIC
from saegui.core.runs.history import History
from saegui.core.runs.overlay import Overlay
from saegui.ui.panels.curves.axes import CurvesAxis
from saegui.ui.panels.curves.change_marks import RunMark
from saegui.ui.panels.curves.crosshair import (
    METRICS,
    SHORT_TITLES,
    TITLES,
    CurveReading,
    metric_text,
    nearest,
)
from saegui.ui.panels.curves.legend import PlotHead
from saegui.ui.panels.curves.plots import MetricPlot, whole_range
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT

LOG_METRICS = ("loss", "fvu")
"""Metrics that the log switch concerns."""
_SHAPE = 1.9
"""Width over height that a plot should come close to."""
_ZOOM = 1.25
_BESIDE = 0.12
"""Share of a plot's width within which changes share one mark."""


class CurveGrid(QWidget):
    """Plots of loss, FVU, L0 and dead latents, beside or below each other, whichever shape suits them."""

    accessible_role = QAccessible.Role.Chart

    pointed = Signal(str, object)
    """(metric under the pointer or empty, x or None): the cross-hair moved or went."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._axis: CurvesAxis = "epoch"
        self._history = History()
        self._overlays: tuple[Overlay, ...] = ()
        self._zoom: tuple[float, float] | None = None
        self._all = True
        self._cursor: float | None = None
        self._columns = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"Curves of loss, FVU, L0 and latents that are dead {IN_TRAINING}")
        self.setAccessibleDescription("Left and right move the cross-hair, + and − zoom, A shows everything")
        self.plots: dict[str, MetricPlot] = {}
        self.heads: dict[str, PlotHead] = {}
        self._cells: list[QWidget] = []
        self._grid = QGridLayout(self)
        # One below the other the plots would ask for more height than a small window has; they are rearranged instead.
        self._grid.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setMinimumSize(160, 120)
        self._grid.setContentsMargins(2, 2, 2, 2)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(UNIT)
        for metric in METRICS:
            self._cells.append(self._make_cell(metric))
        self._arrange(2)
        self.recolour()

    # -- what is shown --------------------------------------------------------------------------------

    def show_runs(self, history: History, overlays: Sequence[Overlay], axis: CurvesAxis) -> None:
        """Draw the current run over its overlays, all of every run in sight."""
        self._history, self._axis, self._overlays = history, axis, tuple(overlays)
        self._zoom, self._all = None, True
        for plot in self.plots.values():
            plot.set_overlays(overlays)
            for index, overlay in enumerate(overlays, start=1):
                plot.show_run(index, overlay.history, axis)
        self.show_current(history)

    def show_current(self, history: History) -> None:
        """The current run's curves grew: draw them again, and nothing else."""
        self._history = history
        for plot in self.plots.values():
            plot.show_run(0, history, self._axis)
        self._fit()

    def show_overlays(self, overlays: Sequence[Overlay]) -> None:
        """The curves of overlays grew: draw them again, and nothing else; there are no others than before."""
        self._overlays = tuple(overlays)
        for plot in self.plots.values():
            for index, overlay in enumerate(overlays, start=1):
                plot.show_run(index, overlay.history, self._axis)
        self._fit()

    def set_log(self, on: bool) -> None:
        """Draw loss and FVU logarithmically, or not."""
        for metric in LOG_METRICS:
            self.plots[metric].set_log(on)
        self._fit()

    @property
    def x_range(self) -> tuple[float, float]:
        """What part of x is in sight."""
        return self._zoom or self._whole(everything=self._all)

    @property
    def epochs(self) -> tuple[float, float] | None:
        """What is in sight, in epochs of the current run; None while that is every run, from its first point to its last."""
        x, epoch = (self._history.train[name] for name in (self._axis, "epoch"))
        if self._all or not len(x) or not 0 < x[-1] < math.inf:
            return None
        if self._zoom is None:
            return 0.0, float(epoch[-1])
        # Steps and seconds pass evenly, also behind the run's end, where longer ones go on.
        low, high = (end * float(epoch[-1] / x[-1]) for end in self._zoom)
        return low, high

    @Slot()
    def show_all(self) -> None:
        """Everything from 0 to the last point of any run; where that is in sight, to that of the current one."""
        self._all = self._zoom is not None or not self._all
        self._zoom = None
        self._fit()

    def zoom_to(self, low: float, high: float) -> None:
        """Show x from ``low`` to ``high``, as far as there are curves."""
        start, end = self._whole(everything=True)
        width = min(max(high - low, 1e-4 * (end - start)), end - start)
        low = min(max(low, start), end - width)
        self._all = width >= end - start
        self._zoom = None if self._all else (low, low + width)
        self._fit()

    def point_at(self, x: float | None, metric: str = "") -> None:
        """Move the cross-hair to the training point nearest to ``x``, or hide it."""
        if x is not None:
            x = self._snap(x)
        self._cursor = x
        for plot in self.plots.values():
            plot.point_at(x)
        self.pointed.emit(metric, x)

    def mark_at(self, x: float | None) -> None:
        """Mark the step that the other panels show, or nothing."""
        for plot in self.plots.values():
            plot.mark_at(x)

    def show_reading(self, reading: CurveReading | None) -> None:
        """Put a run's values beside the titles."""
        for metric, head in self.heads.items():
            texts = [
                metric_text(metric, column[metric]) if reading is not None and metric in column else ""
                for column in ((reading.train, reading.test) if reading is not None else ({}, {}))
            ]
            head.show_values(*texts)

    @Slot()
    def recolour(self) -> None:
        """Follow the theme."""
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.84)
        for plot in self.plots.values():
            plot.recolour(self._theme.tokens, font)
        self.update()

    # -- inside ---------------------------------------------------------------------------------------

    def _make_cell(self, metric: str) -> QWidget:
        cell = QWidget()
        column = QVBoxLayout(cell)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = PlotHead(TITLES[metric], HELP[metric], self._theme, short=SHORT_TITLES[metric])
        head.setProperty("term", OF_METRIC[metric])
        plot = MetricPlot(metric, metric != "dead", self._theme.tokens)
        plot.setAccessibleName(TITLES[metric])
        plot.setAccessibleDescription(HELP[metric])
        plot.pointed.connect(self._pointed)
        plot.pointer_left.connect(self._pointer_left)
        plot.moved.connect(self.zoom_to)
        plot.whole_asked.connect(self.show_all)
        column.addWidget(head)
        column.addWidget(plot, 1)
        self.heads[metric], self.plots[metric] = head, plot
        return cell

    def _whole(self, *, everything: bool) -> tuple[float, float]:
        plots = list(self.plots.values())
        # Before its first point a run has no length of its own.
        return whole_range(plots, with_overlays=everything or not len(self._history.train["step"]))

    def _fit(self) -> None:
        low, high = self.x_range
        runs = [(0, self._history), *((overlay.place, overlay.history) for overlay in self._overlays)]
        beside = _BESIDE * (high - low)
        changed = [
            RunMark(mark, place)
            for place, history in runs
            for mark in marks(history.changes, self._axis, beside)
        ]
        for plot in self.plots.values():
            plot.fit(low, high)
            plot.show_changes(changed)

    def _snap(self, x: float) -> float:
        column = self._history.train[self._axis]
        index = nearest(column, x)
        return float(column[index]) if index is not None else max(x, 0.0)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for index, cell in enumerate(self._cells):
            self._grid.removeWidget(cell)
            self._grid.addWidget(cell, index // columns, index % columns)
        rows = len(self._cells) // columns
        for index, plot in enumerate(self.plots.values()):
            plot.show_x_axis(index // columns == rows - 1)
            self._grid.setRowStretch(index // columns, 1)
        for row in range(rows, len(self._cells)):
            self._grid.setRowStretch(row, 0)
        for column in range(len(self._cells)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)

        def distance(columns: int) -> float:
            shape = (self.width() / columns) / max(1.0, self.height() * columns / len(self._cells))
            return abs(math.log(max(shape, 1e-3) / _SHAPE))

        self._arrange(min((1, 2, 4), key=distance))

    @Slot(float)
    def _pointed(self, x: float) -> None:
        plot = self.sender()
        self.point_at(x, plot.column if isinstance(plot, MetricPlot) else "")

    @Slot()
    def _pointer_left(self) -> None:
        self.point_at(None)

    # -- keyboard -------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        low, high = self.x_range
        middle = self._cursor if self._cursor is not None else (low + high) / 2
        if event.key() in (key.Key_Left, key.Key_Right):
            self._move_cursor(1 if event.key() == key.Key_Right else -1)
        elif event.key() in (key.Key_Home, key.Key_End):
            self.point_at(low if event.key() == key.Key_Home else high, METRICS[0])
        elif event.key() == key.Key_Escape and self._cursor is not None:
            self.point_at(None)
        elif event.key() in (key.Key_Plus, key.Key_Equal):
            self.zoom_to(middle - (middle - low) / _ZOOM, middle + (high - middle) / _ZOOM)
        elif event.key() == key.Key_Minus:
            self.zoom_to(middle - (middle - low) * _ZOOM, middle + (high - middle) * _ZOOM)
        elif event.key() == key.Key_A and not event.modifiers():
            self.show_all()
        else:
            super().keyPressEvent(event)

    def _move_cursor(self, direction: int) -> None:
        """To the next training point, or at least one part in two hundred of what is in sight."""
        low, high = self.x_range
        column = self._history.train[self._axis]
        if not len(column):
            return
        if self._cursor is None:
            self.point_at(high if direction < 0 else low, METRICS[0])
            return
        index = nearest(column, self._cursor)
        assert index is not None
        beside = float(column[min(max(index + direction, 0), len(column) - 1)])
        far = self._cursor + direction * (high - low) / 200
        self.point_at(max(beside, far) if direction > 0 else min(beside, far), METRICS[0])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.tokens.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
            painter.end()
