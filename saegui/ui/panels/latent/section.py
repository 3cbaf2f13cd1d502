"""What every section of the latent inspector is, and the value that it shows.

To add a section, write a file in ``sections`` and add its class to the tuple in ``sections/registry.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from saegui.app.services import Services
from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.latent.layout import Layout
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.weight_scales import Scales


@dataclass(frozen=True)
class Measured:
    """What a latent does on the training images, and the images."""

    stats: LatentStats
    dataset: Dataset


@dataclass(frozen=True, eq=False)
class LatentFacts:
    """Everything that is known of one latent at one moment."""

    latent: int
    snapshot: Snapshot
    scales: Scales
    """What the ends of the colours stand for: the same weights as in the feature grid."""
    measured: Measured | None
    """None until the latents are measured."""
    missing: str
    """Why there is nothing to show of the training images; empty when there is."""
    activation: float | None
    """z on the drawing, 0 when the latent is inactive; None when nothing is drawn that the model can read."""

    @property
    def alive(self) -> Measured | None:
        """The measurement of a latent that is active on at least one training image; else None."""
        measured = self.measured
        return measured if measured is not None and measured.stats.density[self.latent] > 0 else None


class Section(QWidget):
    """One part of the latent inspector.

    Some are placed by :mod:`saegui.ui.panels.latent.layout`, by their names. Any other is shown below them, as wide as the
    inspector and as high as its ``sizeHint``; where there is no room for all of that, it is a page of its own.
    """

    name: ClassVar[str]
    """Unique among the sections."""
    word: ClassVar[str] = ""
    """A word or two for the button of its page; ``name`` where it is empty."""
    tip: ClassVar[str] = ""
    """What its page shows, in a sentence without a full stop."""
    needs_measurement: ClassVar[bool] = False
    """Hidden where the latents cannot be measured, or the latent is dead: there is nothing to wait for."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services, self.theme = services, theme
        self.setObjectName(f"latent-{self.name}")

    def suits(self, writes: bool) -> bool:
        """Whether it is shown, where inputs were made of texts (``writes``) or not."""
        return True

    def show_facts(self, facts: LatentFacts) -> None:
        """Show another latent, or the same one with other weights or after a measurement."""
        raise NotImplementedError

    def show_activation(self, facts: LatentFacts) -> None:
        """The drawing changed, and only ``facts.activation`` with it. Called while the pen moves: keep it quick."""

    def place(self, layout: Layout) -> None:
        """Take the room that the layout has for a section of this name."""
        self.setGeometry(layout.sections[self.name])

    def context_menus(self) -> Sequence[ContextMenu]:
        """What the right button offers on its parts."""
        return ()

    def tab_order(self) -> list[QWidget]:
        """What the Tab key reaches, in order."""
        return []


def extra_room(width: int, section: Section) -> int:
    """px of height that a section takes which the layout does not know."""
    return max(section.heightForWidth(width), section.sizeHint().height(), section.minimumSizeHint().height())


def stacked(area: QRect, sections: list[Section], gap: int) -> int:
    """Place sections one below the other from the top of ``area``; returns the px of height that they take."""
    top = area.top()
    for section in sections:
        tall = extra_room(area.width(), section)
        section.setGeometry(area.left(), top, area.width(), tall)
        top += tall + gap
    return top - gap - area.top() if sections else 0
