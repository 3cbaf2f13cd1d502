"""Places of latents on two maps: how often and how strongly they are active, and where their decoder vectors lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_order import Indices, Mask


@dataclass(frozen=True, eq=False)
class Places:
    """Where N latents lie on a map; the dead are left out."""

    latents: Indices
    """(N,): indices of the latents, ascending."""
    x: NDArray[np.float64]
    """(N,)"""
    y: NDArray[np.float64]
    """(N,)"""
    shares: tuple[float, float] = (0.0, 0.0)
    """Of a map of decoder vectors: the share of their variance along x and along y."""


def by_activity(density: NDArray[np.floating], mean_active: NDArray[np.floating], dead: Mask) -> Places:
    """x is log10 of the density, y the mean activation when active; all arguments are (F,).

    A latent with a density of 0, which has no logarithm, is left out as the dead are.
    """
    latents = np.flatnonzero(~dead & (density > 0))
    return Places(
        latents, np.log10(density[latents].astype(np.float64)), mean_active[latents].astype(np.float64)
    )


def by_decoder(vectors: NDArray[np.floating], dead: Mask) -> Places:
    """The first two principal components of the decoder vectors, each scaled to norm 1 and seen from their mean.

    Equal input gives equal places: the number of largest magnitude in each component is positive, the first of
    equals. A vector of zeros stays one. Where the vectors differ in fewer than two directions the rest is 0.

    Args:
        vectors: (F, D)
        dead: (F,)
    """
    latents = np.flatnonzero(~dead)
    rows = vectors[latents].astype(np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    if not len(rows):
        return Places(latents, np.zeros(0), np.zeros(0))
    rows -= rows.mean(axis=0)
    values, axes = _components(rows)
    total = float((rows**2).sum())
    x, y = (rows @ axes).T
    shares = [float(value) / total if total > 0 else 0.0 for value in values]
    return Places(latents, x, y, (shares[0], shares[1]))


def _components(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``(2,)`` squared lengths and ``(D, 2)`` axes, by the smaller of the two matrices of products."""
    n, width = rows.shape
    if width <= n:
        squares, found = np.linalg.eigh(rows.T @ rows)
    else:
        squares, found = np.linalg.eigh(rows @ rows.T)
        found = rows.T @ found
    values, axes = np.zeros(2), np.zeros((width, 2))
    least = max(float(squares[-1]), 0.0) * 1e-10 + 1e-20
    for place in range(min(2, len(squares))):
        axis, square = found[:, -1 - place], float(squares[-1 - place])
        if square > least:
            axis = axis / np.linalg.norm(axis)
            axes[:, place] = axis * np.sign(axis[np.argmax(np.abs(axis))])
            values[place] = square
    return values, axes
