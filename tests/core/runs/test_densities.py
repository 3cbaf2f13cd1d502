"""Densities of all kept moments: how they are read, and births, deaths and revivals in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from saegui.core.config.schema import RunConfig
from saegui.core.errors import Cancelled, RunError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs.densities import (
    NO_DENSITY,
    by_birth,
    coloured,
    densities,
    limits,
    lives,
    shades,
    table_of,
)
from saegui.core.runs.history import History
from saegui.core.runs.run import Run, open_run, snapshot_path
from saegui.core.runs.writer import RunWriter

STEPS = (0, 1, 2, 4)
KEPT = np.array(
    [
        # always, never, late, dies, comes back
        [0, 0, 0, 0, 0],
        [0.5, 0, 0, 0.1, 0.2],
        [0.5, 0, 0, 0, 0],
        [0.5, 0, 0.01, 0, 0.3],
    ],
    np.float32,
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Four kept steps with the densities above."""
    config = RunConfig(n_latents=5, k=2)
    writer = RunWriter(tmp_path / "run", config)
    for step, density in zip(STEPS, KEPT, strict=True):
        W = np.ones((5, 4), np.float32)
        snapshot = Snapshot(
            config,
            step,
            step / 2,
            W.T.copy(),
            np.zeros(5, np.float32),
            W,
            np.zeros(4, np.float32),
            density.copy(),
        )
        writer.save(snapshot, History(), keep=True, status="finished")
    return open_run(tmp_path / "run")


def test_every_kept_step_is_read_and_none_of_the_weights(run: Run) -> None:
    found = densities(run)
    assert found.steps.tolist() == list(STEPS)
    assert found.epochs.tolist() == [0, 0.5, 1, 2]
    assert np.array_equal(found.values, KEPT)
    for step in STEPS:
        assert np.array_equal(run.densities_at(step).density, run.at(step).density)
    # Weights that cannot be used do not matter.
    path = snapshot_path(run.path, 1)
    tensors = load_file(path)
    tensors["W_dec"][:] = np.nan
    _save(path, tensors)
    with pytest.raises(RunError, match="not finite"):
        run.at(1)
    assert np.array_equal(densities(run).values, KEPT)


def test_densities_that_are_no_numbers_or_too_few_name_their_file(run: Run) -> None:
    path = snapshot_path(run.path, 2)
    tensors = load_file(path)
    for wrong, said in ((np.full(5, np.nan, np.float32), "not finite"), (np.zeros(3, np.float32), r"\(3,\)")):
        _save(path, {**tensors, "density": wrong})
        with pytest.raises(RunError, match=rf"step-000000002.*density.*{said}"):
            densities(run)


def test_reading_can_be_given_up(run: Run) -> None:
    class Impatient(Progress):
        def report(self, done: int, total: int, text: str = "") -> None:
            assert total == len(STEPS)
            if done == 2:
                raise Cancelled

    with pytest.raises(Cancelled):
        densities(run, progress=Impatient())


def _save(path: Path, tensors: dict[str, np.ndarray]) -> None:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    save_file(tensors, path, metadata)


def test_births_deaths_and_revivals() -> None:
    found = lives(KEPT)
    assert found.birth.tolist() == [1, 4, 3, 1, 1]
    assert found.deaths.tolist() == [0, 0, 0, 1, 1]
    assert found.revivals.tolist() == [0, 0, 0, 0, 1]
    # A latent that was active at the first moment was born there.
    began = lives(KEPT[1:])
    assert began.birth.tolist() == [0, 3, 2, 0, 0]
    assert began.revivals.tolist() == [0, 0, 0, 0, 1]
    nothing = lives(KEPT[:0])
    assert nothing.birth.tolist() == nothing.deaths.tolist() == nothing.revivals.tolist() == [0] * 5


def test_the_order_of_births_has_long_lives_first_and_the_unborn_last() -> None:
    assert by_birth(KEPT).tolist() == [0, 4, 3, 2, 1]
    assert by_birth(KEPT[:0]).tolist() == [0, 1, 2, 3, 4]


def test_colours_follow_the_logarithm_and_the_dead_have_their_own() -> None:
    values = np.array([0, 0.001, 0.01, 0.1, 1], np.float32)
    assert limits(values) == (np.float32(0.001), 1.0)
    assert limits(np.zeros(3, np.float32)) == NO_DENSITY
    assert shades(values, (0.001, 1.0)).tolist() == [0, 0, 85, 170, 255]
    table = table_of(np.array([[0, 0, 0], [255, 51, 0]], np.uint8))
    assert table[[0, 85, 255]].tolist() == [[0, 0, 0], [85, 17, 0], [255, 51, 0]]
    found = coloured(values, (0.001, 1.0), table, np.array([9, 9, 9], np.uint8))
    assert found.tolist() == [[9, 9, 9], [0, 0, 0], [85, 17, 0], [170, 34, 0], [255, 51, 0]]
    # One density alone is a scale without a length.
    assert shades(values[2:3], limits(values[2:3])).tolist() == [0]
