"""Batches of images that fit into memory: an epoch is a shuffled copy of all of them, and a batch is a slice of it.

Once they are lists of their pixels that are not zero, a batch is drawn from these, and nothing is copied.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Images
from saegui.core.config.schema import RunConfig
from saegui.core.training.batches import Batch, Batches
from saegui.core.training.kernels import MOSTLY_ZERO

if TYPE_CHECKING:
    import torch
    from torch import Generator, Tensor

    from saegui.core.training.kernels.inked import Ahead, Inked
    from saegui.core.training.kernels.vectors import Stored


class BatchesInMemory(Batches):
    """All images in memory, as they are stored, copied in a new order every epoch."""

    def __init__(self, config: RunConfig, images: Images, device: torch.device) -> None:
        import torch

        super().__init__(config, images, device)
        # One writable copy: torch warns about the read-only maps that data sets are.
        self._source = torch.from_numpy(np.array(images.reshape(len(images), -1))).to(device)
        self._shuffled: Tensor | None = None
        self._is_copied = False
        self._order_now: NDArray[np.int64] = np.empty(0, np.int64)
        self._inked: Inked | None = None
        self._inked_now: Inked | None = None
        self._drawn_into: Stored
        """Where kernels draw a batch; it is there once there are lists."""
        self._listing = Lock()
        self._start = 0

    @property
    def lists(self) -> Callable[[], Inked] | None:
        """Of all images they are made once, when the first batch is asked for."""
        return self._lists_of_batch if self.zeros >= MOSTLY_ZERO else None

    def inked(self) -> Inked:
        """All images as such lists."""
        from saegui.core.training.kernels.inked import listed
        from saegui.core.training.kernels.vectors import zeros

        # Several models that are stepped beside each other may ask at once.
        with self._listing:
            if self._inked is None:
                found = listed(self._source.numpy(), 1 - self.zeros)
                x = self._x.numpy()
                self._drawn_into = x if found.inks.dtype == x.dtype else zeros(x.shape, found.inks.dtype)
                self._inked = found
        return self._inked

    def _lists_of_batch(self) -> Inked:
        now = self._inked_now
        if now is None:
            now = self._inked_now = self.inked().of(self._order_now[self._start : self.position])
        return now

    def ahead(self, steps: int, after: int = 0) -> Ahead | None:
        """Up to so many of the batches that come next in the epoch, ``after`` so many; :meth:`skip` then takes them.

        None where there are no more, and as long as there are no lists.
        """
        first = self.position + after * self._size
        left = self.n_images - first
        if self._inked is None or left <= 0:
            return None
        from saegui.core.training.kernels.inked import Ahead

        count = min(steps * self._size, left)
        lengths = [min(self._size, count - start) for start in range(0, count, self._size)]
        order = self._order_now[first : first + count]
        return Ahead(self._inked.of(order), lengths, self._drawn_into)

    def _shuffle(self, generator: Generator) -> None:
        import torch

        self._order_now = torch.randperm(self.n_images, generator=generator).numpy()
        self._is_copied = False

    def _batch(self, start: int, stop: int) -> Batch:
        self._start, self._inked_now = start, None
        if self._inked is None:
            return super()._batch(start, stop)
        import torch

        from saegui.core.training.kernels.inked import draw

        # As they are stored, they are not needed any more.
        self._shuffled = None
        count = stop - start
        # The same tensor as long as the batches are whole: who reads it need not ask torch again where its numbers are.
        x = self._x if count == len(self._x) else self._x[:count]
        drawn = self._drawn_into[:count]
        draw(self._lists_of_batch(), drawn)
        if drawn.dtype != np.uint8:
            return Batch(x, 1.0)
        return self._prepare(torch.from_numpy(drawn), x, self._lengths[:count])

    def _rows(self, start: int, stop: int) -> Tensor:
        import torch

        if self._shuffled is None:
            self._shuffled = torch.empty_like(self._source)
        if not self._is_copied:
            self._is_copied = True
            order = torch.from_numpy(self._order_now).to(self._source.device)
            torch.index_select(self._source, 0, order, out=self._shuffled)
        return self._shuffled[start:stop]

    def _drawn(self, chosen: Tensor) -> Tensor:
        return self._source[chosen.to(self._source.device)]
