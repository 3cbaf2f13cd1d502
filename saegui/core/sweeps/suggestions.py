"""Values of a parameter that are worth trying first: what *Vary…* begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saegui.core.config.parameter import Parameter
from saegui.core.config.schema import parameter, relevant
from saegui.core.sweeps.values import text_of

SEEDS = 3


def can_vary(values: Mapping[str, Any]) -> list[Parameter]:
    """The parameters that have an effect with these ``values``, in the order of forms; the data set is no such."""
    return [parameter(name) for name in relevant(values) if name != "dataset"]


def suggested(name: str, value: Any) -> str:
    """The value that is there and some around it, as text for :func:`saegui.core.sweeps.values.read_values`."""
    found = parameter(name)
    if name == "seed":
        first = min(value, int(found.high or value) - SEEDS + 1)
        return f"{first} … {first + SEEDS - 1}"
    if found.kind == "bool":
        return text_of(name, (value, not value))
    if found.kind == "choice":
        return text_of(name, dict.fromkeys((value, *found.choices)))
    low, high = found.low or 0, found.high
    if found.kind == "int":
        around = [value // 2, value, 2 * value] if value else [0, 1, 2]
    else:
        around = [value / 2, value, 2 * value] if value else [0.0, 0.25, 0.5]
    allowed = [
        each
        for each in dict.fromkeys(around)
        if each >= low and not (found.above and each == low) and (high is None or each <= high)
    ]
    return text_of(name, allowed)
