"""What a map shows: points with numbers, places, and how they look."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_order import Indices, Mask
from saegui.ui.panels.map.camera import Floats

Format = Callable[[float], str]


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis of a map."""

    words: str = ""
    ticks: Format | None = None
    """How a number on it is written; None where its numbers mean nothing."""
    logarithmic: bool = False
    """Whether its numbers are logarithms to the base 10."""


def component_axes(shares: Iterable[float]) -> tuple[Axis, Axis]:
    """The axes of two principal components that have these shares of the variance, both with one digit after the point."""
    first, second = (f"{100 * share:.1f} %" for share in shares)
    return Axis(f"first component, {first} of the variance"), Axis(f"second component, {second}")


@dataclass(frozen=True, eq=False)
class Cloud:
    """N points."""

    ids: Indices = field(default_factory=lambda: np.empty(0, np.intp))
    """(N,): ascending numbers of what they stand for."""
    x: Floats = field(default_factory=lambda: np.empty(0))
    y: Floats = field(default_factory=lambda: np.empty(0))
    equal: bool = True
    """Whether both axes have the same scale."""
    across: Axis = Axis()
    up: Axis = Axis()
    key: Hashable = None
    """Of another key, the whole map is shown at first."""

    def place(self, number: int | None) -> int | None:
        """Where among :attr:`ids` a number is."""
        if number is None:
            return None
        place = int(np.searchsorted(self.ids, number))
        return place if place < len(self.ids) and self.ids[place] == number else None


@dataclass(frozen=True, eq=False)
class Look:
    """How N points look besides where they are."""

    classes: NDArray[np.intp] | None = None
    """(N,): colours and shapes go by these."""
    faded: Mask | None = None
    """(N,): those that are shown faintly."""
    strength: NDArray[np.floating] | None = None
    """(N,): those above 0 are marked as active, the more the larger."""


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most ``most`` round numbers from ``low`` to ``high``, evenly spaced by 1, 2 or 5 of some power of ten."""
    if not high > low or most < 1:
        return []
    step = 10.0 ** np.floor(np.log10((high - low) / most))
    step *= next(times for times in (1, 2, 5, 10) if (high - low) / (step * times) <= most)
    first = np.ceil(low / step)
    count = int(np.floor(high / step) - first) + 1
    return [float((first + place) * step) for place in range(count)]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Logarithms from ``low`` to ``high`` of 1 and 3 times powers of ten; of powers of ten alone where these are more than ``most``."""
    for times in ((1, 3), (1,)):
        decades = range(int(np.floor(low)), int(np.ceil(high)) + 1)
        found = [decade + float(np.log10(time)) for decade in decades for time in times]
        found = [value for value in found if low <= value <= high]
        if len(found) <= most:
            break
    return found
