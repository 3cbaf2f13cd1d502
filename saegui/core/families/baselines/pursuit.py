"""Orthogonal matching pursuit of many inputs at once (Pati, Rezaiifar & Krishnaprasad 1993).

Again and again the atom that correlates most with what is left of the input is taken, and least squares fits the coefficients
of all atoms that were taken. The results are those of ``sklearn.linear_model.orthogonal_mp_gram``, which takes inputs one by
one: a drawing would not be encoded within a frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array

LEAST = 1e-6
"""Of the largest correlation of an input: where none is larger, nothing is left of it to be drawn."""
VALUES = 2**23
"""Products of atoms that are gathered at once."""

Indices = NDArray[np.intp]


def pursuit(correlations: Array, products: Array, most: int) -> Array:
    """Codes ``(batch, n_latents)`` with at most ``most`` entries that are not zero, each of any sign.

    ``correlations (batch, n_latents)``: the product of each input with each atom; ``products (n_latents, n_latents)``: of the
    atoms with each other. Atoms have length one, or zero.
    """
    n_latents = len(products)
    count = min(most, n_latents)
    found = np.zeros_like(correlations)
    step = max(1, VALUES // max(1, count * n_latents))
    for start in range(0, len(correlations), step):
        rows = slice(start, start + step)
        _pursue(correlations[rows], products, count, found[rows])
    return found


def _pursue(correlations: Array, products: Array, count: int, found: Array) -> None:
    todo = np.arange(len(correlations))
    taken = np.empty((len(correlations), count), np.intp)
    left = correlations.copy()
    least = LEAST * np.abs(correlations).max(axis=1, initial=0)
    lengths = np.einsum("jj->j", products)
    for place in range(count):
        size = np.abs(left)
        # An atom of no length draws nothing, and none is taken twice.
        size[:, lengths <= 0] = 0
        if place:
            np.put_along_axis(size, taken[todo, :place], 0, axis=1)
        best = size.argmax(axis=1)
        going = size[np.arange(len(todo)), best] > least[todo]
        if not going.all():
            todo, left, best = todo[going], left[going], best[going]
        if not len(todo):
            return
        taken[todo, place] = best
        atoms = taken[todo, : place + 1]
        values = _least_squares(products, correlations, todo, atoms)
        left = correlations[todo] - np.einsum("nk,nkf->nf", values, products[atoms])
        found[todo[:, np.newaxis], atoms] = values


def _least_squares(products: Array, correlations: Array, rows: Indices, atoms: Indices) -> Array:
    """Coefficients ``(n, k)`` of the ``atoms (n, k)`` that draw the inputs of these ``rows (n,)`` best."""
    gram = products[atoms[:, :, np.newaxis], atoms[:, np.newaxis, :]].astype(np.float64)
    right = correlations[rows[:, np.newaxis], atoms].astype(np.float64)
    diagonal = np.einsum("nii->ni", gram)
    # Atoms that are equal but for rounding share what they draw.
    diagonal *= 1 + 1e-9
    solved: Array = np.linalg.solve(gram, right[:, :, np.newaxis])[:, :, 0].astype(np.float32)
    return solved
