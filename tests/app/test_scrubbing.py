"""Going back and forth between the saved steps of the current run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from saegui.app.services import Services
from saegui.core.model import snapshot_file
from saegui.core.runs.run import open_run


def test_the_scrubber_shows_every_kept_step(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    steps = services.scrubbing.steps
    assert steps[0] == 0 and len(steps) > 20
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


def test_one_moves_between_saved_steps_and_stops_at_the_ends(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    scrubbing, steps = services.scrubbing, services.scrubbing.steps

    def shown() -> int | None:
        return services.state.snapshot.step if services.state.snapshot is not None else None

    for move, expected in ((1, -1), (-1, -2), (-1, -3), (1, -2)):
        scrubbing.move(move)
        assert shown() == steps[expected]
    scrubbing.show_place(0)
    scrubbing.move(-1)
    assert shown() == steps[0]
    scrubbing.show_place(-1)
    assert shown() == steps[-1]


def test_weights_that_were_not_saved_lie_between_those_that_were(services: Services, small_run: Path) -> None:
    """As those of a training that is paused."""
    services.library.open(small_run)
    steps, snapshot = services.scrubbing.steps, services.state.snapshot
    assert snapshot is not None
    for move, expected in ((-1, -2), (1, -1)):
        services.state.set_snapshot(replace(snapshot, step=steps[-2] + 1))
        services.scrubbing.move(move)
        assert services.state.snapshot is not None and services.state.snapshot.step == steps[expected]


def test_saved_steps_are_announced_when_another_run_is_current(
    services: Services, small_run: Path, stopped_run: Path
) -> None:
    announced: list[list[int]] = []
    services.scrubbing.steps_changed.connect(lambda: announced.append(services.scrubbing.steps))
    for path in (small_run, stopped_run):
        services.library.open(path)
        assert announced[-1] == open_run(path).steps()
