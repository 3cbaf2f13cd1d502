"""Orders of latents: the dead are always last, and nothing is lost or listed twice."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from saegui.core.analysis import latent_order
from saegui.core.analysis.latent_stats import analyse
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from tests.mnist_shape import D_IN

SORTS = get_args(latent_order.Sort)
shares = arrays.arrays(np.float32, st.integers(1, 60), elements=st.sampled_from([0, 0.125, 0.25, 0.5, 1]))


def floats(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def make_snapshot(density: list[float], epoch: float) -> Snapshot:
    F = len(density)
    rng = np.random.default_rng(0)
    W = rng.normal(size=(F, D_IN)).astype(np.float32)
    zeros = np.zeros(F, np.float32)
    config = RunConfig(n_latents=F, k=min(2, F))
    return Snapshot(config, 1, epoch, W.T.copy(), zeros, W, np.zeros(D_IN, np.float32), floats(*density))


@pytest.mark.parametrize("sort", SORTS)
@given(density=shares, seed=st.integers(0, 9))
def test_the_dead_are_last_and_every_latent_is_listed_once(
    sort: latent_order.Sort, density: NDArray[np.float32], seed: int
) -> None:
    z = np.random.default_rng(seed).integers(0, 4, len(density)).astype(np.float32)
    found = latent_order.order(sort, density, density == 0, z)
    assert sorted(found) == list(range(len(density)))
    listed_dead = (density == 0)[found]
    assert (np.diff(listed_dead.astype(int)) >= 0).all()
    assert (latent_order.places(found)[found] == np.arange(len(density))).all()


def test_each_order_by_hand() -> None:
    density = floats(0.2, 0, 0.5, 0.2, 0, 0.1)
    dead = density == 0
    z = floats(0, 3, 0, 1, 0, 2)
    assert latent_order.order("density", density, dead, z).tolist() == [2, 0, 3, 5, 1, 4]
    assert latent_order.order("index", density, dead, z).tolist() == [0, 2, 3, 5, 1, 4]
    # 1 fires on the drawing, but on no training image: it stays among the dead, first of them.
    assert latent_order.order("activation", density, dead, z).tolist() == [5, 3, 2, 0, 1, 4]
    assert latent_order.order("activation", density, dead).tolist() == [2, 0, 3, 5, 1, 4]


def test_an_unknown_order_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="colour"):
        latent_order.order("colour", floats(1), np.array([False]))  # type: ignore[arg-type]


def test_nothing_is_called_dead_before_one_epoch_was_trained() -> None:
    density = [0.0, 0.5, 0.0]
    assert not latent_order.dead_latents(make_snapshot(density, 0)).any()
    assert not latent_order.dead_latents(make_snapshot(density, 0.9)).any()
    assert latent_order.dead_latents(make_snapshot(density, 1)).tolist() == [True, False, True]


def test_a_measurement_overrules_the_estimate_of_the_training() -> None:
    snapshot = make_snapshot([0.0, 0.0, 0.0, 0.0], 0.5)
    images, labels = np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8)
    stats = analyse(snapshot, Dataset("blank", "Blank", images, labels, images, labels, ("0",)))
    stats = replace(stats, density=floats(0.5, 0, 0.5, 0.5))
    assert latent_order.knows_dead(snapshot, stats)
    assert latent_order.dead_latents(snapshot, stats).tolist() == [False, True, False, False]
