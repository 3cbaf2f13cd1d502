"""A map painted: points as small pictures where there is room for them, else as dots, and marks over them. No mouse, no keys."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Slot
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from saegui.core.analysis.latent_order import Indices
from saegui.core.figures import class_marks
from saegui.ui.panels.map import dots
from saegui.ui.panels.map.camera import Camera, Room, fitted
from saegui.ui.panels.map.cloud import Axis, Cloud, Look, log_ticks, ticks
from saegui.ui.panels.map.names import FreeRoom, around
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.pictures import to_image
from saegui.ui.widgets.text import SMALL_PX, small_font

LEAST_PICTURE, MOST_PICTURE = 14, 72
"""px of a point that is a small picture."""
ENLARGED = 64
"""px of the picture beside a dot under the pointer."""
FILLED = 0.8
"""Share of the part of the map where points lie that small pictures may take; where they would be too small, points are dots."""
CELL = 40
"""px: squares of at least this size with a point in them are where points lie; larger on a larger map, as its pictures are."""
CROWDED = 1500
"""Dots that lie in sight, from which on they are smaller."""
LABELS = 150
"""Names beside points, at most."""


class MapCanvas(QWidget):
    """Paints a :class:`Cloud`. The points are painted once for a camera; marks lie over them and paint none again."""

    accessible_role = QAccessible.Role.Chart

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.cloud, self.look = Cloud(), Look()
        self.camera = Camera()
        self._whole = True
        """The whole map is in sight, and stays so when the room changes."""
        self.picture_of: Callable[[int, int], QPixmap | None] | None = None
        """``(number, px)``: the small picture of a point; None where it has none."""
        self.pictures_as_points = True
        """Else pictures are only shown beside the point under the pointer."""
        self.name_of: Callable[[int], str] | None = None
        """The name that stands beside a point; empty for none."""
        self.selected: int | None = None
        self.pointed: int | None = None
        """The number of the point under the pointer, here or elsewhere."""
        self.drawing: tuple[float, float] | None = None
        """Where the drawing lies among the points."""
        self._base = QPixmap()
        self._side = 0
        self.painted = 0
        """How often the points were painted: marks that move do not count."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(60)
        theme.changed.connect(self.repaint_points)

    # -- what is shown --------------------------------------------------------------------------------------------

    def show_cloud(self, cloud: Cloud, look: Look) -> None:
        """Show these points; the part of the map in sight stays, unless the map is another one."""
        another = cloud.key != self.cloud.key
        self.cloud, self.look = cloud, look
        if another or (self._whole and (self._leaves() or self._is_small())):
            self.fit()
        self.repaint_points()

    def show_look(self, look: Look) -> None:
        """The same points look otherwise."""
        faded = look.faded is not self.look.faded or look.classes is not self.look.classes
        self.look = look
        if faded:
            self.repaint_points()
        else:
            self.update()

    def mark(self, selected: int | None, pointed: int | None) -> None:
        """The numbers of the points with a ring."""
        if (selected, pointed) != (self.selected, self.pointed):
            self.selected, self.pointed = selected, pointed
            self.update()

    def mark_drawing(self, place: tuple[float, float] | None) -> None:
        """Where the drawing lies on the map."""
        if place != self.drawing:
            self.drawing = place
            self.update()

    @Slot()
    def fit(self) -> None:
        """Show the whole map."""
        self._whole = True
        self.camera = fitted(self.cloud.x, self.cloud.y, self.room, equal=self.cloud.equal)
        self.repaint_points()

    def set_camera(self, camera: Camera) -> None:
        """Show another part of the map."""
        self.camera, self._whole = camera, False
        self.repaint_points()

    @Slot()
    def repaint_points(self) -> None:
        """Their places, colours or pictures changed."""
        self._base = QPixmap()
        self.update()

    def _leaves(self) -> bool:
        """Whether a point lies outside, so that the whole is not in sight any more."""
        x, y = self.camera.to_screen(self.cloud.x, self.cloud.y)
        inside = QRectF(self.rect())
        return bool(len(x)) and not (inside.contains(x.min(), y.min()) and inside.contains(x.max(), y.max()))

    def _is_small(self) -> bool:
        """Whether the points would be twice as far apart if the whole were shown: other places came meanwhile."""
        if not len(self.cloud.x):
            return False
        found = fitted(self.cloud.x, self.cloud.y, self.room, equal=self.cloud.equal)
        return found.x_scale > 2 * self.camera.x_scale or found.y_scale > 2 * self.camera.y_scale

    # -- places ---------------------------------------------------------------------------------------------------

    @property
    def room(self) -> Room:
        """Where the points are when all are in sight, in px."""
        edge, line = MOST_PICTURE / 2, self.fontMetrics().height()
        left = 56.0 if self.cloud.up.ticks else edge
        below = 2.0 * line + edge / 2 if self.cloud.across.ticks else line + edge / 2
        top = line + edge / 2
        return Room(left, top, max(20.0, self.width() - left - edge), max(20.0, self.height() - top - below))

    @property
    def in_sight(self) -> Indices:
        """Places among the cloud's points of those in sight."""
        x, y = self.camera.to_screen(self.cloud.x, self.cloud.y)
        return np.flatnonzero((x >= 0) & (x < self.width()) & (y >= 0) & (y < self.height()))

    @property
    def side(self) -> int:
        """px of a point's picture; 0 where points are dots."""
        if not self.pictures_as_points or self.picture_of is None or not len(self.cloud.ids):
            return 0
        places = self.in_sight
        x, y = self.camera.to_screen(self.cloud.x[places], self.cloud.y[places])
        cell = max(CELL, min(self.width(), self.height()) // 16)
        cells = len(np.unique(x // cell * 10_000 + y // cell))
        side = int(np.sqrt(FILLED * cell**2 * cells / max(1, len(places))))
        return 0 if side < LEAST_PICTURE else min(side, MOST_PICTURE)

    def point_of(self, number: int) -> QPointF | None:
        """Where a point is, in px."""
        place = self.cloud.place(number)
        if place is None:
            return None
        x, y = self.camera.to_screen(self.cloud.x[place : place + 1], self.cloud.y[place : place + 1])
        return QPointF(float(x[0]), float(y[0]))

    def number_at(self, at: QPointF) -> int | None:
        """The number of the nearest point within reach."""
        if not len(self.cloud.ids):
            return None
        x, y = self.camera.to_screen(self.cloud.x, self.cloud.y)
        far = np.hypot(x - at.x(), y - at.y())
        place = int(far.argmin())
        return int(self.cloud.ids[place]) if far[place] <= max(8, self._side * 0.6) else None

    def sizeHint(self) -> QSize:
        return QSize(360, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    # -- painting -------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._whole:
            self.fit()
        self.repaint_points()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._base.isNull() or self._base.devicePixelRatio() != self.devicePixelRatioF():
            self._base = self._paint_base()
            self.painted += 1
        painter.drawPixmap(0, 0, self._base)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_active(painter)
        self._paint_drawing(painter)
        self._paint_rings(painter)
        self.paint_over(painter)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.tokens.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def paint_over(self, painter: QPainter) -> None:
        """For what lies above everything else; nothing here."""

    def _paint_base(self) -> QPixmap:
        """Points, names and axes."""
        tokens, ratio = self._theme.tokens, self.devicePixelRatioF()
        ground = QColor(tokens.panel).rgb()
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        self._side = self.side
        x, y = self.camera.to_screen(self.cloud.x, self.cloud.y)
        layers = [] if self._side else self._layers(x * ratio, y * ratio, ground, ratio)
        pixels = dots.picture(width, height, ground, layers)
        image = to_image(pixels[..., np.newaxis].view(np.uint8))
        image.setDevicePixelRatio(ratio)
        base = QPixmap.fromImage(image)
        painter = QPainter(base)
        painter.setFont(small_font(self.font(), SMALL_PX))
        if self._side:
            self._paint_pictures(painter)
        self._paint_names(painter)
        self._paint_axes(painter)
        painter.end()
        return base

    @property
    def radius(self) -> float:
        """px of a dot."""
        return 2.0 if len(self.in_sight) >= CROWDED else 3.2

    def _layers(self, x: np.ndarray, y: np.ndarray, ground: int, ratio: float) -> list[dots.Layer]:
        tokens, count = self._theme.tokens, len(x)
        classes = self.look.classes
        # Points of one class are dots in the colour of text; a class has a colour of its own.
        colours = np.full(count, QColor(tokens.muted).rgb(), np.uint32)
        shapes = np.zeros(count, np.intp)
        if classes is not None:
            most = int(classes.max(initial=0)) + 1
            known = [QColor(tokens.classes[class_marks.colour_of(label)]).rgb() for label in range(most)]
            colours = np.array(known, np.uint32)[classes]
            shapes = np.array([class_marks.shape_of(label) for label in range(most)])[classes]
        faded = np.zeros(count, np.bool_) if self.look.faded is None else self.look.faded
        colours = np.where(faded, dots.mixed(colours, ground, 0.22), colours)
        radius = self.radius * ratio
        return [
            dots.Layer(x[which], y[which], colours[which], radius, class_marks.SHAPES[shape])
            for faint in (True, False)
            for shape in sorted(set(shapes.tolist()))
            for which in [np.flatnonzero((shapes == shape) & (faded == faint))]
            if len(which)
        ]

    def _paint_pictures(self, painter: QPainter) -> None:
        assert self.picture_of is not None
        x, y = self.camera.to_screen(self.cloud.x, self.cloud.y)
        faded = self.look.faded
        places = self.in_sight
        if faded is not None:
            # Those that count lie above the others.
            places = places[np.argsort(~faded[places], kind="stable")]
        for place in places.tolist():
            picture = self.picture_of(int(self.cloud.ids[place]), self._side)
            if picture is None:
                continue
            painter.setOpacity(0.2 if faded is not None and faded[place] else 1.0)
            size = picture.deviceIndependentSize()
            painter.drawPixmap(QPointF(x[place] - size.width() / 2, y[place] - size.height() / 2), picture)
        painter.setOpacity(1.0)

    def _paint_names(self, painter: QPainter) -> None:
        painter.setPen(self._theme.tokens.color("text"))
        for room, name in self.names_in_sight(painter.fontMetrics()):
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)

    def names_in_sight(self, metrics: QFontMetrics) -> list[tuple[QRectF, str]]:
        """As many names as find room beside their dots, and where."""
        if self.name_of is None or self._side:
            return []
        x, y = self.camera.to_screen(self.cloud.x, self.cloud.y)
        free = FreeRoom(self.width(), self.height())
        free.take_points(x, y, self.radius + 1)
        for room, _ in self._axis_words(metrics):
            free.take(room)
        found: list[tuple[QRectF, str]] = []
        faded = self.look.faded
        for place in self.in_sight.tolist():
            if len(found) >= LABELS:
                break
            name = self.name_of(int(self.cloud.ids[place]))
            if not name or (faded is not None and faded[place]):
                continue
            size = QSizeF(metrics.horizontalAdvance(name), metrics.height())
            beside = free.place(around(x[place], y[place], size, self.radius))
            if beside is not None:
                found.append((beside, name))
        return found

    def _axis_words(self, metrics: QFontMetrics) -> tuple[tuple[QRectF, str], tuple[QRectF, str]]:
        """What the axes are, and where that is written."""
        across, up, high = self.cloud.across.words, self.cloud.up.words, metrics.height()
        wide = metrics.horizontalAdvance(across)
        right, bottom = self.width() - UNIT - 2 - wide, self.height() - UNIT - high
        return (
            (QRectF(UNIT + 2, UNIT, metrics.horizontalAdvance(up), high), up),
            (QRectF(right, bottom, wide, high), across),
        )

    def _paint_axes(self, painter: QPainter) -> None:
        tokens, metrics = self._theme.tokens, painter.fontMetrics()
        painter.setPen(tokens.color("muted"))
        for room, words in self._axis_words(metrics):
            painter.drawText(room.topLeft() + QPointF(0, metrics.ascent()), words)
        self._ticks(painter, self.cloud.across, horizontal=True)
        self._ticks(painter, self.cloud.up, horizontal=False)

    def _ticks(self, painter: QPainter, axis: Axis, *, horizontal: bool) -> None:
        if axis.ticks is None or not len(self.cloud.ids):
            return
        metrics, room, camera = painter.fontMetrics(), self.room, self.camera
        length = room.width if horizontal else room.height
        corner = camera.to_map(room.left, room.top + room.height)
        far = camera.to_map(room.left + room.width, room.top)
        low, high = (corner[0], far[0]) if horizontal else (corner[1], far[1])
        found = log_ticks if axis.logarithmic else ticks
        for value in found(low, high, max(2, int(length / 70))):
            words = axis.ticks(value)
            if horizontal:
                at = camera.x_offset + camera.x_scale * value
                base = self.height() - UNIT - metrics.descent() - metrics.height()
                painter.drawText(QPointF(at - metrics.horizontalAdvance(words) / 2, base), words)
            else:
                at = camera.y_offset - camera.y_scale * value
                painter.drawText(QPointF(UNIT + 2, at + metrics.ascent() / 2 - 1), words)

    # -- marks ----------------------------------------------------------------------------------------------------

    def _paint_active(self, painter: QPainter) -> None:
        strength = self.look.strength
        if strength is None or not len(strength):
            return
        tokens, places = self._theme.tokens, np.flatnonzero(strength > 0)
        x, y = self.camera.to_screen(self.cloud.x[places], self.cloud.y[places])
        most = float(strength.max())
        for at_x, at_y, place in zip(x.tolist(), y.tolist(), places.tolist(), strict=True):
            share = float(strength[place]) / most
            colour = tokens.color("active", 0.45 + 0.55 * share)
            if self._side:
                self._frame(painter, QPointF(at_x, at_y), int(self.cloud.ids[place]), QPen(colour, 2), 1)
            else:
                painter.setPen(QPen(tokens.color("panel"), 1))
                painter.setBrush(colour)
                radius = self.radius + 0.5 + 2.5 * share
                painter.drawEllipse(QPointF(at_x, at_y), radius, radius)

    def _frame(self, painter: QPainter, at: QPointF, number: int, pen: QPen, apart: float) -> None:
        """A rectangle ``apart`` px around the picture of a point."""
        assert self.picture_of is not None
        picture = self.picture_of(number, self._side)
        size = (
            picture.deviceIndependentSize()
            if picture is not None
            else QSize(self._side, self._side).toSizeF()
        )
        room = QRectF(at.x() - size.width() / 2, at.y() - size.height() / 2, size.width(), size.height())
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(room.adjusted(-apart, -apart, apart, apart))

    def _paint_drawing(self, painter: QPainter) -> None:
        if self.drawing is None:
            return
        x, y = self.camera.to_screen(np.array([self.drawing[0]]), np.array([self.drawing[1]]))
        at, tokens = QPointF(float(x[0]), float(y[0])), self._theme.tokens
        turned = [QPointF(0, -9), QPointF(9, 0), QPointF(0, 9), QPointF(-9, 0)]
        painter.setBrush(tokens.color("active"))
        painter.setPen(QPen(tokens.color("panel"), 2))
        painter.drawPolygon(QPolygonF([at + corner for corner in turned]))

    def _paint_rings(self, painter: QPainter) -> None:
        tokens = self._theme.tokens
        for number, colour in ((self.selected, "accent"), (self.pointed, "text")):
            at = None if number is None else self.point_of(number)
            if number is None or at is None or (number == self.selected and colour == "text"):
                continue
            if self._side:
                assert self.picture_of is not None
                picture = self.picture_of(number, self._side)
                if picture is not None:
                    # Above those that lie over it.
                    size = picture.deviceIndependentSize()
                    painter.drawPixmap(at - QPointF(size.width() / 2, size.height() / 2), picture)
                self._frame(painter, at, number, QPen(tokens.color("panel"), 4), 2)
                self._frame(painter, at, number, QPen(tokens.color(colour), 2), 2)
            else:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                for pen in (QPen(tokens.color("panel"), 4), QPen(tokens.color(colour), 2)):
                    painter.setPen(pen)
                    painter.drawEllipse(at, self.radius + 4, self.radius + 4)
