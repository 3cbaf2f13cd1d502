"""Rows that cannot be trained on are refused before they are added, in one sentence with the remedy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saegui.core.data import adding
from saegui.core.errors import DataError

ROWS = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
SOME = ROWS.copy()
SOME[[3, 7], 2] = np.nan, np.inf


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            np.full((40, 6), np.nan, np.float32),
            "holds no number in row 1, as 39 of the next rows do; remove these rows, or fill them in",
        ),
        (SOME, "holds no number in row 4, as 1 of the next rows do; remove these rows, or fill them in"),
        (np.zeros((40, 6), np.float32), "all numbers are 0, so there is nothing to learn; choose others"),
        (np.full((40, 6), 7, np.uint8), "all numbers are 7, so there is nothing to learn; choose others"),
    ],
)
def test_an_array_of_no_use_is_not_added(tmp_path: Path, rows: np.ndarray, words: str) -> None:  # type: ignore[type-arg]
    np.save(tmp_path / "a.npy", rows)
    found = adding.inspect(tmp_path / "a.npy")
    assert words in found.problem and str(tmp_path / "a.npy") in found.problem
    given = dict.fromkeys(found.description.ask, "range")
    with pytest.raises(DataError, match=words):
        found.added(given)


def test_a_column_with_gaps_can_be_left_out_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = [f"{i / 30},{'' if i == 5 else i / 40},{1 - i / 50}" for i in range(30)]
    path.write_text("\n".join(["a,b,c", *lines]))
    found = adding.inspect(path)
    assert (
        "holds no number in row 6 (b); remove these rows, or fill them in, or leave out b with the option columns"
        in found.problem
    )
    assert found.added({"columns": "a,c"}).options["columns"] == "a,c"


def test_another_array_of_the_file_can_be_chosen(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", bad=np.zeros((40, 6), np.float32), good=ROWS)
    found = adding.inspect(tmp_path / "two.npz")
    assert found.added({"array": "good"}).options["array"] == "good"
    with pytest.raises(DataError, match="bad: all numbers are 0"):
        found.added({"array": "bad"})
    preview = found.preview({"array": "good"})
    assert preview is not None and [option.name for option in preview.options][:2] == ["array", "shape"]
