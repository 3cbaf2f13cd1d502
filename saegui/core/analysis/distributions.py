"""How many latents are active on an input, how often latents are active, and how strongly: counts for histograms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_order import Mask
from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.config.schema import RunConfig

DENSITY_BINS = 30


@dataclass(frozen=True, eq=False)
class Distribution:
    """Counts between edges, and what lies in no bar."""

    edges: NDArray[np.float64]
    """(B + 1,): ascending; of densities and activations evenly spaced by their logarithms."""
    counts: NDArray[np.int64]
    """(B,)"""
    left_out: int = 0
    """Of densities: dead latents, whose density has no logarithm."""
    target: float | None = None
    """Of active latents: the number that is aimed at; None where only a penalty decides."""


def of_active(stats: LatentStats, config: RunConfig) -> Distribution:
    """On how many training inputs 0, 1, 2 … latents are active: bar n from n − 0.5 to n + 0.5, up to the largest and the target."""
    target = config.target_l0
    counts = np.bincount(stats.active_per_image, minlength=math.floor(target or 0) + 1)
    edges = np.arange(len(counts) + 1, dtype=np.float64) - 0.5
    return Distribution(edges, counts.astype(np.int64), target=target)


def of_density(density: NDArray[np.floating], dead: Mask) -> Distribution:
    """How many latents have which density: :data:`DENSITY_BINS` bars from the smallest of a living latent, at most 0.1, to 1."""
    alive = density[~dead & (density > 0)].astype(np.float64)
    low = min(float(alive.min(initial=1.0)), 0.1)
    edges = np.geomspace(low, 1.0, DENSITY_BINS + 1)
    # The smallest and the largest are in the outermost bars, whatever rounding says.
    counts, _ = np.histogram(np.log(alive.clip(low, 1.0)), np.log(edges))
    counts[0] += len(alive) - int(counts.sum())
    return Distribution(edges, counts.astype(np.int64), left_out=len(density) - len(alive))


def of_strength(stats: LatentStats) -> Distribution:
    """How many activations above 0, of all latents on all training inputs, lie between which values: without empty outer bars."""
    counts = stats.histogram.sum(axis=0)
    used = np.flatnonzero(counts)
    first, last = (int(used[0]), int(used[-1])) if len(used) else (0, len(counts) - 1)
    edges = stats.edges[first : last + 2].astype(np.float64)
    return Distribution(edges, counts[first : last + 1].astype(np.int64))
