"""How well one colour is seen on another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Shares of red, green and blue light."""


def linear(color: QColor) -> NDArray[np.float64]:
    """Linear light, without what is transparent of it: a colour that were not opaque would be none of its own."""
    assert color.alpha() == 255
    c = np.array(color.getRgbF()[:3])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one: QColor, other: QColor) -> float:
    """As WCAG defines it."""
    light, dark = sorted((float(LUMINANCE @ linear(color)) for color in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
