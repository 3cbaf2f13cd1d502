"""A map that is used: the wheel zooms, dragging moves it or draws a line around points, keys walk from point to point."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from saegui.core.analysis.latent_order import Indices
from saegui.ui.panels.map.map_canvas import ENLARGED, MapCanvas
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT

NOTCH = 1.25
"""A notch of the wheel makes the map so many times larger."""
DIRECTIONS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}


class MapView(MapCanvas):
    """``pointed_at`` previews, ``chosen`` selects, ``encircled`` says around which points a line was drawn."""

    pointed_at = Signal(object)
    """The number of the point under the pointer, or that keys moved to; None for none."""
    chosen = Signal(object)
    """The number of the point that was clicked."""
    encircled = Signal(object)
    """(n,): the numbers of the points inside a line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.encircles = False
        """Whether a map has points that can be encircled."""
        self._lasso_mode = False
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._dragging = False
        self._line: list[QPointF] = []
        """The line that is being drawn around points."""
        self.setMouseTracking(True)

    @property
    def lasso_mode(self) -> bool:
        """Whether dragging draws a line around points, also without Shift."""
        return self._lasso_mode

    def set_lasso_mode(self, on: bool) -> None:
        """From now on, dragging draws a line around points, or moves the map."""
        self._lasso_mode = on
        self._choose_cursor()

    def _choose_cursor(self) -> None:
        shape = Qt.CursorShape.CrossCursor if self._lasso_mode else Qt.CursorShape.ArrowCursor
        self.setCursor(Qt.CursorShape.ClosedHandCursor if self._dragging and not self._line else shape)

    # -- mouse ----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._pressed = self._last = event.position()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._line = [event.position()] if self.encircles and (shift or self._lasso_mode) else []

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed is None:
            self._point(self.number_at(at))
            return
        far = (at - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if not self._dragging and not far:
            return
        self._dragging = True
        if self._line:
            self._line.append(at)
            self.update()
        else:
            moved = at - self._last
            self.set_camera(self.camera.moved(moved.x(), moved.y()))
        self._last = at
        self._choose_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            super().mouseReleaseEvent(event)
            return
        line, dragged = self._line, self._dragging
        self._give_up_drag()
        if line and dragged:
            self.encircled.emit(self.inside(QPolygonF(line)))
        elif not dragged and (number := self.number_at(event.position())) is not None:
            self.chosen.emit(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.number_at(event.position()) is None:
            self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        at = event.position()
        self.set_camera(self.camera.zoomed(NOTCH**notches, at.x(), at.y()))
        event.accept()

    def _give_up_drag(self) -> None:
        self._pressed, self._dragging, self._line = None, False, []
        self._choose_cursor()
        self.update()

    def _point(self, number: int | None) -> None:
        if number != self.pointed:
            self.pointed_at.emit(number)

    def inside(self, line: QPolygonF) -> Indices:
        """The numbers of the points inside a closed line, ascending."""
        x, y = self.camera.to_screen(self.cloud.x, self.cloud.y)
        bounds = line.boundingRect()
        near = (x >= bounds.left()) & (x <= bounds.right()) & (y >= bounds.top()) & (y <= bounds.bottom())
        rule = Qt.FillRule.OddEvenFill
        found = [
            place
            for place in np.flatnonzero(near).tolist()
            if line.containsPoint(QPointF(float(x[place]), float(y[place])), rule)
        ]
        return self.cloud.ids[found]

    # -- keys -----------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            escapes = event.key() == Qt.Key.Key_Escape and bool(self._line)
            if escapes or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = Qt.Key(event.key()), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key == Qt.Key.Key_Escape and self._line:
            self._give_up_drag()
        elif plain and key in DIRECTIONS:
            found = self.next_to(*DIRECTIONS[key])
            if found is not None:
                self._show(found)
                self._point(found)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.pointed is not None:
            self.chosen.emit(self.pointed)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus) and plain | (
            key != Qt.Key.Key_Minus
        ):
            self._zoom(1 / NOTCH if key == Qt.Key.Key_Minus else NOTCH)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home) and plain:
            self.fit()
        else:
            super().keyPressEvent(event)

    def _zoom(self, factor: float) -> None:
        number = self.pointed if self.pointed is not None else self.selected
        at = self.point_of(number) if number is not None else None
        at = QRectF(self.rect()).center() if at is None or not QRectF(self.rect()).contains(at) else at
        self.set_camera(self.camera.zoomed(factor, at.x(), at.y()))

    def next_to(self, right: float, down: float) -> int | None:
        """The number of the next point in a direction, from the one that is pointed at, else selected, else the middle's.

        Those beside the way count as farther than those on it; None where there is none.
        """
        if not len(self.cloud.ids):
            return None
        x, y = self.camera.to_screen(self.cloud.x, self.cloud.y)
        number = self.pointed if self.cloud.place(self.pointed) is not None else self.selected
        start = self.cloud.place(number)
        if start is None:
            middle = QRectF(self.rect()).center()
            return int(self.cloud.ids[np.hypot(x - middle.x(), y - middle.y()).argmin()])
        along = (x - x[start]) * right + (y - y[start]) * down
        beside = np.abs((x - x[start]) * down - (y - y[start]) * right)
        # Points at the same place are one after the other, by their numbers.
        same = np.flatnonzero((along == 0) & (beside == 0))
        forward = right + down > 0
        twins = same[same > start] if forward else same[same < start]
        if len(twins):
            return int(self.cloud.ids[twins[0] if forward else twins[-1]])
        far = np.where((along > 0) & (beside <= 2 * along), along + 2 * beside, np.inf)
        place = int(far.argmin())
        if not np.isfinite(far[place]):
            return None
        # Of points at the same place, the first one on this way.
        there = np.flatnonzero((x == x[place]) & (y == y[place]))
        return int(self.cloud.ids[there[0] if forward else there[-1]])

    def _show(self, number: int) -> None:
        """Move the map as little as needed to have a point in sight."""
        at, edge = self.point_of(number), 24.0
        if at is None:
            return
        right = min(max(at.x(), edge), max(edge, self.width() - edge)) - at.x()
        down = min(max(at.y(), edge), max(edge, self.height() - edge)) - at.y()
        if right or down:
            self.set_camera(self.camera.moved(right, down))

    # -- painting -------------------------------------------------------------------------------------------------

    def paint_over(self, painter: QPainter) -> None:
        self._paint_line(painter)
        self._paint_enlarged(painter)

    def _paint_line(self, painter: QPainter) -> None:
        if len(self._line) < 2:
            return
        tokens = self._theme.tokens
        painter.setPen(QPen(tokens.color("accent"), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(QBrush(tokens.color("accent", 0.1)))
        painter.drawPolygon(QPolygonF(self._line))

    def _paint_enlarged(self, painter: QPainter) -> None:
        """The picture of the dot under the pointer, beside it."""
        at = self.point_of(self.pointed) if self.pointed is not None else None
        if at is None or self.pointed is None or self.picture_of is None or self._side >= ENLARGED // 2:
            return
        picture = self.picture_of(self.pointed, ENLARGED)
        if picture is None:
            return
        size, apart = picture.deviceIndependentSize(), 3 * UNIT + self._side / 2
        left = at.x() + apart
        if left + size.width() > self.width():
            left = at.x() - apart - size.width()
        top = min(max(2.0, at.y() - size.height() / 2), self.height() - size.height() - 2)
        painter.setPen(QPen(self._theme.tokens.color("muted"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPixmap(QPointF(left, top), picture)
        painter.drawRect(QRectF(left, top, size.width(), size.height()))
