"""The map panel: latents as points, alike ones near each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from saegui.app.services import Services
from saegui.ui.commands.analyse_menu import OF_LATENT
from saegui.ui.panels.map.latents_page import METHOD, LatentsPage
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.context_menu import ContextMenu


class MapPanel(Panel):
    """Everything about many latents at once that is not a list."""

    name = "map"
    title = "Map"
    help = "Latents as points: those that draw alike, or that are active alike, lie near each other. Draw a line around some to see only those."
    topics = ("latent",)
    place = Place("middle", 1.5, tabbed=True)
    figures = ("latent-map", "density-scatter")
    settings = (METHOD,)

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.latents = LatentsPage(services, theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD, GAP, PAD, GAP)
        column.addWidget(self.latents)

    def context_menus(self) -> Sequence[ContextMenu]:
        return (ContextMenu(self.latents.view, self.latents.choose, OF_LATENT),)
