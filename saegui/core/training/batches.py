"""Batches: the training images in a new order every epoch, normalised as the autoencoder sees them.

:class:`Batches` is what a training knows of them. Images in memory are shuffled as a whole
(:mod:`saegui.core.training.batches_in_memory`), those that are too large for it in blocks
(:mod:`saegui.core.training.batches_on_disk`).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.analysis.metrics import moments
from saegui.core.arrays import Array, Images, full, span_of
from saegui.core.config.schema import RunConfig
from saegui.core.errors import RunError
from saegui.core.model import normalisation
from saegui.core.model.snapshot import to_input

if TYPE_CHECKING:
    import torch
    from torch import Generator, Tensor

    from saegui.core.training.kernels.inked import Ahead, Inked


_PIECE = 4096
"""Images of which the mean is taken at once."""
_LAYOUT = "blocks"
"""Name, in a saved state, of :attr:`Batches.layout`."""


class Batch(NamedTuple):
    """Images of one step."""

    x: Tensor
    """``(batch, d_in)`` as the autoencoder sees them; the next batch overwrites it."""
    scale: Tensor | float
    """What the pixels were divided by, one number or ``(batch, 1)``: an error times this is an error in pixels."""


class Batches(ABC):
    """All training images, again and again; how they are shuffled is up to the class."""

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
        found = moments(images)
        pixels = found.mean.astype(np.float32)
        self.variance = found.variation.around_mean_image / len(flat)
        """Mean over images of Σ(x − mean image)², in pixels."""
        self.fitted = normalisation.fit(self._kind, pixels, self.variance / self.d_in)
        """What the input is shifted and scaled by."""
        self.zeros = _zeros(flat) if self._kind == "raw" else 0.0
        """Share of all inputs that are zero; of those that are shifted next to none."""
        self.mean = _mean_seen(self._kind, images, pixels)
        """The mean of all inputs ``(d_in,)``; with ``unit`` only nearly so."""
        self._x = torch.empty(min(self._size, len(flat)), self.d_in, device=device)
        self._lengths = torch.empty(len(self._x), 1, device=device)
        self._shift: Tensor | None = None
        self._scale = 1.0
        if self.fitted:
            self._shift = torch.from_numpy(self.fitted[normalisation.MEAN]).to(device)
            self._scale = float(self.fitted[normalisation.SCALE][0])
        self.layout: tuple[int, ...] = ()
        """What the order of the images depends on beside the generator."""
        self.position = self.n_images
        """Images of the current epoch that were handed out."""
        self.epoch = -1
        """The current epoch, from 0; −1 before the first."""
        self._order = torch.empty(0, dtype=torch.uint8)

    @property
    def to_calibrate(self) -> Images:
        """The images of which a snapshot's calibration draws its sample."""
        return self.images

    @property
    def lists(self) -> Callable[[], Inked] | None:
        """Gives the batch that was handed out last as lists of its pixels that are not zero; None where most are not."""
        return None

    def inked(self) -> Inked:
        """All images as such lists; only where there are :attr:`lists`."""
        raise NotImplementedError

    def ahead(self, steps: int, after: int = 0) -> Ahead | None:
        """The batches that come next, ``after`` so many, for who draws them himself; None where he cannot."""
        return None

    def skip(self, steps: int) -> None:
        """So many batches of those :meth:`ahead` were drawn."""
        self.position = min(self.position + steps * self._size, self.n_images)

    @abstractmethod
    def _shuffle(self, generator: Generator) -> None:
        """Begin an epoch, with its first image, in an order that ``generator`` alone decides."""

    @abstractmethod
    def _rows(self, start: int, stop: int) -> Tensor:
        """Images of the current epoch ``(stop − start, d_in)``, as they are stored, on the device; the next call may
        overwrite them. ``start`` never goes back within an epoch."""

    @abstractmethod
    def _drawn(self, chosen: Tensor) -> Tensor:
        """The images ``chosen (n,)`` of all ``(n, d_in)``, as they are stored, on the device."""

    @property
    def per_epoch(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return math.ceil(self.n_images / self._size)

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

    def begin_if_due(self, generator: Generator) -> None:
        """Begin an epoch when the last one is over; ``generator`` decides the order of its images."""
        if self.position >= self.n_images:
            self._order = generator.get_state()
            self._shuffle(generator)
            self.position = 0
            self.epoch += 1

    def next(self, generator: Generator) -> Batch:
        """The next images; ``generator`` decides their order when an epoch begins."""
        self.begin_if_due(generator)
        start, self.position = self.position, min(self.position + self._size, self.n_images)
        return self._batch(start, self.position)

    def sample(self, count: int, generator: Generator) -> Batch:
        """``count`` images, each drawn from all."""
        import torch

        rows = self.stored(count, generator)
        x, lengths = (torch.empty(count, width, device=rows.device) for width in (self.d_in, 1))
        return self._prepare(rows, x, lengths)

    def stored(self, count: int, generator: Generator) -> Tensor:
        """The images of such a :meth:`sample` ``(count, d_in)``, as they are stored."""
        import torch

        return self._drawn(torch.randint(self.n_images, (count,), generator=generator))

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What :meth:`restore` needs to continue with the same images in the same order."""
        place = {"order": self._order.numpy().copy(), "position": np.array([self.epoch, self.position])}
        return {**place, _LAYOUT: np.array(self.layout, np.int64)} if self.layout else place

    def restore(self, state: dict[str, NDArray[np.generic]], generator: Generator, steps: int) -> None:
        """Continue from a :meth:`state` that was taken after so many ``steps``; puts ``generator`` back as it was then.

        Raises:
            RunError: the images were shuffled in another way.
            ValueError: the state is not that of these images after as many steps.
        """
        if tuple(state.get(_LAYOUT, ())) != self.layout:
            raise RunError(
                f"The training began when inputs were read into memory up to another size than {on_disk.limit() / 1e6:g} MB, "
                f"so their order cannot be continued; set {on_disk.LIMIT_VARIABLE} to what it was then (without it, "
                f"{on_disk.LIMIT_MB})."
            )
        import torch

        epoch, position = (int(value) for value in state["position"])
        if (epoch, position) != (self.place(steps) if steps else (-1, self.n_images)):
            raise ValueError(f"epoch {epoch} and {position} images are not where {steps} steps lead to")
        self.epoch, self.position = epoch, position
        self._order = torch.from_numpy(state["order"].copy())
        if len(self._order):
            generator.set_state(self._order)
            self._shuffle(generator)

    def _batch(self, start: int, stop: int) -> Batch:
        """Images of the current epoch, in tensors that the next batch overwrites."""
        rows = self._rows(start, stop)
        return self._prepare(rows, self._x[: len(rows)], self._lengths[: len(rows)])

    def _prepare(self, rows: Tensor, x: Tensor, lengths: Tensor) -> Batch:
        """Writes into ``x`` and ``lengths``, because recorded steps always read the same tensors."""
        import torch

        x.copy_(rows)
        if self._full > 1:
            # The same division as ToTensor's, so the same inputs bit for bit; in two passes, which are five times as
            # fast as one that converts and divides.
            x.div_(self._full)
        if self._kind == normalisation.LAYER_NORM:
            x.sub_(x.mean(dim=1, keepdim=True))
            lengths.copy_(x.std(dim=1, keepdim=True, correction=min(1, self.d_in - 1)))
            return Batch(x.div_(lengths + normalisation.SMALL), lengths)
        if self._shift is None:
            return Batch(x, 1.0)
        x.sub_(self._shift)
        if self._kind != "unit":
            return Batch(x.div_(self._scale), self._scale)
        torch.linalg.vector_norm(x, dim=1, keepdim=True, out=lengths).clamp_(min=normalisation.LEAST)
        return Batch(x.div_(lengths), lengths)


def _mean_seen(kind: str, images: Images, pixels: Array) -> Array:
    """The mean of all inputs as the autoencoder sees them; ``pixels`` is that of the images."""
    if kind == "raw":
        return pixels
    total = np.zeros(len(pixels), np.float64)
    if kind != normalisation.LAYER_NORM:
        return total.astype(np.float32)
    for start in range(0, len(images), _PIECE):
        piece = images[start : start + _PIECE]
        total += normalisation.apply(kind, to_input(piece), {}).sum(0, dtype=np.float64)
        if on_disk.stays_on_disk(images):
            on_disk.release(piece)
    mean: Array = (total / len(images)).astype(np.float32)
    return mean


def _zeros(flat: Images) -> float:
    found = [(np.count_nonzero(sample), sample.size) for sample in on_disk.samples(flat)]
    return float(1 - sum(count for count, _ in found) / sum(size for _, size in found))
