"""Other latents as thumbnails, with a word below each: pointing previews one, a click selects it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from saegui.app.services import Services
from saegui.core.figures.grids import Side
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import latent_name
from saegui.ui.panels.latent.bars import TICK_PX
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.meanings import meaning_of, tile_proportion
from saegui.ui.widgets.pictures import fitted, paint_picture, paint_weight_plot, size_in, weight_image
from saegui.ui.widgets.text import small_font
from saegui.ui.widgets.weight_scales import Scales, weights_of

TILE, LINE, GAP = 48, 13, 4
"""px: the longer side of a picture at least, the height of a line of words, and what is between two pictures."""
LARGEST, ENOUGH = 96, 24
"""px of a picture's longer side where so many latents, and all that there are, still have room."""


class Thumb(NamedTuple):
    """One latent."""

    latent: int
    value: str = ""
    """What stands below it."""
    tip: str = ""
    """More about it, below its name in the tooltip."""


class LatentThumbs(QWidget):
    """As many latents as fit; of more, the last place says how many are left out. ``rows`` lines are enough.

    Arrow keys go from one to the next and preview it, Enter selects it.
    """

    accessible_role = QAccessible.Role.List

    def __init__(
        self, services: Services, theme: Theme, name: str, rows: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services, self._state, self._theme, self._rows = services, services.state, theme, rows
        self._thumbs: tuple[Thumb, ...] = ()
        self._seen: tuple[Snapshot, Scales, Side] | None = None
        self._counts_rest = False
        self._cursor = 0
        self._pointed = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        for signal in (theme.changed, services.nearest.changed, self._state.selection_changed):
            signal.connect(self.update)
        self._state.hover_changed.connect(self.update)

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def thumbs(self) -> tuple[Thumb, ...]:
        """All that were given, in order."""
        return self._thumbs

    @property
    def shown(self) -> tuple[Thumb, ...]:
        """Those that have room."""
        room = self._room_of(self._tile())
        if len(self._thumbs) <= room or not self._counts_rest:
            return self._thumbs[:room]
        return self._thumbs[: max(0, room - 1)]

    def show_thumbs(
        self,
        thumbs: Sequence[Thumb],
        snapshot: Snapshot,
        scales: Scales,
        side: Side,
        *,
        counts_rest: bool = False,
    ) -> None:
        """Show these latents of ``snapshot``; ``counts_rest``: those without room are counted."""
        if tuple(thumbs) != self._thumbs:
            self._thumbs, self._cursor = tuple(thumbs), 0
        self._seen, self._counts_rest = (snapshot, scales, side), counts_rest
        words = [f"{self._services.notes.title(each.latent)} {each.value}".strip() for each in self._thumbs]
        self.setAccessibleDescription(", ".join(words))
        self.update()

    def clear(self) -> None:
        """Show none."""
        self._thumbs, self._seen = (), None
        self.setAccessibleDescription("")
        self._point_at(None)
        self.update()

    def height_of_all(self) -> int:
        """px that enough lines take."""
        return self._rows * (size_in(tile_proportion(self._services), TILE).height() + LINE + GAP)

    def _tile(self) -> QSize:
        """As large as there is room, by no smaller number of latents than :data:`ENOUGH`: that of a family changes with each."""
        proportion, count = tile_proportion(self._services), max(ENOUGH, len(self._thumbs))
        sizes = (size_in(proportion, side) for side in range(LARGEST, TILE, -4))
        return next((size for size in sizes if self._room_of(size) >= count), size_in(proportion, TILE))

    def _room_of(self, tile: QSize) -> int:
        """How many pictures of a size there are places for."""
        return self._places_of(tile) * max(1, (self.height() + GAP) // (tile.height() + LINE + GAP))

    def _places_of(self, tile: QSize) -> int:
        return max(1, (self.width() + GAP) // (tile.width() + GAP))

    def _per_row(self) -> int:
        return self._places_of(self._tile())

    def rect_of(self, place: int) -> QRect:
        """Where the picture at ``place`` is painted."""
        tile = self._tile()
        row, column = divmod(place, self._per_row())
        return QRect(QPoint(column * (tile.width() + GAP), row * (tile.height() + LINE + GAP)), tile)

    def place_at(self, at: QPoint) -> int | None:
        """The place whose picture, or the word below it, is at a point."""
        places = range(len(self.shown))
        return next((i for i in places if self.rect_of(i).adjusted(0, 0, 0, LINE).contains(at)), None)

    # -- mouse and keys -----------------------------------------------------------------------------------------------

    def choose(self, at: QPoint | None) -> QPoint | None:
        """Select the latent at a point, or the current one for None; returns a point of it, None where there is none."""
        place = self.place_at(at) if at is not None else min(self._cursor, len(self.shown) - 1)
        if place is None or place < 0:
            return None
        found = at if at is not None else self.rect_of(place).center()
        self._state.select(self.shown[place].latent)
        return found

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        self._point_at(None if place is None else self.shown[place].latent)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._cursor = place
            self._state.select(self.shown[place].latent)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._point_at(None)
        super().hideEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._point_at(None)
        self.update()

    def _point_at(self, latent: int | None) -> None:
        # A hover that another panel began is not ended here.
        if latent is not None or self._pointed:
            self._pointed = latent is not None
            self.setCursor(Qt.CursorShape.PointingHandCursor if self._pointed else Qt.CursorShape.ArrowCursor)
            self._state.hover(latent)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        per_row, last = self._per_row(), len(self.shown) - 1
        moves = {
            Qt.Key.Key_Left: self._cursor - 1,
            Qt.Key.Key_Right: self._cursor + 1,
            Qt.Key.Key_Up: self._cursor - per_row,
            Qt.Key.Key_Down: self._cursor + per_row,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if last < 0 or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif key in moves:
            if 0 <= moves[key] <= last:
                self._cursor = moves[key]
                self._point_at(self.shown[self._cursor].latent)
                self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._state.select(self.shown[min(self._cursor, last)].latent)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(event.pos())
            if place is not None:
                QToolTip.showText(event.globalPos(), self.tip_of(place), self, self.rect_of(place))
            return True
        return super().event(event)

    def tip_of(self, place: int) -> str:
        """The tooltip of a thumbnail."""
        thumb = self.shown[place]
        return "\n".join(
            filter(None, (self._services.notes.title(thumb.latent), thumb.tip, "Click to select it."))
        )

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._seen is None:
            return
        painter, tokens = QPainter(self), self._theme.tokens
        painter.setFont(small_font(self.font(), TICK_PX))
        shown = self.shown
        for place, thumb in enumerate(shown):
            self._paint(painter, self.rect_of(place), thumb)
        painter.setPen(tokens.color("muted"))
        if rest := (len(self._thumbs) - len(shown)) * self._counts_rest:
            painter.drawText(self.rect_of(len(shown)), Qt.AlignmentFlag.AlignCenter, f"+{rest:,}")
        if self.hasFocus() and shown:
            painter.setPen(QPen(tokens.color("accent"), 1, Qt.PenStyle.DotLine))
            painter.drawRect(self.rect_of(min(self._cursor, len(shown) - 1)).adjusted(-1, -1, 0, 0))

    def _paint(self, painter: QPainter, room: QRect, thumb: Thumb) -> None:
        assert self._seen is not None
        snapshot, scales, side = self._seen
        tokens, latent = self._theme.tokens, thumb.latent
        meaning = (
            meaning_of(self._services) if side == "decoder" and snapshot is self._state.snapshot else None
        )
        if meaning is None or not meaning.paint(painter, room, latent, tokens, above=LINE):
            weights = weights_of(snapshot, side, [latent])[0]
            frame = QRectF(fitted(snapshot.shape, room))
            if weights.ndim == 1:
                paint_weight_plot(painter, frame, weights, scales.shared(side), tokens)
            else:
                paint_picture(painter, frame, weight_image(weights, scales.shared(side), tokens))
        ring = latent in (self._state.selected, self._state.hovered)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.color("accent" if ring else "line"), 1))
        painter.drawRect(QRectF(room).adjusted(0, 0, -1, -1))
        number = latent_name(latent)
        wide = painter.fontMetrics().horizontalAdvance(number) + 4
        corner = QRect(room.left(), room.top(), wide, LINE)
        painter.fillRect(corner, tokens.color("panel", 0.8))
        painter.setPen(tokens.color("text"))
        painter.drawText(corner, Qt.AlignmentFlag.AlignCenter, number)
        painter.setPen(tokens.color("muted"))
        below = QRect(room.left() - GAP // 2, room.bottom() + 1, room.width() + GAP, LINE)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, thumb.value)
