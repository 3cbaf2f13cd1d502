"""Which of many inputs are equal."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.arrays import Images

_DIGEST = 8
"""Bytes that stand for one input: two different ones of a million have the same with a probability of 1 in 30 million."""


def first_equals(inputs: Images, texts: Sequence[str] | None = None) -> NDArray[np.int32]:
    """``(N,)``: for each of ``inputs (N, *shape)`` the index of the first that is equal to it, its own where it is the first.

    Inputs that were made of ``texts`` are equal only where these are, too. Takes 0.2 s for MNIST.
    """
    N = len(inputs)
    digests = np.empty(N, f"S{_DIGEST}")
    start = 0
    for piece in on_disk.pieces(inputs):
        flat = np.ascontiguousarray(piece.reshape(len(piece), -1)).view(np.uint8)
        for place, row in enumerate(flat, start):
            found = blake2b(row, digest_size=_DIGEST)
            if texts is not None:
                found.update(str(texts[place]).encode())
            digests[place] = found.digest()
        start += len(piece)
    # As numbers: strings of numpy end at their last byte that is not zero.
    _, first, group = np.unique(digests.view(np.uint64), return_index=True, return_inverse=True)
    return first[group.reshape(-1)].astype(np.int32)
