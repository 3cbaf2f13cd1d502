"""Batches of images that fit into memory: an epoch is a shuffled copy of all of them, and a batch is a slice of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saegui.core.arrays import Images
from saegui.core.config.schema import RunConfig
from saegui.core.training.batches import Batches

if TYPE_CHECKING:
    import torch
    from torch import Generator, Tensor


class BatchesInMemory(Batches):
    """All images in memory, as they are stored, copied in a new order every epoch."""

    def __init__(self, config: RunConfig, images: Images, device: torch.device) -> None:
        import torch

        super().__init__(config, images, device)
        # One writable copy: torch warns about the read-only maps that data sets are.
        self._source = torch.from_numpy(np.array(images.reshape(len(images), -1))).to(device)
        self._shuffled = torch.empty_like(self._source)

    def _shuffle(self, generator: Generator) -> None:
        import torch

        order = torch.randperm(self.n_images, generator=generator).to(self._source.device)
        torch.index_select(self._source, 0, order, out=self._shuffled)

    def _rows(self, start: int, stop: int) -> Tensor:
        return self._shuffled[start:stop]

    def _drawn(self, chosen: Tensor) -> Tensor:
        return self._source[chosen.to(self._source.device)]
