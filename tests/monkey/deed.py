"""One random event: what it is in words, known before it happens, and how it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Deed(NamedTuple):
    """Chosen from its own random numbers and from what is on the screen."""

    text: str
    do: Callable[[], object]
