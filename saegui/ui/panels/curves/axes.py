"""Where axes begin, end and carry numbers: pure arithmetic, no widgets."""

from __future__ import annotations

import math
from typing import Literal

CurvesAxis = Literal["step", "epoch", "seconds"]
"""What curves are drawn over."""

_ENDS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def nice_above(value: float) -> float:
    """The next round number at or above ``value`` > 0, at most a third larger: axes rarely move as data grow."""
    power = 10.0 ** math.floor(math.log10(value))
    # One part in a billion: 0.3 / 0.1 is a little more than 3.
    return float(f"{next(end for end in _ENDS if end * power >= value * (1 - 1e-9)) * power:.12g}")


def nice_below(value: float) -> float:
    """The next round number at or below ``value`` > 0."""
    power = 10.0 ** math.floor(math.log10(value))
    return float(f"{next(end for end in reversed(_ENDS) if end * power <= value * (1 + 1e-9)) * power:.12g}")


def end_of(value: float) -> float:
    """Where an axis that starts at 0 ends: ``value`` rounded up to two digits, at most a tenth larger."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / unit - 1e-9) * unit:.12g}")


def linear_ticks(low: float, high: float, count: int, *, whole: bool = False) -> list[float]:
    """At most ``count`` + 1 multiples of 1, 2 or 5 × a power of ten in [low, high]; ``whole``: of 1 at the least.

    Two in any case, where there are two: one number alone is no scale.
    """
    span = high - low
    if not span > 0:
        return []
    raw = max(span / max(count, 1), 1.0 if whole else 0.0)
    power = 10.0 ** math.floor(math.log10(raw))
    steps = [size * power for size in (10, 5, 2, 1, 0.5, 0.2, 0.1) if not whole or size * power >= 1]
    wanted = [step for step in steps if step >= raw * (1 - 1e-9)]
    found = _multiples(low, high, wanted[-1])
    for step in steps[len(wanted) :]:
        if len(found) >= 2:
            break
        found = _multiples(low, high, step)
    return found[:: math.ceil(len(found) / (count + 2))] if found else found


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int) -> list[float]:
    """At most about ``count`` round numbers in [low, high], both > 0, spread evenly over their logarithms."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits in ((1, 2, 3, 4, 5, 6, 8), (1, 2, 5), (1, 3), (1,)):
        found = [float(f"{digit}e{power}") for power in range(first, last + 1) for digit in digits]
        found = [value for value in found if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
        if len(found) <= max(count, 2):
            return found if len(found) >= 2 else linear_ticks(low, high, count)
    return found[:: math.ceil(len(found) / max(count, 2))]


def tick_text(value: float) -> str:
    """A number on an axis: ``0.02``, ``250``, ``12k``, ``5e-4``."""
    size = abs(value)
    if size >= 1e6:
        return f"{value / 1e6:g}M"
    if size >= 1e4:
        return f"{value / 1e3:g}k"
    if size == 0 or size >= 1e-3:
        return f"{value:.6g}"
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"
