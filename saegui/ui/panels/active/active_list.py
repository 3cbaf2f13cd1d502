"""The list of active latents: ranked, and with bars that can be dragged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from saegui.app.state import AppState
from saegui.app.steering import SteeringControl
from saegui.core.analysis.input_codes import InputCodes
from saegui.core.analysis.ranking import Rank, numbers, order
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.latent_notes import Notes
from saegui.ui.panels.active.latent_rows import LatentRows
from saegui.ui.panels.active.places import COLUMN, COMPACT, NAMED_COLUMN
from saegui.ui.panels.active.row_paint import Marks, RowPaint, Shown, scale_of
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.meanings import Meaning

NEAR = 6
"""px beside a bar at which a click still means it: its very ends are reached, too."""


_KEY_SHARE = 0.02
"""Of a whole bar: how far an arrow key moves its end."""


class ActiveList(LatentRows):
    """The active latents, the first by :attr:`rank` first; bars can be made sliders that steer."""

    def __init__(
        self, state: AppState, steering: SteeringControl, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(state, theme, parent)
        self._steering = steering
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
        self._listed_for: tuple[object, ...] = ()
        self._rows = RowPaint(self.font())
        self.setObjectName("active-list")
        theme.changed.connect(self._recolour)
        self.refresh()

    # -- what is listed -------------------------------------------------------------------------------

    @property
    def shown(self) -> Shown | None:
        """What is painted; None without a code."""
        return self._shown

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
        self._rows.forget()
        self.set_latents(
            self._shown.latents.tolist() if self._shown is not None else [], from_the_top=self._is_another()
        )

    def _is_another(self) -> bool:
        """Whether this is another image or run: the strongest come into view then; other weights of one run keep the place."""
        run = self._state.run
        listed_for = (self._state.drawing, run.path if run is not None else None)
        before, self._listed_for = self._listed_for, listed_for
        return any(a is not b and a != b for a, b in zip(before, listed_for, strict=False))

    def summary(self) -> str:
        shown = self._shown
        if shown is None or not len(shown.latents):
            return "Active latents: none"
        first = "strongest" if shown.ranked is None else "first"
        return f"Active latents: {len(shown.latents)}, {first} {shown.said(0)}"

    def said(self, row: int) -> str:
        return self._shown.said(row) if self._shown is not None else ""

    def told(self, row: int) -> str:
        return self._shown.told(row, self._state.model_input) if self._shown is not None else ""

    def least_column(self) -> int:
        # By what latents are, not by which of them are listed: columns stay while one types.
        shown = self._shown
        return NAMED_COLUMN if shown is not None and shown.named else COLUMN

    def compact_column(self) -> int:
        return COLUMN if self.least_column() == NAMED_COLUMN else COMPACT

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
        places = order(found, z, latents, self.rank)
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
        # A bar shows the size; its sign is the one that the image's own activation has.
        sign = -1 if shown.before[latent] < 0 else 1
        self._steering.set(latent, sign * shown.full_bar * max(0.0, share), more=more)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steers = (
            self._latents and self._sliders and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        )
        if not (steers and self._steer(event.key())):
            super().keyPressEvent(event)

    def _steps(self) -> dict[Qt.Key, int]:
        steps = super()._steps()
        if self._sliders:
            # Where arrows sideways move the bar, those up and down reach every row.
            steps |= {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        return steps

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

    # -- looks ----------------------------------------------------------------------------------------

    @Slot()
    def _recolour(self) -> None:
        self._rows.forget()
        self.viewport().update()

    def paint_rows(self, painter: QPainter, rows: range, marks: Marks) -> None:
        if self._shown is not None:
            self._rows.paint(painter, self._shown, self._places, rows, marks, self._theme.tokens)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._rows.set_font(self.font())
        super().changeEvent(event)
