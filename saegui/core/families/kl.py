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
LARGEST_MEAN = 0.99
"""The slope of the divergence is about 100 here; closer to 1 it would drown every other gradient."""


class KL(Family):
    """Mean activations become small, but a single code need not become sparse: see its L0."""

    name = "kl"
    title = "KL"
    parameters: tuple[str, ...] = ("rho", "kl_weight", "code", "output")
    suited: Mapping[str, Any] = {
        "rho": 0.03,
        "kl_weight": 0.03,
        "code": "relu",
        "output": "linear",
        "pre_bias": False,
        "tied_init": False,
        "unit_norm": False,
        "non_negative": False,
        "revival": "none",
        "lr": 1e-3,
        "warmup_steps": 0,
        "decay": 0.0,
    }
    """With pre-bias and atoms of length one, activations are so large that a mean of ρ leaves two thirds unexplained."""
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
        """:func:`divergence`, summed over latents."""
        return {"kl": config.kl_weight * divergence(config.rho, encoded.z.mean(0)).sum()}

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """Sigmoid or ReLU."""
        return sigmoid(pre) if config.code == "sigmoid" else np.maximum(pre, 0, out=pre)


FAMILY = KL()


def divergence(rho: float, mean: Tensor) -> Tensor:
    """KL(ρ ‖ ρ̂ⱼ) of the mean activations ``mean (n_latents,)``: ρ log(ρ/ρ̂ⱼ) + (1 − ρ) log((1 − ρ)/(1 − ρ̂ⱼ)) (Ng 2011).

    That formula is for sigmoids, whose means are below 1; a mean of ReLUs can be above, where it has no value. From
    :data:`LARGEST_MEAN`, or half-way from ρ to 1 where that is larger, it continues as its tangent: always finite, and larger means are
    always pulled back.
    """
    edge = max(LARGEST_MEAN, (1 + rho) / 2)
    inside = mean.clamp(EPSILON, edge)
    beyond = (mean - edge).relu() * ((1 - rho) / (1 - edge) - rho / edge)
    return rho * (rho / inside).log() + (1 - rho) * ((1 - rho) / (1 - inside)).log() + beyond


def sigmoid(values: Array) -> Array:
    """1 / (1 + e^−v), without overflow."""
    small = np.exp(-np.abs(values))
    result: Array = np.where(values >= 0, 1, small) / (1 + small)
    return result
