"""What every figure is drawn inside of: matplotlib's parameters, and what the figure is made for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.figures.made_for import SCREEN, MadeFor

TRIM = 8
"""Points of each margin that paper does without: there the page has margins of its own."""
_RC: Any = {
    "font.size": 7.0,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "saegui",
    "pdf.fonttype": 42,
    "image.composite_image": False,
}
_LOCK = threading.RLock()
_seen = threading.local()
"""What is drawn now, on each thread, is made for."""


@contextmanager
def style(made_for: MadeFor = SCREEN) -> Iterator[None]:
    """Draw and render inside this: matplotlib's defaults with saegui's type, whatever a matplotlibrc says.

    matplotlib's parameters belong to the process, so one thread at a time is let in.
    """
    import matplotlib

    with _LOCK, matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        before, _seen.made_for = now(), made_for
        try:
            yield
        finally:
            _seen.made_for = before


def now() -> MadeFor:
    """What the figure that is being drawn is made for."""
    found: MadeFor = getattr(_seen, "made_for", SCREEN)
    return found


def type_size(size: float) -> float:
    """Points of type that is small on a screen: on paper never below what can be read."""
    return max(size, now().least_type)


def page_width(natural: float) -> float:
    """Points across that a kind may fill, margins included: ``natural`` ones on a screen, what is asked for on paper."""
    width = now().width
    return natural if width is None else float(np.ceil(width)) + 2 * TRIM


def without_paper(rgb: NDArray[np.uint8], paper: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A picture ``(h, w, 3)``; with white ink, which has no paper, it is transparent where ``paper (h, w)`` would be seen."""
    if now().ink != "white":
        return rgb
    return np.dstack([rgb, np.where(paper, 0, 255).astype(np.uint8)])
