"""Going back and forth between the saved steps of the current run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from saegui.app.services import Services
from saegui.core.model import snapshot_file


def test_the_scrubber_shows_every_kept_step(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    steps = services.scrubbing.steps
    assert steps[0] == 0 and len(steps) == 7
    for step in steps:
        services.scrubbing.show_step(step)
        assert services.state.snapshot is not None and services.state.snapshot.step == step


def test_a_run_that_was_trained_again_shows_its_new_weights(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    services.scrubbing.show_step(0)
    before = services.state.snapshot
    assert before is not None
    other = replace(before, W_dec=-before.W_dec)
    snapshot_file.save(other, small_run / "snapshots" / "step-000000000.safetensors")
    services.library.open(small_run)
    services.scrubbing.show_step(0)
    assert services.state.snapshot is not None
    np.testing.assert_array_equal(services.state.snapshot.W_dec, other.W_dec)
