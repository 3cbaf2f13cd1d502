"""AuxK's gradients in closed form (Gao 2024, App. A.2); :func:`saegui.core.sae.family.auxk` is the loss itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from saegui.core.sae.family import AUXK_WEIGHT, variation

if TYPE_CHECKING:
    from torch import Tensor


class AuxK(NamedTuple):
    """What the auxiliary loss adds; only dead latents take part."""

    loss: Tensor
    latents: Tensor
    """Which they are ``(number dead,)``."""
    W_dec: Tensor
    """Gradient of their atoms ``(number dead, d_in)``."""
    delta: Tensor
    """Gradient of their pre-activations ``(batch, number dead)``."""


def any_dead(dead: Tensor) -> bool:
    """Whether AuxK has anything to do; on an accelerator that is not asked, because the answer would have to be waited for."""
    return bool(dead.any()) if dead.device.type == "cpu" else True


def auxk_gradients(W_dec: Tensor, which: Tensor, candidates: Tensor, error: Tensor) -> AuxK:
    """``which (number dead,)`` are the dead, ``candidates (batch, number dead)`` their pre-activations, which are overwritten.

    ``error (batch, d_in)`` is x − x̂.
    """
    import torch

    atoms = W_dec[which]
    count = min(error.shape[1] // 2, len(which))
    if count < len(which):
        values, indices = candidates.topk(count, dim=1, sorted=False)
        candidates = torch.zeros_like(candidates).scatter_(1, indices, values.clamp_(min=0))
    else:
        candidates.clamp_(min=0)
    total = variation(error)
    left = torch.addmm(error, candidates, atoms, alpha=-1)
    # Where there is no error there is nothing to explain, and nothing to divide by.
    weight = AUXK_WEIGHT * (total > 0) / total.clamp(min=1e-30)
    pulled = left * (-2 * weight)
    delta = (pulled @ atoms.t()).mul_(candidates > 0)
    return AuxK(weight * left.square().sum(), which, candidates.t() @ pulled, delta)
