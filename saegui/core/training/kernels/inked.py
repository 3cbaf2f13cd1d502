"""Images as lists of their pixels that are not zero, so that nobody multiplies by the others."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Images, full
from saegui.core.model.snapshot import to_input
from saegui.core.training.kernels import codes
from saegui.core.training.kernels.vectors import Stored, zeros

PIECE = 1024
"""Images that are made lists at once."""


class Inked(NamedTuple):
    """Lists of some images, and which of them a batch has."""

    ends: NDArray[np.int64]
    """Where each image begins in the next two, and the end."""
    columns: NDArray[Any]
    """Pixels, as 16-bit numbers where they fit."""
    inks: Stored
    """What is there: bytes where the images are stored so, else what the autoencoder sees."""
    order: NDArray[np.int64]
    """``(batch,)``: the images of the batch."""

    def of(self, order: NDArray[np.int64]) -> Inked:
        """The same lists with another batch."""
        return self._replace(order=order)

    @property
    def by(self) -> np.float32:
        """What the images of a batch are multiplied by, as kernels read them, to be what the autoencoder sees."""
        return np.float32(1 / full(self.inks))

    @property
    def told(self) -> tuple[Any, ...]:
        """As kernels of whole steps take them, beside the order."""
        return self.ends, self.columns, self.inks, self.by


class Ahead(NamedTuple):
    """The batches that come next in an epoch."""

    inked: Inked
    """The images of all of them, one batch after the other."""
    lengths: list[int]
    """How many images each has."""
    x: Stored
    """``(batch, d_in)``, into which each is drawn, with the same kind of numbers as :attr:`Inked.inks`."""


def listed(images: NDArray[Any], share: float) -> Inked:
    """Lists of ``images (N, d_in)``, as they are stored; about a ``share`` of the pixels is not zero."""
    n_images, d_in = images.shape
    ends = np.zeros(n_images + 1, np.int64)
    columns = np.empty(int(n_images * d_in * share * 1.02) + d_in + 1, _kind(d_in))
    are_bytes, done = images.dtype == np.uint8, 0
    inks: NDArray[Any] = np.empty(len(columns), np.uint8 if are_bytes else np.float32)
    for start in range(0, n_images, PIECE):
        here = images[start : start + PIECE]
        # A copy, as kernels are compiled for arrays that one may write into.
        x: Stored = here.copy() if are_bytes else to_input(here)
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

    def __init__(self, batch: int, share: float, trained: Images, lists: Callable[[], Inked]) -> None:
        """They are read so many at once; about a ``share`` of their pixels is not zero. There are ``lists`` of those that are ``trained`` on."""
        self._batch, self._share, self._trained, self._lists = batch, share, trained, lists
        self._x: Stored = np.empty((0, 0), np.float32)
        self._known: tuple[Images, Inked] | None = None

    def __call__(self, images: Images) -> Ahead:
        """All ``images (N, *shape)`` in order, in [0, 1]."""
        inked = self._inked(images)
        if self._x.dtype != inked.inks.dtype or not len(self._x):
            self._x = zeros((self._batch, math.prod(images.shape[1:])), inked.inks.dtype)
        lengths = [min(self._batch, len(images) - start) for start in range(0, len(images), self._batch)]
        return Ahead(inked.of(np.arange(len(images))), lengths, self._x)

    def _inked(self, images: Images) -> Inked:
        if images is self._trained:
            return self._lists()
        if self._known is None or self._known[0] is not images:
            self._known = images, listed(images.reshape(len(images), -1), self._share)
        return self._known[1]


def draw(inked: Inked, x: Stored) -> None:
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
