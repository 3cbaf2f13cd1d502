"""The section *Numbers*: how often and how strongly the latent is active."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from saegui.app.nouns import current, noun_of, said
from saegui.app.services import Services
from saegui.core.analysis.metrics import HELP
from saegui.core.numbers import hundredths
from saegui.ui.panels.latent.layout import NUMBER_ROW
from saegui.ui.panels.latent.parts import label
from saegui.ui.panels.latent.section import LatentFacts, Measured, Section
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP
from saegui.ui.widgets.styled import set_styled
from saegui.ui.widgets.text import SMALL_PX, number, without_common_start

NUMBERS: dict[str, tuple[str, str]] = {
    "density": ("density", HELP["density"]),
    "drawing": ("on input", "Activation z on the current input; inactive means z = 0."),
    "maximum": ("max", "Largest activation z on any training input."),
    "mean": ("active mean", "Mean activation z over the training inputs on which the latent is active."),
    "purity": ("purity", "Largest share of one class in the sum of the mean activations per class."),
    "skew": (
        "skew",
        "How lopsided the activations z are, over the training inputs on which the latent is active: above 0, most are weak "
        "and a few are strong; 0, both sides of the mean are alike.",
    ),
    "kurtosis": (
        "kurtosis",
        "How often activations z lie far from their mean, over the training inputs on which the latent is active (excess "
        "kurtosis): 0 is a normal distribution, more means more values far out.",
    ),
}
"""name → (caption, the sentence that defines it)."""

TERM_OF = {
    "density": "density",
    "drawing": "activation",
    "maximum": "activation",
    "mean": "activation",
    "purity": "purity",
    "skew": "skew",
    "kurtosis": "kurtosis",
}
"""name → the entry of the glossary."""

SHAPE = ("skew", "kurtosis")
"""Of the activations; shown where there is room for both."""

NOT_YET = "–"
VALUE = 66
"""px that a number has at least: the word *inactive*, and the gap before it."""


class Numbers(Section):
    """Density, activation on the drawing, largest and mean activation, purity, skew and kurtosis.

    One number a row; its definition is its tooltip.
    """

    name = "numbers"

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._captions = {
            name: label(self, caption, muted=True, pixels=SMALL_PX) for name, (caption, _) in NUMBERS.items()
        }
        self.values = {name: label(self) for name in NUMBERS}
        self._words = {name: caption for name, (caption, _) in NUMBERS.items()}
        """The captions, whole."""
        self._active = False
        for name, (_, help) in NUMBERS.items():
            self._captions[name].setProperty("term", TERM_OF.get(name))
            self._captions[name].setToolTip(help)
            self.values[name].setToolTip(help)

    def show_facts(self, facts: LatentFacts) -> None:
        measured, latent, noun = facts.measured, facts.latent, noun_of(self.services.state)
        if measured is None:
            share = float(facts.snapshot.density[latent])
            more = f"{share:.2%} of the {noun.many} of the training's last epoch."
        else:
            stats = measured.stats
            share = float(stats.density[latent])
            more = f"{share:.2%}: {stats.count(latent):,} of {stats.n_images:,} training {noun.many}."
        self.set("density", number(share), more=more)
        alive = facts.alive
        if alive is None:
            for name in ("maximum", "mean", "purity", *SHAPE):
                self.set(name, NOT_YET)
        else:
            self.set("maximum", number(float(alive.stats.maximum[latent])))
            shape = [hundredths(values[latent]) for values in (alive.stats.skew, alive.stats.kurtosis)]
            # A low inspector has no rows for these two.
            more = f"Skew {shape[0]}, kurtosis {shape[1]}."
            self.set("mean", number(float(alive.stats.mean_active[latent])), more=more)
            self._set_purity(alive, latent)
            for name, text in zip(SHAPE, shape, strict=True):
                self.set(name, text)
        self.show_activation(facts)

    def _set_purity(self, alive: Measured, latent: int) -> None:
        if not alive.dataset.has_labels:
            self.set("purity", NOT_YET, more=f"The {alive.dataset.noun.many} have no labels.")
            return
        names = without_common_start(alive.dataset.classes)
        purest = names[int(np.argmax(alive.stats.class_means[latent]))]
        self.set("purity", f"{alive.stats.purity(latent):.2f}", caption=f"purity ({purest})")

    def show_activation(self, facts: LatentFacts) -> None:
        z = facts.activation
        text = NOT_YET if z is None else number(z) if z else "inactive"
        self.set("drawing", text, caption=f"on {current(self.services.state)}")
        self._mark_active(bool(z))

    def set(self, name: str, text: str, *, caption: str = "", more: str = "") -> None:
        """Show ``text``; ``caption`` replaces the usual one, ``more`` is added to the definition in the tooltip."""
        usual, help = NUMBERS[name]
        help = said(self.services.state, help)
        if self._words[name] != (caption or usual):
            self._words[name] = caption or usual
            self._lay_out()
        value = self.values[name]
        value.setText(text)
        value.setAccessibleName(f"{caption or usual}: {text}")
        value.setToolTip(f"{help}\n{more}" if more else help)
        self._captions[name].setToolTip(f"{caption}\n{help}" if caption else help)

    def _mark_active(self, active: bool) -> None:
        """Colour the number of the drawing as that of an active latent."""
        if active != self._active:
            self._active, value = active, self.values["drawing"]
            # A palette of its own would outlive the theme: the style sheet gives back the colours that it found.
            set_styled(value, active=active)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """A caption that would leave its number no room, such as that of a class with a long name, is cut."""
        room, widest = max(self.width() - VALUE, 1), 0
        for name, caption in self._captions.items():
            caption.setText(
                caption.fontMetrics().elidedText(self._words[name], Qt.TextElideMode.ElideRight, room)
            )
            widest = max(widest, caption.sizeHint().width())
        indent = widest + GAP
        roomy = self.height() >= len(NUMBERS) * NUMBER_ROW
        names = [name for name in NUMBERS if roomy or name not in SHAPE]
        row = min(max(NUMBER_ROW, self.height() // len(names)), 22)
        for name in SHAPE:
            self._captions[name].setVisible(roomy)
            self.values[name].setVisible(roomy)
        for i, name in enumerate(names):
            self._captions[name].setGeometry(0, i * row - 1, indent, NUMBER_ROW)
            self.values[name].setGeometry(indent, i * row - 1, self.width() - indent, NUMBER_ROW)
