"""Resampling: dead latents start again on images that are badly reconstructed (after Bricken 2023, "Neuron resampling").

Two things differ from that paper; they leave far fewer latents dead where only the k largest are active. A latent starts
on the reconstruction error of its image, not on the image, most of which other latents reconstruct already. And it starts
with the strength of the living latents, not with a fifth of it, or it would never be among the k largest. Where no k limits
them, hundreds of latents that start at once add up; there they start with half the strength (measured with ReLU + L1 and
JumpReLU, 256 and 1,024 latents).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from saegui.core.families.registry import WITH_K

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from saegui.core.config.schema import RunConfig

CANDIDATES = 8192
"""Images among which new directions are searched."""
UNLIMITED = 0.5
"""Strength of a restarted encoder, relative to the living ones, where any number of latents may be active."""
LEAST_STEPS = 25
"""The least number of steps between two restarts, and without an activation before one. With a small data set, a quarter of an
epoch is a handful of batches: too few for a rare latent to be active, and for a restarted one to learn."""
LAST = 0.9
"""No latent is restarted after this share of the training, so that restarted ones have time to learn."""


def is_due(before: float, now: float, every: float) -> bool:
    """Whether a multiple of ``every`` was passed between ``before`` and ``now``, all in epochs."""
    # Rounding makes three times 0.1 a little more than 0.3, which must still count as a multiple.
    return math.floor(now / every + 1e-9) > math.floor(before / every + 1e-9)


def directions(error: Tensor, count: int, generator: Generator) -> Tensor:
    """``count`` rows of ``error (batch, d_in)``, drawn with probability ∝ the square of each image's loss, at length one."""
    import torch

    # On an accelerator, weights may have exploded without anybody having noticed yet; those errors have no direction.
    loss = error.square().sum(1).cpu().double().nan_to_num(nan=0, posinf=0)
    weights = loss.square() + torch.finfo(torch.float64).tiny
    chosen = torch.multinomial(weights, count, replacement=count > len(error), generator=generator)
    return unit(error[chosen.to(error.device)].clone())


def unit(rows: Tensor) -> Tensor:
    """Divide each of ``rows (n, d_in)`` by its length, in place; a row that is nearly zero has no direction and stays short."""
    import torch

    return rows.div_(torch.linalg.vector_norm(rows, dim=1, keepdim=True).clamp_(min=1e-6))


def restart(
    weights: dict[str, Tensor], dead: Tensor, new: Tensor, config: RunConfig, start: dict[str, float]
) -> None:
    """Point the latents ``dead (n_latents,)`` in the directions ``new (number dead, d_in)``, in place.

    ``start`` gives the first values of what the family learns beside the usual weights.
    """
    import torch

    W_enc, W_dec = weights["W_enc"], weights["W_dec"]
    alive = ~dead
    some = bool(alive.any())
    if config.non_negative:
        # An error has both signs, but weights may not be negative.
        new = unit(new.clamp(min=0))
    # An image that is reconstructed perfectly, or too strongly everywhere, gives no direction. The atom then keeps its own,
    # or, if it has none, gets that of an even grey.
    for other in (unit(W_dec[dead]), unit(torch.ones_like(new))):
        nowhere = torch.linalg.vector_norm(new, dim=1, keepdim=True) < 0.5
        new = torch.where(nowhere, other, new)
    enc_length = W_enc[:, alive].norm(dim=0).mean() if some else W_enc.new_ones(())
    dec_length = W_dec[alive].norm(dim=1).mean() if some and not config.unit_norm else W_dec.new_ones(())
    strength = 1.0 if config.arch in WITH_K else UNLIMITED
    W_enc[:, dead] = (new * enc_length * strength).t()
    W_dec[dead] = new * dec_length
    weights["b_enc"][dead] = 0
    for name, value in start.items():
        weights[name][dead] = value
