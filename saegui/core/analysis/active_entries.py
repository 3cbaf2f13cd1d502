"""The active entries of the codes of many inputs: what is left of a sparse code without its zeros."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array, Images
from saegui.core.model.snapshot import Snapshot

MOST_REMEMBERED = 2**24
"""Entries of 12 bytes: 200 MB. They are those of 60,000 inputs of which each has 279 active latents."""


class Entries(NamedTuple):
    """Those of one batch, in the order of the inputs and then of the latents: parallel arrays."""

    image: NDArray[np.int32]
    """Index of the input among all."""
    latent: NDArray[np.int32]
    values: NDArray[np.float32]
    """z ≠ 0."""


class Batch(NamedTuple):
    """One piece of the inputs."""

    rows: slice
    x: Array
    z: Array
    """(batch, F)"""
    entries: Entries


class ActiveEntries:
    """Goes through the codes of inputs once in full, and then once more through their active entries.

    The entries are remembered where there are not too many of them; else the inputs are encoded again.
    """

    def __init__(self, snapshot: Snapshot, images: Images) -> None:
        self._snapshot, self._images = snapshot, images
        self._kept: list[Entries] | None = []
        self._count = 0

    def batches(self) -> Iterator[Batch]:
        """Encode the inputs in pieces; raises as :meth:`saegui.core.model.snapshot.Snapshot.batches`."""
        for rows, x, z in self._snapshot.batches(self._images):
            found = _entries(rows, z)
            self._count += len(found.values)
            if self._count > MOST_REMEMBERED:
                self._kept = None
            if self._kept is not None:
                self._kept.append(found)
            yield Batch(rows, x, z, found)

    def again(self) -> Iterator[tuple[int, Entries]]:
        """After :meth:`batches`: yields (how many inputs are done then, entries)."""
        if self._kept is None:
            for rows, _, z in self._snapshot.batches(self._images):
                yield rows.stop, _entries(rows, z)
            return
        for found in self._kept:
            yield len(self._images), found


def _entries(rows: slice, z: Array) -> Entries:
    image, latent = np.nonzero(z)
    return Entries((image + rows.start).astype(np.int32), latent.astype(np.int32), z[image, latent])
