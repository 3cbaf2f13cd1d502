"""Short names of runs, for places with little room: what all names have in common is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_BETWEEN = " · "
MORE = "… "
"""Put before a name from which something was left out."""


class ShortNames:
    """What all of some names have in common, and names without it.

    Names that have only one part, such as those that a user chose, are not compared with the others. Of
    ``TopK · 64 latents · k 5`` and ``TopK · 64 latents · k 10`` the short names are ``… k 5`` and ``… k 10``.
    """

    def __init__(self, names: Iterable[str]) -> None:
        made = [set(words) for name in names if len(words := name.split(_BETWEEN)) > 1]
        self._shared = set.intersection(*made) if len(made) > 1 else set()

    def of(self, name: str) -> str:
        """``name`` without the parts, between dots, that all have; one that has no other parts stays whole."""
        words = name.split(_BETWEEN)
        left = [word for word in words if word not in self._shared]
        return MORE + _BETWEEN.join(left) if left and len(left) < len(words) else name


def distinguishing_names(names: Sequence[str]) -> list[str]:
    """The short name of each of ``names`` among them: see :class:`ShortNames`."""
    short = ShortNames(names)
    return [short.of(name) for name in names]
