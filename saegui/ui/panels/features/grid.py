"""The feature grid: tiles that are pointed at, clicked and walked through with the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from saegui.app.nouns import current, noun_of
from saegui.app.services import Services
from saegui.core.analysis.latent_order import dead_where
from saegui.core.analysis.named_axes import axes_of
from saegui.core.numbers import counted_latents, latent_name, no_latent
from saegui.ui.panels.features import grid_marks as marks
from saegui.ui.panels.features.hover_card import Facts, LatentPreview, describe
from saegui.ui.panels.features.label_editor import LabelEditor
from saegui.ui.panels.features.tile_view import TileView
from saegui.ui.panels.features.typed_number import TypedNumber
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import number
from saegui.ui.widgets.weight_scales import weights_of

PREVIEW_MS = 120
"""The first preview waits this long, so that crossing the grid opens none; later ones follow at once."""

_WAYS = {Qt.MouseButton.BackButton: -1, Qt.MouseButton.ForwardButton: 1}
"""The buttons at a mouse's side: back and forward through the latents that were looked at."""
_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


class FeatureGrid(TileView):
    """Click, keys and typed numbers set the state's selection; the pointer sets its hover, with a preview."""

    accessible_role = QAccessible.Role.List

    zoomed = Signal(int)
    """Ctrl and the wheel: +1 larger, −1 smaller."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        self._pointed = False
        super().__init__(services, theme, parent)
        state, self._looked_at, self._pins = services.state, services.looked_at, services.pins
        self._pins.changed.connect(self._marks_changed)
        self.preview = LatentPreview(theme, self)
        self.nearest_of: Callable[[int], Sequence[str]] = lambda latent: [
            near.text for near in services.nearest.of_atom(latent)
        ]
        """The texts nearest to a latent's decoder, for its preview."""
        self.label_editor = LabelEditor(self.viewport())
        self.label_editor.entered.connect(self._label_entered)
        self._label_of = self._path
        self.label_editor.left.connect(self.setFocus)
        self._preview_delay = QTimer(self)
        self._preview_delay.setSingleShot(True)
        self._preview_delay.setInterval(PREVIEW_MS)
        self._preview_delay.timeout.connect(self._show_preview)
        self._typed = TypedNumber(self)
        self._typed.completed.connect(self.go_to)
        self._typed.changed.connect(self._marks_changed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Grid of latents")
        # After the view's own slots, so that what is described is what is shown.
        for signal in (
            self.order.changed,
            state.snapshot_changed,
            state.stats_changed,
            state.code_changed,
            self._notes.changed,
        ):
            signal.connect(self._facts_changed)
        state.selection_changed.connect(self._describe)
        state.hover_changed.connect(self._hover_ended)
        self._describe()
        # For figures that show what is seen here.
        tiles = services.tiles
        tiles.ordered, tiles.in_sight = (lambda: self.order.latents), self.latents_in_sight
        self.order.changed.connect(tiles.changed)
        self.resized_tiles.connect(tiles.changed)
        self.verticalScrollBar().valueChanged.connect(tiles.changed)

    # -- what a screen reader hears ---------------------------------------------------------------------

    @Slot()
    def _facts_changed(self) -> None:
        if self.preview.isVisible():
            self._show_preview()
        self._describe()

    @Slot()
    def _describe(self) -> None:
        count, dead = self.order.count, int(self.order.dead.sum())
        where = dead_where(self._state.stats, noun_of(self._state))
        words = [
            f"{counted_latents(count)}, {count - dead:,} alive, {dead:,} dead {where}, sorted by {self.order.sort}."
        ]
        if len(self.order.latents) < count:
            words.append(f"A filter is on: {len(self.order.latents):,} of {count:,} are shown.")
        selected = self.selected()
        if selected is None and self._state.selected is not None:
            words.append(
                f"Latent {latent_name(self._state.selected)} is selected; the filter hides its tile."
            )
        elif selected is None:
            words.append("None is selected; arrow keys or a number select one.")
        else:
            z = self.activations()
            state = f"dead {where}" if self.order.dead[selected] else "alive"
            activation = describe(None if z is None else float(z[selected]), self._state.readable)
            words.append(
                f"Latent {self._notes.title(selected)} is selected: {state}, density {number(self._density(selected))},"
            )
            words.append(f"on the {current(self._state)}: {activation}.")
        words.append(f"Tiles of active latents have a number: the activation on the {current(self._state)}.")
        self.setAccessibleDescription(" ".join(words))

    def _density(self, latent: int) -> float:
        density = self._state.density
        return float(density[latent]) if density is not None and latent < len(density) else 0.0

    # -- hover and preview ------------------------------------------------------------------------------

    def _point_at(self, latent: int | None) -> None:
        """The pointer is over ``latent``; None: over none, or the tiles moved away under it."""
        if latent is None:
            # A hover that another panel began is not ended here.
            if self._pointed:
                self._pointed = False
                self._state.hover(None)
            self._preview_delay.stop()
            self.preview.dismiss()
            return
        self._pointed = True
        self._state.hover(latent)
        if not self.preview.isVisible():
            if not self._preview_delay.isActive():
                self._preview_delay.start()
        elif self.preview.latent != latent:
            self._show_preview()

    @Slot()
    def _hover_ended(self) -> None:
        if self._state.hovered is None:
            self.preview.dismiss()

    @Slot()
    def _show_preview(self) -> None:
        latent, look = self.hovered(), self.look
        if look is None or latent is None or not self._pointed or self._state.inspector_shown:
            # The inspector, where it is in sight, shows the same latent in more detail.
            self.preview.dismiss()
            return
        decoder = weights_of(look.snapshot, "decoder", [latent])
        encoder = weights_of(look.snapshot, "encoder", [latent])
        z, stats = self.activations(), self._state.stats
        facts = Facts(
            latent,
            decoder=decoder[0],
            decoder_scale=float(np.squeeze(look.scales.of("decoder", decoder))),
            encoder=encoder[0],
            encoder_scale=float(np.squeeze(look.scales.of("encoder", encoder))),
            density=self._density(latent),
            measured=f"{stats.n_images:,} training {noun_of(self._state).of(stats.n_images)}"
            if stats is not None
            else "the last epoch of training",
            activation=None if z is None else float(z[latent]),
            current=current(self._state),
            dead=bool(self.order.dead[latent]),
            readable=self._state.readable,
            nearest=tuple(self.nearest_of(latent)),
            axes=axes_of(self._state.dataset, look.snapshot.shape),
            meaning=look.meaning,
            note=self._notes.of(latent),
        )
        rect = self.tile_rect(latent)
        self.preview.show_facts(facts, QRect(self.viewport().mapToGlobal(rect.topLeft()), rect.size()))

    def _leave(self) -> None:
        self._point_at(None)
        self.order.hold(False)

    # -- mouse ------------------------------------------------------------------------------------------

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Enter:
            self.order.hold(True)
        elif event.type() == QEvent.Type.Leave:
            self._leave()
        return super().viewportEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.latent_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in _WAYS:
            self._looked_at.go(_WAYS[event.button()])
        elif event.button() == Qt.MouseButton.LeftButton:
            latent = self.latent_at(event.position().toPoint())
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                if latent is not None:
                    self._pins.toggle(latent)
                return
            self._state.select(None if latent == self._state.selected else latent)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The second press of a double click is not a second thought.
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if event.angleDelta().y():
                self.zoomed.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._point_at(None)
        super().scrollContentsBy(dx, dy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._point_at(None)
        super().resizeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._leave()
        super().hideEvent(event)

    # -- keyboard ---------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # While a number is typed, Esc means it, and not the window's own Esc.
        if event.type() == QEvent.Type.ShortcutOverride and self._typed.digits:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._typed.take(event):
            return
        steps = None if event.modifiers() & _MODIFIERS else self._steps(Qt.Key(event.key()))
        if steps is not None:
            self.move_selection(steps)
        elif event.key() == Qt.Key.Key_Escape and self._state.selected is not None:
            self._state.select(None)
        else:
            # Not the scroll area's own keys: those are all taken above. The window may know it.
            event.ignore()

    def _steps(self, key: Qt.Key) -> int | None:
        columns, count = self.places.columns, len(self.order.latents)
        page = columns * max(1, self.viewport().height() // self.places.row_height)
        return {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -count,
            Qt.Key.Key_End: count,
        }.get(key)

    def move_selection(self, steps: int) -> None:
        """Select the latent so many places further on; without a selection, the first one in view."""
        count, selected = len(self.order.latents), self.selected()
        if not count:
            return
        if abs(steps) >= count:
            place = 0 if steps < 0 else count - 1
        elif selected is None:
            top = self.verticalScrollBar().value()
            place = self.places.places_in(self.places.rows_between(top, top).start).start
        else:
            place = self.places.moved(int(self.order.places[selected]), steps)
        self._state.select(int(self.order.latents[place]))

    def choose(self, at: QPoint | None) -> QPoint | None:
        """Select the latent at a point, or the selected one for None; returns a point of its tile, None where there is none."""
        latent = self.latent_at(at) if at is not None else self.selected()
        if latent is None:
            return None
        self.preview.dismiss()
        self._preview_delay.stop()
        self._state.select(latent)
        return at if at is not None else self.tile_rect(latent).center()

    def edit_label(self) -> None:
        """Let the label of the selected latent be typed over its tile."""
        latent = self._state.selected
        if latent is not None:
            self.ensure_visible(latent)
            tile = (
                self.tile_rect(latent)
                if self.has_tile(latent)
                else QRect(self.viewport().rect().center(), QSize(1, 1))
            )
            self.preview.dismiss()
            self._label_of = self._path
            self.label_editor.begin(latent, self._notes.of(latent).label, tile)

    @Slot(int, str)
    def _label_entered(self, latent: int, text: str) -> None:
        # The run may have been changed while it was typed, by the end of an import for instance.
        if self._path == self._label_of:
            self._notes.set_label(latent, text)

    @Slot(int)
    def go_to(self, latent: int) -> bool:
        """Select ``latent`` and bring it into view; if there is no such latent, a message says so."""
        count = self.order.count
        if not 0 <= latent < count:
            if count:
                self._state.notify("warn", no_latent(latent, count), "latent")
            return False
        self._state.select(latent)
        if not self.has_tile(latent):
            said = f"Latent {latent_name(latent)} is selected. The filter hides its tile; press Esc twice to show all tiles."
            self._state.notify("info", said, "latent")
        self.ensure_visible(latent)
        return True

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def paint_over(self, painter: QPainter) -> None:
        tokens, area = self._theme.tokens, self.viewport().rect()
        for latent in self._pins.latents:
            if self.has_tile(latent):
                marks.paint_pin(painter, self.tile_rect(latent), tokens)
        if self._typed.digits:
            marks.paint_typed(painter, area, self._typed.digits, self.font(), tokens)
        if self.hasFocus():
            marks.paint_focus(painter, area, tokens)
