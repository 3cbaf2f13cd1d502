"""Short names of runs, for places with little room: what all of them have in common is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from saegui.core.config.changes import Change, trails
from saegui.core.config.run_names import base_preset, run_name, words
from saegui.core.config.schema import RunConfig, relevant

_BETWEEN = re.compile(r" · |, changed: |, ")
FEW = 3
MORE = "… "
"""Put before a name from which something was left out."""


class ShortNames:
    """What all of some names have in common, and names without it.

    Names that have only one part, such as those that a user chose, are not compared with the others. Of
    ``modern, changed: k 5, seed 1`` and ``modern, changed: k 9, seed 1`` the short names are ``… k 5`` and ``… k 9``.
    """

    def __init__(self, names: Iterable[str]) -> None:
        made = [set(words) for name in names if len(words := _BETWEEN.split(name)) > 1]
        self._shared = set.intersection(*made) if len(made) > 1 else set()

    def of(self, name: str) -> str:
        """``name`` without the parts, between dots or commas, that all have; one that has no other parts stays whole."""
        words = _BETWEEN.split(name)
        left = [word for word in words if word not in self._shared]
        return MORE + ", ".join(left) if left and len(left) < len(words) else name


def distinguishing_names(names: Sequence[str]) -> list[str]:
    """The short name of each of ``names`` among them: see :class:`ShortNames`."""
    short = ShortNames(names)
    return [short.of(name) for name in names]


class Named(NamedTuple):
    """A run that is to be told apart from others."""

    name: str
    config: RunConfig | None = None
    preset: str | None = None
    changes: Sequence[Change] = ()

    @property
    def plain(self) -> str:
        """The name that it has by itself; empty where that is not known."""
        return run_name(self.config, self.preset, trails(self.changes)) if self.config is not None else ""

    @property
    def number(self) -> str | None:
        """What follows the plain name, such as `` (2)``; None for a name that somebody chose."""
        found = re.fullmatch(re.escape(self.plain) + r"((?: \(\d+\))?)", self.name) if self.plain else None
        return found[1] if found else None


def telling_names(runs: Sequence[Named]) -> list[str]:
    """What tells these runs apart: ``k 5``, ``seed 1``, ``modern``. Names that somebody chose stay; no two are equal."""
    made = [run for run in runs if run.number is not None and run.config is not None]
    alike = len({_base(run) for run in made}) == 1 or _few_differ(made)
    found = [
        _differing(run, made) or run.name if run.number is not None and alike else run.name for run in runs
    ]
    for place, (run, text) in enumerate(zip(runs, found, strict=True)):
        if found.count(text) > 1 and run.number:
            found[place] = text + run.number
    return [
        text if found.count(text) == 1 else f"{text} ({1 + found[:place].count(text)})"
        for place, text in enumerate(found)
    ]


def names_beside(own: Named, others: Sequence[Named]) -> list[str]:
    """In what each of ``others`` differs from ``own`` alone, which is shorter than what tells all of them apart: ``seed 1``.

    Names that somebody chose stay whole, and so do those of runs that differ in nothing, or began with another preset and
    differ in much.
    """
    names = []
    for other in others:
        made = own.config is not None and other.config is not None and other.number is not None
        same = made and (_base(own) == _base(other) or _few_differ([own, other]))
        names.append((_differing(other, [own]) if same else "") or other.name)
    return names


def _few_differ(runs: Sequence[Named]) -> bool:
    """Whether they differ in so few values that these say more than the names of their presets."""
    values = [_values(run) for run in runs]
    names = {name for own in values for name in own}
    return sum(any(own.get(name) != values[0].get(name) for own in values) for name in names) <= FEW


def _base(run: Named) -> str | None:
    assert run.config is not None
    return base_preset(run.config.model_dump(), run.preset)


def _differing(run: Named, others: Sequence[Named]) -> str:
    """Those of its values that ``others`` do not share, in words; empty when there are none."""
    values = [_values(other) for other in others]
    own = _values(run)
    return ", ".join(
        words(name, value) for name, value in own.items() if any(other.get(name) != value for other in values)
    )


def _values(run: Named) -> dict[str, object]:
    """Those that take part in its training; of live changes all, one after the other."""
    assert run.config is not None
    values = run.config.model_dump()
    return {name: values[name] for name in relevant(values)} | trails(run.changes)
