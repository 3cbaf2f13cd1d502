"""Numbers and small type, as every panel writes them."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from PySide6.QtGui import QFont

SMALL_PX = 11
"""Captions, as small as panel titles."""


def number(value: float) -> str:
    """Three digits that matter, in plain notation where that stays short: ``0``, ``0.0142``, ``3.21``, ``1,230``."""
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 0.00095:
        return f"{value:.{max(0, 2 - floor(log10(size)))}f}"
    return f"{value:.1e}".replace("e-0", "e-")


def error(mse: float) -> str:
    """A mean squared error, as short as beside a picture: ``0.0098`` below a hundredth, else ``0.014``."""
    return f"{mse:.4f}" if mse < 0.01 else f"{mse:.3f}"


def class_words(name: str) -> str:
    """The class of an image: ``class 7``, ``class ankle boot``; a name that begins with the word is left as it is."""
    return name if name.lower().startswith("class ") else f"class {name}"


def without_common_start(names: Sequence[str]) -> tuple[str, ...]:
    """Names without the words that all of them begin with: ``class 1``, ``class 2`` are ``1``, ``2``."""
    words, common = [name.split(" ") for name in names], 0
    while len(words) > 1 and all(
        len(each) > common + 1 and each[common] == words[0][common] for each in words
    ):
        common += 1
    return tuple(" ".join(each[common:]) for each in words)


def small_font(base: QFont, pixels: int, *, bold: bool = False) -> QFont:
    """``base`` at another size, with digits that line up where the font has them."""
    font = QFont(base)
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font
