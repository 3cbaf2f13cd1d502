"""Skew and kurtosis from batches, against numbers that are known."""

from __future__ import annotations

import numpy as np
from scipy.stats import kurtosis, skew

from saegui.core.analysis.active_moments import ActiveMoments


def test_numbers_that_are_worked_out_by_hand() -> None:
    moments = ActiveMoments(4)
    # Latent 0: 1, 1, 1, 5: mean 2, m2 = 3, m3 = 6, m4 = 21. Latent 1: always the same. Latent 2: one value. Latent 3: none.
    moments.add(np.array([0, 0, 1, 1]), np.array([1, 1, 0.1, 0.1], np.float32))
    moments.add(np.array([0, 0, 1, 2]), np.array([1, 5, 0.1, 7], np.float32))
    skews, kurtoses = moments.found()
    np.testing.assert_allclose(skews, [6 / 3**1.5, 0, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(kurtoses, [21 / 9 - 3, 0, 0, 0], rtol=1e-6)


def test_values_that_vary_little_about_a_large_mean_keep_their_digits() -> None:
    values = (10_000 + np.random.default_rng(0).exponential(1.0, 5_000)).astype(np.float32)
    moments = ActiveMoments(1)
    for start in range(0, 5_000, 700):
        part = values[start : start + 700]
        moments.add(np.zeros(len(part), np.int64), part)
    (found,), (peaked,) = moments.found()
    exact = values.astype(np.float64)
    np.testing.assert_allclose([found, peaked], [skew(exact), kurtosis(exact)], rtol=1e-5)
