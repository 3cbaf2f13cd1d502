"""The section *Examples by activation*: what weak, middling and strong activations of the latent look like."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from saegui.app.services import Services
from saegui.core.analysis.example_choice import N_INTERVALS, PER_INTERVAL
from saegui.ui.panels.latent.example_section import ExampleSection
from saegui.ui.panels.latent.examples_of import examples_of, shades_of_examples, shape_of_examples
from saegui.ui.panels.latent.intervals_view import IntervalsView
from saegui.ui.panels.latent.layout import STRIP_HEAD
from saegui.ui.panels.latent.section import LatentFacts
from saegui.ui.theme.theme import Theme

TEXTS = 150
"""px of height of the list of texts."""
TITLES = "Examples by activation, from the weakest to the strongest", "Examples by activation"
TITLES_OF_TEXTS = "Examples by activation, from the strongest to the weakest", "Examples by activation"
HELP = (
    "Up to {each} random training {many} from each of {intervals} equal intervals between the latent's smallest and largest "
    "activation."
)


class Intervals(ExampleSection):
    """Five random inputs of each of ten intervals of activations; texts in one list."""

    name = "intervals"
    word = "Levels"
    tip = "Examples of weak, middling and strong activations"

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.view = IntervalsView(theme)
        self.strip = self.add_strip(TITLES[0], self.view)
        self._offered = self._texts = False

    def show_facts(self, facts: LatentFacts) -> None:
        state, alive, latent = self.services.state, facts.alive, facts.latent
        self._offered = state.dataset is not None and state.data_readable
        self._texts = state.writes
        self.view.set_shape(shape_of_examples(facts))
        if alive is None:
            if self.view.examples:
                self.view.clear()
        else:
            stats, noun = alive.stats, alive.dataset.noun
            chosen, values = stats.interval_examples[latent], stats.interval_values[latent]
            columns = np.repeat(np.arange(N_INTERVALS), PER_INTERVAL)
            # Read from above: texts begin with the strongest.
            turn = slice(None, None, -1 if self._texts else 1)
            chosen, values, columns = chosen[turn].ravel(), values[turn].ravel(), columns[turn]
            images, examples = examples_of(alive, chosen, values)
            self.view.show_examples(images, examples, shades_of_examples(facts.snapshot, alive))
            counts = stats.interval_counts[latent].tolist()
            there = columns[chosen >= 0].tolist()
            self.view.show_intervals(there, stats.interval_edges(latent), counts, noun)
            help = HELP.format(each=PER_INTERVAL, many=noun.many, intervals=N_INTERVALS)
            self.strip.name(*(TITLES_OF_TEXTS if self._texts else TITLES), explained=help)
        self.strip.show_texts(self._texts)

    # -- placing ------------------------------------------------------------------------------------------------------

    def heightForWidth(self, width: int) -> int:
        # The same for every latent, measured or not: what changes under a moving pointer must not move.
        if not self._offered:
            return 0
        return STRIP_HEAD + (TEXTS if self._texts else self.view.height_for(width))

    def sizeHint(self) -> QSize:
        return QSize(200, 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.strip.setGeometry(self.rect())

    def tab_order(self) -> list[QWidget]:
        return [self.view, self.strip.texts]
