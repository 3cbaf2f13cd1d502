"""Non-negative least squares: codes by hand, and those of SciPy's exact search."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from saegui.core.families.baselines.least_squares import non_negative_least_squares


def test_by_hand() -> None:
    """(2, −1): with (1, 0) and (0, 2) the first is 2, and the second would have to be negative."""
    atoms = np.array([[1, 0], [0, 2], [0, 0]], np.float32)
    found = non_negative_least_squares(np.array([[2, -1], [1, 4]], np.float32) @ atoms.T, atoms @ atoms.T)
    assert found == pytest.approx(np.array([[2, 0, 0], [1, 2, 0]]), abs=1e-5)
    assert found[0, 1] == 0 and not found[:, 2].any()


def test_the_error_is_that_of_an_exact_search() -> None:
    random = np.random.default_rng(0)
    atoms = random.random((24, 60)).astype(np.float32) * (random.random((24, 60)) < 0.4)
    x = random.random((12, 60)).astype(np.float32) * (random.random((12, 60)) < 0.4)
    found = non_negative_least_squares(x @ atoms.T, atoms @ atoms.T)
    assert (found >= 0).all()
    for row, z in zip(x, found, strict=True):
        exact, left = nnls(atoms.T.astype(np.float64), row.astype(np.float64))
        assert np.linalg.norm(row - z @ atoms) == pytest.approx(left, rel=1e-3)
        # Nearly all that are 0 there are exactly 0 here.
        assert np.count_nonzero(z) <= np.count_nonzero(exact) + 2
    alone = non_negative_least_squares(x[:1] @ atoms.T, atoms @ atoms.T)
    assert np.allclose(alone, found[:1], atol=1e-4)
