"""One line of the table."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """What was measured, what came out, and what it should be."""

    what: str
    value: str
    target: str = ""
