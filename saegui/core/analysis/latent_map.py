"""Places of latents on two maps: how often and how strongly they are active, and where their decoder vectors lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

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


class Mapped(NamedTuple):
    """A map of decoder vectors as the window shows it."""

    method: str
    """``pca``, or one of :data:`saegui.core.analysis.embedding.TITLES`."""
    places: Places
    note: str = ""
    """What is to be known of it, a sentence, such as of which step its axes are."""


def by_activity(density: NDArray[np.floating], mean_active: NDArray[np.floating], dead: Mask) -> Places:
    """x is log10 of the density, y the mean activation when active; all arguments are (F,).

    A latent with a density of 0, which has no logarithm, is left out as the dead are.
    """
    latents = np.flatnonzero(~dead & (density > 0))
    return Places(
        latents, np.log10(density[latents].astype(np.float64)), mean_active[latents].astype(np.float64)
    )


@dataclass(frozen=True, eq=False)
class Basis:
    """The directions that a map of vectors is drawn along."""

    middle: NDArray[np.float64]
    """(D,): what is at the origin."""
    axes: NDArray[np.float64]
    """(D, 2): directions of norm 1, or 0 where the vectors differ in fewer than two."""
    shares: tuple[float, float]
    """Of the variance, along each."""

    def places(self, rows: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, 2) of ``rows (N, D)``."""
        found: NDArray[np.float64] = rows @ self.axes - self.middle @ self.axes
        return found

    def turned_like(self, rows: NDArray[np.floating], wanted: NDArray[np.floating]) -> Basis:
        """The same plane, turned and reflected within itself so that ``rows (N, D)`` lie as near to ``wanted (N, 2)`` as they can.

        The orthogonal Procrustes problem (Schönemann 1966).
        """
        left, _, right = np.linalg.svd(self.places(rows).T @ wanted)
        return Basis(self.middle, self.axes @ (left @ right), self.shares)


def directions(vectors: NDArray[np.floating], dead: Mask) -> tuple[Indices, NDArray[np.float64]]:
    """The latents that are not ``dead (F,)``, ascending, and their ``vectors (F, D)``, each scaled to norm 1; zeros stay."""
    latents = np.flatnonzero(~dead)
    rows = vectors[latents].astype(np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return latents, np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)


def principal_basis(rows: NDArray[np.floating]) -> Basis:
    """The first two principal components of ``rows (N, D)``.

    Equal input gives equal axes: the number of largest magnitude in each component is positive, the first of equals.
    """
    if not len(rows):
        return Basis(np.zeros(rows.shape[1]), np.zeros((rows.shape[1], 2)), (0.0, 0.0))
    middle = rows.mean(axis=0, dtype=np.float64)
    seen = rows - middle
    values, axes = _components(seen)
    total = float((seen**2).sum())
    shares = [float(value) / total if total > 0 else 0.0 for value in values]
    return Basis(middle, axes, (shares[0], shares[1]))


def by_decoder(vectors: NDArray[np.floating], dead: Mask, basis: Basis | None = None) -> Places:
    """The decoder vectors, each scaled to norm 1, along the axes of ``basis``: their first two principal components when None.

    A vector of zeros stays one. Where the vectors differ in fewer than two directions the rest is 0.

    Args:
        vectors: (F, D)
        dead: (F,)
    """
    latents = np.flatnonzero(~dead)
    if basis is None:
        basis = principal_basis(directions(vectors, dead)[1])
    # Without a copy of all vectors: thousands of large ones are drawn while time is scrubbed.
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    along = vectors @ basis.axes.astype(vectors.dtype)
    found = np.divide(along, norms[:, None], out=np.zeros(along.shape), where=norms[:, None] > 0)
    x, y = (found - basis.middle @ basis.axes)[latents].T
    return Places(latents, x, y, basis.shares)


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
