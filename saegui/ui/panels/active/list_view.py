"""The list of active latents, and beside it what steering gives."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from saegui.ui.panels.active.active_list import ActiveList
from saegui.ui.panels.active.places import COMPACT, LOWEST, ROW, SMALLEST
from saegui.ui.panels.active.steer_pane import LOW, NARROW, SteerPane
from saegui.ui.theme.tokens import GAP

IN_SIGHT = 10
"""Rows that are all in sight beside the pane, wherever they can be."""
SLIDERS = 156
"""px of a column whose bars are long enough to be dragged."""
_ANY = 2**24 - 1
"""Qt's own limit of a width."""


def widest_pane(width: int, height: int, compact: int = COMPACT) -> int:
    """px that the pane may take of ``width`` × ``height``, so that :data:`IN_SIGHT` rows have room, if need be in columns of no
    more than ``compact`` px.

    By no other number of rows: the pane stays as it is while one draws.
    """
    if height < LOW:
        return NARROW
    for column in (max(SLIDERS, compact), compact):
        for row in (ROW, LOWEST, SMALLEST):
            columns = -(-IN_SIGHT // max(1, height // row))
            left = width - columns * (column + GAP)
            if left >= NARROW:
                return left
    return _ANY


class ListView(QWidget):
    """The pane takes half of the width, or less where the list has no room for its rows then."""

    def __init__(self, rows: ActiveList, pane: SteerPane, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows, self._pane = rows, pane
        beside = QHBoxLayout(self)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(GAP)
        beside.addWidget(rows, 1)
        beside.addWidget(pane, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Divide the width again: latents may be named otherwise than before."""
        room = self.width() - self._rows.verticalScrollBar().sizeHint().width()
        self._pane.setMaximumWidth(widest_pane(room, self.height(), self._rows.compact_column()))
