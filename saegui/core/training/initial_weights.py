"""The initial weights of a training."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saegui.core.config.schema import RunConfig
from saegui.core.families.registry import FAMILIES

if TYPE_CHECKING:
    from torch import Generator, Tensor


def initial_weights(
    config: RunConfig,
    images: NDArray[np.float32],
    mean: NDArray[np.float32],
    generator: Generator,
) -> dict[str, Tensor]:
    """The initial weights of ``config``. Random numbers are drawn in the same order with all options, to compare runs.

    ``images (n_latents, d_in)``: training images as the autoencoder sees them, for ``init = data``. ``mean (d_in,)``: the
    mean of all training images.
    """
    import torch

    F, d_in = config.n_latents, len(mean)

    def uniform(fan_in: int, *shape: int) -> Tensor:
        bound = 1 / math.sqrt(fan_in)
        return torch.empty(*shape).uniform_(-bound, bound, generator=generator)

    if config.init == "normal":
        W_enc = torch.empty(d_in, F).normal_(0, math.sqrt(2 / d_in), generator=generator)
        W_dec = torch.empty(F, d_in).normal_(0, math.sqrt(2 / F), generator=generator)
        b_enc, b_dec = torch.zeros(F), torch.zeros(d_in)
    elif config.init == "data":
        W_dec = torch.from_numpy(images - mean)
        # An image equal to the mean has no direction; it stays zero rather than becoming noise.
        W_dec /= torch.linalg.vector_norm(W_dec, dim=1, keepdim=True).clamp_(min=1e-6)
        W_enc = W_dec.t().clone()
        b_enc, b_dec = torch.zeros(F), torch.zeros(d_in)
    else:
        W_enc, b_enc = uniform(d_in, d_in, F), uniform(d_in, F)
        W_dec, b_dec = uniform(F, F, d_in), uniform(F, d_in)
    if config.tied_init:
        W_dec = W_enc.t().clone()
    if config.unit_norm:
        W_dec = unit_rows(W_dec)
        W_enc = W_dec.t().clone() if config.tied_init else W_enc
    if config.pre_bias:
        b_enc, b_dec = torch.zeros(F), torch.from_numpy(mean.copy())
    weights = {"W_enc": W_enc, "b_enc": b_enc, "W_dec": W_dec, "b_dec": b_dec}
    for name, value in FAMILIES[config.arch].start(config).items():
        weights[name] = torch.full((F,), value)
    return weights


def unit_rows(W: Tensor) -> Tensor:
    """Divide each row by its length, in place; a row of zeros stays."""
    import torch

    return W.div_(torch.linalg.vector_norm(W, dim=1, keepdim=True).clamp_(min=1e-12))
