"""AuxK's gradients in closed form (Gao 2024, App. A.2); :func:`saegui.core.families.family.auxk` is the loss itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from saegui.core.families.family import AUXK_WEIGHT, sum_of_squares, variation

if TYPE_CHECKING:
    from torch import Tensor


class AuxK(NamedTuple):
    """What the auxiliary loss adds; of latents that are not dead, zeros."""

    loss: Tensor
    W_dec: Tensor
    """Gradient of the atoms that were asked about ``(number, d_in)``."""
    delta: Tensor
    """Gradient of their pre-activations ``(batch, number)``."""


def takes_part(dead: Tensor | None) -> Tensor | slice | None:
    """Which latents AuxK has to look at: those that are ``dead (n_latents,)``, or None when there are none or none is asked for.

    On an accelerator all of them: which are dead would have to be waited for.
    """
    import torch

    if dead is None:
        return None
    if dead.device.type != "cpu":
        return slice(None)
    # Asked at every step, mostly in vain: numpy does it in a third of the time.
    which = np.flatnonzero(dead.numpy())
    return torch.from_numpy(which) if len(which) else None


def auxk_gradients(W_dec: Tensor, dead: Tensor, candidates: Tensor, error: Tensor) -> AuxK:
    """The loss and its gradients; living latents among those asked about draw nothing.

    All arguments but the error are of the latents asked about alone: ``W_dec (number, d_in)``, ``dead (number,)`` and
    their pre-activations ``candidates (batch, number)``, which are overwritten. ``error (batch, d_in)`` is x − x̂.
    """
    import torch

    candidates.clamp_(min=0).mul_(dead)
    count = min(error.shape[1] // 2, len(dead))
    if count < len(dead):
        values, indices = candidates.topk(count, dim=1, sorted=False)
        candidates = torch.zeros_like(candidates).scatter_(1, indices, values)
    total = variation(error)
    left = torch.addmm(error, candidates, W_dec, alpha=-1)
    # Where there is no error there is nothing to explain, and nothing to divide by.
    weight = AUXK_WEIGHT * ((total > 0) & dead.any()) / total.clamp(min=1e-30)
    # Only the small products are multiplied: each pass over the errors takes as long as one of them.
    pull = -2 * weight
    delta = (left @ W_dec.t()).mul_(candidates > 0).mul_(pull)
    return AuxK(weight * sum_of_squares(left), (candidates.t() @ left).mul_(pull), delta)
