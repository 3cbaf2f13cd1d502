"""What stands in the panel of curves before there are any."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen

from saegui.ui.theme.tokens import PAD
from saegui.ui.widgets.empty_state import EmptyState


class Sketch(EmptyState):
    """Faint curves: what will be here."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.tokens.color("line"), 1))
        left, right = PAD, self.width() - PAD
        height = self.height() / 5
        if right - left < 80 or height < 24:
            return
        for top, falling in ((PAD, True), (self.height() - PAD - height, False)):
            painter.drawLine(QPointF(left, top + height), QPointF(right, top + height))
            path = QPainterPath()
            for index in range(61):
                rest = math.exp(-index / 12)
                value = 0.12 + 0.88 * rest if falling else 0.9 - 0.9 * rest
                point = QPointF(left + (right - left) * index / 60, top + height * (1 - value))
                if index:
                    path.lineTo(point)
                else:
                    path.moveTo(point)
            painter.drawPath(path)
        painter.end()
