"""The section *Examples*: training images on which the latent is active, most active and random ones."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from saegui.app.services import Services
from saegui.core.analysis.example_choice import N_EXAMPLES
from saegui.core.data.noun import Noun
from saegui.ui.panels.latent.example_section import ExampleSection
from saegui.ui.panels.latent.examples import ExamplesView
from saegui.ui.panels.latent.examples_of import examples_of, shades_of_examples, shape_of_examples
from saegui.ui.panels.latent.layout import Layout
from saegui.ui.panels.latent.section import LatentFacts
from saegui.ui.theme.theme import Theme


class Examples(ExampleSection):
    """Training images that activate the latent: those with the highest activations, and beside or below them random ones."""

    name = "examples"

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.top, self.sample = (
            self.add_strip(title, ExamplesView(theme, N_EXAMPLES)).view for title in ("Most active", "Random")
        )

    def tab_order(self) -> list[QWidget]:
        return [self.top, self.sample, *(strip.texts for strip in self.strips)]

    # -- showing ------------------------------------------------------------------------------------------------------

    def show_facts(self, facts: LatentFacts) -> None:
        alive, latent = facts.alive, facts.latent
        for view in (self.top, self.sample):
            view.set_shape(shape_of_examples(facts))
        if alive is not None:
            stats, shades = alive.stats, shades_of_examples(facts.snapshot, alive)
            for view, chosen, values in (
                (self.top, stats.top, stats.top_values),
                (self.sample, stats.sample, stats.sample_values),
            ):
                view.show_examples(*examples_of(alive, chosen[latent], values[latent]), shades)
            self._name_strips(alive.stats.count(latent), alive.dataset.noun)
        elif self.top.examples:
            self.top.clear()
            self.sample.clear()
        for strip in self.strips:
            strip.show_texts(facts.measured is not None and facts.measured.dataset.writes)
            # While something is missing, the inspector says so in the line above the pictures.
            strip.title.setVisible(not facts.missing)

    def _name_strips(self, count: int, noun: Noun) -> None:
        shown = len(self.top.examples)
        if count > sum(example.times for example in self.top.examples):
            top = f"Top {shown}: the training {noun.many} that activate it most", f"Top {shown}"
            sample = (
                f"Random {shown} of the {count:,} training {noun.many} on which it is active",
                f"Random {shown}",
            )
        elif count > 1:
            top = (
                f"All {count} training {noun.many} on which it is active, the strongest first",
                f"All {count}",
            )
            sample = f"The same {noun.of(count)}, in random order", "In random order"
        else:
            top = f"The one training {noun.one} on which it is active", "The only one"
            sample = f"The same {noun.one}", "The same one"
        for strip, titles in zip(self.strips, (top, sample), strict=True):
            strip.name(*titles)

    # -- placing ------------------------------------------------------------------------------------------------------

    def place(self, layout: Layout) -> None:
        super().place(layout)
        for strip, room in zip(self.strips, layout.strips, strict=True):
            strip.setGeometry(room.translated(-self.pos()))
