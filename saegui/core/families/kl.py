"""The tutorials' autoencoder: each latent's mean activation is pulled towards ρ (Ng 2011, CS294A lecture notes)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.family import Encoded, Family, pre_activations

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig

EPSILON = 1e-6


class KL(Family):
    """Mean activations become small, but a single code need not become sparse: see its L0."""

    name = "kl"
    title = "KL"
    parameters: tuple[str, ...] = ("rho", "kl_weight", "code", "output")
    source = "Ng 2011"
    code = "z = {activation}(W_encᵀ {x} + b_enc)"
    loss = "MSE + λ Σⱼ KL(ρ ‖ mean zⱼ)"

    def words(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The activation that is chosen."""
        return {"activation": "sigmoid" if values["code"] == "sigmoid" else "ReLU"}

    def reconstruction(self, values: Mapping[str, Any]) -> str:
        """With the output that is chosen."""
        if values["output"] == "sigmoid":
            return "x̂ = sigmoid(W_decᵀ z + b_dec)"
        return super().reconstruction(values)

    def encode(self, W: Mapping[str, Tensor], x: Tensor, config: RunConfig, k: int) -> Encoded:
        """Sigmoid, as Ng writes it, or ReLU, as tutorials do."""
        pre = pre_activations(W, x, config)
        return Encoded(pre, pre.sigmoid() if config.code == "sigmoid" else pre.relu())

    def penalties(
        self, W: Mapping[str, Tensor], x: Tensor, encoded: Encoded, config: RunConfig, k: int
    ) -> dict[str, Tensor]:
        """KL between a coin that lands on with ρ and one with ρ̂ⱼ, summed over latents."""
        rho = config.rho
        mean = encoded.z.mean(0).clamp(EPSILON, 1 - EPSILON)
        divergence = rho * (rho / mean).log() + (1 - rho) * ((1 - rho) / (1 - mean)).log()
        return {"kl": config.kl_weight * divergence.sum()}

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """Sigmoid or ReLU."""
        return sigmoid(pre) if config.code == "sigmoid" else np.maximum(pre, 0, out=pre)


FAMILY = KL()


def sigmoid(values: Array) -> Array:
    """1 / (1 + e^−v), without overflow."""
    small = np.exp(-np.abs(values))
    result: Array = np.where(values >= 0, 1, small) / (1 + small)
    return result
