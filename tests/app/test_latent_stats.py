"""Statistics of the latents, measured in the background."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from pathlib import Path

from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis.latent_stats import analyse
from saegui.core.data import Dataset


def test_statistics_are_measured_in_the_background_and_once(
    services: Services, qtbot: QtBot, small_run: Path, digits: Dataset
) -> None:
    services.library.open(small_run)
    services.state.set_dataset(digits)
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)
    first = services.state.stats
    assert services.state.snapshot is not None
    expected = analyse(services.state.snapshot, digits)
    assert (first.density == expected.density).all()  # type: ignore[union-attr]
    last = services.scrubbing.steps[-1]
    services.scrubbing.show_step(0)
    assert services.state.stats is None
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)
    services.scrubbing.show_step(last)
    again = services.state.stats
    services.scrubbing.show_step(0)
    # Back at a step that was measured before: there at once, and the very same.
    assert services.state.stats is not None and services.state.stats is not again


def test_nothing_is_kept_of_another_run_or_of_other_images(
    services: Services, qtbot: QtBot, small_run: Path, stopped_run: Path, digits: Dataset
) -> None:
    def measured() -> None:
        qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)

    services.library.open(small_run)
    services.state.set_dataset(digits)
    measured()
    snapshot, stats = weakref.ref(services.state.snapshot), weakref.ref(services.state.stats)
    services.library.open(stopped_run)
    measured()
    gc.collect()
    assert snapshot() is None and stats() is None
    other = replace(digits, title="the same again")
    images = weakref.ref(other)
    services.state.set_dataset(other)
    measured()
    del other
    services.state.set_dataset(digits)
    measured()
    gc.collect()
    assert images() is None


def test_a_measurement_that_was_cancelled_can_be_asked_for_again(
    services: Services, qtbot: QtBot, small_run: Path, digits: Dataset
) -> None:
    services.library.open(small_run)
    services.state.set_dataset(digits)
    assert services.stats.running
    # As the status bar does it.
    services.jobs.running[-1].cancel()
    qtbot.waitUntil(lambda: not services.stats.running, timeout=20_000)
    assert services.state.stats is None
    services.stats.refresh()
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)


def test_whoever_goes_through_time_has_only_the_last_step_measured(
    services: Services, qtbot: QtBot, small_run: Path, digits: Dataset
) -> None:
    services.library.open(small_run)
    services.state.set_dataset(digits)
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)
    begun: set[object] = set()
    services.jobs.changed.connect(
        # Others look at the shown weights, too.
        lambda: begun.update(job for job in services.jobs.running if job.title == "Measuring latents")
    )
    for step in services.scrubbing.steps[:4]:
        services.scrubbing.show_step(step)
        assert services.stats.running
    # The first at once, as of somebody who takes one step; the last when it has been shown for a moment.
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)
    assert len(begun) == 2
    assert not services.stats.running
