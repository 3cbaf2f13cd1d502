"""ReLU with an L1 penalty, weighted by the atoms' lengths (Bricken 2023, Towards Monosemanticity)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.family import Encoded, Family, pre_activations

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig


class ReluL1(Family):
    """The cost of an activation is proportional to it: weak activations become zero, and strong ones shrink."""

    name = "relu_l1"
    title = "ReLU + L1"
    parameters: tuple[str, ...] = ("l1",)
    source = "Bricken 2023"
    code = "z = ReLU(W_encᵀ {x} + b_enc)"
    loss = "MSE + λ Σⱼ zⱼ ‖dⱼ‖"

    def encode(self, W: Mapping[str, Tensor], x: Tensor, config: RunConfig, k: int) -> Encoded:
        """All that is positive."""
        pre = pre_activations(W, x, config)
        return Encoded(pre, pre.relu())

    def penalties(
        self, W: Mapping[str, Tensor], x: Tensor, encoded: Encoded, config: RunConfig, k: int
    ) -> dict[str, Tensor]:
        """λ Σⱼ zⱼ ‖dⱼ‖, mean over the batch."""
        lengths = W["W_dec"].norm(dim=1)
        return {"l1": config.l1 * (encoded.z @ lengths).mean()}

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """All that is positive."""
        return np.maximum(pre, 0, out=pre)


FAMILY = ReluL1()
