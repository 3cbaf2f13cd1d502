"""One line of the table, and how a rate for it is measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


class Row(NamedTuple):
    """What was measured, what came out, and what it should be."""

    what: str
    value: str
    target: str = ""


def rate(step: Callable[[], int], seconds: float) -> float:
    """Images a second over about ``seconds``; ``step`` says how many it took. The first call is not counted."""
    step()
    images, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        images += step()
    return images / (time.perf_counter() - started)
