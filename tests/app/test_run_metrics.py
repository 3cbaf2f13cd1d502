"""Runs that ended without a measurement get it when they are opened."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis import metrics
from saegui.core.arrays import Array, Images
from saegui.core.data import Dataset
from saegui.core.errors import RunError
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.run import open_run, save_metrics


@pytest.fixture
def unmeasured(small_run: Path) -> Path:
    """As a window leaves it that was closed while it measured."""
    edit(small_run, metrics={})
    return small_run


def edit(run: Path, **changes: object) -> None:
    content = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**content, **changes}))


def rest(services: Services, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not services.jobs.running, timeout=20_000)


def test_an_open_run_is_measured_and_keeps_it(
    services: Services, unmeasured: Path, digits: Dataset, qtbot: QtBot
) -> None:
    services.library.open(unmeasured)
    with qtbot.waitSignal(services.measure.measured, timeout=20_000):
        services.state.set_dataset(digits)
    expected = metrics.evaluate(open_run(unmeasured).latest(), digits).to_dict()
    assert open_run(unmeasured).metrics == expected
    assert services.state.run is not None and services.state.run.metrics == expected
    (listed,) = services.library.runs
    assert listed == services.state.run


@pytest.mark.parametrize("changes", [{"config.dataset": "mnist"}, {"status": "diverged"}, {"step": 3}])
def test_what_would_not_be_its_own_is_not_measured(
    changes: dict[str, object], services: Services, unmeasured: Path, digits: Dataset, qtbot: QtBot
) -> None:
    if "config.dataset" in changes:
        content = json.loads((unmeasured / "run.json").read_text())
        changes = {"config": {**content["config"], "dataset": "mnist"}}
    edit(unmeasured, **changes)
    services.library.open(unmeasured)
    services.state.set_dataset(digits)
    rest(services, qtbot)
    assert open_run(unmeasured).metrics == {}


def test_another_run_ends_it(
    services: Services,
    unmeasured: Path,
    stopped_run: Path,
    digits: Dataset,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    pieces: list[int] = []
    batches = Snapshot.batches

    def slow(
        snapshot: Snapshot, images: Images, *, in_cache: bool = False
    ) -> Iterator[tuple[slice, Array, Array]]:
        for piece in batches(snapshot, images, in_cache=in_cache):
            if images is digits.test_images:
                pieces.append(piece[0].start)
                begun.set()
                go_on.wait(10)
            yield piece

    monkeypatch.setattr("saegui.core.model.snapshot.BATCH", 100)
    monkeypatch.setattr(Snapshot, "batches", slow)
    services.library.open(unmeasured)
    services.state.set_dataset(digits)
    qtbot.waitUntil(begun.is_set, timeout=20_000)
    services.library.open(stopped_run)
    go_on.set()
    rest(services, qtbot)
    # Of four pieces: the one that it was at is the last.
    assert pieces == [0]
    assert open_run(unmeasured).metrics == {}


def test_a_run_that_was_trained_on_meanwhile_keeps_its_own(unmeasured: Path, digits: Dataset) -> None:
    found = metrics.evaluate(open_run(unmeasured).latest(), digits)
    edit(unmeasured, status="training")
    with pytest.raises(RunError, match="trained further while it was measured"):
        save_metrics(unmeasured, found)
    edit(unmeasured, status="finished", step=3)
    with pytest.raises(RunError, match="trained further while it was measured"):
        save_metrics(unmeasured, found)
    assert open_run(unmeasured).metrics == {}
