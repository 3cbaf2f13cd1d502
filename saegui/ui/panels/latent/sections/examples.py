"""The section *Examples*: training images on which the latent is active, most active and random ones."""

from __future__ import annotations

from PySide6.QtCore import QRect, Slot
from PySide6.QtWidgets import QToolButton, QWidget

from saegui.app.nouns import Naming
from saegui.app.services import Services
from saegui.core.analysis.example_choice import N_EXAMPLES
from saegui.core.data.noun import Noun
from saegui.ui.panels.latent.example_section import ExampleSection
from saegui.ui.panels.latent.examples import ExamplesView
from saegui.ui.panels.latent.examples_of import examples_of, shades_of_examples, shape_of_examples
from saegui.ui.panels.latent.layout import ABOVE_STRIPS, STRIP_HEAD, Layout
from saegui.ui.panels.latent.section import LatentFacts
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.text import SMALL_PX, small_font

TOP = "The training inputs that activate this latent most"
RANDOM = "Random training inputs on which this latent is active"


class Examples(ExampleSection):
    """Training images that activate the latent: those with the highest activations, and random ones.

    Two strips where there is room for both, else one that can be switched.
    """

    name = "examples"

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._rooms: tuple[QRect, ...] = ()
        self._waiting = False
        self.top, self.sample = (
            self.add_strip(title, ExamplesView(theme, N_EXAMPLES)).view for title in ("Most active", "Random")
        )
        self.top_button = self._switch("Top")
        self.sample_button = self._switch("Random")
        Naming(services.state, self._name_inputs, self)
        self.top_button.setChecked(True)
        self.top_button.toggled.connect(self._arrange)

    def _name_inputs(self, noun: Noun) -> None:
        for button, tip in ((self.top_button, TOP), (self.sample_button, RANDOM)):
            button.setToolTip(noun.instead_of_input(tip))

    def _switch(self, which: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(f"{which} {N_EXAMPLES}")
        button.setFont(small_font(self.font(), SMALL_PX))
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setAccessibleName(f"Show {which.lower()} {N_EXAMPLES} examples")
        return button

    def tab_order(self) -> list[QWidget]:
        views = [self.top, self.sample, *(strip.texts for strip in self.strips)]
        return [self.top_button, self.sample_button, *views]

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
        if bool(facts.missing) != self._waiting:
            self._waiting = bool(facts.missing)
            self._arrange()

    def _name_strips(self, count: int, noun: Noun) -> None:
        shown = len(self.top.examples)
        if count > sum(example.times for example in self.top.examples):
            top = f"Top {shown}: the training {noun.many} that activate it most"
            sample = f"Random {shown} of the {count:,} training {noun.many} on which it is active"
        else:
            every = f"all {count} training {noun.many}" if count > 1 else f"the one training {noun.one}"
            top = f"{every[0].upper()}{every[1:]} on which it is active, the strongest first"
            sample = f"The same {noun.of(count)}, in random order"
            if count == 1:
                top, sample = f"The one training {noun.one} on which it is active", f"The same {noun.one}"
        self.top_button.setToolTip(f"The training {noun.many} that activate this latent most")
        self.sample_button.setToolTip(f"Random training {noun.many} on which this latent is active")
        for strip, title in zip(self.strips, (top, sample), strict=True):
            strip.name(title)

    # -- placing ------------------------------------------------------------------------------------------------------

    def place(self, layout: Layout) -> None:
        super().place(layout)
        self._rooms = tuple(room.translated(-self.pos()) for room in layout.strips)
        self._arrange()

    @Slot()
    def _arrange(self) -> None:
        if not self._rooms:
            return
        both = len(self._rooms) == 2
        chosen = (both or self.top_button.isChecked(), both or self.sample_button.isChecked())
        for i, strip in enumerate(self.strips):
            strip.setGeometry(self._rooms[i if both else 0])
            # While something is missing, the inspector says so in the line above the pictures.
            strip.title.setVisible(both and not self._waiting)
            strip.setVisible(chosen[i])
        x = 0
        for button in (self.top_button, self.sample_button):
            width = button.sizeHint().width()
            button.setGeometry(x, self._rooms[0].top() - ABOVE_STRIPS, width, STRIP_HEAD)
            button.setVisible(not both and not self._waiting)
            x += width + UNIT
