"""The fields that ask what figures are made for: the page, the ink, and whether a title stands above."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFormLayout

from saegui.app.settings import Settings, choice, switch
from saegui.core.figures.made_for import INKS, WIDTHS, MadeFor, for_width
from saegui.ui.widgets.fields import Combo

PLACES = {
    "screen": "As on the screen",
    "column": "One column of a paper",
    "page": "Two columns of a paper",
    "slide": "Slide",
    "poster": "Poster",
}
INK_NAMES = {"black": "Black ink", "white": "White ink, for dark slides"}
PLACE = choice("figure/made_for", "screen", tuple(PLACES))
HEADER = switch("figure/header", default=False)
INK = choice("figure/ink", "black", INKS)


class MadeForFields(QObject):
    """Three rows of a form. What is chosen is remembered, for every dialog that asks it."""

    changed = Signal()
    """Something else was chosen."""

    def __init__(self, settings: Settings, form: QFormLayout, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self.places, self.inks = Combo(), Combo()
        for box, name, offered in ((self.places, "Made for", PLACES), (self.inks, "Ink", INK_NAMES)):
            box.setAccessibleName(name)
            for value, title in offered.items():
                box.addItem(title, value)
            form.addRow(name, box)
        self.header = QCheckBox("above the figure")
        self.header.setAccessibleName("Title")
        self.header.setToolTip(
            "The run's name and what is shown. In a paper they stand in the caption, which is beside the figure as .txt and .tex"
        )
        form.addRow("Title", self.header)
        self.read()
        self.header.clicked.connect(self._chosen)
        for box in (self.places, self.inks):
            box.currentIndexChanged.connect(self._chosen)
        self.places.setToolTip(
            "Type has at least 7 points at the size that is printed; the layout follows the width"
        )
        self.inks.setToolTip("White ink is for dark slides: the paper is left out")

    def read(self) -> None:
        """Show what was chosen last, perhaps elsewhere."""
        for box, value in ((self.places, self._settings.get(PLACE)), (self.inks, self._settings.get(INK))):
            box.blockSignals(True)
            box.setCurrentIndex(max(0, box.findData(value)))
            box.blockSignals(False)
        self._show_header()

    def _show_header(self) -> None:
        """Figures for the screen have it in any case."""
        paper = self.places.currentData() in WIDTHS
        self.header.setEnabled(paper)
        self.header.setChecked(not paper or self._settings.get(HEADER))

    @property
    def made_for(self) -> MadeFor:
        """What was chosen."""
        place, ink = self.places.currentData(), self.inks.currentData()
        if place not in WIDTHS:
            return MadeFor(ink=ink)
        return MadeFor(for_width(place), header=self.header.isChecked(), ink=ink)

    @Slot()
    def _chosen(self) -> None:
        self._settings.set(PLACE, self.places.currentData())
        self._settings.set(INK, self.inks.currentData())
        if self.header.isEnabled():
            self._settings.set(HEADER, self.header.isChecked())
        self._show_header()
        self.changed.emit()
