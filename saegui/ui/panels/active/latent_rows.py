"""A list of latents: one widget that paints the rows that can be seen, however many there are."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QAccessible,
    QCursor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QToolTip, QWidget

from saegui.app.state import AppState
from saegui.ui.panels.active.places import COLUMN, ROW, Places, arranged
from saegui.ui.panels.active.preview import Preview
from saegui.ui.panels.active.row_paint import Marks
from saegui.ui.theme.theme import Theme

_FAR = 10**9


class LatentRows(QAbstractScrollArea):
    """Pointing at a row previews its latent everywhere, clicking selects it; so do arrow keys and Enter."""

    accessible_role = QAccessible.Role.List

    def __init__(self, state: AppState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._theme = state, theme
        self._places = Places(0, 1, 1)
        self._row = 0
        self._preview = Preview(state)
        self._latents: list[int] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.verticalScrollBar().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        state.selection_changed.connect(self._selected)
        state.hover_changed.connect(self.viewport().update)

    # -- what a list of some kind says of itself ------------------------------------------------------

    def summary(self) -> str:
        """The accessible name: what is listed."""
        raise NotImplementedError

    def said(self, row: int) -> str:
        """A row in words, such as ``#12 3.21``."""
        raise NotImplementedError

    def told(self, row: int) -> str:
        """The tooltip of a row."""
        raise NotImplementedError

    def least_column(self) -> int:
        """px that a column needs."""
        return COLUMN

    def compact_column(self) -> int:
        """px that a column needs at least, where all rows are then in sight."""
        return self.least_column()

    def scrolled_row(self) -> int:
        """px of a row where not all rows are in sight."""
        return ROW

    def paint_rows(self, painter: QPainter, rows: range, marks: Marks) -> None:
        """Paint ``rows``; the painter's origin is the upper left of the first row of all."""
        raise NotImplementedError

    # -- what is listed -------------------------------------------------------------------------------

    @property
    def latents(self) -> list[int]:
        """Latents in the order of the rows."""
        return self._latents

    def set_latents(self, latents: list[int], *, from_the_top: bool) -> None:
        """List these; ``from_the_top``: the first ones come into view."""
        self._latents = latents
        self._row = 0 if from_the_top else max(0, min(self._row, len(latents) - 1))
        self._set_range()
        if from_the_top:
            self.verticalScrollBar().setValue(0)
        self.describe()
        self.viewport().update()

    @property
    def places(self) -> Places:
        """Where the rows stand, scrolling left aside."""
        return self._places

    def row_rect(self, row: int) -> QRectF:
        """Where a row is painted, in the viewport's px."""
        return self._places.rect(row).translated(0, -self.verticalScrollBar().value())

    def latent_at(self, at: QPointF) -> int | None:
        """The latent under a point of the viewport."""
        row = self._places.row_at(at + QPointF(0, self.verticalScrollBar().value()))
        return self._latents[row] if row is not None else None

    def _set_range(self) -> None:
        bar, room = self.verticalScrollBar(), self.maximumViewportSize()
        width = room.width() - bar.sizeHint().width()
        columns, height = arranged(
            len(self._latents),
            width,
            room.height(),
            self.least_column(),
            self.compact_column(),
            self.scrolled_row(),
        )
        self._places = Places(len(self._latents), columns, self.viewport().width(), height)
        bar.setSingleStep(height)
        bar.setPageStep(room.height())
        bar.setRange(0, max(0, self._places.height - room.height()))

    def describe(self) -> None:
        """Say to screen readers what is listed, and the row that has the keyboard."""
        count = len(self._latents)
        self.setAccessibleName(self.summary())
        self.setAccessibleDescription(
            f"Row {self._row + 1} of {count}: {self.said(self._row)}" if count else ""
        )

    # -- pointing, clicking, keys ---------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._preview.show(self.latent_at(event.position()), "mouse")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        latent = self.latent_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and latent is not None:
            self._go(self._latents.index(latent), preview=False)
            self._state.select(latent)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._preview.show(None, "mouse")
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            latent = self.latent_at(QPointF(event.pos()))
            if latent is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self.told(self._latents.index(latent)), self.viewport())
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = event.key(), len(self._latents)
        steps = self._steps()
        if not count or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif key in steps:
            self._go(max(0, min(count - 1, self._row + steps[Qt.Key(key)])), preview=True)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._state.select(self._latents[self._row])
        else:
            event.ignore()

    def _steps(self) -> dict[Qt.Key, int]:
        """Rows by which keys go on."""
        columns, keys = self._places.columns, Qt.Key
        page = columns * max(1, self.viewport().height() // self._places.row)
        return {
            keys.Key_Up: -columns,
            keys.Key_Down: columns,
            keys.Key_PageUp: -page,
            keys.Key_PageDown: page,
            keys.Key_Home: -_FAR,
            keys.Key_End: _FAR,
            **({keys.Key_Left: -1, keys.Key_Right: 1} if columns > 1 else {}),
        }

    def go_to(self, latent: int) -> None:
        """Bring the row of a listed latent into sight and give it the keyboard."""
        if latent in self._latents:
            self._go(self._latents.index(latent), preview=False)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self, at: QPoint | None) -> QPoint | None:
        """Select the latent at a point, or in the row that has the keyboard for None; returns a point of the row, or None."""
        if at is None:
            latent = self._latents[self._row] if self._latents else None
        else:
            latent = self.latent_at(QPointF(at))
        if latent is None:
            return None
        self._go(self._latents.index(latent), preview=False)
        self._state.select(latent)
        return at if at is not None else self.row_rect(self._row).center().toPoint()

    def _go(self, row: int, *, preview: bool) -> None:
        self._row = row
        self._reveal(row)
        self.describe()
        if preview:
            self._preview.show(self._latents[row], "keys")
        self.viewport().update()

    def _reveal(self, row: int) -> None:
        bar, place = self.verticalScrollBar(), self._places.rect(row).toRect()
        bar.setValue(min(place.top(), max(bar.value(), place.bottom() + 1 - self.viewport().height())))

    @Slot()
    def _selected(self) -> None:
        selected = self._state.selected
        if selected is not None and selected in self._latents:
            self._row = self._latents.index(selected)
            self._reveal(self._row)
            self.describe()
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if (
            event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
            and self._latents
        ):
            self._preview.show(self._latents[self._row], "keys")
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._preview.show(None, "keys")
        super().focusOutEvent(event)
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()
        if self._preview.means == "mouse":
            # Another row is under the pointer, which did not move.
            self._preview.show(self.latent_at(QPointF(self.viewport().mapFromGlobal(QCursor.pos()))), "mouse")

    # -- looks ----------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(316, 5 * ROW)

    def minimumSizeHint(self) -> QSize:
        # The sum, which has the same place, asks for twice the width: half is left to what steering shows.
        return QSize(110, 3 * ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._set_range()

    def paintEvent(self, event: QPaintEvent) -> None:
        state, painter = self._state, QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.tokens.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), 4, 4)
        if not self._latents:
            return
        top = self.verticalScrollBar().value()
        rows = self._places.between(top, top + self.viewport().height())
        painter.translate(0, -top)
        self.paint_rows(
            painter, rows, Marks(state.selected, state.hovered, self._row if self.hasFocus() else None)
        )
