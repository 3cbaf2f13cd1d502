"""Images as lists of their pixels that are not zero, so that nobody multiplies by the others."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Images
from saegui.core.model.snapshot import to_input
from saegui.core.training.kernels import codes
from saegui.core.training.kernels.vectors import zeros


class Inked(NamedTuple):
    """Lists of some images, and which of them a batch has."""

    ends: NDArray[np.int64]
    """Where each image begins in the next two, and the end."""
    columns: NDArray[Any]
    """Pixels, as 16-bit numbers where they fit."""
    inks: NDArray[np.float32]
    """What the autoencoder sees there."""
    order: NDArray[np.int64]
    """``(batch,)``: the images of the batch."""

    def of(self, order: NDArray[np.int64]) -> Inked:
        """The same lists with another batch."""
        return self._replace(order=order)


class Ahead(NamedTuple):
    """The batches that come next in an epoch."""

    inked: Inked
    """The images of all of them, one batch after the other."""
    lengths: list[int]
    """How many images each has."""
    x: NDArray[np.float32]
    """``(batch, d_in)``, into which each is drawn."""


def listed(pieces: Iterator[NDArray[np.float32]], n_images: int, d_in: int, share: float) -> Inked:
    """Lists of ``n_images`` that come in ``pieces (images, d_in)``; about a ``share`` of the pixels is not zero."""
    ends = np.zeros(n_images + 1, np.int64)
    columns = np.empty(int(n_images * d_in * share * 1.02) + d_in + 1, _kind(d_in))
    inks = np.empty(len(columns), np.float32)
    done = 0
    for x in pieces:
        if len(columns) <= ends[done] + x.size:
            room = int(ends[done]) + x.size + len(columns) // 8 + 1
            columns, inks = (
                np.concatenate([old, np.empty(room - len(old), old.dtype)]) for old in (columns, inks)
            )
        codes.list_inked(x, ends[done + 1 :], columns, inks, int(ends[done]))
        done += len(x)
    found = int(ends[done])
    return Inked(ends, columns[:found], inks[:found], np.empty(0, np.int64))


class OfImages:
    """Lists of images that are not trained on, kept for whoever reads the same ones again."""

    def __init__(self, batch: int, share: float) -> None:
        """They are read so many at once; about a ``share`` of their pixels is not zero."""
        self._batch, self._share = batch, share
        self._x = np.empty((0, 0), np.float32)
        self._known: list[tuple[Images, Ahead]] = []

    def __call__(self, images: Images) -> Ahead:
        """All ``images (N, *shape)`` in order, in [0, 1]."""
        found = next((ahead for known, ahead in self._known if known is images), None)
        if found is None:
            d_in = math.prod(images.shape[1:])
            pieces = [images[start : start + self._batch] for start in range(0, len(images), self._batch)]
            inked = listed(map(to_input, pieces), len(images), d_in, self._share)
            if not len(self._x):
                self._x = zeros((self._batch, d_in), np.float32)
            found = Ahead(inked.of(np.arange(len(images))), [len(piece) for piece in pieces], self._x)
            # The test images, and at the end those that were trained on.
            self._known = [*self._known[-1:], (images, found)]
        return found


def draw(inked: Inked, x: NDArray[np.float32]) -> None:
    """Write the images of the batch into ``x (batch, d_in)``."""
    codes.draw(*inked, x)


class EveryPixel:
    """Lists of images that have few zeros: all of their pixels."""

    def __init__(self, batch: int, d_in: int) -> None:
        """For batches of up to ``batch`` images."""
        self._columns = np.tile(np.arange(d_in, dtype=_kind(d_in)), batch)
        self._ends = np.arange(batch + 1, dtype=np.int64) * d_in
        self._order = np.arange(batch, dtype=np.int64)

    def __call__(self, x: NDArray[np.float32]) -> Inked:
        """Of the batch ``x (batch, d_in)``, whose numbers are not copied."""
        return Inked(self._ends, self._columns, x.reshape(-1), self._order[: len(x)])


class OfBatch:
    """Lists of a batch alone, made when it comes: for large models they take little beside the rest, and those of all images memory."""

    def __init__(self, batch: int, d_in: int) -> None:
        """For batches of up to ``batch`` images."""
        self._columns = np.empty(batch * d_in + 1, _kind(d_in))
        self._inks = np.empty(len(self._columns), np.float32)
        self._ends = np.zeros(batch + 1, np.int64)
        self._order = np.arange(batch, dtype=np.int64)

    def __call__(self, x: NDArray[np.float32]) -> Inked:
        """Of the batch ``x (batch, d_in)``."""
        codes.list_inked(x, self._ends[1:], self._columns, self._inks, 0)
        return Inked(self._ends, self._columns, self._inks, self._order[: len(x)])


def _kind(d_in: int) -> type[np.uint16 | np.int32]:
    return np.uint16 if d_in <= 2**16 else np.int32
