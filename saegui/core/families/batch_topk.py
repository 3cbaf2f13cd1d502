"""BatchTopK: the B·k largest activations of a whole batch stay (Bussmann 2024, arXiv:2412.06410)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.family import K_PARAMETERS, RECIPE_WITH_K, Encoded, Family, pre_activations
from saegui.core.families.refinement import refine
from saegui.core.families.topk_search import keep_largest_array

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig


class BatchTopK(Family):
    """Easy images get fewer latents, hard ones more; the mean stays k."""

    name = "batch_topk"
    title = "BatchTopK"
    parameters: tuple[str, ...] = (*K_PARAMETERS, "precision")
    suited: Mapping[str, Any] = RECIPE_WITH_K
    source = "Bussmann 2024"
    code = "z = the B·k largest of ReLU(W_encᵀ {x} + b_enc) in a batch of B; afterwards all above a threshold"
    loss = "MSE"
    measured = ("threshold",)

    def encode(self, W: Mapping[str, Tensor], x: Tensor, config: RunConfig, k: int) -> Encoded:
        """The B·k largest of the batch, wherever they are."""
        pre = refine(W, pre_activations(W, x, config), config.refinements, k)
        z = pre.relu().flatten()
        kept, indices = z.topk(min(len(x) * k, len(z)), sorted=False)
        return Encoded(pre, z.new_zeros(z.shape).scatter(0, indices, kept).view(pre.shape))

    def calibrate(self, pieces: Iterable[Array], n_images: int, config: RunConfig) -> dict[str, float]:
        """The threshold is the smallest activation that is kept where all the images are one batch: k stay on average.

        The paper takes the mean, over batches, of each batch's smallest that is kept; SAELens a running mean of it during
        the training. In small batches that is another number, and a running mean lags behind the weights. Zero where
        fewer activations than that are positive: then all of them stay.
        """
        count = n_images * config.k
        kept = np.empty(0, np.float32)
        for pre in pieces:
            kept = np.concatenate([kept, pre[pre > 0]])
            if len(kept) > count:
                kept = np.partition(kept, -count)[-count:]
        return {"threshold": float(kept.min()) if len(kept) == count else 0.0}

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """Everything above the threshold, so that an image's code does not depend on its neighbours.

        Where no threshold was measured, which is then below zero, the k largest of each image.
        """
        z = np.maximum(pre, 0, out=pre)
        if extras["threshold"][0] < 0:
            return keep_largest_array(z, config.k)
        z[z < extras["threshold"]] = 0
        return z


FAMILY = BatchTopK()
