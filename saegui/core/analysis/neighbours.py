"""Which inputs point where a direction points: how an atom of words or sentences is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array, Images
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.progress import UNWATCHED, Progress

N_NEAREST = 10
_VALUES = 1 << 22
"""Cosines that are in memory at once."""
_LEAST = 1e-12


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The inputs that are nearest to each of n directions, nearest first."""

    rows: NDArray[np.int32]
    """(n, k): indices of inputs."""
    cosines: Array
    """(n, k), from −1 to 1."""

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take."""
        return self.rows.nbytes + self.cosines.nbytes


class Directions:
    """The directions of inputs ``(N, *shape)``, seen from their mean."""

    def __init__(self, images: Images, progress: Progress = UNWATCHED) -> None:
        """Measure mean and distances; ``progress`` counts inputs.

        Raises:
            Cancelled: ``progress`` gave the work up.
        """
        self._images, n = images, len(images)
        self._step = max(1, _VALUES // int(np.prod(images.shape[1:])))
        total = np.zeros(int(np.prod(images.shape[1:])))
        for start in range(0, n, self._step):
            total += to_input(images[start : start + self._step]).sum(axis=0, dtype=np.float64)
            progress.report(start // 2, n)
        self.mean: Array = (total / n).astype(np.float32)
        """``(d,)``"""
        self._lengths = np.empty(n, np.float32)
        for start in range(0, n, self._step):
            rows = to_input(images[start : start + self._step]) - self.mean
            self._lengths[start : start + len(rows)] = np.linalg.norm(rows, axis=1)
            progress.report((n + start) // 2, n)
        np.maximum(self._lengths, _LEAST, out=self._lengths)

    def nearest(
        self, directions: Array, count: int = N_NEAREST, progress: Progress = UNWATCHED
    ) -> Neighbours:
        """The ``count`` inputs x with the largest cosine between x − mean and each of ``directions (n, d)``.

        ``progress`` counts inputs. Equal cosines are listed in the order of the inputs.

        Raises:
            Cancelled: ``progress`` gave the work up.
        """
        wanted = directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), _LEAST)
        n, count = len(self._images), min(count, len(self._images))
        rows = np.zeros((len(wanted), 0), np.int32)
        cosines = np.zeros((len(wanted), 0), np.float32)
        step = max(1, min(self._step, _VALUES // max(1, len(wanted))))
        for start in range(0, n, step):
            some = to_input(self._images[start : start + step]) - self.mean
            found = (wanted @ some.T) / self._lengths[start : start + len(some)]
            rows, cosines = _best(rows, cosines, found.astype(np.float32), start, count)
            progress.report(start + len(some), n)
        for array in (rows, cosines):
            array.setflags(write=False)
        return Neighbours(rows, cosines)


def _best(
    rows: NDArray[np.int32], cosines: Array, found: Array, start: int, count: int
) -> tuple[NDArray[np.int32], Array]:
    """The ``count`` best of what was best so far and of ``found (n, m)``, whose first column is the input ``start``."""
    if found.shape[1] > count:
        # Sorted by place, so that equals keep the order of the inputs below.
        places = np.sort(np.argpartition(-found, count - 1, axis=1)[:, :count], axis=1)
    else:
        places = np.broadcast_to(np.arange(found.shape[1]), found.shape)
    all_rows = np.concatenate([rows, (places + start).astype(np.int32)], axis=1)
    all_cosines = np.concatenate([cosines, np.take_along_axis(found, places, 1)], axis=1)
    order = np.argsort(-all_cosines, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(all_rows, order, 1), np.take_along_axis(all_cosines, order, 1)


def nearest_atoms(snapshot: Snapshot, count: int) -> Neighbours:
    """The ``count`` other latents whose decoder rows have the largest cosine with that of each latent; equals by index."""
    rows = snapshot.W_dec
    scaled = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _LEAST)
    count = min(count, len(rows) - 1)
    found = np.zeros((len(rows), count), np.int32)
    cosines = np.zeros((len(rows), count), np.float32)
    step = max(1, _VALUES // len(rows))
    for start in range(0, len(rows), step):
        some = scaled[start : start + step] @ scaled.T
        own = np.arange(len(some))
        some[own, start + own] = -2
        before = np.zeros((len(some), 0), np.int32), np.zeros((len(some), 0), np.float32)
        best, values = _best(*before, some.astype(np.float32), 0, count)
        found[start : start + len(some)], cosines[start : start + len(some)] = best, values
    for array in (found, cosines):
        array.setflags(write=False)
    return Neighbours(found, cosines)
