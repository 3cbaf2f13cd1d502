"""Fonts inside PDFs without what only a layout of words needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LAYOUT = ("BASE", "GDEF", "GPOS", "GSUB", "JSTF", "MATH", "kern")
"""Tables by which a program lays words out: in a PDF every glyph has its place already."""


@contextmanager
def lean_fonts() -> Iterator[None]:
    """matplotlib leaves :data:`LAYOUT` out of the fonts that it puts into a PDF: to read and to shorten these tables took more
    than half of the time.

    It changes fontTools for the whole process, so one thread at a time may be inside, as :func:`~.drawing.style` sees to.
    """
    from fontTools import subset

    usual = subset.Subsetter

    class Lean(usual):  # type: ignore[misc, valid-type]
        def subset(self, font: Any) -> None:
            # Before anything else: of tables that are only to be dropped fontTools still reads some.
            for tag in LAYOUT:
                if tag in font:
                    del font[tag]
            super().subset(font)

    subset.Subsetter = Lean
    try:
        yield
    finally:
        subset.Subsetter = usual
