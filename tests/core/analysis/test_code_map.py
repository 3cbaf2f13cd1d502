"""Codes of test inputs on a plane, compared with what dense matrices give."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.analysis import code_map
from saegui.core.analysis.code_map import by_components, by_neighbours, chosen, codes_of
from saegui.core.analysis.input_codes import InputCodes
from saegui.core.analysis.latent_map import principal_basis
from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.progress import Progress

D, F, N = 16, 10, 60


def model() -> Snapshot:
    rng = np.random.default_rng(0)
    W = rng.normal(size=(F, D)).astype(np.float32)
    return Snapshot(
        RunConfig(n_latents=F, k=3), 0, 1.0, W.T.copy(), np.zeros(F, np.float32), W, np.zeros(D, np.float32),
        np.ones(F, np.float32), shape=(4, 4),
    )  # fmt: skip


def images(seed: int = 1, count: int = N) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 4), dtype=np.uint8)


@pytest.fixture
def codes() -> InputCodes:
    return codes_of(model(), images())


def dense(codes: InputCodes) -> np.ndarray:
    return np.asarray(code_map._matrix(codes).toarray())


def test_few_thousand_inputs_are_evenly_chosen() -> None:
    assert chosen(7).tolist() == list(range(7))
    found = chosen(10_000)
    assert len(found) == 3000 and found[0] == 0 and found[-1] == 9996 and (np.diff(found) > 0).all()


def test_codes_are_those_of_the_model(codes: InputCodes) -> None:
    z = model().encode(to_input(images()))
    assert dense(codes) == pytest.approx(z)


@pytest.mark.parametrize("sparse", [False, True])
def test_inputs_lie_along_the_principal_components_of_their_codes_and_so_does_a_further_one(
    codes: InputCodes, sparse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sparse:
        monkeypatch.setattr(code_map, "DENSE", 1)
    found = by_components(np.arange(N), codes)
    wanted = principal_basis(dense(codes))
    assert np.stack([found.x, found.y], axis=1) == pytest.approx(wanted.places(dense(codes)), abs=1e-6)
    assert found.basis is not None and found.basis.shares == pytest.approx(wanted.shares)
    z = model().encode(to_input(images(9, 1)))[0]
    assert found.place_of(z) == pytest.approx(wanted.places(z[None])[0], abs=1e-6)
    # Along other axes they move, and the axes stay.
    moved = by_components(np.arange(N), codes_of(model(), images(5)), found.basis)
    assert moved.basis is found.basis


def test_a_code_lies_at_the_mean_of_its_nearest_where_there_are_no_axes(
    codes: InputCodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[np.ndarray] = []

    def stand_in(method: str, rows: np.ndarray, start: np.ndarray, *, progress: Progress) -> np.ndarray:
        given.append(rows)
        return np.stack([np.arange(N), -np.arange(N)], axis=1).astype(float)

    monkeypatch.setattr(code_map, "embedded", stand_in)
    found = by_neighbours(np.arange(N), codes)
    unit = dense(codes) / np.linalg.norm(dense(codes), axis=1, keepdims=True)
    # Distances among what t-SNE is given are those among the codes of norm 1, as there are fewer than 50 latents.
    (rows,) = given
    wanted = np.linalg.norm(unit[:, None] - unit[None], axis=2)
    assert np.linalg.norm(rows[:, None] - rows[None], axis=2) == pytest.approx(wanted, abs=1e-5)
    z = model().encode(to_input(images(9, 1)))[0]
    cosines = unit @ (z / np.linalg.norm(z))
    mean = np.argsort(-cosines, kind="stable")[:10].mean()
    assert found.place_of(z) == pytest.approx((mean, -mean))
    assert found.place_of(np.zeros(F, np.float32)) is None
    # Of very many activations every second code is asked, and so on; its place is still its own.
    monkeypatch.setattr(code_map, "MOST_VALUES", len(codes.values) // 2)
    thin = by_neighbours(np.arange(N), codes)
    assert thin.near.every >= 2 and len(thin.near) == -(-N // thin.near.every)
    few = np.arange(0, N, thin.near.every)
    mean = few[np.argsort(-cosines[few], kind="stable")[:10]].mean()
    assert thin.place_of(z) == pytest.approx((mean, -mean))
