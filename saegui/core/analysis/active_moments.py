"""Skew and kurtosis of the activations of each latent, from batches that stream past."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SAME = 1e-6
"""Of the mean: a standard deviation below it is rounding, and all values are equal."""


class ActiveMoments:
    """Sums of powers of the values of each of F latents, each taken from about the latent's mean.

    Sums of powers of the values themselves would lose the digits of a latent that varies little about a large mean.
    """

    def __init__(self, n_latents: int) -> None:
        self._counts = np.zeros(n_latents, np.int64)
        self._centres = np.zeros(n_latents)
        self._powers = np.zeros((4, n_latents))

    def add(self, latent: NDArray[np.integer[Any]], values: NDArray[np.float32]) -> None:
        """Values of one batch and the latents that have them: parallel arrays."""
        F = len(self._counts)
        counts = np.bincount(latent, minlength=F)
        new = (self._counts == 0) & (counts > 0)
        if new.any():
            # The mean over the first batch in which the latent is active.
            sums = np.bincount(latent, values, minlength=F)
            self._centres[new] = sums[new] / counts[new]
        self._counts += counts
        apart = values - self._centres[latent]
        power = apart.copy()
        for row in self._powers:
            row += np.bincount(latent, power, minlength=F)
            power *= apart

    def found(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(F,) skew m₃ / m₂^1.5 and (F,) excess kurtosis m₄ / m₂² − 3, with mₙ the mean of (z − mean)ⁿ; 0 where all
        values of a latent are equal, or there are none.

        Those of ``scipy.stats.skew`` and ``scipy.stats.kurtosis``.
        """
        a, b, c, d = self._powers / np.maximum(self._counts, 1)
        second = b - a**2
        third = c - 3 * a * b + 2 * a**3
        fourth = d - 4 * a * c + 6 * a**2 * b - 3 * a**4
        vary = second > (_SAME * (self._centres + a)) ** 2
        least = np.where(vary, second, 1)
        skew = np.where(vary, third / least**1.5, 0)
        kurtosis = np.where(vary, fourth / least**2 - 3, 0)
        return skew.astype(np.float32), kurtosis.astype(np.float32)
