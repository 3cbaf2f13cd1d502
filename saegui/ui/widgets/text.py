"""Numbers and small type, as every panel writes them."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QLabel

SMALL_PX = 11
"""Captions, as small as panel titles."""


def number(value: float) -> str:
    """Three digits that matter, in plain notation where that stays short: ``0``, ``0.0142``, ``−3.21``, ``1,230``."""
    size = abs(value)
    if size == 0:
        return "0"
    if value < 0:
        return f"−{number(size)}"
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 0.00095:
        # 9.996 becomes 10.0: how many digits there are before the point is known when it is rounded.
        rounded = float(f"{value:.2e}")
        return f"{rounded:,.{max(0, 2 - floor(log10(rounded)))}f}"
    return f"{value:.1e}".replace("e-0", "e-")


def error(mse: float) -> str:
    """A mean squared error, as short as beside a picture: ``0.0098`` below a hundredth, else ``0.014``."""
    return f"{mse:.4f}" if mse < 0.01 else f"{mse:.3f}"


def share(value: float) -> str:
    """A number that is mostly between 0 and 1, such as FVU, in at most five characters: ``0.093``, ``12.3``, ``4e-4``."""
    if 0.001 <= value < 1:
        return f"{value:.3f}"
    return f"{value:.0e}".replace("e-0", "e-") if 0 < value < 0.001 else number(value)


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


def words_for(metrics: QFontMetrics, words: Sequence[str], room: int) -> str:
    """The first of ``words``, the longest first, that takes at most ``room`` px; where none does, the last one, cut."""
    fits = next((each for each in words if metrics.horizontalAdvance(each) <= room), None)
    return metrics.elidedText(words[-1], Qt.TextElideMode.ElideRight, room) if fits is None else fits


def fit_words(label: QLabel, words: Sequence[str], room: int, explained: str = "") -> None:
    """Show :func:`words_for` ``room``; the tooltip has the longest where a shorter one is shown, and what is ``explained``."""
    shown = words_for(label.fontMetrics(), words, room)
    label.setText(shown)
    label.setToolTip("\n".join(filter(None, ("" if shown == words[0] else words[0], explained))))


def narrowest(label: QLabel, room: int) -> int:
    """px of width, ``room`` at most, in which a label that wraps has as many lines as in ``room`` px: about equally long ones."""
    tall, wide = label.heightForWidth(room), label.fontMetrics().horizontalAdvance
    # A word alone is never wrapped.
    low, high = min(room, max(map(wide, label.text().split()), default=0)), room
    while low < high:
        tried = (low + high) // 2
        if label.heightForWidth(tried) > tall:
            low = tried + 1
        else:
            high = tried
    return high


def duration(seconds: float) -> str:
    """``40 s``, ``3 min`` or ``2.1 h``."""
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
