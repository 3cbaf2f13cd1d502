"""Latents that are set in the codes of all inputs at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saegui.core.analysis.steering import Steering
from saegui.core.analysis.steering_all import steer_all
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, DataError
from saegui.core.model.snapshot import to_input
from saegui.core.runs.run import open_run
from tests.watched import Watched

VALUES = {3: 0.0, 7: 1.5}


def test_it_is_what_steering_gives_input_by_input(
    small_run: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saegui.core.model.snapshot.BATCH", 7)
    snapshot, images = open_run(small_run).latest(), digits.test_images[:40]
    found = steer_all(snapshot, images, VALUES)
    codes = snapshot.encode(to_input(images))
    each = [Steering(snapshot, image, code).steer(VALUES) for image, code in zip(images, codes, strict=True)]
    assert found.n == 40
    assert found.touched == sum(bool((one.z != code).any()) for one, code in zip(each, codes, strict=True))
    assert found.mse == pytest.approx(np.mean([one.mse for one in each]), rel=1e-5)
    assert found.mse_before == pytest.approx(np.mean([one.mse_before for one in each]), rel=1e-5)
    before, after = (
        np.array([getattr(one, name) for one in each]) for name in ("reencoded_before", "reencoded")
    )
    np.testing.assert_allclose(found.mean_before, before.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found.mean, after.mean(axis=0), atol=1e-6)
    assert found.active_before.tolist() == (before > 0).sum(axis=0).tolist()
    assert found.active.tolist() == (after > 0).sum(axis=0).tolist()
    change = np.abs(found.mean - found.mean_before)
    moved = found.moved.tolist()
    assert moved and not {3, 7} & set(moved)
    assert change[moved].tolist() == sorted(change[moved], reverse=True)
    assert set(np.flatnonzero(change)) - {3, 7} == set(moved)


def test_no_values_change_nothing(small_run: Path, digits: Dataset) -> None:
    found = steer_all(open_run(small_run).latest(), digits.test_images[:10], {})
    assert found.touched == 0 and found.mse == found.mse_before and not len(found.moved)


def test_what_cannot_be_set_is_named_and_it_can_be_given_up(small_run: Path, digits: Dataset) -> None:
    snapshot, images = open_run(small_run).latest(), digits.test_images[:10]
    with pytest.raises(DataError, match="no inputs"):
        steer_all(snapshot, images[:0], VALUES)
    with pytest.raises(DataError, match="24"):
        steer_all(snapshot, images, {24: 1.0})
    with pytest.raises(DataError, match="#3 cannot be set to -1"):
        steer_all(snapshot, images, {3: -1.0})
    with pytest.raises(Cancelled):
        steer_all(snapshot, images, VALUES, Watched(lambda: True))
