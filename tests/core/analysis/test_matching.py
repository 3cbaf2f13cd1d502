"""Matching two dictionaries, by hand on tiny ones and against SciPy on random ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from saegui.core.analysis import assignment, matching
from saegui.core.analysis.assignment import best_assignment
from saegui.core.analysis.matching import Cosines, Matching, Method, match, seconds
from saegui.core.arrays import Array
from saegui.core.config.schema import RunConfig
from saegui.core.errors import Cancelled, DataError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

METHODS: tuple[Method, ...] = ("exact", "greedy")


def model(*rows: list[float]) -> Snapshot:
    """A model with these decoder rows."""
    atoms = np.array(rows, np.float32)
    n, d = atoms.shape
    zeros = np.zeros(n, np.float32)
    config = RunConfig(n_latents=n, k=1)
    return Snapshot(config, 0, 0.0, atoms.T.copy(), zeros, atoms, np.zeros(d, np.float32), zeros, shape=(d,))


def matched(a: Snapshot, b: Snapshot, method: Method = "exact", dead_a: tuple[int, ...] = ()) -> Matching:
    dead = np.isin(np.arange(a.n_latents), dead_a)
    return match(a, b, dead, np.zeros(b.n_latents, np.bool_), method)


def directions(n: int, d: int, seed: int) -> Array:
    rows = np.random.default_rng(seed).standard_normal((n, d), dtype=np.float32)
    found: Array = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


@pytest.mark.parametrize("method", METHODS)
def test_the_same_atoms_in_another_order_are_found_again(method: Method) -> None:
    found = matched(model([1, 0, 0], [0, 2, 0], [0, 0, 3]), model([0, 0, 1], [1, 0, 0], [0, 1, 0]), method)
    assert found.pairs.tolist() == [[0, 1], [1, 2], [2, 0]]
    assert found.cosines.tolist() == [1, 1, 1]
    assert found.mean == found.a.mean_best == found.b.mean_best == 1
    assert found.found() == 3 and not len(found.a.only()) and not len(found.b.only())
    assert found.partner(2) == 0 and found.partner(0, 1) == 2


def test_the_exact_matching_gives_up_the_best_pair_for_a_larger_sum_and_the_greedy_one_does_not() -> None:
    # Cosines 1 and 0.8 in the first row, 0.8 and 0 in the second one.
    a, b = model([1, 0], [0.8, -0.6]), model([1, 0], [0.6, 0.8])
    cosines = a.W_dec @ b.W_dec.T
    np.testing.assert_allclose(cosines, [[1, 0.6], [0.8, 0]], atol=1e-6)
    exact, greedy = matched(a, b, "exact"), matched(a, b, "greedy")
    assert exact.pairs.tolist() == [[1, 0], [0, 1]]
    np.testing.assert_allclose(exact.cosines, [0.8, 0.6], atol=1e-6)
    assert greedy.pairs.tolist() == [[0, 0], [1, 1]]
    np.testing.assert_allclose(greedy.cosines, [1, 0], atol=1e-6)
    # The best matches do not depend on the pairs.
    for found in (exact, greedy):
        np.testing.assert_allclose(found.a.best, [1, 0.8], atol=1e-6)
        np.testing.assert_allclose(found.b.best, [1, 0.6], atol=1e-6)
        assert found.a.only(0.9).tolist() == [1] and found.b.only(0.5).tolist() == []


@pytest.mark.parametrize("method", METHODS)
def test_dead_and_zero_latents_are_left_out_and_counted(method: Method) -> None:
    a = model([0, 0, 0], [1, 0, 0], [0, 1, 0], [np.nan, 0, 0], [0, 0, 1])
    found = matched(a, model([0, 1, 0], [1, 0, 0]), method, dead_a=(0, 4))
    assert found.pairs.tolist() == [[1, 1], [2, 0]]
    assert found.a.left_out == (2, 1) and found.b.left_out == (0, 0)
    assert found.a.latents.tolist() == [1, 2] and found.partner(4) is None
    for numbers in (found.cosines, found.a.best, found.b.best):
        assert np.isfinite(numbers).all()


@pytest.mark.parametrize("method", METHODS)
def test_the_larger_dictionary_keeps_latents_without_a_partner(method: Method) -> None:
    small, large = model([1, 0], [0, 1]), model([1, 0], [1, 1], [0, 1], [-1, 0])
    for found, side in ((matched(small, large, method), 1), (matched(large, small, method), 0)):
        assert sorted(found.pairs[:, side].tolist()) == [0, 2]
        assert (found.a, found.b)[side].only().tolist() == [3, 1]
        np.testing.assert_allclose((found.a, found.b)[side].best, [1, 0.5**0.5, 1, 0], atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_dictionary_without_living_latents_has_no_pairs_and_no_means(method: Method) -> None:
    for a, b in (
        (model([0, 0]), model([1, 0])),
        (model([1, 0]), model([0, 0])),
        (model([0, 0]), model([0, 0])),
    ):
        found = matched(a, b, method)
        assert found.pairs.shape == (0, 2) and found.mean is None
        assert all(side.mean_best == 0 for side in (found.a, found.b) if len(side.best))


def test_models_of_other_inputs_are_refused_with_both_sizes() -> None:
    with pytest.raises(DataError, match="One model reads 3 values and the other 2 values"):
        matched(model([1, 0, 0]), model([1, 0]))


@pytest.mark.parametrize("shape", [(300, 300), (200, 340)])
@pytest.mark.parametrize("alike", [0.0, 1.0])
def test_candidates_and_prices_give_the_sum_of_the_whole_matrix(
    shape: tuple[int, int], alike: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignment, "SMALL", 10)
    monkeypatch.setattr(assignment, "CANDIDATES", 2)
    monkeypatch.setattr(matching, "_VALUES", 10_000)
    n, m = shape
    rows, columns = directions(n, 12, 0), directions(m, 12, 1)
    columns[:n] += alike * rows[::-1]
    columns /= np.linalg.norm(columns, axis=1, keepdims=True)
    cosines = rows @ columns.T
    found, best_rows, best_columns = best_assignment(Cosines(rows, columns), UNWATCHED)
    wanted = linear_sum_assignment(cosines, maximize=True)[1]
    assert len(set(found.tolist())) == n
    each = np.arange(n)
    assert abs(cosines[each, found].sum(dtype=float) - cosines[each, wanted].sum(dtype=float)) < 1e-6 * n
    np.testing.assert_allclose(best_rows, cosines.max(axis=1), atol=1e-6)
    np.testing.assert_allclose(best_columns, cosines.max(axis=0), atol=1e-6)


def test_equal_atoms_hold_up_neither_matching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assignment, "SMALL", 10)
    monkeypatch.setattr(matching, "_VALUES", 10_000)
    same = Cosines(np.tile(directions(1, 8, 0), (400, 1)), np.tile(directions(1, 8, 0), (410, 1)))
    rounds = _Count()
    for found in (best_assignment(same, UNWATCHED)[0], matching._greedy(same, rounds)[0]):
        assert len(set(found.tolist())) == 400
    assert rounds.count < 100


def test_the_greedy_matching_takes_the_most_alike_of_those_that_are_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching, "_VALUES", 1000)
    rows, columns = directions(60, 6, 2), directions(70, 6, 3)
    left = rows @ columns.T
    wanted = np.full(60, -1)
    for _ in range(60):
        row, column = np.unravel_index(left.argmax(), left.shape)
        wanted[row] = column
        left[row], left[:, column] = -np.inf, -np.inf
    assert matching._greedy(Cosines(rows, columns), UNWATCHED)[0].tolist() == wanted.tolist()


@pytest.mark.parametrize("method", METHODS)
def test_matching_says_how_far_it_is_and_can_be_given_up(
    method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignment, "SMALL", 10)
    monkeypatch.setattr(matching, "_VALUES", 1000)
    a, b = model(*directions(60, 6, 0).tolist()), model(*directions(60, 6, 1).tolist())
    nobody = np.zeros(60, np.bool_)
    count = _Count()
    match(a, b, nobody, nobody, method, count)
    assert count.count > 3 and count.shares == sorted(count.shares) and count.shares[-1] == 1
    with pytest.raises(Cancelled):
        match(a, b, nobody, nobody, method, _Count(2))


def test_the_estimate_grows_with_the_number_of_pairs() -> None:
    assert seconds(4096, 4096, 64) > seconds(512, 512, 64) > 0
    assert seconds(0, 0, 4) == 0


class _Count(Progress):
    """Counts reports; gives up at the ``last``."""

    def __init__(self, last: int | None = None) -> None:
        self.count, self.last = 0, last
        self.shares: list[float] = []

    def report(self, done: int, total: int, text: str = "") -> None:
        self.count += 1
        self.shares.append(done / total)
        if self.count == self.last:
            raise Cancelled
