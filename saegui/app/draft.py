"""The values in the train panel, as one value that can be put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Draft:
    """The values in the train panel: those of a preset or a run, and those that were edited since."""

    preset: Mapping[str, Any]
    edited: Mapping[str, Any]
    preset_name: str | None = field(default=None, compare=False)
    """The preset that these values began with."""
