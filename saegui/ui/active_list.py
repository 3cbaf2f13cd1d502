"""The list of latents that are on: one widget that paints the rows that can be seen, however many there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QCursor,
    QFocusEvent,
    QFont,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QToolTip, QWidget

from saegui.app.state import AppState
from saegui.core.snapshot import Snapshot
from saegui.ui.canvas_paint import FULL_COLOUR
from saegui.ui.theme import GAP, UNIT, Theme
from saegui.ui.tiles import paint_picture, shared_scale, weight_image

ROW = 34
"""px"""
TILE = 28
"""px: one for each pixel of the picture."""
_KEPT = 256
"""Pictures of decoders that are kept for the next stroke."""
_INDEX = 44
_NUMBER = 50
_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Home: -(10**9),
    Qt.Key.Key_End: 10**9,
}


@dataclass(frozen=True, eq=False)
class _Shown:
    """What the rows are painted from."""

    snapshot: Snapshot
    latents: NDArray[np.intp]
    """(n,): those that are on, strongest first."""
    z: NDArray[np.float32]
    """(n,): their activations."""
    scale: float
    """Of the decoders' pictures: shared by all latents of the snapshot."""


class ActiveList(QAbstractScrollArea):
    """Rows ``decoder · #index · bar · activation · contribution``. Pointing previews, clicking selects."""

    def __init__(self, state: AppState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._theme = state, theme
        self._shown: _Shown | None = None
        self._row = 0
        self._previewing = False
        self._decoders: dict[int, QImage] = {}
        self._contributions: dict[int, QImage] = {}
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
    def latents(self) -> list[int]:
        """Latents in the order of the rows."""
        return self._shown.latents.tolist() if self._shown is not None else []

    @Slot()
    def refresh(self) -> None:
        """The image was encoded again."""
        code, snapshot = self._state.code, self._state.snapshot
        if code is None or snapshot is None:
            self._shown = None
        else:
            latents = code.active
            same = self._shown is not None and self._shown.snapshot is snapshot
            if not same:
                self._decoders.clear()
            scale = self._shown.scale if self._shown is not None and same else _scale(snapshot)
            self._shown = _Shown(snapshot, latents, code.z[latents], scale)
        self._contributions.clear()
        self._row = max(0, min(self._row, len(self.latents) - 1))
        self._set_range()
        self._describe()
        self.viewport().update()

    def row_rect(self, row: int) -> QRectF:
        """Where a row is painted, in the viewport's px."""
        return QRectF(0, row * ROW - self.verticalScrollBar().value(), self.viewport().width(), ROW)

    def latent_at(self, at: QPointF) -> int | None:
        """The latent under a point of the viewport."""
        row = int((at.y() + self.verticalScrollBar().value()) // ROW)
        inside = 0 <= at.x() < self.viewport().width() and 0 <= row < len(self.latents)
        return self.latents[row] if inside else None

    def _set_range(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setRange(0, max(0, len(self.latents) * ROW - height))

    def _describe(self) -> None:
        shown = self._shown
        count = len(shown.latents) if shown is not None else 0
        summary = "Active latents: none"
        current = ""
        if shown is not None and count:
            ending = "" if count == 1 else "s"
            summary = f"Active latents: {count} latent{ending} on, strongest {_said(shown, 0)}"
            current = f"Row {self._row + 1} of {count}: {_said(shown, self._row)}"
        self.setAccessibleName(summary)
        self.setAccessibleDescription(current)

    # -- pointing, clicking, keys ---------------------------------------------------------------------

    def _preview(self, latent: int | None) -> None:
        """Preview everywhere; ends only a preview that began here."""
        if latent is not None or self._previewing:
            self._previewing = latent is not None
            self._state.hover(latent)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._preview(self.latent_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        latent = self.latent_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and latent is not None:
            self._go(self.latents.index(latent), preview=False)
            self._state.select(latent)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._preview(None)
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell(event)
            return True
        return super().viewportEvent(event)

    def _tell(self, event: QHelpEvent) -> None:
        latent = self.latent_at(QPointF(event.pos()))
        if latent is None or self._shown is None:
            QToolTip.hideText()
            return
        row = self.latents.index(latent)
        QToolTip.showText(
            event.globalPos(),
            f"Latent {_said(self._shown, row)}. Click to select it everywhere.",
            self.viewport(),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = event.key(), len(self.latents)
        page = max(1, self.viewport().height() // ROW)
        steps = {**_STEPS, Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page}
        if not count or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif key in steps:
            self._go(max(0, min(count - 1, self._row + steps[Qt.Key(key)])), preview=True)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._state.select(self.latents[self._row])
        else:
            event.ignore()

    def _go(self, row: int, *, preview: bool) -> None:
        self._row = row
        self._reveal(row)
        self._describe()
        if preview:
            self._preview(self.latents[row])
        self.viewport().update()

    def _reveal(self, row: int) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setValue(min(row * ROW, max(bar.value(), (row + 1) * ROW - height)))

    @Slot()
    def _selected(self) -> None:
        selected = self._state.selected
        if selected is not None and selected in self.latents:
            self._row = self.latents.index(selected)
            self._reveal(self._row)
            self._describe()
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if (
            event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
            and self.latents
        ):
            self._preview(self.latents[self._row])
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if not self.viewport().underMouse():
            self._preview(None)
        super().focusOutEvent(event)
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()
        if self._previewing and self.viewport().underMouse():
            # Another row is under the pointer, which did not move.
            self._preview(self.latent_at(QPointF(self.viewport().mapFromGlobal(QCursor.pos()))))

    # -- looks ----------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(316, 5 * ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(220, 2 * ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._set_range()

    @Slot()
    def _recolour(self) -> None:
        self._decoders.clear()
        self._contributions.clear()
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self._shown
        if shown is None:
            return
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first = self.verticalScrollBar().value() // ROW
        last = min(len(shown.latents), first + self.viewport().height() // ROW + 2)
        for row in range(first, last):
            self._paint_row(painter, shown, row)

    def _paint_row(self, painter: QPainter, shown: _Shown, row: int) -> None:
        tokens, latent = self._theme.tokens, int(shown.latents[row])
        area = self.row_rect(row).adjusted(1, 1, -1, -1)
        selected = latent == self._state.selected
        if latent == self._state.hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("raised"))
            painter.drawRoundedRect(area, 4, 4)
        top = area.top() + (area.height() - TILE) / 2
        left = area.left() + UNIT
        right = area.right() - UNIT - TILE
        self._paint_tile(painter, QPointF(left, top), self._decoder(shown, latent))
        self._paint_tile(painter, QPointF(right, top), self._contribution(shown, row))
        left += TILE + GAP
        self._paint_words(
            painter, QRectF(left, area.top(), _INDEX, area.height()), f"#{latent}", "text", selected
        )
        left += _INDEX
        number = QRectF(right - GAP - _NUMBER, area.top(), _NUMBER, area.height())
        self._paint_words(
            painter, number, f"{shown.z[row]:.2f}", "text", selected, Qt.AlignmentFlag.AlignRight
        )
        self._paint_bar(painter, QRectF(left, area.center().y() - 5, number.left() - left, 10), row)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if selected:
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawRoundedRect(area, 4, 4)
        elif row == self._row and self.hasFocus():
            painter.setPen(QPen(tokens.color("accent"), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_bar(self, painter: QPainter, room: QRectF, row: int) -> None:
        assert self._shown is not None
        tokens, z = self._theme.tokens, self._shown.z
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("active", 0.12))
        painter.drawRoundedRect(room, 2, 2)
        painter.setBrush(tokens.color("active"))
        length = max(2.0, room.width() * float(z[row] / z[0]))
        painter.drawRoundedRect(QRectF(room.x(), room.y(), length, room.height()), 2, 2)

    def _paint_words(
        self,
        painter: QPainter,
        room: QRectF,
        words: str,
        colour: str,
        strong: bool,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(self._theme.tokens.color(colour))
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_tile(self, painter: QPainter, corner: QPointF, picture: QImage) -> None:
        # On whole pixels, so that each of the picture's is one of the screen's.
        target = QRectF(round(corner.x()), round(corner.y()), TILE, TILE)
        paint_picture(painter, target, picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.tokens.color("line"), 1))
        painter.drawRect(target.adjusted(-0.5, -0.5, 0.5, 0.5))

    def _decoder(self, shown: _Shown, latent: int) -> QImage:
        if latent not in self._decoders:
            if len(self._decoders) >= _KEPT:
                self._decoders.clear()
            image = weight_image(shown.snapshot.decoder_images[latent], shown.scale, self._theme.tokens)
            self._decoders[latent] = image
        return self._decoders[latent]

    def _contribution(self, shown: _Shown, row: int) -> QImage:
        if row not in self._contributions:
            image = shown.z[row] * shown.snapshot.decoder_images[shown.latents[row]]
            self._contributions[row] = weight_image(image, FULL_COLOUR, self._theme.tokens)
        return self._contributions[row]


def _scale(snapshot: Snapshot) -> float:
    # Of thousands of latents a sample is as good, and quick enough for every new snapshot of a training.
    return shared_scale(snapshot.W_dec[:: -(-snapshot.n_latents // 512)])


def _said(shown: _Shown, row: int) -> str:
    return f"#{shown.latents[row]} {shown.z[row]:.2f}"
