"""The groove of the time scrubber: one stop a kept step, a line for each, and marks where values were changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QToolTip, QWidget

from saegui.core.config.changes import Change, text
from saegui.core.runs.moments import place_of
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.slider import Slider

CLOSEST = 3
"""px between the lines of two stops; where they would be closer, there are none."""
MARK = 4
"""px: half the width of a mark."""
HEIGHT = 24
"""px: the handle, with marks above and lines below."""
NEAR = 6
"""px from a mark at which the pointer is on it."""


class TimeSlider(Slider):
    """A slider over the kept steps of a run."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setMinimumHeight(HEIGHT)
        self._stops: list[int] = []
        self.marks: dict[float, str] = {}
        """Place among the stops → what was changed there, such as ``k 30 → 10``."""

    def show_stops(self, stops: Sequence[int], changes: Sequence[Change]) -> None:
        """Draw these stops, and marks at these changes."""
        grouped: dict[float, list[Change]] = {}
        for change in changes if stops else ():
            grouped.setdefault(place_of(stops, change.step), []).append(change)
        marks = {place: text(group) for place, group in grouped.items()}
        if (list(stops), marks) != (self._stops, self.marks):
            self._stops, self.marks = list(stops), marks
            self.update()

    def x_of(self, place: float) -> float:
        """px: where the middle of the handle is at ``place``."""
        groove, handle = self._part(QStyle.SubControl.SC_SliderGroove), self._handle_width()
        room = groove.width() - handle
        return groove.x() + handle / 2 + room * place / max(1, self.maximum())

    def mark_at(self, at: QPoint) -> str:
        """What was changed at the mark under a point; empty where there is none."""
        near = [(abs(self.x_of(place) - at.x()), said) for place, said in self.marks.items()]
        return min(near)[1] if near and min(near)[0] <= NEAR else ""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and (said := self.mark_at(event.pos())):
            QToolTip.showText(event.globalPos(), f"Changed here: {said}", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, tokens = self.rect().center().y() + 1, self._theme.tokens
        if len(self._stops) > 1 and self.x_of(1) - self.x_of(0) >= CLOSEST:
            painter.setPen(QPen(tokens.color("muted"), 1))
            for stop in range(len(self._stops)):
                x = round(self.x_of(stop)) + 0.5
                painter.drawLine(QPointF(x, middle + 5), QPointF(x, middle + 8))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("warn"))
        for place in self.marks:
            x = self.x_of(place)
            corners = [QPointF(x - MARK, middle - 11), QPointF(x + MARK, middle - 11), QPointF(x, middle - 5)]
            painter.drawPolygon(QPolygonF(corners))
        painter.end()
        super().paintEvent(event)

    def _handle_width(self) -> int:
        return QRectF(self._part(QStyle.SubControl.SC_SliderHandle)).toRect().width()
