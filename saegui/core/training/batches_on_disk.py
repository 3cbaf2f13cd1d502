"""Batches of images that are too large for memory: read from disk in blocks, ahead of time, and shuffled in windows.

How random that is: every epoch takes the blocks, of a quarter of a megabyte, in a new random order, each order being equally
likely; a window of 128 of them is in memory at a time, and all its images are permuted, each permutation being equally likely.
So an epoch has every image exactly once, and a batch has images from 128 random places of the file; but images of one block are
seen within one window, 32 MB, where a shuffle of everything would spread them over the epoch. This is CorgiPile (Xu et al.
2022, "In-Database Machine Learning with CorgiPile: Stochastic Gradient Descent without Full Data Shuffle"), which converges
like a full shuffle as long as the window holds many blocks, also where the file is sorted.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.arrays import Images
from saegui.core.config.schema import RunConfig
from saegui.core.model import calibration
from saegui.core.training.batches import Batches

if TYPE_CHECKING:
    import torch
    from torch import Generator, Tensor

WINDOW, BLOCK = 2**25, 2**18
"""Bytes of a window and of a block. Two windows are in memory, one of them being filled. Blocks of this size are read in any
order more than half as fast as a file from its beginning on (measured); smaller ones would mix better."""
LEAST_WINDOWS, LEAST_BLOCKS = 8, 64
"""A window is no larger than this part of what may be in memory, and a block than this part of a window."""


class Layout(NamedTuple):
    """How a file is divided."""

    rows: int
    """Images in a block; the file's last block may have fewer."""
    blocks: int
    """Blocks in a window; an epoch's last window may have a few less."""

    @classmethod
    def of(cls, flat: Images) -> Layout:
        """Of ``flat (N, d_in)``, when this much may be in memory."""
        row = flat[:1].nbytes
        window = min(WINDOW, on_disk.limit() // LEAST_WINDOWS)
        rows = max(1, min(BLOCK, window // LEAST_BLOCKS) // row)
        in_file = -(-len(flat) // rows)
        windows = -(-in_file // max(1, window // (rows * row)))
        # All of them alike, because a small last one would mix little.
        return cls(rows, -(-in_file // windows))


class BatchesOnDisk(Batches):
    """Images of a memory-mapped file. A thread reads the next window while the current one is trained on."""

    layout: Layout

    def __init__(self, config: RunConfig, images: Images, device: torch.device, title: str) -> None:
        """``title``: what errors call the images."""
        import torch

        super().__init__(config, images, device)
        self._title = title
        self._flat = images.reshape(len(images), -1)
        self.layout = Layout.of(self._flat)
        shape = (min(self.n_images, self.layout.rows * self.layout.blocks), self.d_in)
        kind: torch.dtype = getattr(torch, str(images.dtype))
        pinned = device.type == "cuda"
        # One is trained on while the other is filled; a device keeps a copy of the one that is trained on.
        self._buffers = [torch.empty(shape, dtype=kind, pin_memory=pinned) for _ in range(2)]
        self._on_device = torch.empty(shape, dtype=kind, device=device) if device.type != "cpu" else None
        self._joined = torch.empty(len(self._x), self.d_in, dtype=kind, device=device)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="saegui-reader")
        self._blocks: NDArray[np.int64] = np.empty(0, np.int64)
        self._seed = 0
        self._ends: NDArray[np.int64] = np.empty(0, np.int64)
        self._number = -1
        self._window: Tensor = self._buffers[0][:0]
        self._first = 0
        self._next: Future[None] | None = None

    @cached_property
    def to_calibrate(self) -> Images:
        """The same ones every time, read once: reading thousands of single images takes a disk seconds."""
        return calibration.sample(self.images, 1)

    def _shuffle(self, generator: Generator) -> None:
        import torch

        count = -(-self.n_images // self.layout.rows)
        self._blocks = torch.randperm(count, generator=generator).numpy()
        self._seed = int(torch.randint(2**62, (), generator=generator))
        sizes = np.minimum(self.layout.rows, self.n_images - self._blocks * self.layout.rows)
        firsts = np.arange(0, count, self.layout.blocks)
        self._ends = np.cumsum(np.add.reduceat(sizes, firsts))
        self._number, self._first, self._window = -1, 0, self._window[:0]
        self._abandon()

    def _rows(self, start: int, stop: int) -> Tensor:
        if start >= self._first + len(self._window):
            self._advance(int(np.searchsorted(self._ends, start, side="right")))
        here = self._window[start - self._first : stop - self._first]
        if len(here) == stop - start:
            return here
        done = 0
        while True:
            self._joined[done : done + len(here)].copy_(here)
            done += len(here)
            if done == stop - start:
                return self._joined[:done]
            self._advance(self._number + 1)
            here = self._window[: stop - start - done]

    def _drawn(self, chosen: Tensor) -> Tensor:
        import torch

        places = chosen.numpy()
        rows = on_disk.taken(self._flat, places)
        on_disk.check_finite(rows, places, self._title)
        return torch.from_numpy(rows).to(self.device)

    def _advance(self, number: int) -> None:
        """Make the window ``number`` of the epoch the current one, and have the one after it read meanwhile."""
        if self._next is None or number != self._number + 1:
            self._abandon()
            self._next = self._read(number)
        reading, self._next = self._next, None
        reading.result()
        self._number = number
        self._first = int(self._ends[number - 1]) if number else 0
        full = self._buffers[number % 2][: int(self._ends[number]) - self._first]
        if self._on_device is None:
            self._window = full
        else:
            # On the stream that trains, so that nothing is overwritten that it still reads.
            self._window = self._on_device[: len(full)].copy_(full)
        if number + 1 < len(self._ends):
            self._next = self._read(number + 1)

    def _read(self, number: int) -> Future[None]:
        chosen = self._blocks[number * self.layout.blocks : (number + 1) * self.layout.blocks]
        # Not a method: a thread that holds this object would keep it in memory.
        return self._reader.submit(
            fill,
            self._buffers[number % 2].numpy(),
            self._flat,
            np.sort(chosen) * self.layout.rows,
            self.layout.rows,
            (self._seed, number),
            self._title,
        )

    def _abandon(self) -> None:
        """Wait for what is being read for nobody: it would be written into the buffer that is filled next."""
        if self._next is not None:
            self._next.exception()
            self._next = None


def fill(
    window: NDArray[Any],
    flat: Images,
    firsts: NDArray[np.int64],
    rows: int,
    seed: tuple[int, int],
    title: str,
) -> None:
    """Read the blocks that begin at ``firsts`` and write their images, permuted by ``seed``, into ``window``.

    Raises:
        DataError: an image holds what is no number.
    """
    count = sum(min(rows, len(flat) - first) for first in firsts.tolist())
    places = np.random.default_rng(seed).permutation(count)
    done = 0
    for first, after in zip(firsts.tolist(), [*firsts[1:].tolist(), None], strict=True):
        if after is not None:
            on_disk.announce(flat[after : after + rows])
        block = flat[first : first + rows]
        on_disk.check_finite(block, first, title)
        window[places[done : done + len(block)]] = block
        on_disk.release(block)
        done += len(block)
