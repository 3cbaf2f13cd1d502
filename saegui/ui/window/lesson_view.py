"""The runs of a lesson beside each other: their tiles, their numbers, and one plot for all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from saegui.app.lessons import TrainedLesson, TrainedPart
from saegui.core.glossary import OF_METRIC
from saegui.ui.panels.features.tile_rows import hatch
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.pictures import paint_picture, paint_weight_plot, proportions, size_in, weight_image
from saegui.ui.widgets.text import number
from saegui.ui.widgets.weight_scales import Scales, weights_of

METRICS = {"fvu": "FVU", "mse": "MSE", "l0": "L0", "dead": "dead"}
PLOT_HEIGHT = 120
LEFT, BELOW = 44, 18
"""px for the numbers beside and below the plot."""


class LessonTiles(QWidget):
    """Every atom of one model, the most often active first, the dead hatched, all on one scale."""

    accessible_role = QAccessible.Role.Graphic

    def __init__(self, part: TrainedPart, places: int, theme: Theme) -> None:
        """``places``: tiles that there is room for, so that those of all runs are equally large."""
        super().__init__()
        self._snapshot, self._theme, self._places = part.snapshot, theme, places
        self._order = np.argsort(-part.density, kind="stable").tolist()
        self._dead = part.density == 0
        self._scales = Scales(part.snapshot, self._dead, "shared")
        self.setMinimumSize(160, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        living = int((~self._dead).sum())
        self.setAccessibleName(f"Atoms of {part.title}: {living} of {len(self._dead)} are alive")
        theme.changed.connect(self.update)

    def tiles(self) -> list[QRect]:
        """Where the tiles stand."""
        high, wide = proportions(self._snapshot.shape)
        room = self.width() * self.height() * max(high, wide) ** 2 / (high * wide)
        columns = max(1, math.floor(self.width() / math.sqrt(room / self._places)))
        while True:
            side = self.width() / columns * max(high, wide) / wide
            size = size_in((high, wide), max(1, int(side) - 2))
            if -(-self._places // columns) * (size.height() + 2) <= self.height() or size.width() < 8:
                break
            columns += 1
        return [
            QRect(
                place % columns * (size.width() + 2),
                place // columns * (size.height() + 2),
                size.width(),
                size.height(),
            )
            for place in range(len(self._order))
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens, snapshot = self._theme.tokens, self._snapshot
        weights = weights_of(snapshot, "decoder", list(range(snapshot.n_latents)))
        scale = self._scales.shared("decoder")
        for rect, latent in zip(self.tiles(), self._order, strict=True):
            painter.setOpacity(0.25 if self._dead[latent] else 1)
            if len(snapshot.shape) == 1:
                paint_weight_plot(painter, QRectF(rect), weights[latent], scale, tokens)
            else:
                paint_picture(painter, QRectF(rect), weight_image(weights[latent], scale, tokens))
            painter.setOpacity(1)
            if self._dead[latent]:
                hatch(painter, rect, tokens)
        painter.end()


class LessonPlot(QWidget):
    """FVU on the test inputs of all runs while they were trained."""

    accessible_role = QAccessible.Role.Chart

    def __init__(self, parts: Sequence[TrainedPart], theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.lines = [
            (part.history.test["epoch"], part.history.test["fvu"])
            for part in parts
            if len(part.history.test["epoch"])
        ]
        self.setMinimumHeight(PLOT_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        ends = ", ".join(f"{part.title} {number(float(part.history.test['fvu'][-1]))}" for part in parts)
        self.setAccessibleName(f"FVU while they were trained; at the end: {ends}")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, PLOT_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        room = QRectF(self.rect()).adjusted(LEFT, 6, -8, -BELOW)
        last = max((float(x[-1]) for x, _ in self.lines), default=1.0)
        # Before anything was learnt it is far above what matters.
        top = min(1.0, max((float(np.nanmax(y)) for _, y in self.lines), default=1.0))
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        painter.drawLine(room.bottomLeft(), room.topLeft())
        painter.setPen(tokens.color("muted"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value, y in ((top, room.top()), (0.0, room.bottom())):
            painter.drawText(QRectF(0, y - 8, LEFT - 6, 16), right, number(value))
        painter.drawText(QRectF(0, room.center().y() - 8, LEFT - 6, 16), right, "FVU")
        below = QRectF(room.left(), room.bottom() + 2, room.width(), BELOW - 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{last:g} epochs")
        painter.setClipRect(room)
        for place, (epochs, fvu) in enumerate(self.lines):
            painter.setPen(QPen(QColor(tokens.series[place]), 2))
            points = [
                QPointF(room.left() + room.width() * across / last, room.bottom() - room.height() * up / top)
                for across, up in zip(epochs.tolist(), fvu.tolist(), strict=True)
            ]
            painter.drawPolyline(QPolygonF(points))
        painter.end()


class LessonView(QWidget):
    """One column a run, and the plot below."""

    opened = Signal(int)
    """The run of this column is to be opened in the main window."""

    def __init__(self, shown: TrainedLesson, theme: Theme) -> None:
        super().__init__()
        self._theme, self._shown = theme, shown
        places = max(part.snapshot.n_latents for part in shown.parts)
        columns = QHBoxLayout()
        columns.setSpacing(2 * GAP)
        self.tiles: list[LessonTiles] = []
        self._names: list[QLabel] = []
        for place, part in enumerate(shown.parts):
            columns.addLayout(self._column(place, part, places), 1)
        self.plot = LessonPlot(shown.parts, theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(columns, 1)
        layout.addWidget(self.plot)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _column(self, place: int, part: TrainedPart, places: int) -> QVBoxLayout:
        name = QLabel()
        name.setTextFormat(Qt.TextFormat.RichText)
        name.setAccessibleName(part.title)
        name.setToolTip(part.run.name)
        self._names.append(name)
        button = QPushButton("Open")
        button.setAccessibleName(f"Open {part.title}")
        button.setToolTip("Open this run in the main window, and compare the others with it")
        button.clicked.connect(lambda: self.opened.emit(place))
        head = QHBoxLayout()
        head.addWidget(name, 1)
        head.addWidget(button)
        tiles = LessonTiles(part, places, self._theme)
        self.tiles.append(tiles)
        column = QVBoxLayout()
        column.addLayout(head)
        column.addWidget(tiles, 1)
        column.addLayout(_numbers(part))
        return column

    def _recolour(self) -> None:
        for place, name in enumerate(self._names):
            colour = self._theme.tokens.series[place]
            title = escape(self._shown.parts[place].title)
            name.setText(f"<span style='color: {colour}'>■</span> <b>{title}</b>")


def _numbers(part: TrainedPart) -> QGridLayout:
    """The metrics of a run; their names are links to the glossary."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(GAP)
    grid.setVerticalSpacing(UNIT)
    for place, (metric, title) in enumerate(METRICS.items()):
        name, value = QLabel(title), QLabel("–")
        name.setProperty("term", OF_METRIC[metric])
        found = part.run.metrics.get(metric)
        if isinstance(found, int):
            value.setText(f"{found:,} of {part.snapshot.n_latents:,}")
        elif isinstance(found, float):
            value.setText(number(found))
        value.setAccessibleName(f"{title} of {part.title}: {value.text()}")
        row, column = divmod(place, 2)
        grid.addWidget(name, row, 2 * column)
        grid.addWidget(value, row, 2 * column + 1)
        grid.setColumnStretch(2 * column + 1, 1)
    return grid
