"""The panel of active latents: which are on for the drawing, how strongly, and what each adds."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from saegui.app.services import Services
from saegui.ui.panels.active.active_list import ActiveList
from saegui.ui.panels.panel import Panel
from saegui.ui.theme.colour_map import FULL_COLOUR
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import PAD, UNIT
from saegui.ui.widgets.empty_state import EmptyState

NOTHING_DRAWN = "Draw a digit: the latents that switch on are listed here."
NOTHING_ON = "No latent switches on for this image."


class ActivePanel(Panel):
    """The latents that are on for the current image, strongest first."""

    name = "active"
    title = "Active latents"
    help = (
        "The latents that are on for the drawing, strongest first, and what each adds to the reconstruction."
    )
    figures = ("activation-pattern",)

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.list = ActiveList(self.state, theme, self)
        self.count, contribution = QLabel(), QLabel("contribution")
        contribution.setToolTip(
            "Activation × decoder: what the latent adds to the reconstruction. Red adds ink, blue takes it away; "
            f"the ends of the colours are {FULL_COLOUR:g} of the step from paper to full ink."
        )
        header = QHBoxLayout()
        header.setContentsMargins(UNIT, 0, UNIT + 10, 0)
        header.addWidget(self.count)
        header.addStretch(1)
        header.addWidget(contribution)
        for label in (self.count, contribution):
            label.setProperty("muted", True)
            label.setStyleSheet("font-size: 11px")
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(PAD - UNIT, UNIT, 2, UNIT)
        column.setSpacing(UNIT)
        column.addLayout(header)
        column.addWidget(self.list, 1)
        self.empty = EmptyState(theme, NOTHING_DRAWN)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(filled)
        self.state.code_changed.connect(self._code_changed)
        self._code_changed()

    @Slot()
    def _code_changed(self) -> None:
        code = self.state.code
        self.list.refresh()
        if code is not None and code.l0:
            self.count.setText(f"{code.l0:,} of {len(code.z):,} on")
            self._pages.setCurrentIndex(1)
        else:
            self.empty.label.setText(NOTHING_DRAWN if code is None else NOTHING_ON)
            self._pages.setCurrentIndex(0)
