"""Which latents are active together is kept on disk for each model and data set, and never believed where it does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from saegui.core.analysis import kept_arrays, kept_coactivation
from saegui.core.analysis.coactivation import Coactivation, coactivation
from saegui.core.analysis.input_codes import InputCodes
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.run import open_run


@pytest.fixture
def snapshot(small_run: Path) -> Snapshot:
    return open_run(small_run).latest()


def test_it_is_read_the_next_time_and_counted_again_for_other_weights_or_a_damaged_file(
    snapshot: Snapshot, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[InputCodes] = []

    def count(codes: InputCodes, *more: object) -> Coactivation:
        counted.append(codes)
        return coactivation(codes)

    monkeypatch.setattr(kept_arrays, "WORTH", 0)
    monkeypatch.setattr(kept_coactivation, "coactivation", count)
    first = kept_coactivation.compared(snapshot, digits)
    again = kept_coactivation.compared(snapshot, digits)
    assert len(counted) == 1 and first.n_inputs == again.n_inputs == len(digits.train_images)
    for one, other in zip((*first.jaccard, *first.pearson), (*again.jaccard, *again.pearson), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(first.family, again.family)
    # The codes are kept, too, and are larger.
    file = min(kept_arrays.folder().iterdir(), key=lambda path: path.stat().st_size)
    whole = file.read_bytes()
    arrays = kept_arrays.kept(file)
    assert arrays is not None
    kept_arrays.keep(file, {**arrays, "family": arrays["family"] + 10_000})
    kept_coactivation.compared(snapshot, digits)
    assert len(counted) == 2 and file.read_bytes() == whole
    kept_coactivation.compared(replace(snapshot, b_enc=snapshot.b_enc + np.float32(0.01)), digits)
    assert len(counted) == 3


def test_small_models_are_counted_each_time(snapshot: Snapshot, digits: Dataset) -> None:
    kept_coactivation.compared(snapshot, digits)
    assert not kept_arrays.folder().exists()
