"""What every panel is, and the empty state that tells what to do next."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QWidget

from saegui.app.services import Services
from saegui.ui.theme.theme import Theme


class Panel(QWidget):
    """The content of one dock. Knows the explorer and the theme, never another panel."""

    name: ClassVar[str]
    """Object name of the dock; layouts are remembered by it."""
    title: ClassVar[str]
    help: ClassVar[str] = ""
    """One sentence: the title's tooltip and the accessible description."""
    figures: ClassVar[tuple[str, ...]] = ()
    """Kinds of figure that *Export…* offers here, the main one first."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{self.name}-panel")
        self.setAccessibleName(self.title)
        self.setAccessibleDescription(self.help)
        self.services, self.theme = services, theme
        self.state = services.state
        # A click on a part that takes no focus chooses the panel all the same: figures are exported of that one.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        theme.changed.connect(self.retheme)

    @Slot()
    def retheme(self) -> None:
        """Colours changed; panels that paint by themselves override this."""
        self.update()
