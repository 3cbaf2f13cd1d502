"""``saegui compare``, and the figure of two runs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History
from saegui.core.runs.writer import RunWriter
from tests.cli.conftest import Result

Here = Callable[..., Result]
Refused = Callable[..., str]


def write_run(path: Path, rows: list[list[float]]) -> Path:
    """A run whose decoder has these rows at step 5, and the first of them twice at step 0; a latent of zeros is dead."""
    W = np.array(rows, np.float32)
    n, d = W.shape
    config = RunConfig(n_latents=n, k=1)
    writer = RunWriter(path, config, name=path.name, shape=(d,))
    zeros, density = np.zeros(n, np.float32), np.ones(n, np.float32)
    for step, atoms in ((0, np.repeat(W[:1], n, axis=0)), (5, W)):
        density = np.any(atoms != 0, axis=1).astype(np.float32)
        model = Snapshot(
            config, step, 1.0, atoms.T.copy(), zeros, atoms, np.zeros(d, np.float32), density, shape=(d,)
        )
        writer.save(model, History(), keep=True, status="finished")
    return path


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    first = write_run(tmp_path / "first", [[1, 0, 0], [0, 1, 0], [0, 0, 0]])
    return first, write_run(tmp_path / "second", [[0, 3, 0], [0, 0, 1], [4, 0, 3]])


def test_the_numbers_of_two_runs(here: Here, two: tuple[Path, Path]) -> None:
    found = json.loads(here("compare", *two, "--json").out)
    assert found["pairs"] == [[1, 0, 1.0], [0, 2, pytest.approx(0.8)]]
    assert found["method"] == "exact" and found["mean_cosine"] == pytest.approx(0.9)
    assert found["found"] == 1 and found["found_from"] == 0.9
    a = {"latents": 2, "dead": 1, "zero": 0, "mean_max_cosine": pytest.approx(0.9), "only": [0]}
    b = {"latents": 3, "dead": 0, "zero": 0, "mean_max_cosine": pytest.approx(0.6), "only": [1, 2]}
    assert found["a"] == a and found["b"] == b
    words = here("compare", *two, "--found", "0.5", "--method", "greedy").out
    assert "2 pairs, 2 from 0.5, mean cosine 0.9000" in words
    assert "#1  #0  1.0000" in words and "dead, left out" in words


def test_two_moments_of_one_run(here: Here, two: tuple[Path, Path], refused: Refused) -> None:
    found = json.loads(here("compare", two[0], two[0], "--other-step", "0", "--json").out)
    assert found["pairs"][0] == [0, 0, 1.0] and found["a"]["only"] == [1]
    said = refused("compare", two[0], two[0], "--step", "3")
    assert "keeps no snapshot of step 3; choose one of 0, 5" in said


def test_what_cannot_be_compared_is_refused(
    here: Here, refused: Refused, two: tuple[Path, Path], tmp_path: Path
) -> None:
    other = write_run(tmp_path / "other", [[1, 0], [0, 1]])
    said = refused("compare", two[0], other)
    assert "One model reads 3 values and the other 2 values" in said
    assert here("compare", *two, "--found", "2").status == 2
    out = tmp_path / "figure.svg"
    assert "2 values" in refused("figure", two[0], other, "--kind", "matches", "--out", out)
    assert "there is no second run" in refused("figure", two[0], "--kind", "matches", "--out", out)
    assert not out.exists()


def test_the_figure_of_two_runs_has_the_same_numbers(
    here: Here, two: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "matches.svg"
    assert here("figure", *two, "--kind", "matches", "--found", "0.7", "--out", out).status == 0
    assert "2 of 2 pairs have a cosine of at least 0.7" in out.read_text()
    with (tmp_path / "matches.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["latent_a", "latent_b", "cosine", "best_a", "best_b"]
    assert rows[1] == ["1", "0", "1", "1", "1"]
    assert rows[2][:2] == ["0", "2"]
    np.testing.assert_allclose([float(cell) for cell in rows[2][2:]], 0.8, atol=1e-6)
    assert rows[3] == ["", "1", "", "", "0"]
