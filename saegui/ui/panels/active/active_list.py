"""The list of active latents: one widget that paints the rows that can be seen, however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QAccessible,
    QCursor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
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
from saegui.core.analysis.contributions import contributions
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.active.tiles import Tiles
from saegui.ui.theme.colour_map import FULL_COLOUR
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.pictures import (
    proportions,
    shared_scale,
    size_in,
    whole,
)
from saegui.ui.widgets.weight_scales import weights_of

Means = Literal["mouse", "keys"]

ROW = 30
"""px"""
TILE = 28
"""px: the longer side of a picture at most; less where all pixels are then equally large."""
BAR = 10
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
    """(n,): the active ones, strongest first."""
    z: NDArray[np.float32]
    """(n,): their activations."""
    scale: float
    """Of the decoders' pictures: shared by all latents of the snapshot."""


class ActiveList(QAbstractScrollArea):
    """Rows ``decoder · #index · bar · activation · contribution``. Pointing previews, clicking selects."""

    accessible_role = QAccessible.Role.List

    def __init__(self, state: AppState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._theme = state, theme
        self._shown: _Shown | None = None
        self._row = 0
        self._previewing: Means | None = None
        self._latents: list[int] = []
        self._listed_for: tuple[object, ...] = ()
        self._tiles: tuple[range, Tiles, Tiles] | None = None
        self._fonts = _fonts(self.font())
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
        return self._latents

    @Slot()
    def refresh(self) -> None:
        """The image was encoded again."""
        code, snapshot = self._state.code, self._state.snapshot
        if code is None or snapshot is None:
            self._shown = None
        else:
            latents, before = code.active, self._shown
            same = before is not None and before.snapshot is snapshot
            scale = before.scale if before is not None and same else _scale(snapshot)
            self._shown = _Shown(snapshot, latents, code.z, scale)
        self._latents = self._shown.latents.tolist() if self._shown is not None else []
        self._tiles = None
        self._row = max(0, min(self._row, len(self._latents) - 1))
        self._set_range()
        self._begin_at_the_top()
        self._describe()
        self.viewport().update()

    def _begin_at_the_top(self) -> None:
        """With another image or run, the strongest come into view; other weights of the same run keep the place."""
        run = self._state.run
        listed_for = (self._state.drawing, run.path if run is not None else None)
        before, self._listed_for = self._listed_for, listed_for
        if any(a is not b and a != b for a, b in zip(before, listed_for, strict=False)):
            self._row = 0
            self.verticalScrollBar().setValue(0)

    def row_rect(self, row: int) -> QRectF:
        """Where a row is painted, in the viewport's px."""
        return QRectF(0, row * ROW - self.verticalScrollBar().value(), self.viewport().width(), ROW)

    def latent_at(self, at: QPointF) -> int | None:
        """The latent under a point of the viewport."""
        row = int((at.y() + self.verticalScrollBar().value()) // ROW)
        inside = 0 <= at.x() < self.viewport().width() and 0 <= row < len(self._latents)
        return self._latents[row] if inside else None

    def _set_range(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setRange(0, max(0, len(self._latents) * ROW - height))

    def _describe(self) -> None:
        shown = self._shown
        count = len(shown.latents) if shown is not None else 0
        summary = "Active latents: none"
        current = ""
        if shown is not None and count:
            summary = f"Active latents: {count}, strongest {_said(shown, 0)}"
            current = f"Row {self._row + 1} of {count}: {_said(shown, self._row)}"
        self.setAccessibleName(summary)
        self.setAccessibleDescription(current)

    # -- pointing, clicking, keys ---------------------------------------------------------------------

    def _preview(self, latent: int | None, means: Means) -> None:
        """Preview everywhere; None ends only a preview that began here, and in the same way."""
        if latent is not None or self._previewing == means:
            self._previewing = means if latent is not None else None
            self._state.hover(latent)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._preview(self.latent_at(event.position()), "mouse")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        latent = self.latent_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and latent is not None:
            self._go(self._latents.index(latent), preview=False)
            self._state.select(latent)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._preview(None, "mouse")
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
            f"Latent {_said(self._shown, row)}. Click to select it in every panel.",
            self.viewport(),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = event.key(), len(self._latents)
        page = max(1, self.viewport().height() // ROW)
        steps = {**_STEPS, Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page}
        if not count or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif key in steps:
            self._go(max(0, min(count - 1, self._row + steps[Qt.Key(key)])), preview=True)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._state.select(self._latents[self._row])
        else:
            event.ignore()

    def _go(self, row: int, *, preview: bool) -> None:
        self._row = row
        self._reveal(row)
        self._describe()
        if preview:
            self._preview(self._latents[row], "keys")
        self.viewport().update()

    def _reveal(self, row: int) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setValue(min(row * ROW, max(bar.value(), (row + 1) * ROW - height)))

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
            self._preview(self._latents[self._row], "keys")
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._preview(None, "keys")
        super().focusOutEvent(event)
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()
        if self._previewing == "mouse":
            # Another row is under the pointer, which did not move.
            self._preview(self.latent_at(QPointF(self.viewport().mapFromGlobal(QCursor.pos()))), "mouse")

    # -- looks ----------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(316, 5 * ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(220, 3 * ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._set_range()

    @Slot()
    def _recolour(self) -> None:
        self._tiles = None
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.tokens.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), 4, 4)
        if self._shown is not None:
            self._paint(painter, self._shown)
        painter.end()

    def _paint(self, painter: QPainter, shown: _Shown) -> None:
        scrolled = self.verticalScrollBar().value()
        first = scrolled // ROW
        rows = range(first, min(len(shown.latents), first + self.viewport().height() // ROW + 2))
        painter.translate(0, first * ROW - scrolled)
        # A kind of thing after the other: changing pens, brushes and fonts costs more than painting.
        self._paint_hovered(painter, rows)
        self._paint_tiles(painter, shown, rows)
        self._paint_words(painter, shown, rows)
        self._paint_bars(painter, shown, rows)
        self._paint_rings(painter, rows)

    def _area(self, place: int) -> QRectF:
        """The frame of the row that is the ``place``-th to be painted."""
        return QRectF(1, place * ROW + 1, self.viewport().width() - 2, ROW - 2)

    def _paint_hovered(self, painter: QPainter, rows: range) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.tokens.color("raised"))
        for place, row in enumerate(rows):
            if self._latents[row] == self._state.hovered:
                painter.drawRoundedRect(self._area(place), 4, 4)

    def _paint_tiles(self, painter: QPainter, shown: _Shown, rows: range) -> None:
        shape = shown.snapshot.shape
        size = size_in(proportions(shape), whole(TILE, shape))
        right = self.viewport().width() - UNIT - 1 - TILE
        decoders, added = self._pictures(shown, rows)
        frames = []
        for place in range(len(rows)):
            for left, pictures in ((UNIT + 1, decoders), (right, added)):
                x, y = left + (TILE - size.width()) // 2, place * ROW + (ROW - size.height()) // 2
                target = QRect(x, y, size.width(), size.height())
                pictures.paint(painter, target, place)
                frames.append(QRectF(target).adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.tokens.color("line"), 1))
        painter.drawRects(frames)

    def _pictures(self, shown: _Shown, rows: range) -> tuple[Tiles, Tiles]:
        """Decoders and contributions of ``rows``."""
        if self._tiles is None or self._tiles[0] != rows:
            latents = shown.latents[rows.start : rows.stop]
            weights = weights_of(shown.snapshot, "decoder", latents)
            adds = contributions(shown.snapshot, shown.z, latents)
            self._tiles = (
                rows,
                Tiles(weights, shown.scale, self._theme.tokens),
                Tiles(adds, FULL_COLOUR, self._theme.tokens),
            )
        return self._tiles[1], self._tiles[2]

    def _bar(self) -> tuple[int, int]:
        """Where bars begin and end."""
        tiles = UNIT + 1 + TILE + GAP
        # Five digits and more need more room than the usual two.
        longest = max((len(str(latent)) for latent in self._latents), default=1)
        name = round(QFontMetricsF(self._fonts[True]).horizontalAdvance("#" + "0" * longest)) + GAP
        return tiles + max(_INDEX, name), self.viewport().width() - tiles - _NUMBER

    def _paint_words(self, painter: QPainter, shown: _Shown, rows: range) -> None:
        left, right = UNIT + 1 + TILE + GAP, self.viewport().width() - UNIT - 1 - TILE - GAP
        numbers = shown.z[shown.latents[rows.start : rows.stop]].tolist()
        painter.setPen(self._theme.tokens.color("text"))
        for strong in (False, True):
            painter.setFont(self._fonts[strong])
            metrics = QFontMetricsF(self._fonts[strong])
            baseline = (ROW + metrics.capHeight()) / 2
            for place, row in enumerate(rows):
                latent, number = self._latents[row], f"{numbers[place]:.2f}"
                if (latent == self._state.selected) == strong:
                    y = place * ROW + baseline
                    painter.drawText(QPointF(left, y), f"#{latent}")
                    painter.drawText(QPointF(right - metrics.horizontalAdvance(number), y), number)

    def _paint_bars(self, painter: QPainter, shown: _Shown, rows: range) -> None:
        left, right = self._bar()
        shares = (shown.z[shown.latents[rows.start : rows.stop]] / shown.z[shown.latents[0]]).tolist()
        tops = [place * ROW + (ROW - BAR) // 2 for place in range(len(rows))]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.tokens.color("active", 0.12))
        painter.drawRects([QRect(left, top, right - left, BAR) for top in tops])
        painter.setBrush(self._theme.tokens.color("active"))
        lengths = [max(2, round((right - left) * share)) for share in shares]
        painter.drawRects([QRect(left, top, length, BAR) for top, length in zip(tops, lengths, strict=True)])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_rings(self, painter: QPainter, rows: range) -> None:
        accent = self._theme.tokens.color("accent")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for place, row in enumerate(rows):
            selected = self._latents[row] == self._state.selected
            if selected or (row == self._row and self.hasFocus()):
                painter.setPen(QPen(accent, 2) if selected else QPen(accent, 1, Qt.PenStyle.DotLine))
                painter.drawRoundedRect(self._area(place), 4, 4)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fonts = _fonts(self.font())
        super().changeEvent(event)


def _fonts(base: QFont) -> tuple[QFont, QFont]:
    """Ordinary and strong, with digits that line up."""
    plain = QFont(base)
    plain.setFeature(QFont.Tag("tnum"), 1)
    strong = QFont(plain)
    strong.setWeight(QFont.Weight.DemiBold)
    return plain, strong


def _scale(snapshot: Snapshot) -> float:
    # Of thousands of latents a sample is as good, and quick enough for every new snapshot of a training.
    return shared_scale(snapshot.W_dec[:: -(-snapshot.n_latents // 512)])


def _said(shown: _Shown, row: int) -> str:
    return f"#{shown.latents[row]} {shown.z[shown.latents[row]]:.2f}"
