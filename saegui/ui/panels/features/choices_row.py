"""The choices above the tiles: order, what is shown, the scale, and what the colours stand for."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from saegui.ui.panels.features.scale_bar import ROOM, ScaleBar
from saegui.ui.panels.features.segments import Segments
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.fields import Combo

LEAST = 340
"""px of width that it asks for."""
_REST = 6
"""The place of the room that is left on the first line."""


class ChoicesRow(QWidget):
    """On one line, or on two where that would be too long."""

    def __init__(
        self, sorts: Combo, labels: Combo, shows: Segments, scales: Segments, legend: ScaleBar
    ) -> None:
        super().__init__()
        self._sorts, self._labels, self._shows = sorts, labels, shows
        self._scales, self._legend = scales, legend
        self._first, self._second = QHBoxLayout(), QHBoxLayout()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(UNIT)
        for line in (self._first, self._second):
            line.setSpacing(UNIT)
            lines.addLayout(line)
        self.captions = [_caption(word, widget) for word, widget in (("Sort", sorts), ("Scale", scales))]
        # The three words of the second say for themselves what they choose.
        for part in (self.captions[0], sorts, labels):
            self._first.addWidget(part)
        self._first.addSpacing(GAP)
        self._first.addWidget(shows)
        self._first.addSpacing(GAP)
        self._first.addStretch(0)
        self._broken = True
        self._break(False)

    def minimumSizeHint(self) -> QSize:
        # It breaks before it is cut.
        width = max(self._chosen() + self._shows.sizeHint().width() + 2 * GAP + UNIT, LEAST)
        return QSize(width, super().minimumSizeHint().height())

    def _chosen(self) -> int:
        """px of the order, and of the class by which it sorts."""
        labels = 0 if self._labels.isHidden() else self._labels.width() + UNIT
        return self._sorts.width() + labels

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Break the line, or not, for what is shown now."""
        first = self._chosen() + self._shows.sizeHint().width() + 2 * GAP + 2 * UNIT
        # What the colours stand for needs its room too.
        second = self._scales.sizeHint().width() + GAP + ROOM
        broken = self.width() < first + second
        if broken != self._broken:
            self._break(broken)
        # Where not all has room, that is more than the names of choices that their words tell.
        names = sum(caption.sizeHint().width() + UNIT for caption in self.captions)
        longest = max(first, second) if broken else first + second
        for caption in self.captions:
            caption.setVisible(self.width() >= longest + names)

    def _break(self, on: bool) -> None:
        before, after = (self._first, self._second) if on else (self._second, self._first)
        for part in (self.captions[1], self._scales, self._legend):
            before.removeWidget(part)
            after.addWidget(part)
        after.setStretchFactor(self._legend, 1)
        # What is left on a line of its own stays together at its left.
        self._first.setStretch(_REST, 1 if on else 0)
        self._broken = on


def _caption(word: str, widget: QWidget) -> QLabel:
    caption = QLabel(word)
    caption.setProperty("muted", True)
    caption.setBuddy(widget)
    return caption
