"""Batches: the training images in a new order every epoch, normalised as the autoencoder sees them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.metrics import Variation
from saegui.core.arrays import Images, full, span_of
from saegui.core.config.schema import RunConfig
from saegui.core.model import normalisation

if TYPE_CHECKING:
    import torch
    from torch import Generator, Tensor


class Batch(NamedTuple):
    """Images of one step."""

    x: Tensor
    """``(batch, d_in)`` as the autoencoder sees them; the next batch overwrites it."""
    scale: Tensor | float
    """What the pixels were divided by, one number or ``(batch, 1)``: an error times this is an error in pixels."""


class Batches:
    """All images in memory, as they are stored, copied in a new order every epoch; a batch is a slice of that copy."""

    def __init__(self, config: RunConfig, images: Images, device: torch.device) -> None:
        import torch

        self.device = device
        self._kind = config.input
        self._size = config.batch_size
        flat = images.reshape(len(images), -1)
        self.images = images
        """All of them, as the data set keeps them."""
        self.shape = images.shape[1:]
        """Shape of one image."""
        self.span = span_of(images)
        """What images are drawn over."""
        self._full = full(images)
        self.n_images, self.d_in = flat.shape
        mean = np.zeros(self.d_in)
        for start in range(0, len(flat), 4096):
            mean += flat[start : start + 4096].sum(0, dtype=np.int64 if self._full > 1 else np.float64)
        pixels = (mean / len(flat) / self._full).astype(np.float32)
        self.variance = Variation.of(images).around_mean_image / len(flat)
        """Mean over images of Σ(x − mean image)², in pixels."""
        self.fitted = normalisation.fit(self._kind, pixels, self.variance / self.d_in)
        """What the input is shifted and scaled by."""
        self.zeros = 1 - np.count_nonzero(flat) / flat.size if self._kind == "raw" else 0.0
        """Share of all inputs that are zero; of those that are shifted next to none."""
        self.mean = pixels if self._kind == "raw" else np.zeros(self.d_in, np.float32)
        """The mean of all inputs ``(d_in,)``; with ``unit`` only nearly so."""
        # One writable copy: torch warns about the read-only maps that data sets are.
        self._source = torch.from_numpy(np.array(flat)).to(device)
        self._shuffled = torch.empty_like(self._source)
        self._x = torch.empty(min(self._size, len(flat)), self.d_in, device=device)
        self._lengths = torch.empty(len(self._x), 1, device=device)
        self._shift: Tensor | None = None
        self._scale = 1.0
        if self.fitted:
            self._shift = torch.from_numpy(self.fitted[normalisation.MEAN]).to(device)
            self._scale = float(self.fitted[normalisation.SCALE][0])
        self.position = self.n_images
        """Images of the current epoch that were handed out."""
        self.epoch = -1
        """The current epoch, from 0; −1 before the first."""
        self._order = torch.empty(0, dtype=torch.uint8)

    @property
    def per_epoch(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return math.ceil(self.n_images / self._size)

    @property
    def begins(self) -> bool:
        """Whether the batch that was handed out last is an epoch's first."""
        return self.epoch >= 0 and self.position <= self._size

    def place(self, steps: int) -> tuple[int, int]:
        """After so many batches: the epoch, from 0, and how many of its images were handed out."""
        if not steps:
            return 0, 0
        epoch, before = divmod(steps - 1, self.per_epoch)
        return epoch, min((before + 1) * self._size, self.n_images)

    def passes(self, steps: int) -> float:
        """Passes over the images after so many batches, such as 1.5; exactly whole at the end of an epoch."""
        epoch, position = self.place(steps)
        return epoch + position / self.n_images

    def next(self, generator: Generator) -> Batch:
        """The next images; ``generator`` decides their order when an epoch begins."""
        if self.position >= self.n_images:
            self._order = generator.get_state()
            self._shuffle(generator)
            self.position = 0
            self.epoch += 1
        rows = self._shuffled[self.position : self.position + self._size]
        self.position += len(rows)
        return self._prepare(rows, self._x[: len(rows)], self._lengths[: len(rows)])

    def sample(self, count: int, generator: Generator) -> Batch:
        """``count`` images, each drawn from all."""
        import torch

        chosen = torch.randint(self.n_images, (count,), generator=generator)
        rows = self._source[chosen.to(self._source.device)]
        x, lengths = (torch.empty(count, width, device=rows.device) for width in (self.d_in, 1))
        return self._prepare(rows, x, lengths)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What :meth:`restore` needs to continue with the same images in the same order."""
        return {"order": self._order.numpy().copy(), "position": np.array([self.epoch, self.position])}

    def restore(self, state: dict[str, NDArray[np.generic]], generator: Generator, steps: int) -> None:
        """Continue from a :meth:`state` that was taken after so many ``steps``; puts ``generator`` back as it was then.

        Raises:
            ValueError: the state is not that of these images after as many steps.
        """
        import torch

        epoch, position = (int(value) for value in state["position"])
        if (epoch, position) != (self.place(steps) if steps else (-1, self.n_images)):
            raise ValueError(f"epoch {epoch} and {position} images are not where {steps} steps lead to")
        self.epoch, self.position = epoch, position
        self._order = torch.from_numpy(state["order"].copy())
        if len(self._order):
            generator.set_state(self._order)
            self._shuffle(generator)

    def _shuffle(self, generator: Generator) -> None:
        import torch

        order = torch.randperm(self.n_images, generator=generator).to(self._source.device)
        torch.index_select(self._source, 0, order, out=self._shuffled)

    def _prepare(self, rows: Tensor, x: Tensor, lengths: Tensor) -> Batch:
        """Writes into ``x`` and ``lengths``, because recorded steps always read the same tensors."""
        import torch

        x.copy_(rows)
        if self._full > 1:
            # The same division as ToTensor's, so the same inputs bit for bit; in two passes, which are five times as
            # fast as one that converts and divides.
            x.div_(self._full)
        if self._shift is None:
            return Batch(x, 1.0)
        x.sub_(self._shift)
        if self._kind != "unit":
            return Batch(x.div_(self._scale), self._scale)
        torch.linalg.vector_norm(x, dim=1, keepdim=True, out=lengths).clamp_(min=normalisation.LEAST)
        return Batch(x.div_(lengths), lengths)
