"""A few pictures in equal rows, with a word below each, as large as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saegui.core.arrays import Images, Shape
from saegui.ui.panels.active.tiles import InkTiles
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.pictures import SHADES, Shades, proportions, side_within, size_in, whole
from saegui.ui.widgets.text import SMALL_PX, small_font

CAPTION = SMALL_PX + 2
"""px below a picture."""
LARGEST = 140
"""px of a picture's longer side."""


class StripPlaces(NamedTuple):
    """Where the pictures stand."""

    columns: int
    size: QSize

    def rect(self, place: int) -> QRect:
        """The picture at ``place``, 0 first; its word stands below it."""
        row, column = divmod(place, self.columns)
        down = self.size.height() + CAPTION + 2
        return QRect(QPoint(column * (self.size.width() + UNIT), row * down), self.size)


def places_in(count: int, width: int, height: int, shape: Shape) -> StripPlaces:
    """The largest pictures of which ``count`` fit into ``width`` × ``height`` px in equal rows."""
    proportion, best = proportions(shape), StripPlaces(count, QSize(1, 1))
    for columns in (n for n in range(1, count + 1) if count % n == 0):
        lines = count // columns
        room = (width + UNIT) // columns - UNIT, (height + 2) // lines - CAPTION - 2
        if min(room) < 8:
            continue
        size = size_in(proportion, whole(min(LARGEST, side_within(proportion, *room)), shape))
        if size.width() > best.size.width():
            best = StripPlaces(columns, size)
    return best


class NearStrip(QWidget):
    """Arrow keys go from one to the next; Enter chooses it, Ctrl+Enter keeps it, as a click and Ctrl with a click do."""

    accessible_role = QAccessible.Role.List

    pointed = Signal(object)
    """The place under the pointer or of the keyboard, 0 first; None for none."""
    chosen = Signal(int)
    kept = Signal(int)

    def __init__(self, theme: Theme, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._count = theme, count
        self._images: Images = np.zeros((0, 1, 1), np.uint8)
        self._captions: tuple[tuple[str, ...], ...] = ()
        self._tips: tuple[str, ...] = ()
        self._shades = SHADES
        self._tiles: InkTiles | None = None
        self._cursor = 0
        self._hover: int | None = None
        self.setAccessibleName("Nearest training inputs")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self._recolour)

    @property
    def images(self) -> Images:
        """(n, *shape): what is shown."""
        return self._images

    @property
    def captions(self) -> tuple[tuple[str, ...], ...]:
        """The words below each picture, the longest that has room is shown."""
        return self._captions

    @property
    def current(self) -> int | None:
        """The place that was pointed at, or reached with the keyboard, last; None where there is none."""
        return min(self._cursor, len(self._images) - 1) if len(self._images) else None

    def show_pictures(
        self,
        images: Images,
        captions: Sequence[tuple[str, ...]],
        tips: Sequence[str],
        shades: Shades = SHADES,
    ) -> None:
        """``images (n, *shape)`` with words, the longest first, and an explanation for each."""
        self._images, self._captions, self._tips, self._shades = images, tuple(captions), tuple(tips), shades
        self._cursor, self._hover = 0, None
        self._describe()
        self._recolour()

    def rect_of(self, place: int) -> QRect:
        """Where the picture at ``place`` is painted."""
        return self._places().rect(place)

    def width_in(self, width: int, height: int) -> int:
        """px that the pictures take of ``width`` × ``height`` px."""
        places = places_in(self._count, width, height, self._images.shape[1:])
        return places.columns * (places.size.width() + UNIT) - UNIT

    def place_at(self, at: QPointF) -> int | None:
        """The picture at a point, with its word; None for none."""
        places, point = self._places(), at.toPoint()
        inside = (
            places.rect(place).adjusted(0, 0, 0, CAPTION).contains(point)
            for place in range(len(self._images))
        )
        return next((place for place, found in enumerate(inside) if found), None)

    def choose(self, at: QPoint | None) -> QPoint | None:
        """Make the picture at a point the current one, or keep that for None; returns a point of it, or None."""
        place = self.current if at is None else self.place_at(QPointF(at))
        if place is None:
            return None
        self._go(place)
        return at if at is not None else self.rect_of(place).center()

    def _places(self) -> StripPlaces:
        return places_in(self._count, self.width(), self.height(), self._images.shape[1:])

    def _describe(self) -> None:
        place = self.current
        self.setAccessibleDescription("none" if place is None else self._tips[place].replace("\n", ", "))

    # -- input ----------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(QPointF(event.pos()))
            if place is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self._tips[place], self, self.rect_of(place))
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def _point(self, place: int | None) -> None:
        if place != self._hover:
            self._hover = place
            pointing = Qt.CursorShape.PointingHandCursor
            self.setCursor(Qt.CursorShape.ArrowCursor if place is None else pointing)
            if place is not None:
                self._cursor = place
                self._describe()
            self.update()
            self.pointed.emit(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._go(place)
            self._take(place, event.modifiers())

    def _take(self, place: int, keys: Qt.KeyboardModifier) -> None:
        (self.kept if keys & Qt.KeyboardModifier.ControlModifier else self.chosen).emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, keys, last = event.key(), Qt.Key, len(self._images) - 1
        columns = self._places().columns
        steps = {keys.Key_Left: -1, keys.Key_Right: 1, keys.Key_Up: -columns, keys.Key_Down: columns}
        ends = {keys.Key_Home: 0, keys.Key_End: last}
        if last < 0:
            event.ignore()
        elif key in steps and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            if 0 <= self._cursor + steps[keys(key)] <= last:
                self._go(self._cursor + steps[keys(key)])
        elif key in ends and not event.modifiers():
            self._go(ends[keys(key)])
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_Space):
            self._take(self._cursor, event.modifiers())
        else:
            event.ignore()

    def _go(self, place: int) -> None:
        self._cursor = place
        self._describe()
        self.update()
        self.pointed.emit(place)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
        if self._hover is None:
            self.pointed.emit(None)

    # -- looks ----------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(260, 140)

    def minimumSizeHint(self) -> QSize:
        return QSize(110, 80)

    @Slot()
    def _recolour(self) -> None:
        self._tiles = InkTiles(self._images, self._shades, self._theme.tokens) if len(self._images) else None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._tiles is None:
            return
        painter, tokens, places = QPainter(self), self._theme.tokens, self._places()
        painter.setFont(small_font(self.font(), SMALL_PX - 1))
        wide = painter.fontMetrics().horizontalAdvance
        for place, captions in enumerate(self._captions):
            box = places.rect(place)
            caption = next((words for words in captions if wide(words) <= box.width() + UNIT), captions[-1])
            self._tiles.paint(painter, box, place)
            painter.setPen(QPen(tokens.color("line"), 1))
            painter.drawRect(box.adjusted(0, 0, -1, -1))
            painter.setPen(tokens.color("muted"))
            below = QRectF(box.left(), box.bottom() + 1, box.width(), CAPTION)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, caption)
        painter.setPen(QPen(tokens.color("accent"), 2))
        for ringed in {self._hover, self.current if self.hasFocus() else None} - {None}:
            assert ringed is not None
            painter.drawRect(places.rect(ringed).adjusted(1, 1, -1, -1))
