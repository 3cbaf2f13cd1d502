"""The colours of curves."""

from __future__ import annotations

from PySide6.QtGui import QColor

from saegui.ui.theme.tokens import Tokens


def line_colour(tokens: Tokens, place: int) -> QColor:
    """Of the current run (0) or of an overlay, opaque, as exported figures colour them on a light ground."""
    others = len(tokens.series) - 1
    return QColor(tokens.series[1 + (place - 1) % others if place else 0])
