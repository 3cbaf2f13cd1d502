"""The reconstruction as a sum of terms, against sums written out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saegui.core.analysis.contributions import ablation_costs, contributions, term_sum
from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot, to_input

F32 = np.float32
IMAGE = np.array([4, 1], F32)


def model(**changes: object) -> Snapshot:
    """Four latents that draw (1, 0), (0, 2), (1, 1) and (−1, 0), over the bias (0.5, 0)."""
    return Snapshot(
        RunConfig(n_latents=4, pre_bias=False, **{"arch": "relu_l1", **changes}),
        0,
        0.0,
        np.eye(2, 4, dtype=F32),
        np.zeros(4, F32),
        np.array([[1, 0], [0, 2], [1, 1], [-1, 0]], F32),
        np.array([0.5, 0], F32),
        np.zeros(4, F32),
        shape=(2,),
    )


Z = np.array([3, 0.5, 0, 1], F32)


def test_terms_come_in_the_order_of_their_lengths_and_each_partial_sum_leaves_its_error() -> None:
    found = term_sum(model(), IMAGE, Z)
    # Lengths 3, 0.5·2 and 1: of the two equal ones the lower latent comes first. Latent 2 is off and is no term.
    assert found.latents.tolist() == [0, 1, 3]
    assert found.activations.tolist() == [3, 0.5, 1]
    assert found.terms.tolist() == [[3, 0], [0, 1], [-1, 0]]
    assert found.partial.tolist() == [[0.5, 0], [3.5, 0], [3.5, 1], [2.5, 1]]
    # ((4 − 0.5)² + 1²) / 2 and so on.
    assert found.mse.tolist() == [6.625, 0.625, 0.125, 1.125]
    assert found.whole
    np.testing.assert_array_equal(found.terms, contributions(model(), Z, found.latents))


def test_only_the_first_terms_are_kept_where_there_are_many() -> None:
    found = term_sum(model(), IMAGE, Z, most=2)
    assert (found.latents.tolist(), found.n_active, found.whole) == ([0, 1], 3, False)
    assert found.mse.tolist() == [6.625, 0.625, 0.125]


def test_a_code_of_zeros_is_the_bias_alone() -> None:
    found = term_sum(model(), IMAGE, np.zeros(4, F32))
    assert found.partial.tolist() == [[0.5, 0]]
    assert (found.mse.tolist(), found.n_active, found.whole) == ([6.625], 0, True)


@pytest.mark.parametrize("kind", ["raw", "centred", "standardised", "unit"])
@pytest.mark.parametrize("arch", ["relu_l1", "kl"])
def test_the_last_partial_sum_is_the_reconstruction_for_every_kind_of_input(kind: str, arch: str) -> None:
    extras = (
        {} if kind == "raw" else {"input_mean": np.array([1, 0.5], F32), "input_scale": np.array([2], F32)}
    )
    snapshot = replace(model(arch=arch), extras=extras)
    snapshot = replace(snapshot, config=snapshot.config.model_copy(update={"input": kind}))
    found = term_sum(snapshot, IMAGE, Z)
    x = to_input(IMAGE[np.newaxis])
    for place in range(4):
        some = np.zeros(4, F32)
        some[found.latents[:place]] = found.activations[:place]
        np.testing.assert_allclose(found.partial[place], snapshot.decode(some[np.newaxis], x)[0], rtol=1e-6)


def test_the_cost_of_ablating_a_latent_is_the_error_without_it_less_the_error_with_it() -> None:
    # With all: (2.5, 1) for (4, 1), an error of 1.125. Without latent 0, 1 and 3: (−0.5, 1), (2.5, 0) and (3.5, 1).
    found = ablation_costs(model(), IMAGE, Z, np.array([3, 0, 1]))
    assert found.tolist() == [0.125 - 1.125, 10.125 - 1.125, 1.625 - 1.125]


@pytest.mark.parametrize("arch", ["relu_l1", "kl"])
def test_costs_of_many_latents_are_those_of_each_alone(arch: str) -> None:
    rng = np.random.default_rng(0)
    count = 600
    snapshot = Snapshot(
        RunConfig(arch=arch, n_latents=count, pre_bias=False),
        0,
        0.0,
        np.zeros((2, count), F32),
        np.zeros(count, F32),
        rng.normal(size=(count, 2)).astype(F32),
        np.zeros(2, F32),
        np.zeros(count, F32),
        shape=(2,),
    )
    z = rng.random(count).astype(F32) / 10
    found = ablation_costs(snapshot, IMAGE, z, np.arange(count))
    for latent in (0, 255, 256, 599):
        less = z.copy()
        less[latent] = 0
        x = to_input(IMAGE[np.newaxis])
        errors = [np.square(snapshot.decode(each[np.newaxis], x) - x).mean() for each in (z, less)]
        assert found[latent] == pytest.approx(errors[1] - errors[0], abs=1e-5)
