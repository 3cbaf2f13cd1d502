"""The lines of choices: above the tiles their order and what they show, below them what their numbers and colours mean."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from saegui.ui.panels.features.scale_bar import ScaleBar
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.fitted_line import FittedLine
from saegui.ui.widgets.segments import Segments

LEAST = 340
"""px of width that it asks for."""
LEAST_LEGEND = 100
"""px that the colour scale has, however narrow the panel is."""


class ChoicesRow(QWidget):
    """The order, with the class that it is by, and which weights the tiles show, on one line."""

    def __init__(self, sorts: Combo, labels: Combo, shows: Segments) -> None:
        super().__init__()
        self.caption = QLabel("Sort")
        self.caption.setProperty("muted", True)
        self.caption.setBuddy(sorts)
        self._parts = (sorts, labels, shows)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(UNIT)
        line.addWidget(self.caption)
        line.addWidget(sorts)
        line.addWidget(labels)
        line.addSpacing(GAP)
        line.addStretch(1)
        line.addWidget(shows)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(self._needed(), LEAST), super().minimumSizeHint().height())

    def _needed(self) -> int:
        """px of everything but the caption, which the words in the combo box tell."""
        shown = [part.minimumSizeHint().width() for part in self._parts if not part.isHidden()]
        return sum(shown) + UNIT * len(shown) + GAP

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Leave the caption out where there is no room for it."""
        room = self._needed() + self.caption.sizeHint().width() + 2 * UNIT
        self.caption.setVisible(self.width() >= room)


class LegendRow(QWidget):
    """What the numbers on tiles are, the colour scale, and what it is shared by."""

    def __init__(self, numbers: FittedLine, legend: ScaleBar, scales: Segments) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        legend.setMinimumWidth(LEAST_LEGEND)
        line.addWidget(numbers, 3)
        line.addWidget(legend, 2)
        line.addWidget(scales)
