"""Orthogonal matching pursuit: codes by hand, and those of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import orthogonal_mp_gram

from saegui.core.arrays import Array
from saegui.core.families.baselines import pursuit as module
from saegui.core.families.baselines.pursuit import pursuit

random = np.random.default_rng(0)


def dictionary(n_latents: int, d_in: int) -> Array:
    atoms = random.standard_normal((n_latents, d_in))
    return (atoms / np.linalg.norm(atoms, axis=1, keepdims=True)).astype(np.float32)


def codes(x: Array, atoms: Array, most: int) -> Array:
    return pursuit(x @ atoms.T, atoms @ atoms.T, most)


def test_by_hand() -> None:
    """(3, −4) with the atoms (1, 0), (0, 1) and (0.6, 0.8): first −4 of the second, then 3 of the first."""
    atoms = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    x = np.array([[3, -4]], np.float32)
    assert codes(x, atoms, 1) == pytest.approx(np.array([[0, -4, 0]]))
    assert codes(x, atoms, 2) == pytest.approx(np.array([[3, -4, 0]]))
    # Nothing is left to draw, so no third atom is taken.
    assert np.count_nonzero(codes(x, atoms, 3)) == 2


@pytest.mark.parametrize("most", [1, 3, 10, 30])
def test_equals_scikit_learn(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VALUES", 2000)  # several pieces
    atoms, x = dictionary(30, 40), random.standard_normal((25, 40)).astype(np.float32)
    gram = (atoms @ atoms.T).astype(np.float64)
    expected = orthogonal_mp_gram(gram, (atoms @ x.T).astype(np.float64), n_nonzero_coefs=most).T
    found = codes(x, atoms, most)
    assert np.allclose(found, expected, atol=1e-4)
    assert (np.count_nonzero(found, axis=1) == most).all()
    alone = np.concatenate([codes(row[np.newaxis], atoms, most) for row in x])
    assert np.allclose(alone, found, atol=1e-5)


def test_atoms_of_no_length_and_equal_atoms_do_no_harm() -> None:
    atoms = dictionary(6, 8)
    atoms[1], atoms[2] = 0, atoms[3]
    found = codes(random.standard_normal((20, 8)).astype(np.float32), atoms, 6)
    assert np.isfinite(found).all() and np.abs(found).max() < 100
    assert not found[:, 1].any()
    assert not codes(np.zeros((2, 8), np.float32), atoms, 3).any()
