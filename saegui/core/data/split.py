"""Images for training and for testing, where a data set comes without that division."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saegui.core.data.dataset import UInt8

Indices = NDArray[np.intp]


def stratified(labels: UInt8, test_share: float, seed: int) -> tuple[Indices, Indices]:
    """Indices (train, test) in a shuffled order; of every class the share ``test_share`` is for testing."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = order[labels[order] == label]
        test[members[: round(test_share * len(members))]] = True
    return order[~test[order]], order[test[order]]
