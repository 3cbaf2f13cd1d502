"""Images for training and for testing, where a data set comes without that division."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saegui.core.data.dataset import Labels

Indices = NDArray[np.intp]


def stratified(labels: Labels, test_share: float, seed: int) -> tuple[Indices, Indices]:
    """Indices (train, test) in a shuffled order; of every class the share ``test_share`` is for testing."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = order[labels[order] == label]
        test[members[: round(test_share * len(members))]] = True
    return order[~test[order]], order[test[order]]


def at_least_one_each(labels: Labels, test_share: float, seed: int) -> tuple[Indices, Indices]:
    """As :func:`stratified`, of two or more; where classes are too small for their share, one of all is for testing."""
    train, test = stratified(labels, test_share, seed)
    if len(train) and len(test):
        return train, test
    order = np.concatenate([train, test])
    count = count_for_testing(len(order), test_share)
    return order[count:], order[:count]


def count_for_testing(count: int, test_share: float) -> int:
    """How many of ``count`` rows without classes are for testing: at least one, and one is left for training."""
    return min(count - 1, max(1, round(test_share * count)))
