"""The reconstruction as a sum: bias + a₁d₁ + a₂d₂ + …, each term with the partial sum and the error that it leaves."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QAccessible,
    QCursor,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QToolTip, QWidget

from saegui.app.state import AppState
from saegui.app.steering import SteeringControl
from saegui.core.analysis.contributions import TermSum, term_sum
from saegui.core.numbers import hundredths, latent_name
from saegui.ui.panels.active.preview import Preview
from saegui.ui.panels.active.row_paint import STRONGEST
from saegui.ui.panels.active.sum_places import SumPlaces, places_in
from saegui.ui.panels.active.tiles import InkTiles, Tiles
from saegui.ui.theme.colour_map import full_colour
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.pictures import shades_of
from saegui.ui.widgets.text import SMALL_PX, number, small_font

_FAR = 10**9


class SumStrip(QAbstractScrollArea):
    """One cell for the bias and one for each term, from left to right. Pointing previews a latent, clicking selects it."""

    accessible_role = QAccessible.Role.List

    def __init__(
        self, state: AppState, steering: SteeringControl, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._steering, self._theme = state, steering, theme
        self._preview = Preview(state)
        self._sum: TermSum | None = None
        self._shape: tuple[int, ...] = (1, 1)
        self._tiles: tuple[Tiles, InkTiles] | None = None
        self._places = places_in(0, 1, 1, self._shape)
        self._place = 0
        self._shown_for: object = None
        self._stale = True
        self.setObjectName("sum-strip")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.horizontalScrollBar().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        for signal in (state.code_changed, steering.changed):
            signal.connect(self.refresh)
        for signal in (state.selection_changed, state.hover_changed):
            signal.connect(self.viewport().update)
        theme.changed.connect(self._recolour)

    # -- what is shown --------------------------------------------------------------------------------

    @property
    def sum(self) -> TermSum | None:
        """What is shown; None without a code, and before the strip was seen."""
        return self._sum

    @property
    def places(self) -> SumPlaces:
        """Where the cells stand, scrolling left aside."""
        return self._places

    def cell(self, place: int) -> QRect:
        """Where a cell is painted, in the viewport's px; 0 is the bias."""
        return self._places.cell(place).translated(-self.horizontalScrollBar().value(), 0)

    @Slot()
    def refresh(self) -> None:
        """Show the sum of the code as it is now; a strip that cannot be seen waits until it can."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        code, snapshot, given = self._steering.shown, self._state.snapshot, self._state.model_input
        if code is None or snapshot is None or given is None:
            self._sum = None
        else:
            self._sum, self._shape = term_sum(snapshot, given, code.z), snapshot.shape
        # Of another input the largest terms come into view; while it is drawn on, too.
        another, self._shown_for = self._state.drawing is not self._shown_for, self._state.drawing
        self._place = 0 if another else max(0, min(self._place, self._count - 1))
        self._tiles = None
        self._lay_out()
        if another:
            self.horizontalScrollBar().setValue(0)
        self._describe()
        self.viewport().update()

    @property
    def _count(self) -> int:
        """Cells: the bias, the terms, and one that says how many terms are left out."""
        found = self._sum
        return 0 if found is None else 1 + len(found.latents) + (not found.whole)

    def _latent(self, place: int | None) -> int | None:
        """The latent of a cell; the bias has none."""
        found = self._sum
        if found is None or place is None or not 1 <= place <= len(found.latents):
            return None
        return int(found.latents[place - 1])

    def said(self, place: int) -> str:
        """A cell in words: ``#12 3.21, MSE 0.0142 left``."""
        found = self._sum
        if found is None:
            return ""
        if place > len(found.latents):
            return f"{found.n_active - len(found.latents):,} more terms"
        name = (
            "bias"
            if place == 0
            else f"{latent_name(found.latents[place - 1])} {hundredths(found.activations[place - 1])}"
        )
        return f"{name}, MSE {number(float(found.mse[place]))} left"

    def _describe(self) -> None:
        found = self._sum
        count = self._count
        summary, current = "Sum: none", ""
        if found is not None:
            summary = f"Sum: bias and {found.n_active} terms"
            current = f"Part {self._place + 1} of {count}: {self.said(self._place)}"
        self.setAccessibleName(summary)
        self.setAccessibleDescription(current)

    # -- pointing, clicking, keys ---------------------------------------------------------------------

    def _place_at(self, at: QPointF) -> int | None:
        return self._places.place_at(at + QPointF(self.horizontalScrollBar().value(), 0))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._preview.show(self._latent(self._place_at(event.position())), "mouse")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._go(place, preview=False)
            if self._latent(place) is not None:
                self._state.select(self._latent(place))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._preview.show(None, "mouse")
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._place_at(QPointF(event.pos()))
            if place is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self._told(place), self.viewport())
            return True
        return super().viewportEvent(event)

    def _told(self, place: int) -> str:
        what = (
            "Above: the decoder's bias. Below: the reconstruction from it alone."
            if place == 0
            else "Above: activation × decoder. Below: the sum up to here. Click to select the latent in every panel."
        )
        return f"{self.said(place)}.\n{what}"

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, keys = event.key(), Qt.Key
        steps = {keys.Key_Left: -1, keys.Key_Right: 1, keys.Key_Home: -_FAR, keys.Key_End: _FAR}
        if not self._count or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif key in steps:
            self._go(max(0, min(self._count - 1, self._place + steps[keys(key)])), preview=True)
        elif (
            key in (keys.Key_Return, keys.Key_Enter, keys.Key_Space) and self._latent(self._place) is not None
        ):
            self._state.select(self._latent(self._place))
        else:
            event.ignore()

    def _go(self, place: int, *, preview: bool) -> None:
        self._place = place
        bar, cell = self.horizontalScrollBar(), self._places.cell(place)
        bar.setValue(min(cell.left(), max(bar.value(), cell.right() + 1 - self.viewport().width())))
        self._describe()
        if preview:
            self._preview.show(self._latent(place), "keys")
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        bar, turned = self.horizontalScrollBar(), event.angleDelta()
        bar.setValue(bar.value() - (turned.y() or turned.x()) * self._places.step // 120)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self._preview.show(self._latent(self._place), "keys")
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._preview.show(None, "keys")
        super().focusOutEvent(event)
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()
        if self._preview.means == "mouse":
            at = QPointF(self.viewport().mapFromGlobal(QCursor.pos()))
            self._preview.show(self._latent(self._place_at(at)), "mouse")

    # -- looks ----------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(316, 96)

    def minimumSizeHint(self) -> QSize:
        return QSize(220, 90)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        room, bar = self.maximumViewportSize(), self.horizontalScrollBar()
        self._places = places_in(self._count, room.width(), room.height(), self._shape)
        if self._places.width > room.width():
            low = room.height() - bar.sizeHint().height()
            self._places = places_in(self._count, room.width(), low, self._shape)
        bar.setSingleStep(self._places.step)
        bar.setPageStep(room.width())
        bar.setRange(0, max(0, self._places.width - room.width()))

    @Slot()
    def _recolour(self) -> None:
        self._tiles = None
        self.viewport().update()

    def _pictures(self, found: TermSum) -> tuple[Tiles, InkTiles]:
        snapshot = self._state.snapshot
        if self._tiles is None and snapshot is not None:
            bias = snapshot.b_dec.reshape(1, *self._shape)
            scale = full_colour(float(abs(found.terms[:STRONGEST]).max(initial=0)))
            tokens = self._theme.tokens
            self._tiles = (
                Tiles(np.concatenate([bias, found.terms]), scale, tokens),
                InkTiles(found.partial, shades_of(snapshot), tokens),
            )
        assert self._tiles is not None
        return self._tiles

    def paintEvent(self, event: QPaintEvent) -> None:
        found, tokens = self._sum, self._theme.tokens
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), 4, 4)
        if found is None:
            return
        left = self.horizontalScrollBar().value()
        painter.translate(-left, 0)
        step = self._places.step
        for place in range(left // step, min(self._count, (left + self.viewport().width()) // step + 1)):
            self._paint_cell(painter, found, place)

    def _paint_cell(self, painter: QPainter, found: TermSum, place: int) -> None:
        tokens, latent, cell = self._theme.tokens, self._latent(place), self._places.cell(place)
        frame = QRectF(cell.adjusted(4, 0, 3, 0)).adjusted(0.5, 0.5, -0.5, -0.5)
        selected = latent is not None and latent == self._state.selected
        painter.setPen(Qt.PenStyle.NoPen)
        if latent is not None and latent == self._state.hovered:
            painter.setBrush(tokens.color("raised"))
            painter.drawRoundedRect(frame, 4, 4)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if selected or (self.hasFocus() and place == self._place):
            pen = QPen(tokens.color("accent"), 2 if selected else 1)
            pen.setStyle(Qt.PenStyle.SolidLine if selected else Qt.PenStyle.DotLine)
            painter.setPen(pen)
            painter.drawRoundedRect(frame, 4, 4)
        above, below = self._places.words(place)
        painter.setFont(small_font(self.font(), SMALL_PX - 1, bold=selected))
        painter.setPen(tokens.color("text"))
        centre = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
        if place > len(found.latents):
            term = self._places.pictures(place)[0]
            painter.drawText(QRectF(term), centre, f"+ {found.n_active - len(found.latents):,}\nmore")
            return
        painter.drawText(QRectF(above), centre, "bias" if latent is None else latent_name(latent))
        painter.setPen(tokens.color("muted"))
        painter.drawText(QRectF(below), centre, self._error(painter, float(found.mse[place]), below.width()))
        terms, sums = self._pictures(found)
        term, total = self._places.pictures(place)
        if place:
            sign = QRectF(cell.left(), term.top(), term.left() - cell.left(), term.height())
            painter.drawText(sign, centre, "+")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        terms.paint(painter, term, place)
        sums.paint(painter, total, place)
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRects([term.adjusted(-1, -1, 0, 0), total.adjusted(-1, -1, 0, 0)])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _error(self, painter: QPainter, mse: float, room: int) -> str:
        """The error in as many digits as have room."""
        exact, short = number(mse), f"{mse:.3f}" if mse < 10 else f"{mse:.0f}"
        return exact if QFontMetricsF(painter.font()).horizontalAdvance(exact) <= room - 2 else short
