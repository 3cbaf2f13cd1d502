"""Fonts inside PDFs without what only a layout of words needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LAYOUT = ("BASE", "GDEF", "GPOS", "GSUB", "JSTF", "MATH", "kern")
"""Tables by which a program lays words out: in a PDF every glyph has its place already."""


@contextmanager
def lean_fonts() -> Iterator[None]:
    """matplotlib leaves :data:`LAYOUT` out of the fonts that it puts into a PDF: to shorten these tables took half of the time.

    It changes fontTools for the whole process, so one thread at a time may be inside, as :func:`~.drawing.style` sees to.
    """
    from fontTools import subset

    options = subset.Options

    def lean(**chosen: Any) -> Any:
        made = options(**chosen)
        made.drop_tables += LAYOUT
        return made

    subset.Options = lean
    try:
        yield
    finally:
        subset.Options = options
