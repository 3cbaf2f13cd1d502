"""The section *Classes*: the mean activation of the latent on the images of each class."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from saegui.app.services import Services
from saegui.ui.panels.latent.bars import BarChart, class_bars
from saegui.ui.panels.latent.section import LatentFacts, Section
from saegui.ui.theme.theme import Theme

_HELP = "Mean activation over all training images of each class."


class Classes(Section):
    """The mean activation on the images of each class, as one bar a class."""

    name = "classes"
    needs_measurement = True

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.chart = BarChart(theme, "mean activation per class", _HELP, self)

    def show_facts(self, facts: LatentFacts) -> None:
        alive = facts.alive
        if alive is not None and not alive.dataset.has_labels:
            self.chart.clear("The images have no labels.")
        elif alive is not None:
            self.chart.set_bars(class_bars(alive.stats.class_means[facts.latent], alive.dataset.classes))
        elif self.chart.bars is not None:
            self.chart.clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.chart.setGeometry(self.rect())
