"""The difference of two codes: a signed bar for each latent, the largest difference first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from saegui.app.state import AppState
from saegui.core.analysis.code_difference import CodeDifference
from saegui.core.numbers import hundredths, latent_name
from saegui.core.runs.latent_notes import NOTHING, Notes, title
from saegui.ui.panels.active.latent_rows import LatentRows
from saegui.ui.panels.active.places import SMALLEST
from saegui.ui.panels.active.row_paint import BAR, TILE, Marks, scale_of, tile_side
from saegui.ui.panels.active.tiles import Tiles
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.meanings import Meaning
from saegui.ui.widgets.pictures import proportions, size_in, whole
from saegui.ui.widgets.text import SMALL_PX, small_font
from saegui.ui.widgets.weight_scales import weights_of

_NARROW = 150
"""px of a row below which its parts stand closer together."""
_LEAST_BAR = 16
"""px of both halves of a bar at least."""


def _gap(*, close: bool) -> int:
    """px on either side of a bar."""
    return UNIT + (0 if close else UNIT)


class DifferenceList(LatentRows):
    """What the current code has more of is to the right of the middle, what the kept one has more of to the left."""

    def __init__(self, state: AppState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(state, theme, parent)
        self.notes: Callable[[], Notes] = dict
        """Stars and labels of the latents."""
        self.meaning: Callable[[], Meaning | None] = lambda: None
        """What decoders that are no pictures are shown by."""
        self._difference: CodeDifference | None = None
        self._values: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        self._tiles: tuple[range, Tiles] | None = None
        plain = QFont(self.font())
        plain.setFeature(QFont.Tag("tnum"), 1)
        self._fonts = plain, small_font(plain, SMALL_PX)
        self.setObjectName("difference-list")
        theme.changed.connect(self._recolour)

    @property
    def difference(self) -> CodeDifference | None:
        """What is shown."""
        return self._difference

    def show_difference(
        self,
        difference: CodeDifference | None,
        values: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
        *,
        from_the_top: bool,
    ) -> None:
        """Of the codes ``values``, the current one and the kept one; ``from_the_top``: the largest comes into view."""
        self._difference, self._values, self._tiles = difference, values, None
        self.set_latents([] if difference is None else difference.latents.tolist(), from_the_top=from_the_top)

    def least_column(self) -> int:
        """Narrow ones: a few long bars say less than many short ones."""
        return self._needed(self._fonts[0])

    def compact_column(self) -> int:
        return self._needed(self._fonts[1])

    def scrolled_row(self) -> int:
        return SMALLEST

    def summary(self) -> str:
        found = self._difference
        if found is None or not len(found.latents):
            return "Differences of the codes: none"
        return f"Differences of the codes: {len(found.latents)}, largest {self.said(0)}"

    def said(self, row: int) -> str:
        return f"{self._name(self._latents[row])} {self.amount(row)}"

    def amount(self, row: int) -> str:
        """The difference in a row: ``+1.20`` or ``−0.35``."""
        assert self._difference is not None
        value = float(self._difference.amounts[row])
        return f"{'−' if value < 0 else '+'}{abs(value):.2f}"

    def told(self, row: int) -> str:
        latent = self._latents[row]
        assert self._values is not None
        current, kept = (float(z[latent]) for z in self._values)
        return (
            f"Latent {self._name(latent)}: {hundredths(current)} on the current input, {hundredths(kept)} on the one that was kept.\n"
            "Click to select it in every panel."
        )

    def _name(self, latent: int) -> str:
        return title(latent, self.notes().get(latent, NOTHING))

    def bar(self, row: int) -> QRect:
        """The bar of a row in the viewport's px: from the middle to its end."""
        return self._bar(row, self.row_rect(row).toRect())

    def _needed(self, font: QFont) -> int:
        """px of a row with low pictures and the shortest bar."""
        gaps = 2 * _gap(close=True) + UNIT
        return self._side(SMALLEST, close=True) + sum(self._word_widths(font)) + _LEAST_BAR + gaps

    def _word_widths(self, font: QFont) -> tuple[int, int]:
        """px of the longest name and of the longest number."""
        metrics = QFontMetricsF(font)
        name = "#" + "0" * max(2, len(str(max(self._latents, default=0))))
        amount = self.amount(0) if self._latents else ""
        longest = max("−0.00", "−" + amount[1:], key=len)
        return round(metrics.horizontalAdvance(name)), round(metrics.horizontalAdvance(longest))

    def _side(self, row: int, *, close: bool) -> int:
        """px before the name in a row of this height."""
        return UNIT + 1 + (tile_side(row) + UNIT if close else TILE + GAP)

    def _font_in(self, area: QRect) -> QFont:
        return self._fonts[area.width() < self.least_column()]

    def _groove(self, area: QRect) -> QRect:
        close = area.width() < _NARROW
        gap = _gap(close=close)
        name, amount = self._word_widths(self._font_in(area))
        left = self._side(area.height(), close=close) + name + gap
        right = area.width() - amount - gap - UNIT
        return QRect(area.left() + left, area.top() + (area.height() - BAR) // 2, max(8, right - left), BAR)

    def _bar(self, row: int, area: QRect) -> QRect:
        assert self._difference is not None
        groove, amounts = self._groove(area), self._difference.amounts
        half = groove.width() // 2
        length = max(1, round(half * abs(float(amounts[row])) / abs(float(amounts[0]))))
        middle = groove.left() + half
        return QRect(middle if amounts[row] > 0 else middle - length, groove.top(), length, BAR)

    # -- looks ----------------------------------------------------------------------------------------

    @Slot()
    def _recolour(self) -> None:
        self._tiles = None
        self.viewport().update()

    def paint_rows(self, painter: QPainter, rows: range, marks: Marks) -> None:
        snapshot, tokens, found = self._state.snapshot, self._theme.tokens, self._difference
        if snapshot is None or found is None:
            return
        shape = snapshot.shape
        side = tile_side(self._places.row)
        size = size_in(proportions(shape), whole(side, shape))
        if self._tiles is None or self._tiles[0] != rows:
            weights = weights_of(snapshot, "decoder", found.latents[rows.start : rows.stop])
            self._tiles = rows, Tiles(weights, scale_of(snapshot), tokens)
        means, tiles = self.meaning(), self._tiles[1]
        font = self._font_in(self._places.rect(0).toRect())
        metrics = QFontMetricsF(font)
        baseline = (self._places.row + metrics.capHeight()) / 2
        painter.setFont(font)
        for place, row in enumerate(rows):
            latent, area = self._latents[row], self._places.rect(row).toRect()
            frame = QRectF(area.adjusted(1, 1, -1, -1))
            if latent == marks.hovered:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tokens.color("raised"))
                painter.drawRoundedRect(frame, 4, 4)
            left, close = area.left() + UNIT + 1, area.width() < _NARROW
            box = side if close else TILE
            tile = QRect(
                left + (box - size.width()) // 2,
                area.top() + (area.height() - size.height()) // 2,
                size.width(),
                size.height(),
            )
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            square = QRect(left, area.top() + (area.height() - side) // 2, side, side)
            if means is None or means.averages is None or not means.paint(painter, square, latent, tokens):
                tiles.paint(painter, tile, place)
            groove, bar = self._groove(area), self._bar(row, area)
            painter.fillRect(groove, tokens.color("active", 0.12))
            painter.fillRect(bar, tokens.color("active" if found.amounts[row] > 0 else "accent"))
            painter.fillRect(
                QRect(groove.left() + groove.width() // 2, groove.top() - 3, 1, BAR + 6),
                tokens.color("muted"),
            )
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(tokens.color("text"))
            painter.drawText(
                QPointF(area.left() + self._side(area.height(), close=close), area.top() + baseline),
                latent_name(latent),
            )
            number = self.amount(row)
            right = area.right() + 1 - UNIT - metrics.horizontalAdvance(number)
            painter.drawText(QPointF(right, area.top() + baseline), number)
            if latent == marks.selected or row == marks.focused_row:
                accent = tokens.color("accent")
                painter.setBrush(Qt.BrushStyle.NoBrush)
                selected = latent == marks.selected
                painter.setPen(QPen(accent, 2) if selected else QPen(accent, 1, Qt.PenStyle.DotLine))
                painter.drawRoundedRect(frame, 4, 4)
