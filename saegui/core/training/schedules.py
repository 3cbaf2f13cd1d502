"""Schedules: the learning rate and k, as they change during a training."""

from __future__ import annotations

from saegui.core.config.schema import RunConfig
from saegui.core.families.registry import WITH_K

ANNEAL_FROM = 4
"""An annealed k begins with this many times its value."""


def schedule(config: RunConfig, step: int, total: int) -> float:
    """Factor on the learning rate at ``step`` (0-based) of ``total``: linear warm-up, plateau, linear decay to zero."""
    factor = 1.0
    if step < config.warmup_steps:
        factor = (step + 1) / config.warmup_steps
    decaying = config.decay * total
    if decaying > 0 and step > total - decaying:
        factor *= (total - step) / decaying
    return factor


def annealed(config: RunConfig, step: int, total: int) -> int:
    """k at ``step`` (0-based) of ``total``: falls linearly from :data:`ANNEAL_FROM` times its value."""
    steps = config.k_anneal * total
    if config.arch not in WITH_K or step >= steps:
        return config.k
    high = min(ANNEAL_FROM * config.k, config.n_latents)
    return round(high + (config.k - high) * step / steps)
