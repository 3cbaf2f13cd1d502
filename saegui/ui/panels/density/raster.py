"""The raster: a row a latent, a column a kept moment; its image is made once for a run and a size, and only marks move."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from saegui.core.analysis.latent_order import Indices
from saegui.core.figures import paper
from saegui.core.runs.densities import SHADES, Densities, Limits, limits, shades, table_of
from saegui.core.runs.moments import place_of, spread
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT, Tokens

MARK = 5
"""px: the marks of the shown moment and of the selected latent beside the raster."""
STEPS = 8
"""Steps that are named below, at most."""


class Spot(NamedTuple):
    """A place of the raster."""

    latent: int
    moment: int
    """Index of the kept step."""


def raster_pixels(values: NDArray[np.float32], ends: Limits, tokens: Tokens) -> NDArray[np.uint32]:
    """(n_latents, moments): densities ``(moments, n_latents)`` as pixels of QImage.Format_RGB32; the dead are left empty."""
    table = np.full((SHADES + 1, 4), 255, np.uint8)
    table[:SHADES, 2::-1] = table_of(paper.rgb_of(tokens.sequential))
    table[SHADES, 2::-1] = paper.rgb_of([tokens.paper])[0]
    index = np.where(values > 0, shades(values, ends).astype(np.intp), SHADES).T
    pixels: NDArray[np.uint32] = table.view(np.uint32)[:, 0].take(index)
    return pixels


def is_in(found: Densities, spot: Spot) -> bool:
    """Whether there is such a latent and such a moment."""
    return 0 <= spot.moment < len(found.steps) and 0 <= spot.latent < found.values.shape[1]


class Raster(QWidget):
    """Paints densities, and says what is under the pointer. Left and Right change the moment, Up and Down the latent."""

    accessible_role = QAccessible.Role.Chart

    pointed = Signal(object)
    """The :class:`Spot` under the pointer, or None."""
    chosen = Signal(object)
    """The :class:`Spot` that was clicked, or that keys moved to."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._found: Densities | None = None
        self._order: Indices = np.empty(0, np.intp)
        self._places: NDArray[np.intp] = np.empty(0, np.intp)
        self._steps: list[int] = []
        self._pixels: NDArray[np.uint32] | None = None
        self._image = QImage()
        self._pixmap = QPixmap()
        self._moment: float | None = None
        self._latent: int | None = None
        self._spot: Spot | None = None
        self.drawn = 0
        """How often the image was made or scaled: marks that move do neither."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self._recolour)

    # -- what is shown --------------------------------------------------------------------------------------------

    def show_densities(self, found: Densities, order: Indices) -> None:
        """Draw these latents, in this order."""
        if found is not self._found:
            self._pixels = None
        self._found, self._order = found, order
        self._steps = found.steps.tolist()
        self._places = np.full(found.values.shape[1], -1, np.intp)
        self._places[order] = np.arange(len(order))
        if self._spot is not None and not is_in(found, self._spot):
            # Fewer steps, or latents, than those at which the pointer stood.
            self._point(None)
        self._draw()

    def mark(self, step: int | None, latent: int | None) -> None:
        """Mark the shown step, between two moments where it was not kept, and the selected latent."""
        moment = None if step is None or not self._steps else place_of(self._steps, step)
        if (moment, latent) != (self._moment, self._latent):
            self._moment, self._latent = moment, latent
            self.update()

    @Slot()
    def _recolour(self) -> None:
        self._pixels = None
        self._draw()

    def _draw(self) -> None:
        if self._found is not None:
            if self._pixels is None:
                ends = limits(self._found.values)
                self._pixels = raster_pixels(self._found.values, ends, self._theme.tokens)
            # Another order only moves rows.
            rows = np.ascontiguousarray(self._pixels[self._order])
            height, width = rows.shape
            image = QImage(rows.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32)
            # A copy: the bytes go with this function.
            self._image = image.copy()
        self._pixmap = QPixmap()
        self.update()

    # -- places ---------------------------------------------------------------------------------------------------

    @property
    def room(self) -> QRectF:
        """Where the raster is, in px."""
        below = self.fontMetrics().height() + 2 * UNIT
        return QRectF(self.rect()).adjusted(2 * MARK, 2 * MARK, -2 * MARK, -below)

    def spot_at(self, at: QPointF) -> Spot | None:
        """What is drawn at a point; None beside the raster."""
        room = self.room
        if not len(self._order) or not self._steps or not room.contains(at):
            return None
        moment = int((at.x() - room.left()) / room.width() * len(self._steps))
        place = int((at.y() - room.top()) / room.height() * len(self._order))
        latent = int(self._order[min(place, len(self._order) - 1)])
        return Spot(latent, min(moment, len(self._steps) - 1))

    def point_of(self, latent: int, moment: float) -> QPointF:
        """The middle of what is drawn of a latent, one of those in sight, at a moment."""
        room = self.room
        x = room.left() + (moment + 0.5) / max(1, len(self._steps)) * room.width()
        y = room.top() + (int(self._places[latent]) + 0.5) / max(1, len(self._order)) * room.height()
        return QPointF(x, y)

    def _has(self, latent: int | None) -> bool:
        return latent is not None and latent < len(self._places) and self._places[latent] >= 0

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    # -- painting -------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._pixmap = QPixmap()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens, room = self._theme.tokens, self.room
        if not self._image.isNull() and room.height() > 0:
            painter.drawPixmap(room.toRect().topLeft(), self._scaled(room))
            painter.setPen(QPen(tokens.color("line"), 1))
            painter.drawRect(room.toRect().adjusted(-1, -1, 0, 0))
            painter.setPen(tokens.color("muted"))
            for place, words in self.named_steps:
                painter.drawText(QPointF(place.left(), place.top() + painter.fontMetrics().ascent()), words)
            self._paint_marks(painter, room)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _scaled(self, room: QRectF) -> QPixmap:
        if self._pixmap.isNull():
            ratio = self.devicePixelRatioF()
            size = (room.toRect().size().toSizeF() * ratio).toSize()
            kept, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            # Where latents have less than a pixel they are averaged, so that none is left out; else edges stay sharp.
            mode = Qt.TransformationMode.FastTransformation
            high = self._image.scaled(self._image.width(), size.height(), kept, smooth)
            image = high if self._image.height() > size.height() else self._image
            wide = image.scaled(size.width(), image.height(), kept, smooth)
            image = wide if image.width() > size.width() else image
            self._pixmap = QPixmap.fromImage(image.scaled(size, kept, mode))
            self._pixmap.setDevicePixelRatio(ratio)
            self.drawn += 1
        return self._pixmap

    @property
    def named_steps(self) -> list[tuple[QRectF, str]]:
        """What is written below, the first with the word for it, and where."""
        metrics, room = self.fontMetrics(), self.room
        names = [f"step {self._steps[0]:,}", *(f"{step:,}" for step in self._steps[1:])]
        widest = max(map(metrics.horizontalAdvance, (names[0], names[-1]))) + 4 * UNIT
        count = max(2, min(STEPS, int(room.width() / widest)))
        found = []
        for moment in spread(range(len(self._steps)), count):
            words = names[moment]
            width = metrics.horizontalAdvance(words)
            x = room.left() + (moment + 0.5) / len(self._steps) * room.width() - width / 2
            left = min(max(0.0, x), self.width() - width)
            found.append((QRectF(left, room.bottom() + UNIT, width, metrics.height()), words))
        return found

    def _paint_marks(self, painter: QPainter, room: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._spot is not None and self._has(self._spot.latent):
            self._cross(painter, room, self.point_of(*self._spot))
        latent = self._latent if self._has(self._latent) else None
        if self._moment is not None:
            x = room.left() + (self._moment + 0.5) / len(self._steps) * room.width()
            self._line(painter, QPointF(x, room.top()), QPointF(x, room.bottom()))
            tip = QPointF(x, room.top() - 1)
            self._arrow(painter, tip, QPointF(-MARK, -MARK), QPointF(MARK, -MARK))
        if latent is not None:
            y = self.point_of(latent, 0).y()
            self._line(painter, QPointF(room.left(), y), QPointF(room.right(), y))
            for side, away in ((room.left() - 1, -MARK), (room.right() + 1, MARK)):
                self._arrow(painter, QPointF(side, y), QPointF(away, -MARK), QPointF(away, MARK))

    def _arrow(self, painter: QPainter, tip: QPointF, one: QPointF, other: QPointF) -> None:
        painter.setBrush(self._theme.tokens.color("accent"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([tip, tip + one, tip + other]))

    def _line(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        # Seen on every colour of the raster: a thin line in the middle of a wider one of the ground.
        tokens = self._theme.tokens
        for colour, width in ((tokens.color("panel", 0.8), 3.0), (tokens.color("text"), 1.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(start, end)

    def _cross(self, painter: QPainter, room: QRectF, at: QPointF) -> None:
        painter.setPen(QPen(self._theme.tokens.color("text"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(at.x(), room.top()), QPointF(at.x(), room.bottom()))
        painter.drawLine(QPointF(room.left(), at.y()), QPointF(room.right(), at.y()))

    # -- pointer and keys -----------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.spot_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        spot = self.spot_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and spot is not None:
            self.chosen.emit(spot)
        else:
            super().mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(None)

    def _point(self, spot: Spot | None) -> None:
        if spot != self._spot:
            self._spot = spot
            self.pointed.emit(spot)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, page = Qt.Key, max(1, len(self._order) // 10)
        moves: dict[int, tuple[int, int]] = {
            key.Key_Up: (-1, 0),
            key.Key_Down: (1, 0),
            key.Key_PageUp: (-page, 0),
            key.Key_PageDown: (page, 0),
            key.Key_Left: (0, -1),
            key.Key_Right: (0, 1),
            key.Key_Home: (0, -len(self._steps)),
            key.Key_End: (0, len(self._steps)),
        }
        move = moves.get(event.key()) if not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier else None
        if move is None or not len(self._order) or not self._steps:
            super().keyPressEvent(event)
            return
        self.chosen.emit(self._moved(*move))

    def _moved(self, rows: int, columns: int) -> Spot:
        """The latent so many rows further down, and the moment so many columns further on."""
        moment = len(self._steps) - 1 if self._moment is None else self._moment
        # Between two kept steps, the next one in that direction.
        near = int(np.floor(moment)) if columns >= 0 else int(np.ceil(moment))
        place = -1 if rows > 0 else 0
        if self._latent is not None and self._has(self._latent):
            place = int(self._places[self._latent])
        place = min(max(place + rows, 0), len(self._order) - 1)
        return Spot(int(self._order[place]), min(max(near + columns, 0), len(self._steps) - 1))
