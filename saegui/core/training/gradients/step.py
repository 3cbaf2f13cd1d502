"""The gradients of one batch: their input, their result, and PlainStep, which computes them by autograd for every family."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from saegui.core.families.family import Family

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig
    from saegui.core.training.adam import Adam


class GradientInput(NamedTuple):
    """What the gradients of one model depend on, beside its weights and the batch."""

    config: RunConfig
    k: int
    """The current value, if it is annealed."""
    dead: Tensor | None
    """``(n_latents,)`` marks the latents that AuxK revives; None leaves that loss out."""


class Update(Protocol):
    """The rest of a step that writes no gradients: it moves the weights itself."""

    def move(self, optimiser: Adam, rate: float) -> None:
        """Move the weights by one step of Adam at a learning rate, with all that the configuration asks for after it."""
        ...

    def count(self, fired: Tensor, since_fired: Tensor, epoch: int) -> tuple[int, int]:
        """Count the batch in both, which are ``(n_latents,)``: on how many images a latent was active, and how many came since it was.

        Returns how many latents were active on the images, all together, and how many were not for an ``epoch`` of images.
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
