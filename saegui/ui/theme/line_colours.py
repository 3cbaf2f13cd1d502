"""The colours of curves."""

from __future__ import annotations

from PySide6.QtGui import QColor

from saegui.ui.theme.tokens import Tokens

OVERLAY_STRENGTH = 0.5
"""Strength of an earlier run's lines."""


def line_colour(tokens: Tokens, place: int) -> QColor:
    """Of the current run (0) or an earlier one, as the exported figure colours them."""
    color = QColor(tokens.series[place % len(tokens.series)])
    color.setAlphaF(OVERLAY_STRENGTH if place else 1.0)
    return color
