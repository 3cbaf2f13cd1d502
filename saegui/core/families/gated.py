"""Gated: one path chooses the active latents, another computes their activations (Rajamanoharan 2024, arXiv:2404.16014)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.family import Encoded, Family, pre_activations

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig


class Gated(Family):
    """The penalty acts on the gate alone, so magnitudes do not shrink; b_enc is the gate's bias."""

    name = "gated"
    title = "Gated"
    parameters: tuple[str, ...] = ("l1",)
    source = "Rajamanoharan 2024"
    code = "z = [gate > 0] · ReLU(eʳ · W_encᵀ {x} + b_mag),   gate = W_encᵀ {x} + b_enc"
    loss = "MSE + λ Σⱼ ReLU(gateⱼ) ‖dⱼ‖ + MSE from gates alone"
    learnt = ("r_mag", "b_mag")

    def start(self, config: RunConfig) -> dict[str, float]:
        """The magnitudes begin as the gate without its bias."""
        return {"r_mag": 0.0, "b_mag": 0.0}

    def encode(self, W: Mapping[str, Tensor], x: Tensor, config: RunConfig, k: int) -> Encoded:
        """W_mag is W_enc with each column scaled by eʳ (eq. 7); no gradient goes through the gate's step."""
        gate = pre_activations(W, x, config)
        magnitude = (W["r_mag"].exp() * (gate - W["b_enc"]) + W["b_mag"]).relu()
        return Encoded(gate, magnitude * (gate > 0))

    def penalties(
        self, W: Mapping[str, Tensor], x: Tensor, encoded: Encoded, config: RunConfig, k: int
    ) -> dict[str, Tensor]:
        """L1 of the gate, and what a frozen decoder makes of it, which is what trains the gate (eq. 8)."""
        gate = encoded.pre.relu()
        frozen, b_dec = W["W_dec"].detach(), W["b_dec"].detach()
        return {
            "l1": config.l1 * (gate @ frozen.norm(dim=1)).mean(),
            "gate": (x - (gate @ frozen + b_dec)).square().mean(),
        }

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """``pre`` is the gate."""
        magnitude: Array = np.exp(extras["r_mag"]) * (pre - extras["b_enc"]) + extras["b_mag"]
        return np.maximum(magnitude, 0) * (pre > 0)


FAMILY = Gated()
