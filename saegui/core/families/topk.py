"""TopK: the k largest of ReLU(pre) stay, the rest are zero (Makhzani & Frey 2013, arXiv:1312.5663)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.family import K_PARAMETERS, RECIPE_WITH_K, Encoded, Family, pre_activations
from saegui.core.families.refinement import refine
from saegui.core.families.topk_search import keep_largest, keep_largest_array

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig


class TopK(Family):
    """At most k active latents per image, without a penalty in the loss."""

    name = "topk"
    title = "TopK"
    parameters: tuple[str, ...] = (*K_PARAMETERS, "precision")
    suited: Mapping[str, Any] = RECIPE_WITH_K
    source = "Makhzani & Frey 2013"
    code = "z = the k largest of ReLU(W_encᵀ {x} + b_enc), the rest 0"
    loss = "MSE"

    def encode(self, W: Mapping[str, Tensor], x: Tensor, config: RunConfig, k: int) -> Encoded:
        """The k largest of each image."""
        pre = refine(W, pre_activations(W, x, config), config.refinements, k)
        return Encoded(pre, keep_largest(pre.relu(), k))

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """At most k non-zeros a row, all of them positive."""
        return keep_largest_array(np.maximum(pre, 0, out=pre), config.k)


FAMILY = TopK()
