"""k-means: each input is drawn by the one centre that is nearest to it (Lloyd 1982; Arthur & Vassilvitskii 2007)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.baselines.baseline import CODES, SUITED, Baseline


class KMeans(Baseline):
    """One latent is active on each input, with activation 1. The mean is subtracted only where pursuit makes the codes."""

    name = "kmeans"
    title = "k-means"
    parameters: tuple[str, ...] = (CODES, "max_samples", "tol")
    suited: Mapping[str, Any] = {**SUITED, "epochs": 300}
    source = "Lloyd 1982; scikit-learn"
    code = "z = 1 for the centre that is nearest to x, 0 for the others"
    library = "KMeans(n_clusters={n_latents}, n_init=1, max_iter={epochs}, tol={tol:g})"
    codes_are_signed = False

    def subtracts_mean_with(self, values: Mapping[str, Any]) -> bool:
        return bool(values[CODES])

    def own_code(self, pre: Array, extras: Mapping[str, Array]) -> Array:
        """``pre`` is x·c − ‖c‖²/2, which is largest for the nearest centre c; of equals the first."""
        nearest = pre.argmax(axis=1)
        pre[:] = 0
        pre[np.arange(len(pre)), nearest] = 1
        return pre


FAMILY = KMeans()
