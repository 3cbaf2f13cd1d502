"""The colours of curves."""

from __future__ import annotations

from PySide6.QtGui import QColor

from saegui.core.figures.paper import OVERLAY_STRENGTH
from saegui.ui.theme.tokens import Tokens


def line_colour(tokens: Tokens, place: int) -> QColor:
    """Of the current run (0) or of an overlay, as the exported figure colours them."""
    color = QColor(tokens.series[place % len(tokens.series)])
    color.setAlphaF(OVERLAY_STRENGTH if place else 1.0)
    return color
