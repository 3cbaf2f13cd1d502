"""The order in which latents are listed, and which of them count as dead."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.data.noun import IMAGE, Noun
from saegui.core.model.snapshot import Snapshot

Sort = Literal[
    "density",
    "index",
    "activation",
    "maximum",
    "norm",
    "effect",
    "purity",
    "class",
    "cosine",
    "cluster",
    "stability",
]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


def knows_dead(snapshot: Snapshot, stats: LatentStats | None = None) -> bool:
    """Whether dead latents are known: they are measured, or the training has lasted one epoch."""
    return stats is not None or snapshot.epoch >= 1


IN_TRAINING = "in the last epoch of training"
"""Where latents count as dead while a run is trained, and in its curves."""


def dead_where(stats: LatentStats | None, noun: Noun = IMAGE) -> str:
    """What follows the word *dead*, which has two meanings: measured with ``stats``, or :data:`IN_TRAINING`."""
    return on_inputs(stats.n_images, noun) if stats is not None else IN_TRAINING


def on_inputs(n_train: int, noun: Noun = IMAGE) -> str:
    """``on all 60,000 training images``: where latents are dead that were measured."""
    return f"on all {n_train:,} training {noun.many}"


def dead_latents(snapshot: Snapshot, stats: LatentStats | None = None) -> Mask:
    """``(n_latents,)``: density 0 over the whole training set where measured, else over the last epoch.

    In the first epoch no latent counts as dead, because it may still become active.
    """
    if not knows_dead(snapshot, stats):
        return np.zeros(snapshot.n_latents, np.bool_)
    return stats.dead if stats is not None else snapshot.density == 0


def order(
    sort: Sort,
    density: NDArray[np.float32],
    dead: Mask,
    keys: NDArray[np.floating] | None = None,
) -> Indices:
    """``(n_latents,)``: latents as they are listed. The dead are last in every order; ties go by index.

    ``density``: most often active first. ``index``: as they are numbered. Every other sort needs ``keys (n_latents,)``, see
    :mod:`saegui.core.analysis.sort_keys`: the largest first, equals by density; all by density when there are no keys.

    Raises:
        ValueError: for another ``sort``.
    """
    index = np.arange(len(density))
    # lexsort's last key is the first to decide; it is stable, so equals stay in the order of their index.
    if sort == "index":
        return np.lexsort((index, dead))
    if sort not in get_args(Sort):
        raise ValueError(f"there is no order '{sort}'; choose one of {', '.join(get_args(Sort))}")
    if sort == "density" or keys is None:
        return np.lexsort((-density, dead))
    return np.lexsort((-density, -keys, dead))


def places(order: Indices, count: int | None = None) -> Indices:
    """``(count,)``: the place of each latent in ``order``, −1 for those that are not in it.

    Without ``count`` all latents are in it, and the result is its inverse permutation.
    """
    inverse = np.full(len(order) if count is None else count, -1, np.intp)
    inverse[order] = np.arange(len(order))
    return inverse
