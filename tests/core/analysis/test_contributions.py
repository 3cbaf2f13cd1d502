"""The reconstruction as a sum of terms, against sums written out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saegui.core.analysis.contributions import contributions, term_sum
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
