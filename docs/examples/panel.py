"""The panel *Codes*: how many latents are active on the drawing, as a number or as a percentage.

Copied into a folder of its own in ``saegui/ui/panels``, and its class named in the tuple ``PANELS`` of the ``registry.py`` there,
it is part of the window. Nothing else has to change.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from saegui.app.services import Services
from saegui.app.settings import choice
from saegui.ui.commands import ActionSpec, Handler
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.fields import Combo

UNITS = {"number": "number", "percent": "% of all"}
UNIT = choice("codes/unit", "number", tuple(UNITS))


class CodesPanel(Panel):
    """L0 of the drawing."""

    name = "codes"
    title = "Codes"
    help = "How many latents are active on the drawing"
    place = Place("right", 2.5, height=0.1)
    figures = ("activation-pattern",)
    settings = (UNIT,)
    specs = (
        ActionSpec(
            "codes-copy",
            "Edit",
            "Copy code",
            "Copy the active latents and their activations to the clipboard",
            "Ctrl+Shift+L",
            "copy",
            separated=True,
        ),
    )

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.count = QLabel()
        self.units = Combo()
        self.units.setAccessibleName("Unit")
        self.units.setToolTip("How the active latents are counted")
        for unit, title in UNITS.items():
            self.units.addItem(title, unit)
        self.units.setCurrentIndex(self.units.findData(services.settings.get(UNIT)))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(PAD, GAP, PAD, GAP)
        layout.addWidget(self.count, 1)
        layout.addWidget(self.units)
        self.units.activated.connect(self._unit_chosen)
        self.state.code_changed.connect(self.refresh)
        self.refresh()

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "codes-copy": Handler(
                self.copy,
                enabled=lambda: self.state.code is not None,
                changed=(self.state.code_changed,),
            )
        }

    def copy(self) -> None:
        """A line for each active latent: its number and its activation."""
        code = self.state.code
        if code is not None:
            lines = [f"{latent}\t{code.z[latent]:.6g}" for latent in code.active]
            QGuiApplication.clipboard().setText("\n".join(lines))
            self.state.notify("good", f"Copied the activations of {len(lines):,} latents to the clipboard.")

    @Slot()
    def refresh(self) -> None:
        """Show the code of the drawing."""
        code = self.state.code
        if code is None:
            self.count.setText("No code")
        elif self.services.settings.get(UNIT) == "percent":
            self.count.setText(f"L0: {code.l0 / len(code.z):.1%}")
        else:
            self.count.setText(f"L0: {code.l0} of {len(code.z):,}")

    @Slot()
    def _unit_chosen(self) -> None:
        self.services.settings.set(UNIT, self.units.currentData())
        self.refresh()
