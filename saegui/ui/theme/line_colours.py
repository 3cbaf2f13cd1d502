"""The colours of curves."""

from __future__ import annotations

from PySide6.QtGui import QColor

from saegui.ui.theme.tokens import Tokens

SHADES = 100
"""Places from here to twice as much are shades of one colour: the runs of a sweep, from the first to the last."""


def line_colour(tokens: Tokens, place: int) -> QColor:
    """Of the current run (0) or of an overlay, opaque, as exported figures colour them on a light ground."""
    if place >= SHADES:
        return shade(tokens, (place - SHADES) / SHADES)
    others = len(tokens.series) - 1
    return QColor(tokens.series[1 + (place - 1) % others if place else 0])


def shade(tokens: Tokens, share: float) -> QColor:
    """From 0 to 1 along the colours of shares."""
    colours = [QColor(each) for each in tokens.sequential]
    at = min(max(share, 0.0), 1.0) * (len(colours) - 1)
    first = min(int(at), len(colours) - 2)
    one, other, part = colours[first], colours[first + 1], at - first
    ends = (one.redF(), other.redF()), (one.greenF(), other.greenF()), (one.blueF(), other.blueF())
    return QColor.fromRgbF(*(low + part * (high - low) for low, high in ends))
