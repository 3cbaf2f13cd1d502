"""KernelStep: what all steps in kernels have of a model, and how they look at its tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.training.devices import kernel_threads
from saegui.core.training.gradients.step import ListReading, Seen
from saegui.core.training.kernels import compiled, kind
from saegui.core.training.kernels.crew import Pace
from saegui.core.training.kernels.inked import EveryPixel, Inked
from saegui.core.training.kernels.plan import Plan, Scratch, latent_by_latent
from saegui.core.training.kernels.vectors import Floats, Stored, zeros

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig
    from saegui.core.training.adam import Adam

UNSEEN = Seen(np.zeros(0, np.int64), np.zeros(0, np.int64), 0, 0, 0.0)
"""Where nothing is counted."""


class KernelStep:
    """One model, whose weights kernels move."""

    def __init__(
        self,
        weights: dict[str, Tensor],
        batch: int,
        lists: Callable[[], Inked] | None,
        threads: int | None,
        scratch: Scratch | None,
    ) -> None:
        """``weights`` are moved in memory where they are not latent by latent; batches have up to ``batch`` images.

        ``lists`` of the batch that was drawn last; without them every pixel is read. ``threads``: how many compute a
        step; None for :func:`~saegui.core.training.devices.kernel_threads`. ``scratch`` is shared with models that the same thread steps one after the
        other.
        """
        import torch

        weights["W_enc"] = weights["W_enc"].t().contiguous().t()
        weights["W_dec"] = weights["W_dec"].contiguous()
        self._weights, self._batch, self._threads, self._scratch = weights, batch, threads, scratch
        self._own = {name: latent_by_latent(name, weight) for name, weight in weights.items()}
        F, d_in = self._own["W_dec"].shape
        self._lists: Callable[[Floats], Inked] = EveryPixel(batch, d_in)
        if lists is not None:
            self._lists = lambda x: lists()
        # A tensor of the same memory: making it at every step takes longer than what is written into it.
        self._one, self._on = Plan(1), np.zeros(F, np.int64)
        self._fired = torch.from_numpy(self._on)
        self._bytes = np.empty((0, d_in), np.uint8)
        self._known: dict[str, tuple[Tensor, NDArray[Any]]] = {}
        self._pace, self._noted = Pace(), False
        self._optimiser: Adam | None = None
        # As long as nobody has said which the moments are: kernels do not touch them then.
        self._means = self._squares = self._own
        self._moved = (_in_order(self._own),) * 3

    def reading(self, config: RunConfig, threshold: float | None) -> ListReading | None:
        """See :class:`~saegui.core.training.gradients.step.SeveralSteps`."""
        return None

    def _attach(self, optimiser: Adam) -> None:
        """Know the optimiser's moments."""
        if optimiser is self._optimiser:
            return
        self._optimiser = optimiser
        self._means, self._squares = (
            {name: latent_by_latent(name, moment) for name, moment in moments.items()}
            for moments in optimiser.moments
        )
        self._moved = (_in_order(self._own), _in_order(self._means), _in_order(self._squares))

    def _numbers(self, name: str, tensor: Tensor) -> NDArray[Any]:
        """The memory of ``tensor``, which is mostly the same one as at the last step: torch takes tens of microseconds to say so."""
        known = self._known.get(name)
        if known is None or known[0] is not tensor:
            known = self._known[name] = (tensor, tensor.numpy())
        return known[1]

    def _stored(self, x: Tensor) -> tuple[Stored, Inked, bool]:
        """The batch ``x (batch, d_in)`` as kernels read it, and as lists; and whether it is drawn.

        Where images are stored as bytes it is an array that it must be drawn into first.
        """
        images = self._numbers("x", x)
        inked = self._lists(images)
        if inked.inks.dtype != np.uint8:
            return images, inked, True
        if not len(self._bytes):
            self._bytes = zeros((self._batch, images.shape[1]), np.uint8)
        return self._bytes[: len(images)], inked, False

    def _error(self, residual: Floats, batch: int) -> Tensor:
        """A tensor of the same memory as the first ``batch`` rows of ``residual``."""
        import torch

        known = self._known.get("error")
        if known is None or known[1] is not residual or len(known[0]) != batch:
            known = self._known["error"] = (torch.from_numpy(residual[:batch]), residual)
        return known[0]

    def _begin(self) -> int:
        """How many threads do what begins now."""
        return self._pace.begin(self._threads or kernel_threads())

    def _note(self, config: RunConfig) -> None:
        """Keep that the kernels of such a training are compiled."""
        if not self._noted:
            self._noted = True
            compiled.note(kind(config))


def _in_order(arrays: dict[str, Floats]) -> tuple[Floats, ...]:
    """As kernels of whole steps take weights and moments."""
    return tuple(arrays[name] for name in ("W_enc", "W_dec", "b_enc", "b_dec"))
