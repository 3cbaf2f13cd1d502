"""Tiles in a painted, scrolled viewport: where they stand and what they look like. No mouse, no keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEasingCurve, QPoint, QPropertyAnimation, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from saegui.app.services import Services
from saegui.core.analysis.latent_order import Indices, Sort
from saegui.core.arrays import Array
from saegui.ui.panels.features import grid_layout
from saegui.ui.panels.features import grid_marks as marks
from saegui.ui.panels.features.grid_layout import GAP, MAX_SIDE, MIN_SIDE, GridLayout
from saegui.ui.panels.features.grid_order import GridOrder
from saegui.ui.panels.features.tile_rows import GridShow, TileLook, TileRows
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.meanings import meaning_of, tile_proportion
from saegui.ui.widgets.weight_scales import GridScale, Scales

SCROLL_MS = 120


class TileView(QAbstractScrollArea):
    """Shows every latent of the state's snapshot.

    Tiles are coloured a row at a time when they come into view. Activations, selection and hover are painted
    over them and never colour one again.
    """

    resized_tiles = Signal()
    """The tiles have another size, chosen or fitted."""
    restyled = Signal()
    """The tiles are coloured again: other weights, another scale, another theme."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        state = services.state
        self._services, self._state, self._theme, self._notes = services, state, theme, services.notes
        self._show: GridShow = "decoder"
        self._scale: GridScale = "shared"
        self._side: int | None = None
        self._layout = GridLayout(0, MIN_SIDE, 1)
        self._look: TileLook | None = None
        self._outlined: int | None = None
        # Connected to the state before this view is: when a slot here runs, the order knows the new latents.
        self.order = GridOrder(services, self)
        self._path = state.run.path if state.run is not None else None
        self.rows = TileRows()
        self._scrolling = QPropertyAnimation(self.verticalScrollBar(), b"value", self)
        self._scrolling.setDuration(SCROLL_MS)
        self._scrolling.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Every pixel is painted here: nothing needs to be erased before.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.order.changed.connect(self._order_changed)
        state.snapshot_changed.connect(self._latents_changed)
        state.run_changed.connect(self._run_changed)
        state.stats_changed.connect(self._meaning_changed)
        state.dataset_changed.connect(self._latents_changed)
        services.nearest.changed.connect(self._meaning_changed)
        state.code_changed.connect(self._marks_changed)
        self._notes.changed.connect(self._marks_changed)
        state.selection_changed.connect(self._selection_changed)
        state.hover_changed.connect(self._hover_changed)
        theme.changed.connect(self._restyle)
        self._latents_changed()

    # -- what is shown, and how -------------------------------------------------------------------------

    @property
    def places(self) -> GridLayout:
        """Where the tiles stand, scrolling left aside."""
        return self._layout

    @property
    def look(self) -> TileLook | None:
        """What the tiles' pixels are made from; None without a snapshot."""
        return self._look

    @property
    def fits(self) -> bool:
        """Whether the tiles' size follows the room there is."""
        return self._side is None

    def set_sort(self, sort: Sort, label: int | None = None) -> None:
        """Sort by something, now; ``label``: the class, where it is by one class."""
        self.order.set_sort(sort, label)

    def set_show(self, show: GridShow) -> None:
        """Show the decoder, the encoder, or both side by side."""
        self._show = show
        self._relayout()

    def set_scale(self, scale: GridScale) -> None:
        """Colour all tiles on one shared scale, or each on its own."""
        self._scale = scale
        self._restyle()

    def set_side(self, side: int | None) -> None:
        """px of a tile's longer side; None: the largest that show every latent at once, where that is possible."""
        self._side = None if side is None else max(MIN_SIDE, min(MAX_SIDE, side))
        self._relayout()

    # -- places -----------------------------------------------------------------------------------------

    def tile_rect(self, latent: int) -> QRect:
        """The tile of ``latent``, both pictures of a pair, in viewport coordinates; which may be out of view.

        Of a latent that the filter hides, nothing.
        """
        if not self.has_tile(latent):
            return QRect()
        return self._place_rect(int(self.order.places[latent]))

    def has_tile(self, latent: int) -> bool:
        """Whether there is such a latent and the filter lets it pass."""
        return latent < len(self.order.places) and bool(self.order.places[latent] >= 0)

    def latents_in_sight(self) -> Indices:
        """The latents of which at least half a tile can be seen, in their order; none while the grid is hidden."""
        if not self.isVisible():
            return self.order.latents[:0]
        top, half = self.verticalScrollBar().value(), self._layout.row_height // 2
        rows = self._layout.rows_between(top + half, top + self.viewport().height() - half)
        first, after = rows.start * self._layout.columns, rows.stop * self._layout.columns
        return self.order.latents[first:after]

    def latent_at(self, point: QPoint) -> int | None:
        """The latent whose tile is at ``point`` of the viewport; None beside the tiles."""
        place = self._layout.place_at(point + QPoint(0, self.verticalScrollBar().value()))
        if place is None or place >= len(self.order.latents):
            return None
        return int(self.order.latents[place])

    def ensure_visible(self, latent: int) -> None:
        """Scroll as little as needed to show ``latent``; not at all when it is in view, or hidden by the filter."""
        if not self.has_tile(latent):
            return
        bar = self.verticalScrollBar()
        rect = self._layout.rect(int(self.order.places[latent])).adjusted(0, -GAP, 0, GAP)
        # While the view scrolls, its destination counts, not where it is now.
        moving = self._scrolling.state() == QPropertyAnimation.State.Running
        now = int(self._scrolling.endValue()) if moving else bar.value()
        target = min(max(now, rect.bottom() + 1 - self.viewport().height()), rect.top())
        target = max(bar.minimum(), min(bar.maximum(), target))
        if target == now:
            return
        self._scrolling.stop()
        if not self.isVisible():
            bar.setValue(target)
            return
        self._scrolling.setStartValue(bar.value())
        self._scrolling.setEndValue(target)
        self._scrolling.start()

    def _place_rect(self, place: int) -> QRect:
        return self._layout.rect(place).translated(0, -self.verticalScrollBar().value())

    def _relayout(self) -> None:
        room, thickness = self.maximumViewportSize(), self.verticalScrollBar().sizeHint().width()
        count, pair = len(self.order.latents), self._show == "both"
        proportion = tile_proportion(self._services)
        if self._side is None:
            layout = grid_layout.fitted(
                count, room.width(), room.height(), thickness, pair=pair, proportion=proportion
            )
        else:
            layout = grid_layout.sized(
                count, self._side, room.width(), room.height(), thickness, pair=pair, proportion=proportion
            )
        bar, end = self.verticalScrollBar(), max(0, layout.height - room.height())
        if layout != self._layout or end != bar.maximum():
            resized = layout.side != self._layout.side
            self._arrange(layout, end)
            if resized:
                self.resized_tiles.emit()
        self._restyle()

    def _arrange(self, layout: GridLayout, end: int) -> None:
        """Put the tiles where ``layout`` says; ``end`` is how far they can be scrolled."""
        bar = self.verticalScrollBar()
        if self._scrolling.state() == QPropertyAnimation.State.Running:
            self._scrolling.stop()
            bar.setValue(int(self._scrolling.endValue()))
        anchor = self._anchor(layout)
        self._layout = layout
        bar.setRange(0, end)
        bar.setPageStep(self.maximumViewportSize().height())
        bar.setSingleStep(max(1, layout.row_height // 2))
        if anchor is not None:
            bar.setValue(layout.rect(anchor[0]).top() - anchor[1])

    def _anchor(self, new: GridLayout) -> tuple[int, int] | None:
        """A place and its distance from the upper edge that stays as it is when tiles change size."""
        old, top = self._layout, self.verticalScrollBar().value()
        if not top or old.count != new.count:
            return (0, GAP) if new.count else None
        selected = self.selected()
        if selected is not None and self.viewport().rect().intersects(self.tile_rect(selected)):
            place = int(self.order.places[selected])
        else:
            place = old.rows_between(top, top).start * old.columns
        return place, old.rect(place).top() - top

    @Slot()
    def _restyle(self) -> None:
        """Colour the tiles again when they are painted next."""
        self._make_look()
        self.viewport().update()
        self.restyled.emit()

    def _make_look(self) -> None:
        snapshot, order = self._state.snapshot, self.order
        self._look = None
        if snapshot is not None and len(order.places) == order.count == snapshot.n_latents:
            scales = Scales(snapshot, order.dead, self._scale)
            ratio = self.devicePixelRatioF()
            self._look = TileLook(
                snapshot,
                order.latents,
                order.dead,
                self._show,
                scales,
                self._layout,
                self._theme.tokens,
                self._small_font(),
                ratio,
                meaning_of(self._services),
            )
        self.rows.set_look(self._look, self.viewport().height() // self._layout.row_height + 2)

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(10 if self._layout.side < grid_layout.NUMBERED_FROM else 11)
        return font

    # -- what the state says ----------------------------------------------------------------------------

    def selected(self) -> int | None:
        """The selected latent, if it has a tile: not one that the filter hides, or of a snapshot that is just being replaced."""
        return self._existing(self._state.selected)

    def hovered(self) -> int | None:
        """The latent that the pointer is over here or elsewhere, under the same reserve."""
        return self._existing(self._state.hovered)

    def activations(self) -> Array | None:
        """(F,) on the drawing; None without one, and for a moment while snapshots change."""
        code = self._state.code
        return code.z if code is not None and len(code.z) == len(self.order.places) else None

    def _existing(self, latent: int | None) -> int | None:
        return latent if latent is not None and self.has_tile(latent) else None

    @Slot()
    def _latents_changed(self) -> None:
        snapshot = self._state.snapshot
        other = snapshot is not None and tile_proportion(self._services) != self._layout.proportion
        if other or self._layout.count != len(self.order.latents):
            self._relayout()
        else:
            self._restyle()

    @Slot()
    def _run_changed(self) -> None:
        """Begin another run at its first tiles; a selected one that was in view stays there instead."""
        run, before = self._state.run, self._path
        self._path = run.path if run is not None else None
        if self._path != before and self._state.selected is None:
            self._scrolling.stop()
            self.verticalScrollBar().setValue(0)

    @Slot()
    def _order_changed(self) -> None:
        # A selected tile that was in view stays in view; one that was not is left alone.
        follow = self._selected_was_in_view()
        self._latents_changed()
        selected = self.selected()
        if follow and selected is not None:
            self.ensure_visible(selected)

    def _selected_was_in_view(self) -> bool:
        look, selected = self._look, self.selected()
        if look is None or selected is None or look.layout != self._layout:
            return False
        if len(look.dead) != self.order.count:
            return False
        found = np.flatnonzero(look.order == selected)
        if not len(found):
            return False
        place = int(found[0])
        return self.viewport().rect().intersects(self._place_rect(place))

    @Slot()
    def _meaning_changed(self) -> None:
        """Other averages or nearest texts; only vectors are shown by them."""
        snapshot = self._state.snapshot
        if snapshot is not None and len(snapshot.shape) == 1:
            self._restyle()
        self._marks_changed()

    @Slot()
    def _marks_changed(self) -> None:
        self.viewport().update()

    @Slot()
    def _selection_changed(self) -> None:
        self.viewport().update()
        selected = self.selected()
        if selected is not None:
            self.ensure_visible(selected)

    @Slot()
    def _hover_changed(self) -> None:
        for latent in (self._existing(self._outlined), self.hovered()):
            if latent is not None:
                self.viewport().update(self.tile_rect(latent).adjusted(-GAP, -GAP, GAP, GAP))
        self._outlined = self._state.hovered

    # -- painting ---------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._relayout()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(600, 560)

    def minimumSizeHint(self) -> QSize:
        return QSize(4 * (MIN_SIDE + GAP) + GAP, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.tokens.color("panel"))
        if self._look is not None and self._look.ratio != self.devicePixelRatioF():
            # The window moved to a screen of another density.
            self._make_look()
        if self._look is None:
            return
        top = self.verticalScrollBar().value()
        rows = self._layout.rows_between(top + event.rect().top(), top + event.rect().bottom())
        for row in rows:
            painter.drawImage(0, GAP + row * self._layout.row_height - top, self.rows.row(row))
        painter.setFont(self._look.font)
        self._paint_active(painter, rows)
        self._paint_notes(painter, rows)
        self._paint_rings(painter)
        self.paint_over(painter)

    def paint_over(self, painter: QPainter) -> None:
        """For what lies above everything else; nothing here."""

    def _paint_active(self, painter: QPainter, rows: range) -> None:
        z = self.activations()
        if z is None or not rows:
            return
        first, last = self._layout.places_in(rows[0]).start, self._layout.places_in(rows[-1]).stop
        latents = self.order.latents[first:last]
        values, strongest, selected = z[latents], float(np.abs(z).max()), self.selected()
        last_line = self.look.last_line if self.look is not None else 0
        for offset in np.flatnonzero(values).tolist():
            marks.paint_active(
                painter,
                self._place_rect(first + offset),
                float(values[offset]),
                strongest,
                self._theme.tokens,
                selected=int(latents[offset]) == selected,
                valued=self._layout.valued,
                last_line=last_line,
            )

    def _paint_notes(self, painter: QPainter, rows: range) -> None:
        """Stars and labels of the tiles in ``rows``."""
        first, last = (
            (self._layout.places_in(rows[0]).start, self._layout.places_in(rows[-1]).stop) if rows else (0, 0)
        )
        for latent, note in self._notes.all.items():
            if self.has_tile(latent) and first <= self.order.places[latent] < last:
                rect = self.tile_rect(latent)
                selected = latent == self.selected()
                inside = marks.within_frame(rect) if selected and self._is_active(latent) else rect
                marks.paint_note(
                    painter, inside, latent, note, self._theme.tokens, numbered=self._layout.numbered
                )

    def _is_active(self, latent: int) -> bool:
        z = self.activations()
        return z is not None and bool(z[latent])

    def _paint_rings(self, painter: QPainter) -> None:
        tokens, hovered, selected = self._theme.tokens, self.hovered(), self.selected()
        if hovered is not None:
            rect = self.tile_rect(hovered)
            if hovered != selected:
                marks.paint_hovered(painter, rect, tokens)
            if not self._layout.numbered:
                marks.paint_index(painter, rect, hovered, tokens)
        if selected is not None:
            rect = self.tile_rect(selected)
            marks.paint_selected(painter, rect, tokens)
            if self._layout.numbered and self._is_active(selected) and not self._notes.of(selected):
                # An active frame that moved inwards lies over the corner where the number was.
                marks.paint_index(painter, marks.within_frame(rect), selected, tokens)
