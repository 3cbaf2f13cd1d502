"""What takes long to sort by is kept on disk for each model, and never believed where it does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from saegui.core.analysis import kept_arrays, kept_sort_keys, sort_keys
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.run import open_run


@pytest.mark.parametrize("name", ["ablation_errors", "cluster_keys"])
def test_an_order_is_read_the_next_time_and_measured_again_for_other_weights_or_a_damaged_file(
    name: str, small_run: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = open_run(small_run).latest()
    original, measured = getattr(sort_keys, name), []

    def measure(*arguments: object) -> object:
        measured.append(arguments)
        return original(*arguments)

    def found(model: Snapshot, dead: int = 0) -> NDArray[np.floating]:
        if name == "ablation_errors":
            return kept_sort_keys.ablation_errors(model, digits)
        return kept_sort_keys.cluster_keys(model, np.arange(model.n_latents) < dead)

    monkeypatch.setattr(sort_keys, name, measure)
    found(snapshot)
    assert not kept_arrays.folder().exists(), "small models are measured each time"
    monkeypatch.setattr(kept_arrays, "WORTH", 0)
    monkeypatch.setattr(kept_sort_keys, "WORTH_CLUSTERING", 0)
    first, again = found(snapshot), found(snapshot)
    assert len(measured) == 2
    np.testing.assert_array_equal(first, again)
    (file,) = kept_arrays.folder().iterdir()
    kept_arrays.keep(file, {"values": np.full(len(first), np.nan, np.float32)})
    np.testing.assert_array_equal(found(snapshot), first)
    assert len(measured) == 3
    found(replace(snapshot, W_dec=snapshot.W_dec + np.float32(0.01)))
    assert len(measured) == 4
    if name == "cluster_keys":
        found(snapshot, dead=2)
        assert len(measured) == 5
