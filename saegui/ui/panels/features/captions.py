"""Words about the tiles: what the numbers on them are, and whether they stand in the order that is chosen."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy

from saegui.ui.theme.tokens import PAD
from saegui.ui.widgets.text import SMALL_PX, small_font

NUMBERS = "Numbers on tiles: activation on the drawing"


def caption_of_numbers() -> QLabel:
    """One small line that names the numbers on the tiles of active latents."""
    caption = QLabel(NUMBERS)
    caption.setProperty("muted", True)
    caption.setFont(small_font(caption.font(), SMALL_PX))
    caption.setContentsMargins(PAD, 0, PAD, 0)
    caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return caption


def mark_order(sorts: QComboBox, *, outdated: bool) -> None:
    """Strike out the chosen order where the tiles do not stand in it, and say so."""
    said = "Order of the tiles; dead latents are last in each"
    if outdated:
        said = "The tiles are not in this order: their weights have changed since they were sorted. Press Sort again"
    sorts.setToolTip(said)
    sorts.setAccessibleDescription(said)
    sorts.setProperty("outdated", outdated)
    sorts.style().unpolish(sorts)
    sorts.style().polish(sorts)
