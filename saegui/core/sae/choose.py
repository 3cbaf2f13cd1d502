"""Which way of computing gradients a training takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saegui.core.config import D_IN, RunConfig
from saegui.core.sae.dense import DenseStep
from saegui.core.sae.families import FAMILIES
from saegui.core.sae.step import PlainStep, Step

if TYPE_CHECKING:
    import torch


def choose(config: RunConfig, batch: int, device: torch.device) -> Step:
    """The fastest step for batches of up to ``batch`` images."""
    family = FAMILIES[config.arch]
    if config.arch in ("topk", "batch_topk"):
        return DenseStep(family, batch, D_IN, config.n_latents, device)
    return PlainStep(family)
