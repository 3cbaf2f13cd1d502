"""BatchTopK: the B·k largest activations of a whole batch stay (Bussmann 2024, arXiv:2412.06410)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.family import K_PARAMETERS, Encoded, Family, pre_activations
from saegui.core.families.refinement import refine
from saegui.core.families.topk_search import keep_largest_array

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig

MEMORY = 0.9
"""Of the running mean, per step: it looks back over about ten batches, so that it keeps up with weights and a k that change."""


class BatchTopK(Family):
    """Easy images get fewer latents, hard ones more; the mean stays k."""

    name = "batch_topk"
    title = "BatchTopK"
    parameters: tuple[str, ...] = (*K_PARAMETERS, "precision")
    source = "Bussmann 2024"
    code = "z = the B·k largest of ReLU(W_encᵀ {x} + b_enc) in a batch of B; afterwards all above a threshold"
    loss = "MSE"
    measured = ("threshold",)

    def start(self, config: RunConfig) -> dict[str, float]:
        """Below zero until a step has been made."""
        return {"threshold": -1.0}

    def encode(self, W: Mapping[str, Tensor], x: Tensor, config: RunConfig, k: int) -> Encoded:
        """The B·k largest of the batch, wherever they are."""
        pre = refine(W, pre_activations(W, x, config), config.refinements, k)
        z = pre.relu().flatten()
        kept, indices = z.topk(min(len(x) * k, len(z)), sorted=False)
        return Encoded(pre, z.new_zeros(z.shape).scatter(0, indices, kept).view(pre.shape))

    def measure(self, measured: Mapping[str, Tensor], z: Tensor) -> None:
        """The threshold is the running mean of each batch's smallest activation that was kept."""
        import torch

        least = z.masked_fill(z <= 0, float("inf")).min()
        threshold = measured["threshold"]
        mean = torch.where(threshold < 0, least, MEMORY * threshold + (1 - MEMORY) * least)
        # A batch without an active latent says nothing.
        threshold.copy_(torch.where(least.isinf(), threshold, mean))

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """Everything above the threshold, so that an image's code does not depend on its neighbours.

        Of an untrained model, whose threshold was not measured yet, the k largest of each image.
        """
        z = np.maximum(pre, 0, out=pre)
        if extras["threshold"][0] < 0:
            return keep_largest_array(z, config.k)
        z[z < extras["threshold"]] = 0
        return z


FAMILY = BatchTopK()
