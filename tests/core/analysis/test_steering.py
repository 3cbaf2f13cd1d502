"""Steered codes of tiny models, against what they must give by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from saegui.core.analysis.steering import Steering
from saegui.core.arrays import Images
from saegui.core.config.schema import RunConfig
from saegui.core.errors import DataError
from saegui.core.model.snapshot import Snapshot, to_input

F32 = np.float32


def model() -> Snapshot:
    """Latents 0 and 1 read and draw one value each; latent 2 looks for the first value without the second."""
    return Snapshot(
        RunConfig(arch="relu_l1", n_latents=3, pre_bias=False),
        0,
        0.0,
        np.array([[1, 0, 1], [0, 1, -2]], F32),
        np.zeros(3, F32),
        np.array([[1, 0], [0, 1], [0, 0.5]], F32),
        np.zeros(2, F32),
        np.zeros(3, F32),
        shape=(2,),
    )


def steering(values: Images) -> Steering:
    snapshot = model()
    return Steering(snapshot, values, snapshot.encode(to_input(values[np.newaxis]))[0])


def test_ablating_a_latent_takes_its_part_away_and_another_one_appears() -> None:
    image = np.array([3, 2], F32)  # code (3, 2, 0), reconstructed without an error
    found = steering(image).steer({1: 0.0})
    assert found.z.tolist() == [3, 0, 0]
    assert found.reconstruction.tolist() == [3, 0]
    assert found.difference.tolist() == [0, -2]
    assert (found.mse_before, found.mse) == (0.0, 2.0)
    # (3, 0) is encoded as (3, 0, 3 − 2·0).
    assert found.reencoded_before.tolist() == [3, 2, 0]
    assert found.reencoded.tolist() == [3, 0, 3]
    assert found.appearing.tolist() == [2]
    assert found.vanishing.tolist() == [1]


def test_several_latents_are_set_at_once_also_such_that_were_off() -> None:
    image = np.array([5, 1], F32)  # code (5, 1, 3): the second value is reconstructed as 1 + 1.5
    found = steering(image).steer({2: 0.0, 1: 4.0, 0: 5.0})
    assert found.z.tolist() == [5, 4, 0]
    assert found.reconstruction.tolist() == [5, 4]
    assert found.difference.tolist() == [0, 1.5]
    assert (found.mse_before, found.mse) == (1.125, 4.5)
    assert found.reencoded.tolist() == [5, 4, 0]
    assert found.appearing.tolist() == found.vanishing.tolist() == []


def test_with_nothing_set_nothing_changes() -> None:
    image = np.array([5, 1], F32)
    before = steering(image)
    found = before.steer({})
    assert found.z.tolist() == before.z.tolist() == [5, 1, 3]
    assert found.difference.tolist() == [0, 0]
    assert found.mse == found.mse_before
    # The reconstruction (5, 2.5) is encoded without latent 2: no work of steering.
    assert found.reencoded.tolist() == [5, 2.5, 0]
    assert found.appearing.tolist() == found.vanishing.tolist() == []


def test_the_baseline_is_left_as_it_was() -> None:
    ready = steering(np.array([3, 2], F32))
    ready.steer({0: 9.0, 1: 9.0})
    assert ready.z.tolist() == [3, 2, 0]
    assert ready.steer({}).reconstruction.tolist() == [3, 2]


@pytest.mark.parametrize("latent", [-1, 3])
def test_a_latent_that_does_not_exist_is_named(latent: int) -> None:
    with pytest.raises(DataError, match=f"no latent #{latent}; choose one from #0 to #2"):
        steering(np.array([3, 2], F32)).steer({latent: 1.0})


@pytest.mark.parametrize("value", [-0.5, math.nan, math.inf])
def test_a_value_that_is_no_activation_is_named(value: float) -> None:
    with pytest.raises(DataError, match=f"#1 cannot be set to {value:g}"):
        steering(np.array([3, 2], F32)).steer({1: value})
