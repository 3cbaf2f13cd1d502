"""The parts of the filter, two lines above the tiles that *Filter* opens and closes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from saegui.core.analysis.latent_filter import DENSE, EVERYTHING, RARE, Kind, LatentFilter
from saegui.core.data.noun import Noun
from saegui.ui.panels.features.density_range import DensityRange
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.fields import Combo

TIPS = {
    "alive": "Active on at least one training input",
    "rare": f"Alive, but active on less than {RARE:.0%} of the inputs",
    "dense": f"Active on more than {DENSE:.0%} of the inputs",
    "dead": "Active on no training input",
    "starred": "Latents with a star (S)",
    "on": "Active on the drawing; the tiles follow it",
    "latents": "Encircled on the map; press to show the others, too",
    "family": "Latents that are often active together; press to show the others, too",
}
WORDS = {"on": "on now", "latents": "on the map"}
LONGEST_TEXT = 60


class FilterBar(QWidget):
    """Chips, a range of densities, a class and a part of a label; ``changed`` says what the user made of them."""

    changed = Signal(object)
    """The :class:`LatentFilter`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = EVERYTHING
        self.chips = {name: self._chip(name, tip) for name, tip in TIPS.items()}
        self.range = DensityRange(theme)
        self.labels = Combo()
        self.labels.setAccessibleName("Class to show")
        self.labels.setToolTip("Latents that respond most to this class")
        self.text = QLineEdit()
        self.text.setMaxLength(LONGEST_TEXT)
        self.text.setPlaceholderText("in the label")
        self.text.setClearButtonEnabled(True)
        self.text.setAccessibleName("Text in the label")
        self.text.setToolTip("Latents whose label has this text in it")
        self.text.setMinimumWidth(80)
        self.set_classes(())
        chips, fields = QHBoxLayout(), QHBoxLayout()
        for chip in self.chips.values():
            chips.addWidget(chip)
        chips.addStretch(1)
        for part, stretch in ((self.range, 2), (self.labels, 1), (self.text, 2)):
            fields.addWidget(part, stretch)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(UNIT)
        for line, gap in ((chips, UNIT), (fields, GAP)):
            line.setSpacing(gap)
            lines.addLayout(line)
        self.range.changed.connect(self._range_changed)
        self.labels.activated.connect(self._class_chosen)
        self.text.textEdited.connect(self._text_edited)
        self.setAccessibleName("Filter of latents")

    def _chip(self, name: str, tip: str) -> QToolButton:
        chip = QToolButton()
        chip.setText(WORDS.get(name, name))
        chip.setCheckable(True)
        chip.setToolTip(tip)
        chip.setAccessibleName(f"Show: {WORDS.get(name, name)}")
        chip.setProperty("chip", True)
        chip.clicked.connect(partial(self._chip_clicked, name))
        return chip

    def name_inputs(self, noun: Noun) -> None:
        """Call inputs so in explanations."""
        for name, chip in self.chips.items():
            chip.setToolTip(noun.instead_of_input(TIPS[name]))

    def set_classes(self, classes: tuple[str, ...]) -> None:
        """Offer these classes; none where the images have no labels."""
        self.labels.clear()
        self.labels.addItem("Any class", None)
        for index, name in enumerate(classes):
            self.labels.addItem(name, index)
        self.labels.setEnabled(bool(classes))
        self.show_filter(self._value)

    def set_density(self, density: NDArray[np.float32] | None) -> None:
        """Of the latents that are filtered."""
        self.range.set_density(density if density is not None else np.zeros(0, np.float32))

    def show_filter(self, value: LatentFilter) -> None:
        """Show what is filtered, without announcing it."""
        self._value = value
        for name, chip in self.chips.items():
            chip.setChecked(self._is_on(name, value))
        # Only the map, and the panel Latent, can put them on.
        self.chips["latents"].setVisible(value.latents is not None)
        self.chips["family"].setVisible(value.family is not None)
        if value.family is not None:
            self.chips["family"].setText(value.family.name)
            self.chips["family"].setAccessibleName(f"Show: {value.family.name}")
        if self.range.limits != (value.least, value.most):
            self.range.set_limits(value.least, value.most)
        self.labels.setCurrentIndex(max(0, self.labels.findData(value.label)))
        if self.text.text() != value.text:
            self.text.setText(value.text)

    @staticmethod
    def _is_on(name: str, value: LatentFilter) -> bool:
        if name in ("latents", "family"):
            return getattr(value, name) is not None
        return bool(getattr(value, name)) if name in ("starred", "on") else name in value.kinds

    def _take(self, value: LatentFilter) -> None:
        self._value = value
        self.changed.emit(value)

    def _chip_clicked(self, name: str) -> None:
        checked = self.chips[name].isChecked()
        if name in get_args(Kind):
            kinds = self._value.kinds | {name} if checked else self._value.kinds - {name}
            self._take(replace(self._value, kinds=frozenset(kinds)))  # type: ignore[arg-type]
        elif name == "starred":
            self._take(replace(self._value, starred=checked))
        elif name == "latents":
            self._take(replace(self._value, latents=None))
        elif name == "family":
            self._take(replace(self._value, family=None))
        else:
            self._take(replace(self._value, on=checked))

    @Slot(float, float)
    def _range_changed(self, least: float, most: float) -> None:
        self._take(replace(self._value, least=least, most=most))

    @Slot()
    def _class_chosen(self) -> None:
        self._take(replace(self._value, label=self.labels.currentData()))

    @Slot(str)
    def _text_edited(self, text: str) -> None:
        self._take(replace(self._value, text=text))
