"""The section *Classes*: the mean activation of the latent on the images of each class."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from saegui.app.services import Services
from saegui.ui.panels.latent.bars import BarChart, Bars, class_bars
from saegui.ui.panels.latent.class_rows import ClassRows
from saegui.ui.panels.latent.section import LatentFacts, Section
from saegui.ui.theme.theme import Theme

_CAPTIONS = ("mean activation per class", "mean per class", "per class")
_HELP = "Mean activation over all training inputs of each class."
MOST_BARS = 12
"""With more classes than these, they are rows in the order of what the latent does for them."""


class Classes(Section):
    """The mean activation on the images of each class: bars side by side, or rows where their names need more room."""

    name = "classes"
    needs_measurement = True

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.chart = BarChart(theme, _CAPTIONS, _HELP, self)
        self.rows = ClassRows(theme, _CAPTIONS, _HELP, self)
        self.rows.hide()
        self._bars: Bars | None = None

    def suits(self, writes: bool) -> bool:
        return not writes

    def show_facts(self, facts: LatentFacts) -> None:
        alive = facts.alive
        self._bars = None
        if alive is not None and not alive.dataset.has_labels:
            self.chart.clear(f"The {alive.dataset.noun.many} have no labels.")
        elif alive is not None:
            self._bars = class_bars(alive.stats.class_means[facts.latent], alive.dataset.classes)
            self.chart.set_bars(self._bars)
            self.rows.set_bars(self._bars)
        elif self.chart.bars is not None:
            self.chart.clear()
        self._choose()

    def _choose(self) -> None:
        """Show the bars, or the rows where they do not name every class."""
        bars = self._bars
        as_rows = bars is not None and (len(bars.heights) > MOST_BARS or not self.chart.names_all(bars))
        self.rows.setVisible(as_rows)
        self.chart.setVisible(not as_rows)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.chart.setGeometry(self.rect())
        self.rows.setGeometry(self.rect())
        self._choose()
