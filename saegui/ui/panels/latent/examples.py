"""A strip of small ink pictures in one widget: the training images that a latent stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from saegui.core.arrays import Images, Shape
from saegui.core.data.noun import IMAGE, Noun
from saegui.ui.panels.latent.bars import TICK_PX
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.pictures import (
    SHADES,
    Shades,
    ink_image,
    paint_ink_plot,
    proportions,
    side_within,
    size_in,
)
from saegui.ui.widgets.text import class_words, number, small_font

GAP = 2
LARGEST = 112
"""px: the longer side; larger pictures show no more."""
CAPTION = 13
"""px below a picture, for its class and activation, where there is room."""
CAPTION_FROM = 48
"""px: a picture that is narrower has no caption, which would be wider than it."""


@dataclass(frozen=True)
class Example:
    """One training image and what the latent does on it."""

    index: int
    label: str
    """Name of its class; empty where the images have no labels."""
    value: float
    short: str = ""
    """The class without what all classes' names have in common, for a caption."""
    text: str = ""
    """What the input was made of, where that is a text."""
    noun: Noun = IMAGE
    """What the input is called."""
    times: int = 1
    """How many training inputs are equal to it, itself included."""

    @property
    def title(self) -> str:
        """Such as ``training image 123 · a 7``."""
        image = f"training {self.noun.one} {self.index:,}"
        return f"{image} · {class_words(self.label)}" if self.label else image

    @property
    def tip(self) -> str:
        """The tooltip."""
        deed = "Click to encode it." if self.text else "Click to show it on the canvas."
        equal = (
            f"{self.times:,} equal {self.noun.many}, of which this is the first\n" if self.times > 1 else ""
        )
        return f"{self.title}\n{equal}activation {number(self.value)}\n{deed}"

    @property
    def badge(self) -> str:
        """``× 3`` where it stands for three equal inputs; empty where there is no other."""
        return f"× {self.times:,}" if self.times > 1 else ""


@dataclass(frozen=True)
class Grid:
    """How many pictures lie in a row, how large they are, and whether each has a caption."""

    per_row: int
    side: int
    captions: bool
    proportion: tuple[int, int] = (1, 1)
    """Height and width of a picture, in any unit; the longer of them has ``side`` px."""

    @property
    def tile(self) -> QSize:
        """px of one picture."""
        return size_in(self.proportion, self.side)

    def rect(self, place: int) -> QRect:
        """Where the picture at ``place`` is painted."""
        row, column = divmod(place, self.per_row)
        down = self.tile.height() + GAP + CAPTION * self.captions
        return QRect(QPoint(column * (self.tile.width() + GAP), row * down), self.tile)

    def height(self, count: int) -> int:
        """px that ``count`` pictures take."""
        rows = -(-count // self.per_row)
        return rows * (self.tile.height() + GAP + CAPTION * self.captions) - GAP


@lru_cache(maxsize=8)
def grid(width: int, height: int, count: int, proportion: tuple[int, int] = (1, 1)) -> Grid:
    """The largest pictures of which ``count`` fit into ``width`` × ``height`` px.

    In rows of one length, unless pictures are at least a tenth larger where the last row is shorter.
    """
    best = Grid(count, 1, False, proportion)
    equal = [n for n in range(1, count + 1) if count % n == 0]
    others = [n for n in range(1, count + 1) if count % n]
    for per_row in (*equal, *others):
        rows = -(-count // per_row)
        room = ((width + GAP) // per_row - GAP, (height + GAP) // rows - GAP)
        side = min(side_within(proportion, *room), LARGEST)
        if side > (best.side if per_row in equal else 1.1 * best.side):
            best = Grid(per_row, side, False, proportion)
            captioned = replace(best, captions=best.tile.width() >= CAPTION_FROM)
            best = captioned if captioned.height(count) <= height else best
    return best


def caption(example: Example, metrics: QFontMetrics, room: int) -> str:
    """The class and the activation in ``room`` px. A name is cut to fit, but no number is: a part of it is another one."""
    value = number(example.value)
    for name in (example.short, *(example.short[:letters] for letters in (8, 6, 5, 4, 3, 2))):
        is_part_of_a_number = name != example.short and example.short[len(name) - 1 : len(name) + 1].isdigit()
        words = f"{name.rstrip()} · {value}"
        if name and not is_part_of_a_number and metrics.horizontalAdvance(words) <= room:
            return words
    return value


def _none(shape: Shape) -> Images:
    return np.zeros((0, *shape), np.uint8)


class ExamplesView(QWidget):
    """Pictures in equal rows. Click, or arrow keys and Enter, chooses one; a picture's tooltip says which image it is."""

    accessible_role = QAccessible.Role.List

    chosen = Signal(int)
    """The place of the picture, 0 first."""

    looked_at = Signal(object)
    """The activation of the picture under the pointer, else of the one that the keyboard reached; None: of neither."""

    def __init__(self, theme: Theme, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._count = theme, count
        self._examples: tuple[Example, ...] = ()
        self._shape: Shape = (1, 1)
        self._images: Images = _none(self._shape)
        self._shades = SHADES
        self._atlas: QImage | None = None
        self._cursor = 0
        self._hover: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self._recolour)

    @property
    def examples(self) -> tuple[Example, ...]:
        """What is shown, in order."""
        return self._examples

    @property
    def images(self) -> Images:
        """(n, *shape): what is shown."""
        return self._images

    def set_shape(self, shape: Shape) -> None:
        """Make room for inputs of this shape; those of another are no longer shown."""
        if shape != self._shape:
            self._shape = shape
            self.clear()

    def show_examples(self, images: Images, examples: Sequence[Example], shades: Shades = SHADES) -> None:
        """``images (n, *shape)`` with what is known of each; at most as many as there is room for."""
        self._images, self._examples, self._shades = images, tuple(examples), shades
        self._hover, self._cursor = None, 0
        self._describe()
        self._recolour()
        self._tell()

    def clear(self) -> None:
        """Empty frames."""
        self.show_examples(_none(self._shape), ())

    def rect_of(self, place: int) -> QRect:
        """Where the picture at ``place`` is painted."""
        return self._grid().rect(place)

    def place_at(self, position: QPointF) -> int | None:
        """The picture under ``position``, or None."""
        point = position.toPoint()
        return next((i for i in range(len(self._examples)) if self.rect_of(i).contains(point)), None)

    def tip_at(self, position: QPointF) -> tuple[str, QRect]:
        """The tooltip at ``position`` and the rectangle that it is of; empty where there is none."""
        place = self.place_at(position)
        return ("", QRect()) if place is None else (self._examples[place].tip, self.rect_of(place))

    @property
    def current(self) -> int | None:
        """The place of the picture that was pointed at or reached with the keyboard last; None where there is none."""
        return min(self._cursor, len(self._examples) - 1) if self._examples else None

    def choose(self, at: QPoint | None) -> QPoint | None:
        """Make the picture at a point the current one, or keep that for None; returns a point of it, or None."""
        place = self.place_at(QPointF(at)) if at is not None else self.current
        if place is None:
            return None
        self._move(place)
        return at if at is not None else self.rect_of(place).center()

    def point_to(self, place: int) -> None:
        """Make the picture at ``place`` the current one."""
        self._move(place)

    def _grid(self) -> Grid:
        return grid(self.width(), self.height(), self._count, proportions(self._shape))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 30)

    # -- input --------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            tip, room = self.tip_at(QPointF(event.pos()))
            if tip:
                QToolTip.showText(event.globalPos(), tip, self, room)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_hover(self.place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._move(place)
            self.chosen.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last, moves = len(self._examples) - 1, self._moves()
        key = Qt.Key(event.key())
        if last >= 0 and not event.modifiers() & Qt.KeyboardModifier.ControlModifier and key in moves:
            if 0 <= moves[key] <= last:
                self._move(moves[key])
        elif (
            last >= 0
            and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
            and not event.modifiers()
        ):
            self.chosen.emit(self._cursor)
        else:
            super().keyPressEvent(event)

    def _moves(self) -> dict[Qt.Key, int]:
        """Where keys lead from the current picture; those that lead nowhere are outside."""
        per_row = self._grid().per_row
        return {
            Qt.Key.Key_Left: self._cursor - 1,
            Qt.Key.Key_Right: self._cursor + 1,
            Qt.Key.Key_Up: self._cursor - per_row,
            Qt.Key.Key_Down: self._cursor + per_row,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._examples) - 1,
        }

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()
        self._tell()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
        self._tell()

    def _set_hover(self, place: int | None) -> None:
        if place != self._hover:
            self._hover = place
            self.setCursor(
                Qt.CursorShape.PointingHandCursor if place is not None else Qt.CursorShape.ArrowCursor
            )
            self.update()
            self._tell()

    def _move(self, place: int) -> None:
        self._cursor = place
        self._describe()
        self.update()
        self._tell()

    def _tell(self) -> None:
        place = self._hover if self._hover is not None else self.current if self.hasFocus() else None
        self.looked_at.emit(None if place is None else self._examples[place].value)

    def _describe(self) -> None:
        if self._examples:
            current = self._examples[min(self._cursor, len(self._examples) - 1)]
            self.setAccessibleDescription(f"{current.title}, activation {number(current.value)}")
        else:
            self.setAccessibleDescription("no examples")

    # -- painting -----------------------------------------------------------------------------------------------------

    @Slot()
    def _recolour(self) -> None:
        self._atlas = None
        if len(self._images) and len(self._shape) > 1:
            # One picture under the other: each is one block of memory, and is drawn from its rows alone.
            self._atlas = ink_image(
                self._images.reshape(-1, *self._shape[1:]), self._theme.tokens, self._shades
            )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens, grid = self._theme.tokens, self._grid()
        painter.setFont(small_font(self.font(), TICK_PX))
        line, muted = QPen(tokens.color("line"), 1), tokens.color("muted")
        for place, example in enumerate(self._examples):
            box = self.rect_of(place)
            if self._atlas is not None:
                tall, wide = self._shape[:2]
                painter.drawImage(box, self._atlas, QRect(0, place * tall, wide, tall))
            else:
                paint_ink_plot(painter, QRectF(box), self._images[place], tokens, self._shades.span)
            if grid.captions:
                painter.setPen(muted)
                self._paint_caption(painter, box, example)
            if example.badge:
                self._paint_badge(painter, box, example.badge)
            painter.setPen(line)
            painter.drawRect(box.adjusted(0, 0, -1, -1))
        for place in range(0 if self._examples else self._count):
            # What is to come; frames without pictures look like boxes to tick.
            painter.fillRect(grid.rect(place), tokens.color("raised", 0.6))
        painter.setPen(QPen(tokens.color("accent"), 2))
        for ringed in (self._hover, self._cursor if self.hasFocus() else None):
            if ringed is not None and ringed < len(self._examples):
                painter.drawRect(self.rect_of(ringed).adjusted(1, 1, -1, -1))
        if self.hasFocus() and not self._examples:
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _paint_caption(self, painter: QPainter, box: QRect, example: Example) -> None:
        below = QRect(box.left(), box.bottom() + 1, box.width(), CAPTION)
        painter.drawText(
            below, Qt.AlignmentFlag.AlignCenter, caption(example, painter.fontMetrics(), box.width())
        )

    def _paint_badge(self, painter: QPainter, box: QRect, badge: str) -> None:
        tokens, metrics = self._theme.tokens, painter.fontMetrics()
        size = QSize(metrics.horizontalAdvance(badge) + 4, metrics.height())
        corner = QRect(box.bottomRight() - QPoint(size.width(), size.height()), size)
        painter.fillRect(corner, tokens.color("panel", 0.85))
        painter.setPen(tokens.color("text"))
        painter.drawText(corner, Qt.AlignmentFlag.AlignCenter, badge)
