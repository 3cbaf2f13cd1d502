"""What latents add to a reconstruction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array
from saegui.core.model.snapshot import Snapshot


def contributions(snapshot: Snapshot, z: Array, latents: NDArray[np.integer] | list[int]) -> Array:
    """``(n, *shape)``: zᵢ·dᵢ of each of the ``latents``, in the model's units; with the bias they sum to z·W_dec + b_dec.

    ``z (n_latents,)`` is the code of one image.
    """
    weights = snapshot.W_dec[latents]
    return (z[latents, np.newaxis] * weights).reshape(len(weights), *snapshot.shape)
