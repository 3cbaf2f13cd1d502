"""The inputs that point where a direction points."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.analysis import neighbours
from saegui.core.analysis.neighbours import Directions
from saegui.core.runs.run import starter_run


@pytest.mark.parametrize("values", [40, 1 << 22])
def test_they_are_those_with_the_largest_cosines_whatever_the_pieces(
    values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "_VALUES", values)
    random = np.random.default_rng(0)
    rows = random.standard_normal((97, 5)).astype(np.float32) + 3
    rows[50] = rows[20]  # equals keep their order
    wanted = np.concatenate([random.standard_normal((3, 5)), rows[20:21] - rows.mean(0)]).astype(np.float32)
    directions = Directions(rows)
    np.testing.assert_allclose(directions.mean, rows.mean(0), rtol=1e-5)
    found = directions.nearest(wanted, 10)
    seen = rows - rows.mean(0)
    cosines = wanted @ seen.T / np.linalg.norm(wanted, axis=1)[:, None] / np.linalg.norm(seen, axis=1)
    np.testing.assert_allclose(found.cosines, -np.sort(-cosines, axis=1)[:, :10], atol=1e-5)
    assert found.rows[3, :2].tolist() == [20, 50] and found.cosines[3, 0] == pytest.approx(1, abs=1e-5)
    assert directions.nearest(np.zeros((1, 5), np.float32), 200).rows.shape == (1, 97)


@pytest.mark.parametrize("values", [30, 1 << 22])
def test_the_atoms_most_alike_are_all_others_by_their_cosine(
    values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter = starter_run().latest()
    monkeypatch.setattr(neighbours, "_VALUES", values)
    found = neighbours.nearest_atoms(starter, 5)
    scaled = starter.W_dec / np.linalg.norm(starter.W_dec, axis=1, keepdims=True)
    cosines = scaled @ scaled.T
    np.fill_diagonal(cosines, -2)
    np.testing.assert_allclose(found.cosines, -np.sort(-cosines, axis=1)[:, :5], atol=1e-5)
    assert all(latent not in row for latent, row in enumerate(found.rows.tolist()))
    assert neighbours.nearest_atoms(starter, 999).rows.shape == (64, 63)
