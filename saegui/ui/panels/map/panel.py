"""The map panel: latents and inputs as points, alike ones near each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from saegui.app.nouns import Naming
from saegui.app.services import Services
from saegui.app.settings import choice
from saegui.core.data.noun import Noun
from saegui.ui.commands.analyse_menu import OF_LATENT
from saegui.ui.panels.map import counts_page, inputs_page, latents_page
from saegui.ui.panels.map.counts_page import CountsPage
from saegui.ui.panels.map.inputs_page import InputsPage
from saegui.ui.panels.map.latents_page import LatentsPage
from saegui.ui.panels.map.page import Page
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.segments import Segments

WHATS: dict[str, tuple[str, str]] = {
    "latents": ("Latents", "Each latent is a point"),
    "inputs": ("Inputs", "Each test input is a point, in the colour of its class; the drawing is among them"),
    "counts": ("Counts", "How many latents are active, how often, and how strongly"),
}
WHAT = choice("map/what", "latents", tuple(WHATS))


class MapPanel(Panel):
    """Everything about many latents, or many inputs, at once that is not a list."""

    name = "map"
    title = "Map"
    help = "Latents, or test inputs, as points: alike ones lie near each other. And how many latents are active, how often and how strongly."
    topics = ("latent",)
    place = Place("middle", 1.5, tabbed=True)
    figures = (
        "latent-map",
        "density-scatter",
        "code-map",
        "percent-active",
        "density-histogram",
        "activation-histogram",
    )
    settings = (WHAT, latents_page.METHOD, inputs_page.METHOD, counts_page.COUNTED)

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.latents = LatentsPage(services, theme)
        self.inputs = InputsPage(services, theme)
        self.counts = CountsPage(services, theme)
        self.pages: dict[str, Page] = {"latents": self.latents, "inputs": self.inputs, "counts": self.counts}
        self.whats = Segments("Map of", WHATS)
        self._stack, self._tops = QStackedWidget(), QStackedWidget()
        for page in self.pages.values():
            self._stack.addWidget(page)
            self._tops.addWidget(page.top)
        self._tops.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.whats)
        row.addWidget(self._tops, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD, GAP, PAD, GAP)
        column.setSpacing(UNIT)
        column.addLayout(row)
        column.addWidget(self._stack, 1)
        self.whats.chosen.connect(self.set_what)
        Naming(self.state, self._name_inputs, self)
        self._show(services.settings.get(WHAT))

    @Slot(str)
    def set_what(self, what: str) -> None:
        """Show another page; remembered."""
        self.services.settings.set(WHAT, what)
        self._show(what)

    def _show(self, what: str) -> None:
        self.whats.set_value(what)
        self._stack.setCurrentWidget(self.pages[what])
        self._tops.setCurrentWidget(self.pages[what].top)

    def _name_inputs(self, noun: Noun) -> None:
        button = self.whats.button("inputs")
        words = noun.many.capitalize()
        button.setText(words)
        button.setAccessibleName(f"Map of: {words}")
        button.setToolTip(noun.instead_of_input(WHATS["inputs"][1]))

    def context_menus(self) -> Sequence[ContextMenu]:
        return (ContextMenu(self.latents.view, self.latents.choose, OF_LATENT),)
