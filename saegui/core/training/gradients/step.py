"""The gradients of one batch: their input, their result, and PlainStep, which computes them by autograd for every family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from saegui.core.families.family import Family
from saegui.core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig
    from saegui.core.training.adam import Adam
    from saegui.core.training.kernels.inked import Ahead


class GradientInput(NamedTuple):
    """What the gradients of one model depend on, beside its weights and the batch."""

    config: RunConfig
    k: int
    """The current value, if it is annealed."""
    dead: Tensor | None
    """``(n_latents,)`` marks the latents that AuxK revives; None leaves that loss out."""


class Seen(NamedTuple):
    """What is counted of latents, ``(n_latents,)`` each, and when a count is too large."""

    fired: NDArray[np.int64]
    """On how many images each was active."""
    since_fired: NDArray[np.int64]
    """How many images came since it was."""
    epoch: int
    """A latent that was active on none of so many images is dead."""
    unseen: int
    """One that was active on none of more than so many images is revived by AuxK."""
    worst: float
    """The largest error of an image, as Σe², with which the training goes on."""


class Update(Protocol):
    """The rest of a step that writes no gradients: it moves the weights itself."""

    def move(self, optimiser: Adam, rate: float, seen: Seen) -> tuple[int, int]:
        """Move the weights by one step of Adam at a learning rate, with all that the configuration asks for after it.

        Counts the batch in ``seen``; returns how many latents were active on its images, all together, and how many are dead.
        """
        ...


class StepNumbers(NamedTuple):
    """What is kept of a step that was taken with others in one go."""

    losses: dict[str, float]
    """By name; MSE is always there."""
    on: int
    """How many activations were positive."""
    dead: int
    """How many latents were active on none of as many images as an epoch has."""


ListReading = Callable[["Ahead", Progress], tuple[NDArray[np.float32], NDArray[np.int64]]]
"""As :data:`~saegui.core.analysis.metrics.Reading`, of images that come as lists of their pixels."""


class SeveralSteps(Protocol):
    """Whole steps of one model in one call, without a word between them: see :class:`~saegui.core.training.kernels.fused.FusedStep`."""

    def take(
        self, ahead: Ahead, config: RunConfig, ks: Sequence[int], rates: Sequence[float], optimiser: Adam, seen: Seen
    ) -> list[StepNumbers]:  # fmt: skip
        """The numbers of each step that was taken."""
        ...

    def reading(self, config: RunConfig, threshold: float | None) -> ListReading | None:
        """Reads images with the weights as they are.

        ``threshold``: what activations must reach after the training, as BatchTopK has it. None where codes are then others than those
        that kernels find.
        """
        ...


class GradientResult(NamedTuple):
    """The losses and what led to them. The next call may overwrite these tensors."""

    losses: dict[str, Tensor]
    """Named scalars; the gradients are those of their sum."""
    fired: Tensor
    """On how many images of the batch each latent was active ``(n_latents,)``."""
    error: Tensor
    """x − x̂ or x̂ − x ``(batch, d_in)``."""
    update: Update | None = None
    """The rest of the step; None where every weight's ``.grad`` was filled instead."""


class Step(Protocol):
    """Fills every learnt weight's ``.grad``, and leaves the weights alone."""

    def __call__(
        self, weights: dict[str, Tensor], x: Tensor, config: RunConfig, k: int, dead: Tensor | None
    ) -> GradientResult:
        """``dead (n_latents,)`` marks the latents that AuxK revives; None leaves that loss out."""
        ...


class PlainStep:
    """:meth:`Family.forward`, differentiated by autograd."""

    def __init__(self, family: Family) -> None:
        self._family = family

    def __call__(
        self, weights: dict[str, Tensor], x: Tensor, config: RunConfig, k: int, dead: Tensor | None
    ) -> GradientResult:
        """See :class:`Step`."""
        import torch

        leaves = {name: weight.detach().requires_grad_() for name, weight in weights.items()}
        with torch.enable_grad():
            losses, z, error = self._family.forward(leaves, x, config, k, dead)
            total = torch.stack(list(losses.values())).sum()
            # A latent that no loss depends on has a gradient of zero.
            found = torch.autograd.grad(
                total, list(leaves.values()), allow_unused=True, materialize_grads=True
            )
        for name, gradient in zip(leaves, found, strict=True):
            weights[name].grad = gradient
        found_losses = {name: loss.detach() for name, loss in losses.items()}
        return GradientResult(found_losses, torch.count_nonzero(z.detach() > 0, dim=0), error.detach())
