"""The section *Histogram*: how often the latent is how active."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from saegui.app.nouns import current
from saegui.app.services import Services
from saegui.core.analysis.latent_stats import LatentStats
from saegui.ui.panels.latent.bars import BarChart, HistogramRange, histogram_bars, log_place
from saegui.ui.panels.latent.section import LatentFacts, Section
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import number

_HELP = (
    "How many training inputs give the latent each activation, where it is active. "
    "Both axes are logarithmic; the scale is the same for all latents."
)


class Histogram(Section):
    """How many training inputs give the latent each activation, with a mark at its activation on the drawing, and one at
    that of the example that you point at."""

    name = "histogram"
    needs_measurement = True

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.chart = BarChart(theme, ("inputs by activation",), _HELP, self)
        self._range: tuple[LatentStats, HistogramRange] | None = None

    def show_facts(self, facts: LatentFacts) -> None:
        alive = facts.alive
        if alive is not None:
            stats = alive.stats
            if self._range is None or self._range[0] is not stats:
                self._range = stats, HistogramRange.of(stats.edges, stats.histogram)
            noun = alive.dataset.noun
            bars = histogram_bars(self._range[1], stats.histogram[facts.latent], stats.n_images, noun)
            self.chart.set_captions(f"{noun.many} by activation", "by activation")
            self.chart.set_bars(bars)
        elif self.chart.bars is not None:
            self.chart.clear()
        self.show_activation(facts)

    def show_activation(self, facts: LatentFacts) -> None:
        z = facts.activation
        if z and facts.alive is not None and self._range is not None:
            self.chart.set_marker(
                log_place(self._range[1].edges, z), f"on the {current(self.services.state)}: {number(z)}"
            )
        else:
            self.chart.set_marker(None)

    @Slot(object)
    def mark_example(self, z: float | None) -> None:
        """Mark the activation of the example that the user points at; None removes the mark."""
        if z is None or self._range is None or self.chart.bars is None:
            self.chart.set_second_marker(None)
        else:
            self.chart.set_second_marker(log_place(self._range[1].edges, z))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.chart.setGeometry(self.rect())
