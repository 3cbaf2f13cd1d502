"""Refitting: the encoder chooses which latents are active, least squares how strongly.

An encoder's activations are a guess at what draws the image best. Once the choice is made the best ones are known: they
solve a small system for each image ("debiasing" in sparse coding; with SAEs a form of inference-time optimisation). What an
encoder loses against a search then, it loses by its choice alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array

Exact = NDArray[np.float64]
"""Atoms that are much alike make systems that single precision cannot solve."""

MOST = 256
"""An image with more active latents keeps their activations: its system would take seconds to solve."""
VALUES = 2**22
"""Numbers that are gathered at once."""


class Known(NamedTuple):
    """What many calls of :func:`refit` with the same atoms share."""

    atoms: Exact
    """``(n_latents, d_in)``."""
    pairs: Exact
    """All products of two of them ``(n_latents, n_latents)``."""


def known(W_dec: Array) -> Known:
    """Of the atoms ``W_dec (n_latents, d_in)``."""
    atoms = W_dec.astype(np.float64)
    return Known(atoms, atoms @ atoms.T)


def refit(z: Array, target: Array, W_dec: Array, known: Known | None = None) -> Array:
    """Codes ``(batch, n_latents)`` that draw ``target (batch, d_in)`` with the latents that are active in ``z``, by least squares.

    A latent that would have to be below zero is switched off, and the others are fitted again. A code that is not finite
    stays as it is, so that it is noticed.
    """
    if not np.isfinite(z).all():
        return z
    found = np.where(np.count_nonzero(z, axis=1)[:, np.newaxis] > MOST, z, 0)
    on, todo = z > 0, np.flatnonzero(np.count_nonzero(z, axis=1) <= MOST)
    matches = None if known is None else target @ known.atoms.T
    while len(todo):
        again = []
        counts = np.count_nonzero(on[todo], axis=1)
        for count in np.unique(counts[counts > 0]):
            of_count = todo[counts == count]
            size = max(1, VALUES // int(count * (count if known is not None else W_dec.shape[1])))
            for start in range(0, len(of_count), size):
                rows = of_count[start : start + size]
                latents = np.nonzero(on[rows])[1].reshape(-1, count)
                if known is not None and matches is not None:
                    gram = known.pairs[latents[:, :, np.newaxis], latents[:, np.newaxis, :]]
                    right = matches[rows[:, np.newaxis], latents]
                else:
                    gram, right = _system(W_dec[latents].astype(np.float64), target[rows])
                values = _solved(gram, right)
                found[rows[:, np.newaxis], latents] = np.maximum(values, 0)
                on[rows[:, np.newaxis], latents] = values > 0
                again.append(rows[(values <= 0).any(axis=1)])
        todo = np.concatenate(again) if again else todo[:0]
    return found


def _system(atoms: Exact, target: Array) -> tuple[Exact, Exact]:
    """Products of each image's atoms ``(batch, count, d_in)`` with each other and with what is to be drawn."""
    if len(atoms) == 1:
        # For the reason that saegui.core.families.matmul has: a drawing must not wait for a data set.
        gram = np.einsum("id,jd->ij", atoms[0], atoms[0])
        return gram[np.newaxis], np.einsum("id,d->i", atoms[0], target[0])[np.newaxis]
    return atoms @ atoms.transpose(0, 2, 1), (atoms @ target[:, :, np.newaxis])[:, :, 0]


def _solved(gram: Exact, right: Exact) -> Exact:
    """The solution of each image's system. Equal atoms share what they draw, atoms of no length draw nothing."""
    diagonal = np.einsum("nii->ni", gram)
    diagonal *= 1 + 1e-9
    diagonal += 1e-12
    found: Exact = np.linalg.solve(gram, right[:, :, np.newaxis])[:, :, 0].astype(np.float64, copy=False)
    return found
