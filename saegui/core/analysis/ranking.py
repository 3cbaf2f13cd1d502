"""By what the active latents of one input are ranked."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.contributions import ablation_costs
from saegui.core.analysis.input_codes import InputCodes
from saegui.core.arrays import Array, Images
from saegui.core.model.snapshot import Snapshot

Rank = Literal["activation", "quantile", "effect"]
RANKS: tuple[Rank, ...] = get_args(Rank)
TITLES: dict[Rank, str] = {"activation": "Activation", "quantile": "Quantile", "effect": "ΔMSE"}
HELP: dict[Rank, str] = {
    "activation": "The activation z: how strongly the latent responds to this input",
    "quantile": "The share of the latent's own activations above 0 on the training inputs that are at most as large as this one; "
    "1 where it has never been more active",
    "effect": "By how much the MSE of this input grows when the latent alone is set to 0; below 0 where the reconstruction would be "
    "better without it",
}


def numbers(
    rank: Rank,
    snapshot: Snapshot,
    values: Images,
    z: Array,
    latents: NDArray[np.integer],
    codes: InputCodes | None = None,
) -> NDArray[np.float64]:
    """``(n,)``: what each of the ``latents`` is ranked by on the input ``values (*shape)`` with the code ``z (F,)``.

    ``quantile`` needs the ``codes`` of the training inputs; it is not a number for a latent that is inactive on all of them.
    """
    if rank == "activation":
        found: NDArray[np.float64] = z[latents].astype(np.float64)
        return found
    if rank == "effect":
        return ablation_costs(snapshot, values, z, latents)
    if codes is None:
        raise ValueError("quantiles need the codes of the training inputs")
    return codes.quantiles(z, latents)


def order(
    found: NDArray[np.float64], z: Array, latents: NDArray[np.integer], rank: Rank = "effect"
) -> NDArray[np.intp]:
    """Places of ``found (n,)``, the largest number first; equals by the size of their activation in ``z (F,)``, then by the latent.

    What is not a number comes last. Activations themselves are ranked by their size: a baseline's may be negative.
    """
    if rank == "activation":
        found = np.abs(found)
    missing = np.isnan(found)
    return np.lexsort((latents, -np.abs(z[latents]), -np.where(missing, 0, found), missing))
