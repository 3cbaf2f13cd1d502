"""Short names of runs, for places with little room: what all names have in common is left out."""

from __future__ import annotations

from collections.abc import Sequence

_BETWEEN = " · "
MORE = "… "
"""Put before a name from which something was left out."""


def distinguishing_names(names: Sequence[str]) -> list[str]:
    """``names`` without the parts, between dots, that all of them have; a name that has no other parts stays whole.

    Names that have only one part, such as those that a user chose, are not compared with the others. Of ``TopK · 64 latents · k 5`` and ``TopK · 64 latents · k 10`` these are ``… k 5`` and ``… k 10``.
    """
    words = [name.split(_BETWEEN) for name in names]
    made = [set(own) for own in words if len(own) > 1]
    shared = set.intersection(*made) if len(made) > 1 else set()
    found = []
    for name, own in zip(names, words, strict=True):
        left = [word for word in own if word not in shared]
        found.append(MORE + _BETWEEN.join(left) if left and len(left) < len(own) else name)
    return found
