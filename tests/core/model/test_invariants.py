"""What holds after every step of a training, whatever the family."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.training.schedules import annealed
from saegui.core.training.trainer import Trainer

torch = pytest.importorskip("torch")

STEPS = 25
ROW_WISE, MEAN_WISE = ("topk", "multi_topk"), ("batch_topk", "matryoshka")
BASE = {"dataset": "digits", "n_latents": 24, "k": 3, "batch_size": 100, "epochs": 2, "lr": 2e-3}


def trainer(digits: Dataset, **options: Any) -> Trainer:
    return Trainer(make({**BASE, **options}), digits)


def results(made: Trainer) -> Any:
    while made.steps < STEPS:
        yield made.step()


@pytest.mark.parametrize("options", [{}, {"revival": "auxk"}, {"pre_bias": True}], ids=str)
@pytest.mark.parametrize("arch", [*ROW_WISE, *MEAN_WISE])
def test_no_more_than_k_latents_are_on(arch: str, options: dict[str, Any], digits: Dataset) -> None:
    made = trainer(digits, arch=arch, **options)
    on = [result.l0 for result in results(made)]
    assert 2 < max(on) <= 3
    if arch in ROW_WISE:
        x = torch.from_numpy(digits.test_images.reshape(-1, 784).astype(np.float32) / 255)
        z = FAMILIES[arch].forward(made.weights, x, made.config, 3).z
        assert int((z > 0).sum(1).max()) <= 3


@pytest.mark.parametrize("arch", list(FAMILIES))
@pytest.mark.parametrize("revival", ["none", "auxk", "resample"])
def test_atoms_keep_length_one(arch: str, revival: str, digits: Dataset) -> None:
    made = trainer(digits, arch=arch, unit_norm=True, revival=revival, dead_after=0.1, resample_every=0.5)
    for _ in results(made):
        np.testing.assert_allclose(np.linalg.norm(made.weights["W_dec"].numpy(), axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("arch", list(FAMILIES))
@pytest.mark.parametrize("unit_norm", [False, True])
def test_the_optimiser_does_not_see_what_would_only_change_an_atom_s_length(
    arch: str, unit_norm: bool, digits: Dataset
) -> None:
    made = trainer(digits, arch=arch, unit_norm=unit_norm)
    atoms = made.weights["W_dec"].numpy().copy()
    made.step()
    mean = made.state()["mean.W_dec"]
    along = np.abs(np.einsum("ij,ij->i", mean, atoms)) / np.linalg.norm(atoms, axis=1)
    felt = np.linalg.norm(mean, axis=1)
    assert felt.max() > 1e-7
    assert bool((along <= 1e-5 * felt.max()).all()) is unit_norm


@pytest.mark.parametrize("arch", list(FAMILIES))
@pytest.mark.parametrize("revival", ["none", "resample"])
@pytest.mark.parametrize("unit_norm", [False, True])
def test_no_weight_is_negative_where_none_may_be(
    arch: str, revival: str, unit_norm: bool, digits: Dataset
) -> None:
    """Also right after latents were restarted on images less their mean."""
    options: dict[str, Any] = {"revival": revival, "dead_after": 0.1, "resample_every": 0.5, "pre_bias": True}
    made = trainer(digits, arch=arch, non_negative=True, unit_norm=unit_norm, input="centred", **options)
    with torch.no_grad():
        made.weights["b_enc"][:5] = -100  # dead, so that there is something to restart
    for _ in results(made):
        assert float(made.weights["W_enc"].min()) >= 0
        assert float(made.weights["W_dec"].min()) >= 0
        if unit_norm:
            np.testing.assert_allclose(np.linalg.norm(made.weights["W_dec"].numpy(), axis=1), 1, atol=1e-5)
    assert float(made.weights["b_dec"].min()) < 0, "biases are free"


class TestAnnealing:
    def test_by_hand(self) -> None:
        config = RunConfig(n_latents=64, k=4, k_anneal=0.5)
        assert [annealed(config, step, 16) for step in range(10)] == [16, 14, 13, 12, 10, 8, 7, 6, 4, 4]

    @pytest.mark.parametrize(("latents", "k"), [(64, 20), (64, 64), (1, 1), (5, 2)])
    def test_never_leaves_its_bounds_and_reaches_k(self, latents: int, k: int) -> None:
        config = RunConfig(n_latents=latents, k=k, k_anneal=0.3)
        found = [annealed(config, step, 100) for step in range(101)]
        assert found[0] == min(4 * k, latents)
        assert found == sorted(found, reverse=True)
        assert set(found[30:]) == {k}

    def test_families_without_k_know_nothing_of_it(self) -> None:
        config = RunConfig(arch="relu_l1", k_anneal=1.0)
        assert {annealed(config, step, 10) for step in range(11)} == {config.k}

    @pytest.mark.parametrize("arch", [*ROW_WISE, *MEAN_WISE])
    def test_is_what_the_codes_feel(self, arch: str, digits: Dataset) -> None:
        made = trainer(digits, arch=arch, k_anneal=0.5, pre_bias=True, tied_init=True)
        for result in results(made):
            k = annealed(made.config, result.step - 1, made.total_steps)
            assert result.l0 <= k
            if result.step < 5:
                assert result.l0 > 4 and k > 9
            if result.step > made.total_steps / 2:
                assert k == 3
        assert made.step().l0 <= 3


class TestParameters:
    @pytest.mark.parametrize("arch", list(FAMILIES))
    def test_every_weight_is_trained(self, arch: str, digits: Dataset) -> None:
        """None is forgotten by the optimiser; what is measured for inference is no weight."""
        made = trainer(digits, arch=arch, code="sigmoid", bandwidth=0.5)
        before = {name: weight.clone() for name, weight in made.weights.items()}
        for _ in results(made):
            pass
        learnt = {"W_enc", "b_enc", "W_dec", "b_dec", *FAMILIES[arch].learnt}
        assert set(made.weights) == learnt
        assert set(made.snapshot().tensors()) == learnt | {"density", *FAMILIES[arch].measured}
        for name, weight in made.weights.items():
            assert not torch.equal(weight, before[name]), name
            assert bool(weight.isfinite().all()), name
