"""One axis of a chart: from numbers to pixels, and the numbers that are written beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from saegui.ui.widgets.text import number

PADDING = 0.06
"""Share of an axis that is left free at each end."""


@dataclass(frozen=True)
class Scale:
    """``low`` and ``high`` are the ends, or their logarithms to the base 10 where ``log``."""

    low: float = 0.0
    high: float = 1.0
    log: bool = False

    def share(self, value: float) -> float:
        """How far along the axis ``value`` is: 0 at its start, 1 at its end."""
        at = math.log10(max(value, 1e-300)) if self.log else value
        return (at - self.low) / (self.high - self.low)

    def ticks(self, most: int, wanted: Sequence[float] = ()) -> list[tuple[float, str]]:
        """At most ``most`` numbers with their texts; ``wanted`` where these are few enough."""
        if wanted and len(wanted) <= most:
            return [(value, f"{value:,.6g}") for value in wanted]
        if self.log:
            found = [
                factor * 10.0**decade
                for decade in range(math.floor(self.low), math.ceil(self.high) + 1)
                for factor in (
                    (1, 2, 5) if self.high - self.low < 1.6 else (1, 3) if self.high - self.low < 3 else (1,)
                )
            ]
        else:
            step = 10.0 ** math.floor(math.log10((self.high - self.low) / most))
            step *= next(times for times in (1, 2, 5, 10) if (self.high - self.low) / (step * times) <= most)
            first = math.ceil(self.low / step)
            found = [(first + place) * step for place in range(math.floor(self.high / step) - first + 1)]
        return [(value, _text(value)) for value in found if -1e-9 <= self.share(value) <= 1 + 1e-9]


def _text(value: float) -> str:
    return "0" if abs(value) < 1e-12 else f"{value:,.4g}" if 1e-3 <= abs(value) < 1e6 else number(value)


def scale_for(values: Iterable[float], *, log: bool, from_zero: bool = False) -> Scale:
    """The axis on which all ``values`` are seen, with a little room at both ends."""
    finite = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    if not finite:
        return Scale()
    low, high = min(finite), max(finite)
    if log:
        low, high = math.log10(low), math.log10(high)
    elif from_zero:
        low = min(low, 0.0)
    wide = (high - low) or (0.5 if log else abs(high) or 1.0)
    start = low if from_zero and low == 0 and not log else low - PADDING * wide
    return Scale(start, high + PADDING * wide, log)
