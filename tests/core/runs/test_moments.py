"""Which moments of a training are kept, and how they come back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model import snapshot_file
from saegui.core.runs.moments import EARLY, early_steps, moments
from saegui.core.runs.run import open_run, snapshot_path
from saegui.core.runs.writer import RunWriter
from saegui.core.training.session import Session

KB = 1024


@given(steps=st.integers(1, 100_000), count=st.integers(1, 30))
def test_early_steps_are_few_ascending_and_before_the_end_of_the_epoch(steps: int, count: int) -> None:
    chosen = early_steps(steps, count)
    assert len(chosen) <= count
    assert list(chosen) == sorted(set(chosen))
    assert all(1 <= step < steps for step in chosen)
    if steps > 1:
        assert chosen[0] == 1


@pytest.mark.parametrize("steps_per_epoch", [26, 59, 235, 300, 1563, 100_000])
def test_the_first_epoch_has_its_powers_of_two_and_twenty_moments(steps_per_epoch: int) -> None:
    plan = moments(steps_per_epoch, 1, 200 * KB)
    assert 20 <= len(plan.early) <= EARLY
    assert {2**power for power in range(20) if 2**power < steps_per_epoch} <= set(plan.early)
    assert plan.keeps(1)


def test_large_models_keep_fewer_moments_and_still_both_kinds() -> None:
    plan = moments(235, 50, 12 * KB * KB)
    assert len(plan.early) == 5
    assert (plan.early[0], plan.early[-1]) == (1, 128)
    assert plan.every == 10


@pytest.fixture
def trained(digits: Dataset, tmp_path: Path) -> Path:
    """A run of one epoch."""
    session = Session(
        RunConfig(dataset="digits", n_latents=16, k=4, epochs=1, batch_size=32), digits, tmp_path / "run"
    )
    while not session.done:
        session.advance()
    session.close()
    return session.run.path


def test_a_run_of_one_epoch_can_be_looked_through_from_its_first_step(trained: Path) -> None:
    run = open_run(trained)
    steps = run.steps()
    assert {0, 1, 2, 4, 8, 16, 32} < set(steps)
    assert len(steps) >= 20
    assert steps[-1] == run.step == 45
    assert all(run.at(step).step == step for step in steps)


def test_what_is_kept_is_half_as_large_and_nearly_the_same_and_the_newest_is_exact(trained: Path) -> None:
    run = open_run(trained)
    newest, kept = snapshot_file.load(trained / "weights.safetensors"), snapshot_path(trained, run.step)
    assert kept.stat().st_size < 0.8 * (trained / "weights.safetensors").stat().st_size
    assert np.array_equal(run.at(run.step).W_dec, newest.W_dec)
    half = snapshot_file.load(kept)
    assert half.W_dec.dtype == np.float32
    assert not np.array_equal(half.W_dec, newest.W_dec)
    np.testing.assert_allclose(half.W_dec, newest.W_dec, rtol=1e-3, atol=1e-6)
    assert np.array_equal(half.b_enc, newest.b_enc)


def test_weights_that_half_precision_cannot_hold_are_kept_whole(trained: Path, tmp_path: Path) -> None:
    newest = open_run(trained).latest()
    large = replace(newest, W_enc=newest.W_enc * np.float32(1e7))
    snapshot_file.save_kept(large, tmp_path / "large.safetensors")
    assert np.array_equal(snapshot_file.load(tmp_path / "large.safetensors").W_enc, large.W_enc)


def test_moments_after_the_last_save_of_a_killed_training_go_when_it_is_resumed(trained: Path) -> None:
    run = open_run(trained)
    snapshot_file.save_kept(replace(run.latest(), step=run.step + 5), snapshot_path(trained, run.step + 5))
    RunWriter.reopen(run).release()
    assert open_run(trained).steps()[-1] == run.step
