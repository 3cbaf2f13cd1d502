"""Log penalty: like L1, but a strong activation costs hardly more than a weak one (Olshausen & Field 1996, Nature 381)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.family import Encoded, Family, pre_activations

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig


class LogPenalty(Family):
    """Weak activations are pulled to zero; strong ones keep nearly all of their strength."""

    name = "log_penalty"
    title = "Log penalty"
    parameters: tuple[str, ...] = ("l1",)
    source = "Olshausen & Field 1996"
    code = "z = ReLU(W_encᵀ {x} + b_enc)"
    loss = "MSE + λ Σⱼ log(1 + zⱼ²)"

    def encode(self, W: Mapping[str, Tensor], x: Tensor, config: RunConfig, k: int) -> Encoded:
        """``x (batch, d_in)`` → the code ``(batch, n_latents)``, in torch for training."""
        pre = pre_activations(W, x, config)
        return Encoded(pre, pre.relu())

    def penalties(
        self, W: Mapping[str, Tensor], x: Tensor, encoded: Encoded, config: RunConfig, k: int
    ) -> dict[str, Tensor]:
        """λ Σⱼ log(1 + zⱼ²), mean over the batch."""
        return {"log": config.l1 * encoded.z.square().log1p().sum(1).mean()}

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """The same code in numpy, for everything that looks at a trained model."""
        return np.maximum(pre, 0, out=pre)


FAMILY = LogPenalty()
