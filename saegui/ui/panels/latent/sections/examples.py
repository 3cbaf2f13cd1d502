"""The section *Examples*: training images on which the latent is active, most active and random ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolButton, QWidget

from saegui.app.nouns import Naming
from saegui.app.services import Services
from saegui.core import on_disk
from saegui.core.analysis.latent_stats import N_EXAMPLES
from saegui.core.arrays import BYTES, Images
from saegui.core.data import Dataset
from saegui.core.data.noun import Noun
from saegui.ui.commands.analyse_menu import OF_EXAMPLE
from saegui.ui.panels.latent.examples import Example, ExamplesView
from saegui.ui.panels.latent.layout import ABOVE_STRIPS, STRIP_HEAD, Layout
from saegui.ui.panels.latent.parts import label
from saegui.ui.panels.latent.section import LatentFacts, Section
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.pictures import Shades, shades_of
from saegui.ui.widgets.text import SMALL_PX, number, small_font, without_common_start
from saegui.ui.widgets.text_list import Entry, TextList

TOP = "The training inputs that activate this latent most"
RANDOM = "Random training inputs on which this latent is active"


class Strip(QWidget):
    """One line of what the examples are, and the pictures, or in their place the texts."""

    looked_at = Signal(object)
    """The activation of the example that the user points at, or None."""

    def __init__(self, theme: Theme, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = label(self, title, muted=True, pixels=SMALL_PX)
        self.view = ExamplesView(theme, N_EXAMPLES, self)
        self.view.setAccessibleName(title)
        self.texts = TextList(theme, self)
        self.texts.hide()
        self.view.looked_at.connect(self.looked_at)
        self.texts.pointed.connect(self._point_at_text)

    @Slot(int)
    def _point_at_text(self, place: int) -> None:
        self.looked_at.emit(self.view.examples[place].value if place >= 0 else None)

    def show_texts(self, on: bool) -> None:
        """Show the examples as the texts that they were made of."""
        examples = self.view.examples if on else ()
        self.texts.show_entries([Entry(each.text, number(each.value), each.tip) for each in examples])
        self.texts.setVisible(on)
        self.view.setHidden(on)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.title.setGeometry(0, 0, self.width(), STRIP_HEAD - UNIT)
        for view in (self.view, self.texts):
            view.setGeometry(0, STRIP_HEAD, self.width(), self.height() - STRIP_HEAD)


class Examples(Section):
    """Training images that activate the latent: those with the highest activations, and random ones.

    Two strips where there is room for both, else one that can be switched.
    """

    name = "examples"
    needs_measurement = True

    looked_at = Signal(object)
    """The activation of the example that the user points at, or None."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._strips = [Strip(theme, title, self) for title in ("Most active", "Random")]
        for strip in self._strips:
            strip.looked_at.connect(self.looked_at)
        self._rooms: tuple[QRect, ...] = ()
        self._waiting = False
        self.top, self.sample = (strip.view for strip in self._strips)
        self._pointed = self.top
        self.top_button = self._switch("Top")
        self.sample_button = self._switch("Random")
        Naming(services.state, self._name_inputs, self)
        self.top_button.setChecked(True)
        self.top_button.toggled.connect(self._arrange)
        self.top.chosen.connect(self._choose_top)
        self.sample.chosen.connect(self._choose_sample)
        self._strips[0].texts.chosen.connect(self._choose_top)
        self._strips[1].texts.chosen.connect(self._choose_sample)
        # At once, though nobody may see it: actions use them too, and their numbers are those of the former images.
        services.state.dataset_changed.connect(self._forget)

    def _name_inputs(self, noun: Noun) -> None:
        for button, tip in ((self.top_button, TOP), (self.sample_button, RANDOM)):
            button.setToolTip(noun.instead_of_input(tip))

    @Slot()
    def _forget(self) -> None:
        self.top.clear()
        self.sample.clear()
        for strip in self._strips:
            strip.texts.show_entries(())

    def _switch(self, which: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(f"{which} {N_EXAMPLES}")
        button.setFont(small_font(self.font(), SMALL_PX))
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setAccessibleName(f"Show {which.lower()} {N_EXAMPLES} examples")
        return button

    def tab_order(self) -> list[QWidget]:
        views = [self.top, self.sample, *(strip.texts for strip in self._strips)]
        return [self.top_button, self.sample_button, *views]

    def context_menus(self) -> Sequence[ContextMenu]:
        return [
            *(ContextMenu(view, partial(self._point, view), OF_EXAMPLE) for view in (self.top, self.sample)),
            *(
                ContextMenu(strip.texts, partial(self._point_text, strip), OF_EXAMPLE)
                for strip in self._strips
            ),
        ]

    # -- showing ------------------------------------------------------------------------------------------------------

    def show_facts(self, facts: LatentFacts) -> None:
        alive, latent = facts.alive, facts.latent
        pictures = alive.dataset.pictures if alive is not None else None
        for view in (self.top, self.sample):
            view.set_shape(facts.snapshot.shape if pictures is None else pictures.shape[1:])
        if alive is not None:
            stats, shades = alive.stats, shades_of(facts.snapshot)
            if pictures is not None:
                shades = shades._replace(span=BYTES)
            for view, chosen, values in (
                (self.top, stats.top, stats.top_values),
                (self.sample, stats.sample, stats.sample_values),
            ):
                _show_examples(view, alive.dataset, chosen[latent], values[latent], shades)
            self._name_strips(alive.stats.count(latent), alive.dataset.noun)
        elif self.top.examples:
            self.top.clear()
            self.sample.clear()
        for strip in self._strips:
            strip.show_texts(facts.measured is not None and facts.measured.dataset.writes)
        if bool(facts.missing) != self._waiting:
            self._waiting = bool(facts.missing)
            self._arrange()

    def _name_strips(self, count: int, noun: Noun) -> None:
        shown = len(self.top.examples)
        if count > shown:
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
        for strip, title in zip(self._strips, (top, sample), strict=True):
            strip.title.setText(title)
            strip.view.setAccessibleName(title)

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
        for i, strip in enumerate(self._strips):
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

    # -- acting -------------------------------------------------------------------------------------------------------

    def _point(self, view: ExamplesView, at: QPoint | None) -> QPoint | None:
        self._pointed = view
        return view.choose(at)

    def _point_text(self, strip: Strip, at: QPoint | None) -> QPoint | None:
        found = strip.texts.choose(at)
        if found is not None and strip.texts.current is not None:
            self._pointed = strip.view
            strip.view.point_to(strip.texts.current)
        return found

    @property
    def pointed(self) -> tuple[Example, Images] | None:
        """The example that was pointed at last, at first the one with the highest activation, and its image; or None."""
        view = self._pointed
        place = view.current
        return (view.examples[place], view.images[place]) if place is not None else None

    def draw_pointed(self) -> None:
        """Load it into the canvas."""
        if self.pointed is not None:
            self._choose(self.pointed[0])

    @Slot(int)
    def _choose_top(self, place: int) -> None:
        self._pointed = self.top
        self._choose(self.top.examples[place])

    @Slot(int)
    def _choose_sample(self, place: int) -> None:
        self._pointed = self.sample
        self._choose(self.sample.examples[place])

    def _choose(self, example: Example) -> None:
        self.services.state.show_input("train", example.index, example.title)


def _show_examples(
    view: ExamplesView,
    dataset: Dataset,
    indices: NDArray[np.int32],
    values: NDArray[np.float32],
    shades: Shades,
) -> None:
    """The images at ``indices``; those that are −1 do not exist."""
    found = indices[indices >= 0]
    known = zip(found.tolist(), dataset.train_labels[found].tolist(), values.tolist(), strict=False)
    names = dataset.classes if dataset.has_labels else ("",) * len(dataset.classes)
    shorts = without_common_start(names)
    texts = dataset.items.train if dataset.items is not None and dataset.writes else None
    examples = [
        Example(
            index,
            names[label],
            value,
            shorts[label],
            "" if texts is None else str(texts[index]),
            dataset.noun,
        )
        for index, label, value in known
    ]
    shown = dataset.train_images if dataset.pictures is None else dataset.pictures
    view.show_examples(on_disk.taken(shown, found), examples, shades)
