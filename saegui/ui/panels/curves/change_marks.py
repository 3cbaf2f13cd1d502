"""Lines where values were changed during a training, each with its text. Imports pyqtgraph: import it late."""

from __future__ import annotations

from typing import NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics

from saegui.core.config.changes import Mark
from saegui.ui.theme.line_colours import line_colour
from saegui.ui.theme.tokens import Tokens

_ROWS = 3
"""Texts that stand close to each other take turns on so many lines."""
_PADDING = 2
"""px around a text, over which the colour behind it reaches."""
_ABOVE_LINES = 20
"""Depth: above every curve."""


class RunMark(NamedTuple):
    """A change, and whose it is."""

    mark: Mark
    place: int
    """Of the run among those that are shown: 0 for the current one, else its colour."""


class ChangeLine(pg.InfiniteLine):
    """A line across the plot, with its text inside the plot wherever the line stands."""

    def __init__(self, mark: RunMark, row: int) -> None:
        super().__init__(mark.mark.place, angle=90, movable=False)
        self.mark = mark
        self.label = _Text(self, mark.mark.text, row % _ROWS)
        self.setZValue(_ABOVE_LINES)

    def recolour(self, tokens: Tokens, font: QFont) -> None:
        """The current run's in the colours of words, others in their own."""
        place = self.mark.place
        line = line_colour(tokens, place) if place else tokens.color("muted")
        self.setPen(pg.mkPen(line, width=1, style=Qt.PenStyle.DashDotLine))
        # Other lines, and the curves, must not run through the letters.
        self.label.fill = pg.mkBrush(tokens.color("panel", 0.85))
        self.label.setColor(line if place else tokens.color("text"))
        self.label.setFont(font)
        self.label.refit()


class _Text(pg.InfLineLabel):
    def __init__(self, line: ChangeLine, text: str, row: int) -> None:
        self._row, self._shown, self._metrics = row, text, QFontMetrics(QFont())
        super().__init__(line, text)
        self.textItem.document().setDocumentMargin(_PADDING)

    def setFont(self, font: QFont) -> None:
        self._metrics = QFontMetrics(font)
        super().setFont(font)

    @property
    def shown(self) -> str:
        """The text as far as there is room for it."""
        return self._shown

    def refit(self) -> None:
        """Place the text again: its font or the plot has changed."""
        self.updatePosition()

    def updatePosition(self) -> None:
        view = self.getViewBox()
        if not isinstance(view, pg.ViewBox) or view.width() < 1 or view.height() < 1:
            super().updatePosition()
            return
        width, height = view.width(), view.height()
        shown = self._metrics.elidedText(self.format, Qt.TextElideMode.ElideRight, int(width) - 2 * _PADDING)
        if shown != self._shown:
            self._shown = shown
            self.setText(shown)
        text = self._metrics.horizontalAdvance(shown) + 2 * _PADDING
        low, high = view.viewRange()[0]
        x = (self.line.value() - low) / (high - low) * width
        # Right of the line where there is room, else as far to the left as it takes.
        share = min(max(x - (width - text), 0.0) / text, 1.0)
        self.anchors = [(share, 0.5), (share, 0.5)]
        # The colour behind a text reaches to the next text, and not over it.
        box = self.textItem.boundingRect().height()
        self.orthoPos = max(0.0, 1 - ((box - _PADDING) * self._row + box / 2) / height)
        super().updatePosition()
