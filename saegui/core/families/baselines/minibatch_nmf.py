"""Mini-batch NMF: like NMF, from a few inputs at a time (Lefèvre, Bach & Févotte 2011)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saegui.core.families.baselines.baseline import CODES, SUITED
from saegui.core.families.baselines.nmf import NMF


class MiniBatchNMF(NMF):
    """Faster than NMF on many inputs; its error is larger, and its codes are hardly sparse."""

    name = "minibatch_nmf"
    title = "Mini-batch NMF"
    parameters: tuple[str, ...] = (CODES,)
    suited: Mapping[str, Any] = {**SUITED, "epochs": 5, "batch_size": 1024}
    source = "Lefèvre 2011; scikit-learn"
    library = "MiniBatchNMF(n_components={n_latents}, batch_size={batch_size})"


FAMILY = MiniBatchNMF()
