"""Which latents are active together, against the same counted by hand and one by one."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.analysis import coactivation as counting
from saegui.core.analysis.coactivation import (
    N_NEAREST,
    Coactivation,
    Moments,
    Nearest,
    coactivation,
    families,
    jaccard,
    pearson,
)
from saegui.core.analysis.input_codes import InputCodes
from saegui.core.errors import Cancelled
from tests.watched import Watched

CODES = np.array(
    [
        # Latents 0 and 1 together twice; 2 alone; 3 dead; 4 always the same.
        [1, 2, 0, 0, 5],
        [3, 4, 0, 0, 5],
        [2, 0, 7, 0, 5],
        [0, 0, 1, 0, 5],
    ],
    np.float32,
)


def of(codes: np.ndarray) -> InputCodes:
    """As :func:`saegui.core.analysis.input_codes.input_codes` finds ``codes (N, F)``."""
    inputs, latents = np.nonzero(codes)
    starts = np.concatenate([[0], np.cumsum(np.bincount(inputs, minlength=len(codes)))]).astype(np.int64)
    return InputCodes(len(codes), 1, starts, latents.astype(np.int32), codes[inputs, latents], codes.shape[1])


def by_hand(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(Jaccard, Pearson), ``(F, F)``, the diagonal and what is not defined 0."""
    F = codes.shape[1]
    shares, correlations = np.zeros((2, F, F))
    for i in range(F):
        for j in range(F):
            both, either = (codes[:, i] > 0) & (codes[:, j] > 0), (codes[:, i] > 0) | (codes[:, j] > 0)
            if i != j and either.any():
                shares[i, j] = both.sum() / either.sum()
            if i != j and codes[:, i].std() and codes[:, j].std():
                correlations[i, j] = np.corrcoef(codes[:, i], codes[:, j])[0, 1]
    return shares, correlations


def shown(nearest: Nearest, latent: int) -> dict[int, float]:
    pairs = zip(nearest.latents[latent].tolist(), nearest.values[latent].tolist(), strict=True)
    return {other: value for other, value in pairs if other >= 0}


def test_the_measures_are_those_of_their_formulas() -> None:
    found = coactivation(of(CODES))
    assert found.n_inputs == 4
    assert shown(found.jaccard, 0) == pytest.approx({4: 3 / 4, 1: 2 / 3, 2: 1 / 4})
    assert shown(found.jaccard, 1) == pytest.approx({0: 2 / 3, 4: 2 / 4})
    # Products 2 + 12, sums 6 and 6, squares 14 and 20: (4·14 − 6·6) / √((4·14 − 36)(4·20 − 36)).
    # And with 2: product 14, sum 8, squares 50.
    assert shown(found.pearson, 0) == pytest.approx({1: 20 / np.sqrt(20 * 44), 2: 8 / np.sqrt(20 * 136)})
    assert shown(found.jaccard, 3) == shown(found.pearson, 3) == shown(found.pearson, 4) == {}
    for nearest in (found.jaccard, found.pearson):
        assert np.isfinite(nearest.values).all() and not nearest.values.flags.writeable


def test_nothing_is_ever_no_number() -> None:
    nothing = np.zeros((1, 3))
    assert jaccard(nothing, nothing, nothing).tolist() == [[0, 0, 0]]
    assert pearson(nothing, Moments(nothing, nothing), Moments(nothing, nothing), 5).tolist() == [[0, 0, 0]]
    silent = coactivation(of(np.zeros((6, 4), np.float32)))
    assert silent.family.tolist() == [0, 1, 2, 3] and (silent.jaccard.latents == -1).all()


@pytest.fixture
def codes() -> np.ndarray:
    rng = np.random.default_rng(0)
    found = rng.uniform(0.5, 3, (300, 40)) * (rng.random((300, 40)) < rng.uniform(0.01, 0.3, 40))
    found[:, 7] = 0
    found[:, 9] = found[:, 8]
    return found.astype(np.float32)


@pytest.mark.parametrize("full", [False, True], ids=["sparse", "full"])
def test_it_finds_what_is_found_one_by_one(
    codes: np.ndarray, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    monkeypatch.setattr(counting, "_FULL", 0.0 if full else 1.0)
    monkeypatch.setattr(counting, "_VALUES", 40 * 13)
    watched = Watched()
    found = coactivation(of(codes), watched)
    for nearest, whole in zip((found.jaccard, found.pearson), by_hand(codes), strict=True):
        for latent in range(40):
            expected = np.sort(whole[latent])[::-1][:N_NEAREST]
            np.testing.assert_allclose(nearest.values[latent], np.maximum(expected, 0), atol=1e-6)
            assert all(
                whole[latent, other] == pytest.approx(v, abs=1e-6)
                for other, v in shown(nearest, latent).items()
            )
    assert shown(found.pearson, 8)[9] == pytest.approx(1) and found.jaccard.latents[8, 0] == 9
    assert watched.reports == [(13, 40, ""), (26, 40, ""), (39, 40, ""), (40, 40, "")]


def test_of_too_many_entries_evenly_spaced_inputs_are_compared(
    codes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_FULL", 1.0)
    monkeypatch.setattr(counting, "MOST_ENTRIES", int((codes > 0).sum()) // 3 + 1)
    found = coactivation(of(codes))
    assert found.n_inputs == 100
    expected, _ = by_hand(codes[::3])
    assert found.jaccard.values[:, 0] == pytest.approx(expected.max(axis=1), abs=1e-6)


def test_it_can_be_given_up(codes: np.ndarray) -> None:
    with pytest.raises(Cancelled):
        coactivation(of(codes), Watched(lambda: True))


def test_a_family_is_what_strongest_links_connect() -> None:
    # 0–1, 1–2 and 5–4 by strongest links; 3 is linked to nobody strongly enough, 6 is dead.
    strongest = {0: (1, 0.3), 1: (2, 0.5), 2: (1, 0.5), 3: (0, 0.05), 4: (5, 0.2), 5: (4, 0.2)}
    nearest = Nearest(np.full((7, N_NEAREST), -1, np.int32), np.zeros((7, N_NEAREST), np.float32))
    for latent, (other, value) in strongest.items():
        nearest.latents[latent, 0], nearest.values[latent, 0] = other, value
    family = families(nearest)
    assert family.tolist() == [0, 0, 0, 3, 4, 4, 6]
    found = Coactivation(9, nearest, nearest, family)
    assert found.members(1).tolist() == [0, 1, 2] and found.members(6).tolist() == [6]


def test_families_of_codes_that_share_nothing_are_apart() -> None:
    rng = np.random.default_rng(1)
    codes = np.zeros((200, 9), np.float32)
    for row, group in enumerate(rng.integers(0, 3, 200)):
        codes[row, 3 * group : 3 * group + 3] = rng.uniform(1, 2, 3) * (rng.random(3) < 0.8)
    assert coactivation(of(codes)).family.tolist() == [0, 0, 0, 3, 3, 3, 6, 6, 6]
