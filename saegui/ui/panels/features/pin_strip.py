"""The pinned latents side by side above the tiles, with the numbers that tell them apart."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QAccessible,
    QFont,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saegui.app.nouns import current
from saegui.app.services import Services
from saegui.core.arrays import Array
from saegui.core.numbers import hundredths, latent_name
from saegui.ui.panels.features.tile_rows import SIDES
from saegui.ui.panels.features.tile_view import TileView
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.pictures import fitted, paint_picture, paint_weight_plot, weight_image
from saegui.ui.widgets.text import SMALL_PX, number, small_font
from saegui.ui.widgets.weight_scales import weights_of

PICTURE, LINE, CAPTIONS = 48, 14, 76
"""px: the longer side of a picture, the height of a line of numbers, and the width of what they are called."""
LEAST_CELL, MOST_CELL = 50, 120
"""px: the width of one latent's column."""


class PinStrip(QWidget):
    """A click selects, pointing previews, Ctrl and a click or Delete takes a pin away. It is hidden while nothing is pinned."""

    accessible_role = QAccessible.Role.List

    def __init__(
        self, services: Services, grid: TileView, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services, self._state, self._grid, self._theme = services, services.state, grid, theme
        self._current = 0
        self._pointed = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Pinned latents")
        state = self._state
        for signal in (
            services.pins.changed,
            services.notes.changed,
            state.selection_changed,
            state.stats_changed,
        ):
            signal.connect(self._refresh)
        for signal in (state.code_changed, state.hover_changed, grid.restyled, theme.changed):
            signal.connect(self.update)
        self._refresh()

    # -- what is shown ----------------------------------------------------------------------------------

    @property
    def latents(self) -> tuple[int, ...]:
        """From left to right."""
        return self._services.pins.latents

    def numbers(self, latent: int) -> dict[str, str]:
        """What is compared, by its name: ``cosine`` is that of the decoders of ``latent`` and of the selected one."""
        state = self._state
        density, stats, code, snapshot = state.density, state.stats, state.code, state.snapshot
        found = {"density": number(float(density[latent])) if density is not None else "–"}
        found["maximum"] = number(float(stats.maximum[latent])) if stats is not None else "–"
        known = code is not None and latent < len(code.z)
        found[f"on {current(state)}"] = number(float(code.z[latent])) if code is not None and known else "–"
        selected = state.selected
        if selected is None or snapshot is None or selected >= snapshot.n_latents:
            found["cosine"] = "–"
        else:
            pair = np.ascontiguousarray(snapshot.W_dec[[latent, selected]])
            found[f"cos to {latent_name(selected)}"] = hundredths(_cosine(pair))
        return found

    @Slot()
    def _refresh(self) -> None:
        latents = self.latents
        self._current = max(0, min(self._current, len(latents) - 1))
        if self.isHidden() == bool(latents):
            self.setVisible(bool(latents))
        words = [
            f"{self._services.notes.title(latent)}: "
            + ", ".join(f"{name} {value}" for name, value in self.numbers(latent).items())
            for latent in latents
        ]
        self.setAccessibleDescription(". ".join(words))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(CAPTIONS + 2 * LEAST_CELL, PICTURE + 5 * LINE + 2 * UNIT)

    def minimumSizeHint(self) -> QSize:
        return QSize(CAPTIONS + LEAST_CELL, self.sizeHint().height())

    def cell(self, place: int) -> QRect:
        """The column of one latent."""
        room = (self.width() - CAPTIONS) // max(1, len(self.latents))
        width = max(1, min(MOST_CELL, room))
        return QRect(CAPTIONS + place * width, 0, width, self.height())

    def latent_at(self, at: QPoint) -> int | None:
        """The latent whose column is at a point."""
        found = (latent for place, latent in enumerate(self.latents) if self.cell(place).contains(at))
        return next(found, None)

    # -- mouse and keys ---------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        latent = self.latent_at(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or latent is None:
            return
        self._current = self.latents.index(latent)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._services.pins.toggle(latent)
        else:
            self._state.select(latent)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.latent_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._point_at(None)
        super().hideEvent(event)

    def _point_at(self, latent: int | None) -> None:
        # A hover that another panel began is not ended here.
        if latent is not None or self._pointed:
            self._pointed = latent is not None
            self._state.hover(latent)

    def choose(self, at: QPoint | None) -> QPoint | None:
        """Select the latent at a point, or the current one for None; returns a point of its column, None where there is none."""
        latents = self.latents
        latent = self.latent_at(at) if at is not None else latents[self._current] if latents else None
        if latent is None:
            return None
        self._current = latents.index(latent)
        self._state.select(latent)
        return at if at is not None else self.cell(self._current).center()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        latents, key = self.latents, event.key()
        if not latents or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = -1 if key == Qt.Key.Key_Left else 1
            self._current = max(0, min(len(latents) - 1, self._current + step))
            self._state.select(latents[self._current])
            self.update()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._services.pins.toggle(latents[self._current])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._state.select(latents[self._current])
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            latent = self.latent_at(event.pos())
            if latent is not None:
                title = self._services.notes.title(latent)
                said = f"{title}. Click to select it, Ctrl and a click takes its pin away."
                QToolTip.showText(event.globalPos(), said, self)
            return True
        return super().event(event)

    # -- painting ---------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, latents, font = self._theme.tokens, self.latents, small_font(self.font(), SMALL_PX)
        if not latents:
            return
        painter = QPainter(self)
        painter.setFont(font)
        painter.setPen(tokens.color("muted"))
        for line, caption in enumerate(("pinned", *self.numbers(latents[0]))):
            self._line(painter, QRect(0, 0, CAPTIONS - UNIT, self.height()), line, caption, left=True)
        for place, latent in enumerate(latents):
            self._paint_cell(painter, self.cell(place), latent, font)
        if self.hasFocus():
            painter.setPen(QPen(tokens.color("accent"), 1, Qt.PenStyle.DotLine))
            painter.drawRect(self.cell(self._current).adjusted(0, 0, -1, -1))

    def _paint_cell(self, painter: QPainter, cell: QRect, latent: int, font: QFont) -> None:
        tokens, look, state = self._theme.tokens, self._grid.look, self._state
        if look is not None and latent < look.snapshot.n_latents:
            # Of both, the decoder: the other half would leave room for neither.
            side = SIDES[look.show][0]
            weights = weights_of(look.snapshot, side, [latent])
            scale = float(np.squeeze(look.scales.of(side, weights)))
            room = QRect(cell.left() + 2, UNIT, cell.width() - 4, PICTURE)
            frame = QRectF(fitted(look.snapshot.shape, room))
            if weights[0].ndim == 1:
                paint_weight_plot(painter, frame, weights[0], scale, tokens)
            else:
                paint_picture(painter, frame, weight_image(weights[0], scale, tokens))
            if latent in (state.selected, state.hovered):
                selected = latent == state.selected
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(tokens.color("accent" if selected else "text"), 2 if selected else 1))
                painter.drawRect(frame.adjusted(-1, -1, 0, 0))
        painter.setFont(small_font(font, SMALL_PX, bold=True))
        painter.setPen(tokens.color("text"))
        self._line(painter, cell, 0, self._services.notes.title(latent))
        painter.setFont(font)
        for line, value in enumerate(self.numbers(latent).values(), start=1):
            self._line(painter, cell, line, value)

    @staticmethod
    def _line(painter: QPainter, room: QRect, line: int, text: str, *, left: bool = False) -> None:
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width() - 2)
        x = room.left() if left else room.center().x() - metrics.horizontalAdvance(shown) / 2
        painter.drawText(QPointF(x, UNIT + PICTURE + line * LINE + metrics.ascent() + 1), shown)


def _cosine(pair: Array) -> float:
    lengths = float(np.prod(np.linalg.norm(pair, axis=1)))
    return float(pair[0] @ pair[1]) / lengths if lengths else 0.0
