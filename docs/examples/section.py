"""The section *Norms*: how long a latent's encoder and decoder vectors are, and how alike their directions."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QGridLayout, QWidget

from saegui.app.services import Services
from saegui.ui.panels.latent.parts import label
from saegui.ui.panels.latent.section import LatentFacts, Section
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP
from saegui.ui.widgets.text import SMALL_PX, number
from saegui.ui.widgets.weight_scales import weights_of

NORMS = {
    "encoder": ("encoder length", "Euclidean length of the latent's column of the encoder."),
    "decoder": ("decoder length", "Euclidean length of the latent's row of the decoder."),
    "cosine": ("cosine", "Cosine of the angle between the two: 1 where the latent draws what it looks for."),
}


class Norms(Section):
    """How long a latent's encoder and decoder vectors are, and how alike their directions.

    Three numbers in two columns; their definitions are their tooltips.
    """

    name = "norms"

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.values = {name: label(self) for name in NORMS}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, GAP)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(4, 1)
        for place, (name, (caption, help)) in enumerate(NORMS.items()):
            words = label(self, caption, muted=True, pixels=SMALL_PX)
            for column, widget in enumerate((words, self.values[name])):
                widget.setToolTip(help)
                grid.addWidget(widget, place // 2, 2 * (place % 2) + column)

    def show_facts(self, facts: LatentFacts) -> None:
        """Measure the vectors of ``facts.latent``."""
        encoder = weights_of(facts.snapshot, "encoder", [facts.latent]).ravel()
        decoder = weights_of(facts.snapshot, "decoder", [facts.latent]).ravel()
        lengths = float(np.linalg.norm(encoder)), float(np.linalg.norm(decoder))
        product = lengths[0] * lengths[1]
        cosine = float(encoder @ decoder) / product if product else 0.0
        for name, value in zip(NORMS, (*lengths, cosine), strict=True):
            self.values[name].setText(number(value))
            self.values[name].setAccessibleName(f"{NORMS[name][0]}: {number(value)}")
