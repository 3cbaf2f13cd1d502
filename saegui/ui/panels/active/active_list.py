"""The list of active latents: one widget that paints the rows that can be seen, however many there are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Slot
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
from saegui.app.steering import SteeringControl
from saegui.core.analysis.input_codes import InputCodes
from saegui.core.analysis.ranking import Rank, numbers, order
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.latent_notes import Notes
from saegui.ui.panels.active.places import ROW, Places, columns_for
from saegui.ui.panels.active.preview import Preview
from saegui.ui.panels.active.row_paint import Marks, RowPaint, Shown, scale_of
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.meanings import Meaning

_FAR = 10**9
NEAR = 6
"""px beside a bar at which a click still means it: its very ends are reached, too."""


_KEY_SHARE = 0.02
"""Of a whole bar: how far an arrow key moves its end."""


class ActiveList(QAbstractScrollArea):
    """The active latents, the first by :attr:`rank` first. Pointing previews, clicking selects; bars can be made sliders that steer."""

    accessible_role = QAccessible.Role.List

    def __init__(
        self, state: AppState, steering: SteeringControl, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._steering, self._theme = state, steering, theme
        self.notes: Callable[[], Notes] = dict
        """Stars and labels of the latents."""
        self.meaning: Callable[[], Meaning | None] = lambda: None
        """What decoders that are no pictures are shown by."""
        self.rank: Rank = "activation"
        """What rows are ordered by, and what their numbers are. Sliders show activations, and so does everything until what
        the rank needs is known; :attr:`shown` says which it is."""
        self.codes: Callable[[], InputCodes | None] = lambda: None
        """The codes of the training inputs, for quantiles."""
        self._sliders = False
        self._dragged: int | None = None
        """The latent whose bar is dragged."""
        self._shown: Shown | None = None
        self._places = Places(0, 1, 1)
        self._row = 0
        self._preview = Preview(state)
        self._latents: list[int] = []
        self._listed_for: tuple[object, ...] = ()
        self._rows = RowPaint(self.font())
        self.setObjectName("active-list")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.verticalScrollBar().setSingleStep(ROW)
        self.verticalScrollBar().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        state.selection_changed.connect(self._selected)
        state.hover_changed.connect(self.viewport().update)
        theme.changed.connect(self._recolour)
        self.refresh()

    # -- what is listed -------------------------------------------------------------------------------

    @property
    def shown(self) -> Shown | None:
        """What is painted; None without a code."""
        return self._shown

    @property
    def latents(self) -> list[int]:
        """Latents in the order of the rows."""
        return self._latents

    @Slot()
    def refresh(self) -> None:
        """The image was encoded again."""
        code, snapshot = self._state.code, self._state.snapshot
        if code is None or snapshot is None:
            self._shown = None
        else:
            before, held = self._shown, self._steering.values
            same = before is not None and before.snapshot is snapshot
            scale = before.scale if before is not None and same else scale_of(snapshot)
            result = self._steering.result if held else None
            others = [latent for latent in held if not code.z[latent]]
            latents = np.concatenate([code.active, np.array(others, np.intp)])
            z = code.z if result is None else result.z
            rank, latents, ranked = self._ranked(snapshot, latents, z)
            self._shown = Shown(
                snapshot,
                latents,
                z,
                scale,
                code.z,
                held,
                None if result is None else result.reencoded,
                self._sliders,
                self._steering.top,
                self.notes(),
                self.meaning(),
                rank,
                ranked,
            )
        self._latents = self._shown.latents.tolist() if self._shown is not None else []
        self._rows.forget()
        self._row = max(0, min(self._row, len(self._latents) - 1))
        self._set_range()
        self._begin_at_the_top()
        self._describe()
        self.viewport().update()

    def _ranked(
        self, snapshot: Snapshot, latents: NDArray[np.intp], z: NDArray[np.float32]
    ) -> tuple[Rank, NDArray[np.intp], NDArray[np.float64] | None]:
        """What rows are ranked by, latents in this order, and their numbers; None for activations."""
        given, codes = self._state.model_input, self.codes()
        if (
            self.rank == "activation"
            or self._sliders
            or given is None
            or (self.rank == "quantile" and codes is None)
        ):
            return "activation", latents, None
        found = numbers(self.rank, snapshot, given, z, latents, codes)
        places = order(found, z, latents)
        return self.rank, latents[places], found[places]

    @property
    def sliders(self) -> bool:
        """Whether bars can be dragged."""
        return self._sliders

    def set_sliders(self, on: bool) -> None:
        """Let bars be dragged, or let a click anywhere select."""
        if on != self._sliders:
            self._sliders, self._dragged = on, None
            self.refresh()

    def groove(self, row: int) -> QRect:
        """Where the bar of a row lies, in the viewport's px."""
        shown = self._shown
        return self._rows.groove(shown, self.row_rect(row).toRect()) if shown is not None else QRect()

    def _begin_at_the_top(self) -> None:
        """With another image or run, the strongest come into view; other weights of the same run keep the place."""
        run = self._state.run
        listed_for = (self._state.drawing, run.path if run is not None else None)
        before, self._listed_for = self._listed_for, listed_for
        if any(a is not b and a != b for a, b in zip(before, listed_for, strict=False)):
            self._row = 0
            self.verticalScrollBar().setValue(0)

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
        columns = columns_for(len(self._latents), width, room.height())
        self._places = Places(len(self._latents), columns, self.viewport().width())
        bar.setPageStep(room.height())
        bar.setRange(0, max(0, self._places.height - room.height()))

    def _describe(self) -> None:
        shown = self._shown
        count = len(shown.latents) if shown is not None else 0
        summary = "Active latents: none"
        current = ""
        if shown is not None and count:
            first = "strongest" if shown.ranked is None else "first"
            summary = f"Active latents: {count}, {first} {shown.said(0)}"
            current = f"Row {self._row + 1} of {count}: {shown.said(self._row)}"
        self.setAccessibleName(summary)
        self.setAccessibleDescription(current)

    # -- pointing, clicking, keys ---------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event.position(), more=True)
        else:
            self._dragged = None
            self._preview.show(self.latent_at(event.position()), "mouse")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        latent = self.latent_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and latent is not None:
            self._go(self._latents.index(latent), preview=False)
            self._state.select(latent)
            if self._on_slider(event.position(), latent):
                self._dragged = latent
                self._drag(event.position(), more=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        latent = self.latent_at(event.position())
        if (
            latent is not None
            and event.button() == Qt.MouseButton.LeftButton
            and self._on_slider(event.position(), latent)
        ):
            self._steering.release(latent, more=True)
        else:
            self.mousePressEvent(event)

    def _on_slider(self, at: QPointF, latent: int) -> bool:
        """Whether a point is on the bar of a latent that can be dragged, or so near that it is meant."""
        groove = self.groove(self._latents.index(latent))
        return self._sliders and groove.left() - NEAR <= at.x() <= groove.right() + NEAR

    def _drag(self, at: QPointF, *, more: bool) -> None:
        latent, shown = self._dragged, self._shown
        if latent is None or shown is None or latent not in self._latents:
            # Meanwhile a training went on, and the image no longer activates it.
            self._dragged = None
            return
        groove = self.groove(self._latents.index(latent))
        share = (at.x() - groove.left()) / max(1, groove.width())
        self._steering.set(latent, shown.full_bar * share, more=more)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._preview.show(None, "mouse")
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell(event)
            return True
        return super().viewportEvent(event)

    def _tell(self, event: QHelpEvent) -> None:
        latent = self.latent_at(QPointF(event.pos()))
        if latent is None or self._shown is None:
            QToolTip.hideText()
            return
        row = self._latents.index(latent)
        QToolTip.showText(
            event.globalPos(),
            self._shown.told(row, self._state.model_input),
            self.viewport(),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count, columns = event.key(), len(self._latents), self._places.columns
        page = columns * max(1, self.viewport().height() // ROW)
        keys = Qt.Key
        # Where arrows sideways move the bar, those up and down reach every row.
        line = 1 if self._sliders else columns
        steps = {
            keys.Key_Up: -line,
            keys.Key_Down: line,
            keys.Key_PageUp: -page,
            keys.Key_PageDown: page,
            keys.Key_Home: -_FAR,
            keys.Key_End: _FAR,
            **({keys.Key_Left: -1, keys.Key_Right: 1} if columns > 1 else {}),
        }
        if not count or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif self._sliders and self._steer(key):
            pass
        elif key in steps:
            self._go(max(0, min(count - 1, self._row + steps[Qt.Key(key)])), preview=True)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._state.select(self._latents[self._row])
        else:
            event.ignore()

    def _steer(self, key: int) -> bool:
        """Whether the key was for the slider of the row that has the keyboard."""
        latent, full = self._latents[self._row], self._steering.top
        value = float(self._shown.z[latent]) if self._shown is not None else 0.0
        keys = Qt.Key
        if key in (keys.Key_Left, keys.Key_Minus):
            self._steering.set(latent, value - _KEY_SHARE * full, more=True)
        elif key in (keys.Key_Right, keys.Key_Plus):
            self._steering.set(latent, value + _KEY_SHARE * full, more=True)
        elif key == keys.Key_Delete:
            self._steering.set(latent, 0.0, more=True)
        elif key == keys.Key_Backspace:
            self._steering.release(latent, more=True)
        else:
            return False
        return True

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
        self._describe()
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
            self._describe()
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

    @Slot()
    def _recolour(self) -> None:
        self._rows.forget()
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        shown, state = self._shown, self._state
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.tokens.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), 4, 4)
        if shown is None or not self._latents:
            return
        top = self.verticalScrollBar().value()
        rows = self._places.between(top, top + self.viewport().height())
        painter.translate(0, -top)
        marks = Marks(state.selected, state.hovered, self._row if self.hasFocus() else None)
        self._rows.paint(painter, shown, self._places, rows, marks, self._theme.tokens)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._rows.set_font(self.font())
        super().changeEvent(event)
