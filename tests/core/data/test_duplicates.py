"""Equal inputs are found, and only equal ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saegui.core import on_disk
from saegui.core.data.duplicates import first_equals


@given(st.lists(st.integers(0, 3), max_size=30), st.sampled_from([np.uint8, np.float16, np.float32]))
def test_each_input_points_at_the_first_that_is_equal(numbers: list[int], kind: type) -> None:
    inputs = np.zeros((len(numbers), 2, 3), kind)
    inputs[:, 1, 2] = numbers
    assert first_equals(inputs).tolist() == [numbers.index(number) for number in numbers]


def test_equal_rows_of_other_texts_are_others() -> None:
    rows = np.ones((4, 5), np.float32)
    assert first_equals(rows, ["a", "b", "a", "c"]).tolist() == [0, 1, 0, 3]


def test_rows_on_disk_are_found_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.arange(300, dtype=np.float32).reshape(100, 3)
    rows[60:80] = rows[20:40]
    np.save(tmp_path / "rows.npy", rows)
    monkeypatch.setenv(on_disk.LIMIT_VARIABLE, "0.0001")
    monkeypatch.setattr(on_disk, "PIECE", 100)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert on_disk.stays_on_disk(mapped)
    assert first_equals(mapped).tolist() == [*range(60), *range(20, 40), *range(80, 100)]
