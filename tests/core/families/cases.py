"""Configurations and tiny weights that the families' tests share."""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.config.schema import RunConfig
from saegui.core.families.registry import FAMILIES
from saegui.core.training.gradients.plan import plan
from saegui.core.training.gradients.step import GradientInput, GradientResult
from tests.core.families.reference import Array, Weights

BATCH, D, F, K = 6, 8, 16, 2

OPTIONS: dict[str, dict[str, Any]] = {
    "topk": {"arch": "topk"},
    "batch_topk": {"arch": "batch_topk"},
    "multi_topk": {"arch": "multi_topk"},
    # Enough to have something on in nearly every prefix.
    "matryoshka": {"arch": "matryoshka", "k": 8},
    "relu_l1": {"arch": "relu_l1", "l1": 0.05},
    "kl-relu": {"arch": "kl", "rho": 0.1, "kl_weight": 0.3},
    "kl-sigmoid": {"arch": "kl", "rho": 0.1, "kl_weight": 0.3, "code": "sigmoid"},
    "kl-sigmoid-output": {"arch": "kl", "rho": 0.2, "kl_weight": 0.3, "output": "sigmoid"},
    "jumprelu": {"arch": "jumprelu", "l0_weight": 0.07, "bandwidth": 0.4},
    "gated": {"arch": "gated", "l1": 0.05},
}
"""Every family in every form that changes its formulas."""


def config(name: str, **options: Any) -> RunConfig:
    """The form ``name`` of :data:`OPTIONS`, small."""
    return RunConfig(**{"n_latents": F, "k": K, **OPTIONS[name], **options})


def forms(**options: Any) -> list[RunConfig]:
    """Every form of :data:`OPTIONS` that ``options`` can be combined with."""
    without = (
        options.get("pre_bias") or options.get("revival") == "auxk" or options.get("input", "raw") != "raw"
    )
    return [config(name, **options) for name in OPTIONS if not (without and name == "kl-sigmoid-output")]


def label(value: Any) -> str:
    """A configuration as a test's name."""
    if not isinstance(value, RunConfig):
        return str(value)
    words = [value.arch, value.code * (value.arch == "kl"), value.output * value.sigmoid_output]
    return "-".join(filter(None, [*words, "pre_bias" * value.pre_bias]))


def weights(c: RunConfig, seed: int = 0, d: int = D) -> Weights:
    """Random weights of every name that the family has; the learnt ones away from where they start."""
    rng = np.random.default_rng(seed)
    shapes = {"W_enc": (d, c.n_latents), "b_enc": (c.n_latents,), "W_dec": (c.n_latents, d), "b_dec": (d,)}
    found = {name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}
    for name in FAMILIES[c.arch].learnt:
        found[name] = rng.normal(-1 if name == "log_threshold" else 0, 0.3, c.n_latents)
    return found


def images(seed: int = 1, batch: int = BATCH, d: int = D) -> Array:
    """Random pixels ``(batch, d)``."""
    return np.random.default_rng(seed).random((batch, d))


class Fast:
    """What a training with ``c`` takes for batches of up to ``size`` images, called as a plain step is, with any weights."""

    def __init__(self, c: RunConfig, size: int) -> None:
        self._config, self._size = c, size
        self._weights: dict[str, Any] = {}

    def __call__(self, weights: dict[str, Any], x: Any, c: RunConfig, k: int, dead: Any) -> GradientResult:
        mine = self._weights
        if not mine:
            mine.update((name, weight.clone()) for name, weight in weights.items())
            (group,) = plan([self._config], [mine], self._size)
            self._step = group.gradients
        for name, weight in weights.items():
            mine[name].copy_(weight)
        (outcome,) = self._step(x, [GradientInput(c, k, dead)])
        for name, weight in weights.items():
            weight.copy_(mine[name])
            weight.grad = None if mine[name].grad is None else mine[name].grad.clone()
        return outcome
