"""Refitting: the encoder chooses which latents are on, least squares how strongly.

An encoder's activations are a guess at what draws the image best. Once the choice is made the best ones are known: they
solve a small system for each image ("debiasing" in sparse coding; with SAEs a form of inference-time optimisation). What an
encoder loses against a search then, it loses by its choice alone.
"""

from __future__ import annotations

import numpy as np

from saegui.core.products import product
from saegui.core.sae.family import Array

VALUES = 2**22
"""Numbers that are gathered at once."""
RIDGE = 1e-6
"""Of the atoms' mean square length, so that two equal atoms share what they draw."""


def refit(z: Array, target: Array, W_dec: Array) -> Array:
    """Codes with no latent on that is off in ``z (batch, n_latents)``, and the smallest error on ``target (batch, d_in)``.

    None is below zero; a latent that would have to be is off.
    """
    found = np.zeros_like(z)
    counts = np.count_nonzero(z > 0, axis=1)
    # Of all pairs of atoms at once, where there are more images than atoms.
    many = len(z) >= len(W_dec)
    pairs, matches = (product(W_dec, W_dec.T), product(target, W_dec.T)) if many else (None, None)
    for count in np.unique(counts[counts > 0]):
        of_count = np.flatnonzero(counts == count)
        size = max(1, VALUES // (int(count) * (int(count) if many else W_dec.shape[1])))
        for start in range(0, len(of_count), size):
            rows = of_count[start : start + size]
            on = np.nonzero(z[rows] > 0)[1].reshape(-1, count)
            if pairs is not None and matches is not None:
                gram = pairs[on[:, :, np.newaxis], on[:, np.newaxis, :]]
                right = matches[rows[:, np.newaxis], on]
            else:
                atoms = W_dec[on]
                gram = atoms @ atoms.transpose(0, 2, 1)
                right = (atoms @ target[rows, :, np.newaxis])[:, :, 0]
            found[rows[:, np.newaxis], on] = _solved(gram.astype(np.float64), right.astype(np.float64))
    return found


def _solved(gram: np.ndarray, right: np.ndarray) -> np.ndarray:
    """For each image the x ≥ 0 that minimises xᵀ·gram·x − 2·rightᵀ·x; ``(images, n, n)`` and ``(images, n)``."""
    lengths = np.trace(gram, axis1=1, axis2=2) / gram.shape[1]
    gram += (RIDGE * lengths + 1e-12)[:, np.newaxis, np.newaxis] * np.eye(gram.shape[1])
    found = np.linalg.solve(gram, right[:, :, np.newaxis])[:, :, 0]
    below = np.flatnonzero((found < 0).any(axis=1))
    if len(below):
        from scipy.optimize import nnls

        for image in below:
            # gram = L·Lᵀ makes it the least squares of Lᵀ·x and L⁻¹·right.
            lower = np.linalg.cholesky(gram[image])
            found[image] = nnls(lower.T, np.linalg.solve(lower, right[image]))[0]
    return found
