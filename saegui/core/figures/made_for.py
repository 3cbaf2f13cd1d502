"""What a figure is made for: how wide it is printed, which type can be read there, with which ink, and what is left out.

Importing this module imports no matplotlib.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from saegui.core.errors import ExportError

Ink = Literal["black", "white"]
INKS: tuple[Ink, ...] = ("black", "white")
POINTS = {"mm": 72 / 25.4, "cm": 720 / 25.4, "in": 72.0, "pt": 1.0}
"""Points of a unit of length."""
WIDTHS = {"column": 85.0, "page": 170.0, "slide": 127.0, "poster": 250.0}
"""Millimetres of what is known by a name. Slides and posters are enlarged when they are shown: to 2.7 and 3 times in most cases."""
NARROWEST, WIDEST = 50.0, 1000.0
"""Millimetres."""
LEAST_TYPE = 7.0
"""Points of the smallest type on paper."""
MOST_HEIGHT = 1.35
"""A page of tiles is at most so many times as high as it is wide."""
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(mm|cm|in|pt)")


@dataclass(frozen=True)
class MadeFor:
    """Where a figure will be seen."""

    width: float | None = None
    """Points across on the page; None for the screen, where every kind is as wide as it likes and type may be small."""
    header: bool = True
    """Whether the run's name and what is shown stand above the figure, or only in a caption beside it."""
    ink: Ink = "black"
    """White is for dark slides; the paper is then transparent."""
    tiles: int | None = None
    """Latents in a grid; None for as many as a page holds."""
    latents: tuple[int, ...] = ()
    """The latents of a grid, in this order; empty for all, by density."""
    pages: bool = False
    """Whether further pages follow until all latents are shown."""

    @property
    def least_type(self) -> float:
        """Points of the smallest type."""
        return 0.0 if self.width is None else LEAST_TYPE


SCREEN = MadeFor()


def for_width(text: str) -> float:
    """Points of a width such as ``85mm``, ``3.35in`` or ``column``.

    Raises:
        ExportError: it is no width, or beyond what can be printed.
    """
    words = text.strip().lower()
    found = _LENGTH.fullmatch(words)
    if words in WIDTHS:
        return WIDTHS[words] * POINTS["mm"]
    if found is None:
        raise ExportError(
            f"'{text}' is no width; give a length such as 85mm, 17cm, 3.35in or 240pt, or one of {', '.join(WIDTHS)}."
        )
    points = float(found[1]) * POINTS[found[2]]
    # 50mm itself is not below 50 mm, as in binary numbers it may be.
    if not NARROWEST <= round(points / POINTS["mm"], 6) <= WIDEST:
        raise ExportError(
            f"A figure cannot be {text} wide; choose a width from {NARROWEST:g}mm to {WIDEST:g}mm."
        )
    return points


def in_mm(points: float) -> str:
    """``85 mm``."""
    return f"{points / POINTS['mm']:.0f} mm"
