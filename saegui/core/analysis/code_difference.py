"""How the codes of two inputs differ, latent by latent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array


@dataclass(frozen=True, eq=False)
class CodeDifference:
    """The code a of one input less the code b of another."""

    latents: NDArray[np.intp]
    """(n,): those whose activations differ, the largest |aⱼ − bⱼ| first; of equals the lower latent first."""
    amounts: Array
    """(n,): their aⱼ − bⱼ."""
    shared: int
    """Latents that are active on both."""
    cosine: float
    """Of the angle between the two codes; 0 where one of them is zeros."""


def code_difference(a: Array, b: Array) -> CodeDifference:
    """Of two codes ``(F,)`` of one model."""
    amounts = a - b
    latents = np.flatnonzero(amounts)
    latents = latents[np.argsort(-np.abs(amounts[latents]), kind="stable")]
    lengths = float(np.linalg.norm(a.astype(np.float64)) * np.linalg.norm(b.astype(np.float64)))
    product = float(a.astype(np.float64) @ b.astype(np.float64))
    shared = int(np.count_nonzero((a != 0) & (b != 0)))
    return CodeDifference(latents, amounts[latents], shared, product / lengths if lengths else 0.0)
