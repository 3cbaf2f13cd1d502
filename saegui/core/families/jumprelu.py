"""JumpReLU: a threshold θ learnt per latent, and a cost for every active latent (Rajamanoharan 2024, arXiv:2407.14435)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.family import Encoded, Family, pre_activations

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig


class JumpReLU(Family):
    """Activations below θ become zero, those above stay unchanged. The penalty counts active latents, so activations do not shrink.

    Only θ has a gradient from the penalty, as in the paper: one by the weights would push latents so far below θ that no
    image activates them again. At the learning rate of the weights log θ could change by less than one in a short
    training, and every large λ would give the same L0; so it is trained at five times that rate.
    """

    name = "jumprelu"
    title = "JumpReLU"
    parameters: tuple[str, ...] = ("l0_weight", "bandwidth")
    source = "Rajamanoharan 2024"
    code = "z = pre · H(pre − θ),   pre = W_encᵀ {x} + b_enc"
    loss = "MSE + λ Σⱼ H(preⱼ − θⱼ)"
    learnt = ("log_threshold",)
    paces: Mapping[str, float] = MappingProxyType({"log_threshold": 5.0})

    def start(self, config: RunConfig) -> dict[str, float]:
        """θ starts at the width of the range in which it has a gradient."""
        return {"log_threshold": math.log(config.bandwidth)}

    def encode(self, W: Mapping[str, Tensor], x: Tensor, config: RunConfig, k: int) -> Encoded:
        """∂z/∂pre is H, and ∂z/∂θ is −(θ/ε)·K((pre − θ)/ε), with K the rectangle of width one (eq. 11)."""
        pre = pre_activations(W, x, config)
        theta = W["log_threshold"].exp()
        on = pre > theta
        slope = theta / config.bandwidth * _near(pre, theta, config.bandwidth)
        return Encoded(pre, pre * on - _through(theta, slope))

    def penalties(
        self, W: Mapping[str, Tensor], x: Tensor, encoded: Encoded, config: RunConfig, k: int
    ) -> dict[str, Tensor]:
        """Mean L0, whose derivative by θ is −K((pre − θ)/ε)/ε (eq. 12)."""
        pre, theta = encoded.pre, W["log_threshold"].exp()
        slope = _near(pre, theta, config.bandwidth) / config.bandwidth
        on = (pre > theta).to(pre.dtype) - _through(theta, slope)
        return {"l0": config.l0_weight * on.sum(1).mean()}

    def activate(self, pre: Array, extras: Mapping[str, Array], config: RunConfig) -> Array:
        """All above their thresholds."""
        pre[pre <= np.exp(extras["log_threshold"])] = 0
        return pre


FAMILY = JumpReLU()


def _near(pre: Tensor, theta: Tensor, bandwidth: float) -> Tensor:
    """The rectangle kernel: one where pre is within half a bandwidth of θ, else zero."""
    return ((pre - theta).abs() < bandwidth / 2).to(pre.dtype)


def _through(theta: Tensor, slope: Tensor) -> Tensor:
    """Zero, with ``slope`` as its derivative by θ: the straight-through estimator."""
    return (theta - theta.detach()) * slope.detach()
