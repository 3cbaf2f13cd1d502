"""Values that were changed while a run was trained: what curves, names and advice say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from saegui.core.config.run_names import value_text, words

_MOST = 4
"""Values of one parameter that a text lists; of more it says the first and the last."""


class Change(NamedTuple):
    """One live parameter got another value after ``step``."""

    step: int
    epoch: float
    seconds: float
    name: str
    """Of the parameter."""
    before: float
    after: float


class Mark(NamedTuple):
    """A place on the curves where values changed."""

    place: float
    """Epochs, steps or seconds: whatever the curves are drawn over."""
    text: str
    """Such as ``k 30 → 10``."""


def added(changes: Sequence[Change], new: Change) -> list[Change]:
    """``changes`` and one more; another of the same parameter at the same step, as from a turned wheel, is taken into it."""
    same = [old for old in changes if old.step == new.step and old.name == new.name]
    rest = [old for old in changes if old not in same]
    made = new._replace(before=same[0].before) if same else new
    return rest if made.before == made.after else [*rest, made]


def trails(changes: Sequence[Change]) -> dict[str, str]:
    """Parameter → its values one after the other, such as ``{"k": "30 → 10"}``, in the order of the first changes."""
    found: dict[str, list[float]] = {}
    for change in changes:
        found.setdefault(change.name, [change.before]).append(change.after)
    return {name: _trail(values) for name, values in found.items()}


def marks(changes: Sequence[Change], axis: str, width: float) -> list[Mark]:
    """Where the changes are on ``axis`` (``step``, ``epoch`` or ``seconds``); those within ``width`` share one mark."""
    found: list[tuple[float, list[Change]]] = []
    for change in changes:
        place = float(getattr(change, axis))
        if found and place - found[-1][0] <= width:
            found[-1][1].append(change)
        else:
            found.append((place, [change]))
    return [Mark(place, text(group)) for place, group in found]


def text(changes: Sequence[Change]) -> str:
    """``k 30 → 10, lr 0.001 → 0.0005``."""
    return ", ".join(words(name, trail) for name, trail in trails(changes).items())


def _trail(values: Sequence[float]) -> str:
    texts = [value_text(value) for value in values]
    return " → ".join(texts if len(texts) <= _MOST else [texts[0], "…", texts[-1]])
