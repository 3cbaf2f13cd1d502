"""The map panel: latents and inputs as points, alike ones near each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

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


class _Top(QWidget):
    """What is mapped, and how: side by side, or one above the other where the panel is narrow."""

    def __init__(self, whats: Segments, tops: QStackedWidget) -> None:
        super().__init__()
        self._parts = (whats, tops)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(GAP)
        self._line.addWidget(whats)
        self._line.addWidget(tops, 1)

    def minimumSizeHint(self) -> QSize:
        widest = max(part.minimumSizeHint().width() for part in self._parts)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = sum(part.minimumSizeHint().width() for part in self._parts) + GAP
        side_by_side = self.width() >= needed
        self._line.setDirection(
            QBoxLayout.Direction.LeftToRight if side_by_side else QBoxLayout.Direction.TopToBottom
        )


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
        "mean-activation",
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
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD, GAP, PAD, GAP)
        column.setSpacing(UNIT)
        column.addWidget(_Top(self.whats, self._tops))
        column.addWidget(self._stack, 1)
        self.whats.chosen.connect(self.set_what)
        Naming(self.state, self._name_inputs, self)
        self._show(services.settings.get(WHAT))

    @property
    def shown_figure(self) -> str:
        return self.pages[self.whats.value].figure

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
