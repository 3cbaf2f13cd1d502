"""The section *Effect on the output*: the average picture, and what the rest of the network makes of the latent."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from saegui.app.jobs import Latest
from saegui.app.services import Services
from saegui.core.analysis.effects import Effect, effect, readout_of, some_test_inputs
from saegui.core.arrays import Array
from saegui.core.data import Dataset
from saegui.core.data.registry import shows_ink
from saegui.core.model.snapshot import Snapshot
from saegui.core.networks.readout import Readout
from saegui.ui.panels.latent.bars import BarChart, change_bars
from saegui.ui.panels.latent.layout import CAPTION
from saegui.ui.panels.latent.parts import label
from saegui.ui.panels.latent.section import LatentFacts, Section
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import Shades
from saegui.ui.widgets.text import SMALL_PX, class_words, number

SIDE = 84
"""px: the longer side of the average picture, and the height of the charts."""
_AVERAGE = "Mean of the training inputs on which the latent is active, each weighted by its activation."
_ADDING = (
    "Mean change of the network's logits over test inputs when activation × atom is added to the layer; the activation is "
    "the latent's mean where it is active."
)
_ABLATING = (
    "Mean change of the network's logits over the test inputs on which the latent is active, when its part is taken out "
    "of the layer."
)


class Effects(Section):
    """The average of the pictures that activate the latent, and bars of its effect on the network's logits.

    Takes no room where the inputs are no activations of a network.
    """

    name = "effects"
    word = "Effect"
    tip = "What the latent does to the output of the network"
    needs_measurement = True

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._facts: LatentFacts | None = None
        self._subject: tuple[Snapshot, Dataset, int] | None = None
        self.effect: Effect | None = None
        self.heading = label(self, "Effect on the output", muted=True, pixels=SMALL_PX)
        self.average = PictureView(theme, parent=self)
        self.average.setAccessibleName("average input")
        self.average.setToolTip(_AVERAGE)
        self.caption = label(self, "average", muted=True, pixels=SMALL_PX)
        self.adding = BarChart(theme, ("added to the layer", "added"), _ADDING, self)
        self.ablating = BarChart(theme, ("taken out of the layer", "taken out"), _ABLATING, self)
        self.sentence = label(self, muted=True, pixels=SMALL_PX)
        self._work = Latest(services.jobs, self)
        self._work.done.connect(self._done)
        self._work.failed.connect(services.state.fail)

    # -- showing ------------------------------------------------------------------------------------------------------

    @property
    def readout(self) -> Readout | None:
        """What follows the layer, where there is a network and the latents are measured."""
        alive = self._facts.alive if self._facts is not None else None
        return readout_of(alive.dataset) if alive is not None else None

    def show_facts(self, facts: LatentFacts) -> None:
        self._facts = facts
        alive, latent = facts.alive, facts.latent
        if alive is None:
            self._subject = self.effect = None
            self._work.cancel()
            return
        self._show_average(alive.stats.average, latent, alive.dataset)
        subject = facts.snapshot, alive.dataset, latent
        readout = self.readout
        if readout is None or (self._subject is not None and _same(self._subject, subject)):
            return
        self._subject, self.effect = subject, None
        self.adding.clear()
        self.ablating.clear()
        self.sentence.setText("")
        inputs = some_test_inputs(alive.dataset)
        self._work.start(
            "Measuring the effect of a latent",
            lambda progress: effect(facts.snapshot, readout, inputs, latent),
        )

    def _show_average(self, average: Array | None, latent: int, dataset: Dataset) -> None:
        if average is None:
            self.average.clear()
        else:
            self.average.show_ink(average[latent], Shades(ink=shows_ink(dataset.name)))

    @Slot(object)
    def _done(self, found: Effect) -> None:
        readout = self.readout
        if readout is None:
            return
        self.effect = found
        self.adding.set_bars(change_bars(found.adding, readout.classes))
        self.ablating.set_bars(change_bars(found.ablating, readout.classes))
        if self._facts is not None:
            self.show_activation(self._facts)

    def show_activation(self, facts: LatentFacts) -> None:
        self._facts = facts
        readout, given = self.readout, self.services.state.model_input
        if readout is None:
            return
        if given is None or given.shape != facts.snapshot.shape:
            self.sentence.setText("")
            return
        if not facts.activation:
            self.sentence.setText("It is inactive on the drawing.")
            return
        found = effect(facts.snapshot, readout, given[np.newaxis], facts.latent)
        self.sentence.setText(f"Taken out on the drawing: {_largest(found.ablating, readout.classes)}")

    # -- placing ------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        alive = self._facts.alive if self._facts is not None else None
        if alive is None or (alive.stats.average is None and self.readout is None):
            return QSize(0, 0)
        rows = SIDE + CAPTION + GAP
        return QSize(200, rows if self.readout is None else rows + 2 * CAPTION)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        with_charts = self.readout is not None
        pictured = self.average.values is not None
        top = CAPTION if with_charts else 0
        self.heading.setGeometry(0, 0, self.width(), CAPTION)
        self.heading.setVisible(with_charts)
        self.average.setGeometry(0, top, SIDE, SIDE)
        self.caption.setGeometry(0, top + SIDE, SIDE, CAPTION)
        left = SIDE + GAP if pictured else 0
        for widget in (self.average, self.caption):
            widget.setVisible(pictured)
        wide = (self.width() - left - GAP) // 2
        for place, chart in enumerate((self.adding, self.ablating)):
            chart.setGeometry(left + place * (wide + GAP), top, wide, SIDE + CAPTION)
            chart.setVisible(with_charts)
        self.sentence.setGeometry(0, top + SIDE + CAPTION + UNIT, self.width(), CAPTION)
        self.sentence.setVisible(with_charts)

    def tab_order(self) -> list[QWidget]:
        return []


def _same(one: tuple[Snapshot, Dataset, int], other: tuple[Snapshot, Dataset, int]) -> bool:
    return one[0] is other[0] and one[1] is other[1] and one[2] == other[2]


def _largest(changes: Array, classes: tuple[str, ...]) -> str:
    """The class that loses most and the one that gains most, such as ``7 −1.3, 2 +0.4``."""
    low, high = int(changes.argmin()), int(changes.argmax())
    parts = [f"{class_words(classes[low])} −{number(-float(changes[low]))}"] if changes[low] < 0 else []
    if changes[high] > 0:
        parts.append(f"{class_words(classes[high])} +{number(float(changes[high]))}")
    return ", ".join(parts) or "nothing changes"
