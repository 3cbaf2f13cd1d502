"""Names of runs where there is little room: what several have in common says least."""

from __future__ import annotations

from collections.abc import Sequence

_BETWEEN = " · "
MORE = "… "
"""Before a name of which something was left out."""


def distinguishing_names(names: Sequence[str]) -> list[str]:
    """``names`` without the words, between dots, that all of them have; one that would be left without any stays whole.

    Those that somebody chose, which are one word in this sense, count for nothing. Of ``TopK · 64 latents · k 5`` and ``TopK · 64 latents · k 10`` these are ``… k 5`` and ``… k 10``.
    """
    words = [name.split(_BETWEEN) for name in names]
    made = [set(own) for own in words if len(own) > 1]
    shared = set.intersection(*made) if len(made) > 1 else set()
    found = []
    for name, own in zip(names, words, strict=True):
        left = [word for word in own if word not in shared]
        found.append(MORE + _BETWEEN.join(left) if left and len(left) < len(own) else name)
    return found
