"""The latents that are nearest to one latent, by several measures."""

from __future__ import annotations

from typing import Literal

import numpy as np

from saegui.core.analysis import sort_keys
from saegui.core.analysis.coactivation import N_NEAREST, Coactivation
from saegui.core.model.snapshot import Snapshot

Measure = Literal["decoder", "encoder", "jaccard", "pearson"]
COUNTED: tuple[Measure, ...] = ("jaccard", "pearson")
"""Measures of which latents are active together, for which the inputs are encoded."""


def nearest(
    measure: Measure, snapshot: Snapshot, latent: int, together: Coactivation | None = None
) -> list[tuple[int, float]]:
    """At most :data:`~saegui.core.analysis.coactivation.N_NEAREST` other latents with their values, the largest first; equals in
    their order.

    ``decoder`` and ``encoder`` are the cosines of these weights (:func:`~saegui.core.analysis.sort_keys.cosines`); the others need
    ``together`` and list only values above 0.
    """
    if measure in COUNTED:
        if together is None:
            return []
        found = together.jaccard if measure == "jaccard" else together.pearson
        pairs = zip(found.latents[latent].tolist(), found.values[latent].tolist(), strict=True)
        return [(other, value) for other, value in pairs if other >= 0]
    values = sort_keys.cosines(snapshot, latent, "decoder" if measure == "decoder" else "encoder")
    order = np.argsort(-values, kind="stable")
    order = order[order != latent][:N_NEAREST]
    return list(zip(order.tolist(), values[order].tolist(), strict=True))
