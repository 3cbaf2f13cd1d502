"""Latents of two models as pairs of tiles, in a scrolled viewport that paints them."""

from __future__ import annotations

from typing import Literal, NamedTuple

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import hundredths, latent_name
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT, Tokens
from saegui.ui.widgets.accessible import announce
from saegui.ui.widgets.meanings import MOST_LINES, Meaning
from saegui.ui.widgets.pictures import (
    paint_picture,
    paint_weight_plot,
    proportions,
    shared_scale,
    size_in,
    weight_image,
)
from saegui.ui.widgets.text import SMALL_PX, small_font
from saegui.ui.widgets.weight_scales import SCALE_SAMPLE, weights_of

SIDES = (144, 120, 96, 80, 64, 56, 48)
"""px of a tile's longer side: the largest at which all pairs are in sight, else the largest of which as many stand abreast as of the smallest."""
_LEFT = 2
"""px that the ring of a chosen pair needs."""
_CAPTION = 64
"""px in which a number and a cosine stand beside each other."""
TEXT_SIDES = (144, 120, 108, 96, 84, 74)
"""Likewise where texts stand on the tiles, which are read."""
KEPT = 4000
"""Pictures that are kept."""
Which = Literal[0, 1]
"""0: the shown model, A. 1: the other one, B."""


class Pair(NamedTuple):
    """A latent of each model, or of one of them."""

    a: int | None
    b: int | None
    cosine: float
    """Of the two; of a lonely latent, the largest with any latent of the other model."""

    @property
    def words(self) -> str:
        """``#12 and #40: cosine 0.97``."""
        if self.a is not None and self.b is not None:
            return f"{latent_name(self.a)} and {latent_name(self.b)}: cosine {self.cosine:.3f}"
        alone = self.a if self.a is not None else self.b
        assert alone is not None
        return f"{latent_name(alone)}: largest cosine with any other {self.cosine:.3f}"


class PairView(QAbstractScrollArea):
    """Shows pairs in the order in which they are given. Arrow keys and clicks choose one."""

    accessible_role = QAccessible.Role.List

    chosen = Signal(object)
    """The :class:`Pair` that was clicked, or that keys moved to."""
    pointed = Signal(object)
    """The :class:`Pair` under the pointer, or None."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._models: tuple[Snapshot, Snapshot] | None = None
        self._scales = (1.0, 1.0)
        self._meanings: tuple[Meaning | None, Meaning | None] = (None, None)
        self._pairs: list[Pair] = []
        self._pictures: dict[tuple[int, int], QImage] = {}
        self._active: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
        self._chosen: int | None = None
        self._pointed: int | None = None
        self._side, self._columns = SIDES[-1], 1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme.changed.connect(self._recolour)

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def pairs(self) -> list[Pair]:
        """What is listed."""
        return self._pairs

    @property
    def current(self) -> Pair | None:
        """The pair with the ring."""
        return self._pairs[self._chosen] if self._chosen is not None else None

    def show_pairs(self, a: Snapshot, b: Snapshot, pairs: list[Pair]) -> None:
        """List ``pairs`` of latents of these models."""
        if self._models is None or self._models[0] is not a or self._models[1] is not b:
            self._models = a, b
            self._scales = _scale(a), _scale(b)
            self._pictures.clear()
        self._pairs = pairs
        self._chosen = self._pointed = None
        self._relayout()

    def show_meanings(self, a: Meaning | None, b: Meaning | None) -> None:
        """What stands for the latents of both models instead of their atoms; None where the atoms do."""
        self._meanings = a, b
        self._relayout()

    def words_of(self, place: int) -> str:
        """What is said of a pair: its latents and their cosine, and the texts that stand for them."""
        pair = self._pairs[place]
        said = []
        for meaning, latent in zip(self._meanings, (pair.a, pair.b), strict=True):
            if meaning is not None and meaning.texts is not None and latent is not None:
                said.append(f"{latent_name(latent)} {', '.join(meaning.texts(latent)[:MOST_LINES])}")
        return "; ".join((pair.words, *said))

    def show_active(self, a: frozenset[int], b: frozenset[int]) -> None:
        """Mark the latents of both models that are active on the drawing."""
        if (a, b) != self._active:
            self._active = a, b
            self.viewport().update()

    def mark(self, a: int | None) -> None:
        """Put the ring on the pair of the latent ``a`` of A, and scroll to it; on none where it is not listed."""
        if a is not None and self.current is not None and self.current.a == a:
            return
        if a is None and self.current is not None and self.current.a is None:
            # A latent that only B has is chosen, which selects nothing in A.
            return
        place = (
            next((i for i, pair in enumerate(self._pairs) if pair.a == a), None) if a is not None else None
        )
        self._mark(place)

    def mark_other(self, b: int) -> None:
        """Likewise, of the latent ``b`` of B."""
        self._mark(next((i for i, pair in enumerate(self._pairs) if pair.b == b), self._chosen))

    def _mark(self, place: int | None) -> None:
        if place != self._chosen:
            self._chosen = place
            if place is not None:
                self._reveal(place)
            self.viewport().update()

    # -- places ---------------------------------------------------------------------------------------------------

    def cell(self, place: int) -> QRect:
        """Where a pair stands, its caption included, in viewport coordinates."""
        size = self._cell_size()
        row, column = divmod(place, self._columns)
        return QRect(
            _LEFT + column * (size.width() + GAP),
            UNIT + row * (size.height() + GAP) - self.verticalScrollBar().value(),
            size.width(),
            size.height(),
        )

    def place_at(self, point: QPoint) -> int | None:
        """The pair at a point of the viewport."""
        size = self._cell_size()
        row = (point.y() + self.verticalScrollBar().value() - UNIT) // (size.height() + GAP)
        column = (point.x() - _LEFT) // (size.width() + GAP)
        place = row * self._columns + column
        inside = row >= 0 and 0 <= column < self._columns and place < len(self._pairs)
        return place if inside and self.cell(place).contains(point) else None

    @property
    def _lonely(self) -> bool:
        return bool(self._pairs) and (self._pairs[0].a is None or self._pairs[0].b is None)

    def _cell_size(self, side: int | None = None) -> QSize:
        tile = self._tile(side or self._side)
        count = 1 if self._lonely else 2
        return QSize(
            max(count * tile.width() + (count - 1) * 2, _CAPTION), tile.height() + SMALL_PX + UNIT + UNIT // 2
        )

    def _tile(self, side: int) -> QSize:
        shape = self._models[0].shape if self._models is not None else (1, 1)
        for meaning in self._meanings:
            if meaning is not None and meaning.averages is not None:
                shape = meaning.averages.shape[1:]
        return size_in(proportions(shape), side)

    def _relayout(self) -> None:
        room = self.maximumViewportSize()
        sides = TEXT_SIDES if any(m is not None and m.texts for m in self._meanings) else SIDES
        for side in sides:
            columns = self._fitting(side, room.width())
            height = self._height(side, columns)
            if height <= room.height():
                break
        else:
            width = room.width() - self.verticalScrollBar().sizeHint().width()
            columns = self._fitting(side, width)
            # Scrolled in any case: no larger number of columns would stand there, so the tiles take their room.
            side = next(each for each in sides if self._fitting(each, width) == columns)
            height = self._height(side, columns)
        size = self._cell_size(side)
        self._side, self._columns = side, columns
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, height - room.height()))
        bar.setPageStep(room.height())
        bar.setSingleStep(max(1, size.height() // 2))
        self.viewport().update()

    def _fitting(self, side: int, width: int) -> int:
        """Columns of tiles of this side that fit."""
        return max(1, (width - _LEFT + UNIT) // (self._cell_size(side).width() + GAP))

    def _height(self, side: int, columns: int) -> int:
        """px of all rows."""
        return UNIT + -(-len(self._pairs) // columns) * (self._cell_size(side).height() + GAP)

    def _reveal(self, place: int) -> None:
        cell, bar = self.cell(place), self.verticalScrollBar()
        if cell.top() < 0:
            bar.setValue(bar.value() + cell.top() - UNIT)
        elif cell.bottom() >= self.viewport().height():
            bar.setValue(bar.value() + cell.bottom() - self.viewport().height() + UNIT)

    # -- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self.viewport()), self._theme.tokens
        painter.fillRect(event.rect(), tokens.color("panel"))
        painter.setFont(small_font(self.font(), SMALL_PX))
        if self._models is None:
            return
        height = self._cell_size().height() + GAP
        first = max(0, (self.verticalScrollBar().value() - UNIT) // height) * self._columns
        for place in range(first, len(self._pairs)):
            cell = self.cell(place)
            if cell.top() > event.rect().bottom():
                break
            self._paint_pair(painter, cell, place, tokens)
        if self.hasFocus() and self._chosen is None:
            _frame(painter, self.viewport().rect(), tokens.color("accent"), 0, 2)

    def _paint_pair(self, painter: QPainter, cell: QRect, place: int, tokens: Tokens) -> None:
        pair, tile, left = self._pairs[place], self._tile(self._side), cell.left()
        whole = QRect()
        for which, latent in ((0, pair.a), (1, pair.b)):
            if latent is None:
                continue
            target = QRect(left, cell.top(), tile.width(), tile.height())
            self._paint_tile(painter, target, 1 if which else 0, latent, tokens)
            if latent in self._active[which]:
                _frame(painter, target, tokens.color("active"), 0, 2)
            whole = whole.united(target)
            left += tile.width() + 2
        if place == self._chosen:
            _frame(painter, whole, tokens.color("accent"), 2, 2)
        elif place == self._pointed:
            _frame(painter, whole, tokens.color("text"), 1, 1)
        self._paint_caption(painter, cell, pair, place == self._chosen, tokens)

    def _paint_caption(
        self, painter: QPainter, cell: QRect, pair: Pair, chosen: bool, tokens: Tokens
    ) -> None:
        room = QRect(cell.left(), cell.bottom() - SMALL_PX - UNIT + 1, cell.width(), SMALL_PX + UNIT)
        value = hundredths(pair.cosine)
        painter.setPen(tokens.color("text" if chosen else "muted"))
        numbers = "–".join(latent_name(latent) for latent in (pair.a, pair.b) if latent is not None)
        wide = QFontMetrics(painter.font()).horizontalAdvance
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
        if wide(numbers) + wide(value) + UNIT <= room.width():
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, numbers)

    def _paint_tile(
        self, painter: QPainter, target: QRect, which: Which, latent: int, tokens: Tokens
    ) -> None:
        assert self._models is not None
        model, scale = self._models[which], self._scales[which]
        meaning = self._meanings[which]
        if meaning is not None and meaning.paint(painter, target, latent, tokens):
            _frame(painter, target, tokens.color("line"), 0, 1)
            return
        if len(model.shape) == 1:
            weights = weights_of(model, "decoder", [latent])[0]
            paint_weight_plot(painter, QRectF(target), weights, scale, tokens)
            return
        picture = self._pictures.get((which, latent))
        if picture is None:
            if len(self._pictures) >= KEPT:
                self._pictures.clear()
            picture = weight_image(weights_of(model, "decoder", [latent])[0], scale, tokens)
            self._pictures[which, latent] = picture
        paint_picture(painter, QRectF(target), picture)

    @Slot()
    def _recolour(self) -> None:
        self._pictures.clear()
        self.viewport().update()

    # -- events ---------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._relayout()
        if self._chosen is not None:
            self._reveal(self._chosen)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(420, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(110, 80)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._choose(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.place_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def _point(self, place: int | None) -> None:
        if place != self._pointed:
            self._pointed = place
            self.pointed.emit(self._pairs[place] if place is not None else None)
            self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.place_at(event.pos())
            QToolTip.showText(event.globalPos(), self.words_of(place) if place is not None else "", self)
            return True
        return super().viewportEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys, Home and End go to another pair."""
        page = max(1, self.viewport().height() // (self._cell_size().height() + GAP)) * self._columns
        last = len(self._pairs) - 1
        at = self._chosen if self._chosen is not None else -1
        moves = {
            Qt.Key.Key_Right: at + 1,
            Qt.Key.Key_Left: at - 1,
            Qt.Key.Key_Down: at + self._columns if at >= 0 else 0,
            Qt.Key.Key_Up: at - self._columns,
            Qt.Key.Key_PageDown: at + page,
            Qt.Key.Key_PageUp: at - page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        place = moves.get(Qt.Key(event.key())) if not event.modifiers() else None
        if place is None or not self._pairs:
            super().keyPressEvent(event)
        else:
            self._choose(min(max(place, 0), last))

    def _choose(self, place: int) -> None:
        self._mark(place)
        pair = self._pairs[place]
        self.chosen.emit(pair)
        words = self.words_of(place)
        self.setAccessibleDescription(words)
        announce(self, words)


def _scale(model: Snapshot) -> float:
    """One scale for all latents that have a direction, from a sample of them."""
    step = -(-model.n_latents // SCALE_SAMPLE)
    return shared_scale(weights_of(model, "decoder", list(range(0, model.n_latents, step))))


def _frame(painter: QPainter, rect: QRect, colour: QColor, outside: int, width: int) -> None:
    outer = rect.adjusted(-outside, -outside, outside, outside)
    for part in (
        QRect(outer.x(), outer.y(), outer.width(), width),
        QRect(outer.x(), outer.bottom() - width + 1, outer.width(), width),
        QRect(outer.x(), outer.y(), width, outer.height()),
        QRect(outer.right() - width + 1, outer.y(), width, outer.height()),
    ):
        painter.fillRect(part, colour)
