"""Where latents lie on maps."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.analysis.latent_map import by_activity, by_decoder, directions, principal_basis


def test_activity_is_the_logarithm_of_the_density_and_the_mean_without_the_dead() -> None:
    density = np.array([0.1, 0.0, 0.001, 1.0, 0.5], np.float32)
    mean = np.array([2, 0, 5, 0.25, 9], np.float32)
    found = by_activity(density, mean, np.array([False, False, False, False, True]))
    assert found.latents.tolist() == [0, 2, 3]
    assert found.x.tolist() == pytest.approx([-1, -3, 0], abs=1e-6) and found.y.tolist() == [2, 5, 0.25]


@pytest.mark.parametrize("width", [3, 9])
def test_decoder_vectors_lie_along_the_directions_in_which_they_differ_most(width: int) -> None:
    vectors = np.zeros((5, width), np.float32)
    vectors[0, 0], vectors[1, 0] = 5, -2  # of norm 1 they are 1 and −1, whatever their lengths
    vectors[2, :2], vectors[3, :2] = (0.8, 0.6), (-0.8, -0.6)
    vectors[4, 2] = 100
    found = by_decoder(vectors, np.array([False, False, False, False, True]))
    assert found.latents.tolist() == [0, 1, 2, 3]
    # products of the four: [[3.28, 0.96], [0.96, 0.72]], with the eigenvalues 3.6 and 0.4, axes (3, 1) and (1, −3)
    assert found.shares == pytest.approx((0.9, 0.1))
    assert found.x.tolist() == pytest.approx(np.array([3, -3, 3, -3]) / np.sqrt(10))
    assert found.y.tolist() == pytest.approx(np.array([-1, 1, 1, -1]) / np.sqrt(10))


def test_too_few_directions_leave_zeros() -> None:
    line = by_decoder(np.array([[2.0, 0], [-1, 0], [0, 0]]), np.zeros(3, bool))
    assert line.x.tolist() == pytest.approx([1, -1, 0]) and line.y.tolist() == [0, 0, 0]
    assert line.shares == pytest.approx((1, 0))
    assert by_decoder(np.ones((3, 4)), np.zeros(3, bool)).x.tolist() == [0, 0, 0]
    assert by_decoder(np.ones((3, 4)), np.ones(3, bool)).latents.tolist() == []


def test_on_the_axes_of_other_vectors_equal_ones_have_equal_places() -> None:
    rng = np.random.default_rng(0)
    vectors, alive = rng.normal(size=(30, 7)), np.zeros(30, bool)
    basis = principal_basis(directions(vectors, alive)[1])
    moved = vectors.copy()
    moved[3] = -moved[3]
    before, after = by_decoder(vectors, alive, basis), by_decoder(moved, alive, basis)
    others = np.arange(30) != 3
    assert after.x[others].tolist() == before.x[others].tolist()
    assert abs(after.x[3] - before.x[3]) > 1e-3
    alone = by_decoder(vectors, alive)
    assert (alone.x.tolist(), alone.shares) == (before.x.tolist(), before.shares)


def test_axes_are_turned_to_where_points_were() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(20, 5))
    basis = principal_basis(rows)
    quarter_turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    wanted = basis.places(rows) @ quarter_turn
    assert basis.turned_like(rows, wanted).places(rows) == pytest.approx(wanted)
