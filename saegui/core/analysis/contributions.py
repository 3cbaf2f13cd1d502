"""What latents add to a reconstruction, one by one and added up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array, Images
from saegui.core.model.snapshot import Snapshot, to_input

MOST_TERMS = 64
"""Terms of which the partial sums are kept, where not all are asked for."""
_AT_ONCE = 256
"""Latents whose reconstructions are held in memory at a time."""


def contributions(snapshot: Snapshot, z: Array, latents: NDArray[np.integer] | list[int]) -> Array:
    """``(n, *shape)``: zᵢ·dᵢ of each of the ``latents``, in the model's units; with the bias they sum to z·W_dec + b_dec.

    ``z (n_latents,)`` is the code of one image.
    """
    weights = snapshot.W_dec[latents]
    return (z[latents, np.newaxis] * weights).reshape(len(weights), *snapshot.shape)


@dataclass(frozen=True, eq=False)
class TermSum:
    """A reconstruction as the sum b_dec + a₁d₁ + a₂d₂ + … of its first m terms, the largest contribution first."""

    latents: NDArray[np.intp]
    """(m,): in the order of the sum."""
    activations: Array
    """(m,): aᵢ"""
    terms: Array
    """(m, *shape): aᵢdᵢ, in the model's units."""
    partial: Array
    """(m + 1, *shape): the reconstruction from the bias alone, and after each term; in the units of the image."""
    mse: NDArray[np.float64]
    """(m + 1,): the mean squared error that each of these leaves."""
    n_active: int
    """Terms of the whole sum."""

    @property
    def whole(self) -> bool:
        """Whether the last partial sum is the reconstruction, so that no term is missing."""
        return len(self.latents) == self.n_active


def term_sum(snapshot: Snapshot, values: Images, z: Array, most: int = MOST_TERMS) -> TermSum:
    """The sum by which the code ``z (n_latents,)`` reconstructs ``values (*shape)``, up to ``most`` terms.

    Terms are ordered by their Euclidean length ‖aᵢdᵢ‖, so that each partial sum is changed less than the one before; of equal
    ones the lower latent comes first. Where the model puts a sigmoid around the sum, or sees normalised inputs, the partial sums
    go through the same steps as the whole.
    """
    x = to_input(values[np.newaxis])
    active = np.flatnonzero(z)
    weights = snapshot.W_dec[active]
    lengths = np.abs(z[active]) * np.sqrt(np.einsum("nd,nd->n", weights, weights))
    latents = active[np.argsort(-lengths, kind="stable")][:most]
    terms = contributions(snapshot, z, latents)
    sums = np.cumsum(
        np.vstack([snapshot.b_dec[np.newaxis], terms.reshape(len(terms), snapshot.d_in)]), axis=0
    )
    partial = snapshot.drawn(sums, x)
    mse = np.square(partial - x, dtype=np.float64).mean(axis=1)
    return TermSum(latents, z[latents], terms, partial.reshape(-1, *snapshot.shape), mse, len(active))


def ablation_costs(
    snapshot: Snapshot, values: Images, z: Array, latents: NDArray[np.integer]
) -> NDArray[np.float64]:
    """``(n,)``: by how much the mean squared error of ``values (*shape)`` grows when each of the ``latents`` alone is set to 0.

    Negative for a latent without which the reconstruction would be better. The other activations stay as they are.
    """
    x = to_input(values[np.newaxis])
    whole = snapshot.decode(z[np.newaxis], x)
    before = np.square(whole - x, dtype=np.float64).mean()
    # The sum without each term; through the same steps as the whole, as above.
    full = (z @ snapshot.W_dec + snapshot.b_dec).astype(np.float32)
    found = np.empty(len(latents))
    for start in range(0, len(latents), _AT_ONCE):
        some = latents[start : start + _AT_ONCE]
        without = full - contributions(snapshot, z, some).reshape(len(some), snapshot.d_in)
        errors = np.square(snapshot.drawn(without, x) - x, dtype=np.float64).mean(axis=1)
        found[start : start + len(some)] = errors - before
    return found
