"""A chart of a sweep on the screen: what the pointer or the keys are on says its run, and a click opens it."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saegui.core.runs.run import Run
from saegui.ui.panels.sweep import chart_paint
from saegui.ui.panels.sweep.chart_paint import Layout
from saegui.ui.panels.sweep.content import Chart
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.accessible import announce
from saegui.ui.widgets.text import SMALL_PX, small_font

REACH = 14
"""px from a point within which the pointer is on it."""
SAME = 4
"""px within which points cannot be told apart: a click asks which is meant."""


class Target(NamedTuple):
    """Something that can be pointed at."""

    place: QPointF
    runs: tuple[Run, ...]
    words: str
    box: QRectF | None = None
    """Of a cell; None of a point."""


class ChartView(QWidget):
    """Paints a :class:`Chart`. Left and Right go from point to point, Enter opens the run."""

    accessible_role = QAccessible.Role.Chart

    pointed_at = Signal(str)
    """What is said of the point under the pointer; empty for none."""
    chosen = Signal(object, QPoint)
    """The runs of the point that was clicked, and where that was, on the screen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.chart = Chart()
        self.current: Run | None = None
        """The run that is open: its point has a ring."""
        self.layout_ = Layout.of(self.chart, QRectF(0, 0, 100, 100), 10)
        self.targets: list[Target] = []
        self.at: int | None = None
        """Which of :attr:`targets` the pointer or the keys are on."""
        self.setMouseTracking(True)
        self.setFont(small_font(self.font(), SMALL_PX))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_chart(self, chart: Chart, current: Run | None) -> None:
        """Show another chart; the point that was looked at stays, if it is still there."""
        words = self.targets[self.at].words if self.at is not None and self.at < len(self.targets) else ""
        self.chart, self.current = chart, current
        self._arrange()
        found = [place for place, target in enumerate(self.targets) if target.words == words]
        self._go(found[0] if words and found else None)
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 120)

    def sizeHint(self) -> QSize:
        return QSize(420, 320)

    def _arrange(self) -> None:
        chart = self.chart
        self.layout_ = layout = Layout.of(chart, QRectF(self.rect()), self.fontMetrics().height())
        self.targets = [
            *(Target(layout.point(spot.x, spot.y), spot.runs, spot.words) for spot in chart.spots),
            *(
                Target(layout.cell(cell).center(), cell.runs, cell.words, layout.cell(cell))
                for cell in chart.cells
            ),
            *(
                Target(layout.point(x, y), line.runs, line.words)
                for line in chart.lines
                if line.runs
                for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True)
            ),
        ]

    def resizeEvent(self, event: object) -> None:
        self._arrange()

    def target_at(self, point: QPointF) -> int | None:
        """The nearest one within reach."""
        best, distance = None, float(REACH)
        for place, target in enumerate(self.targets):
            if target.box is not None:
                if target.box.contains(point):
                    return place
                continue
            away = (target.place - point).manhattanLength()
            if away < distance:
                best, distance = place, away
        return best

    def _go(self, place: int | None) -> None:
        self.at = place
        self.pointed_at.emit(self.targets[place].words if place is not None else "")
        self.update()

    # -- pointer and keys -----------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.target_at(event.position())
        if place != self.at:
            self._go(place)
            words = self.targets[place].words if place is not None else ""
            self.setCursor(
                Qt.CursorShape.PointingHandCursor if place is not None else Qt.CursorShape.ArrowCursor
            )
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.hasFocus():
            self._go(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        place = self.target_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._go(place)
            self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        if key in moves and self.targets:
            self._step(moves[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.at is not None:
            self._open()
        else:
            super().keyPressEvent(event)

    def _step(self, move: int) -> None:
        """To the next point from left to right; a line counts as one."""
        order: list[int] = []
        seen: set[str] = set()
        places = sorted(
            range(len(self.targets)), key=lambda at: (self.targets[at].place.x(), self.targets[at].place.y())
        )
        if self.chart.cells:
            places = list(range(len(self.targets)))
        for place in reversed(places):
            if self.targets[place].words not in seen:
                seen.add(self.targets[place].words)
                order.insert(0, place)
        words = self.targets[self.at].words if self.at is not None else ""
        now = next((at for at, place in enumerate(order) if self.targets[place].words == words), None)
        after = (
            (0 if move > 0 else len(order) - 1) if now is None else min(max(now + move, 0), len(order) - 1)
        )
        self._go(order[after])
        announce(self, self.targets[order[after]].words)

    def _open(self) -> None:
        assert self.at is not None
        target = self.targets[self.at]
        if runs := self.runs_at(target):
            self.chosen.emit(runs, self.mapToGlobal(target.place.toPoint()))

    def runs_at(self, target: Target) -> tuple[Run, ...]:
        """The runs of ``target``, and of the points that lie on it."""
        found = {run.path: run for run in target.runs}
        for other in self.targets if target.box is None and self.chart.spots else ():
            if (other.place - target.place).manhattanLength() < SAME:
                found.update({run.path: run for run in other.runs})
        return tuple(found.values())

    # -- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        target = self.targets[self.at] if self.at is not None and self.at < len(self.targets) else None
        place = target.box or target.place if target is not None else None
        chart_paint.paint(self, self.chart, self.layout_, self._theme.tokens, place, self.current)
