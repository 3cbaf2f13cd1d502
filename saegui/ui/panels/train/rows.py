"""Which parameters the train panel shows first, row by row."""

from __future__ import annotations

from saegui.core.config.schema import parameter, parameters
from saegui.core.families.registry import KINDS


def sparsity(kind: str) -> str:
    """The parameter that makes this kind's codes sparse: the first of its own."""
    return KINDS[kind].parameters[0]


def _rows() -> tuple[tuple[str, ...], ...]:
    sparsities = tuple(dict.fromkeys(sparsity(kind) for kind in parameter("arch").choices))
    # What many kinds share is no reason for choosing one.
    own = [
        found
        for found in parameters()
        if 0 < len(found.when.get("arch", ())) <= 2
        and found.group == "Model"
        and found.name not in sparsities
    ]
    own.sort(key=lambda found: not found.live)
    return (
        ("dataset",),
        ("arch",),
        ("n_latents", *sparsities),
        *((found.name,) for found in own),
        ("lr", "batch_size"),
        ("epochs", "seed"),
        ("revival",),
    )


ROWS = _rows()
"""Always shown where they have an effect, the kind's own parameters among them; every other one is behind *More*."""
