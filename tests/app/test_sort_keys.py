"""What latents can be sorted by, and what is measured for it in the background."""

from __future__ import annotations

import gc
import json
import shutil
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.app.sort_keys import HEAVY, NO_SEEDS
from saegui.core.analysis import kept_arrays, sort_keys
from saegui.core.analysis.latent_order import Sort, dead_latents
from saegui.core.analysis.stability import stability
from saegui.core.data import Dataset
from saegui.core.data.dataset import NO_LABELS


def other_seed(run: Path) -> Path:
    """A copy of ``run`` that says it began with another seed."""
    other = Path(shutil.copytree(run, run.parent / "other-seed"))
    content = json.loads((other / "run.json").read_text())
    content["config"]["seed"] += 1
    (other / "run.json").write_text(json.dumps(content))
    return other


def opened(services: Services, qtbot: QtBot, run: Path, dataset: Dataset) -> None:
    services.library.open(run)
    services.state.set_dataset(dataset)
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)


def test_each_order_has_its_numbers_and_heavy_ones_are_measured_once_in_the_background(
    services: Services, qtbot: QtBot, small_run: Path, digits: Dataset
) -> None:
    keys = services.sort_keys
    opened(services, qtbot, small_run, digits)
    snapshot, stats = services.state.snapshot, services.state.stats
    assert snapshot is not None and stats is not None
    found = {
        "maximum": stats.maximum,
        "norm": sort_keys.decoder_norms(snapshot),
        "purity": stats.purities,
        "class": stats.class_shares[:, 3],
        "cosine": sort_keys.cosines(snapshot, 5),
        "effect": sort_keys.ablation_errors(snapshot, digits.test_images),
        "cluster": sort_keys.cluster_keys(snapshot, dead_latents(snapshot, stats)),
        "stability": stability(snapshot, [snapshot], 1).keys(),
    }
    assert keys.of("stability").missing == NO_SEEDS
    other_seed(small_run)
    services.library.refresh()
    sort: Sort
    for sort in ("maximum", "norm", "purity", "class", "cosine"):
        np.testing.assert_array_equal(keys.of(sort, latent=5, label=3).values, found[sort])
    for sort in HEAVY:
        qtbot.waitUntil(lambda: not services.jobs.running)
        assert keys.of(sort, measure=False).missing and not services.jobs.running, "nobody asked for it"
        with qtbot.waitSignal(keys.changed, timeout=20_000):
            waits = keys.of(sort)
            assert waits.values is None and waits.missing == "Measuring…"
        np.testing.assert_allclose(keys.of(sort).values, found[sort], rtol=1e-5)
    qtbot.waitUntil(lambda: not services.jobs.running)
    assert all(keys.of(sort).values is not None for sort in HEAVY) and not services.jobs.running

    # Another cosine counts what was found differently, and tells the tiles.
    with qtbot.waitSignal(keys.changed):
        services.comparison.set_least(1.01)
    values = keys.of("stability").values
    assert values is not None and values.max() <= 0.5


def test_an_order_that_cannot_be_had_says_what_to_do(
    services: Services, qtbot: QtBot, small_run: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, state = services.sort_keys, services.state
    services.library.open(small_run)
    assert (
        "Select a latent" in keys.of("cosine").missing
        and "Select a latent" in keys.of("cosine", latent=999).missing
    )
    for sort in ("maximum", "purity", "class", "effect"):
        assert "load them in the panel Latent" in keys.of(sort).missing  # type: ignore[arg-type]
    monkeypatch.setattr(sort_keys, "MOST_CLUSTERED", 3)
    assert "at most 3 living latents" in keys.of("cluster").missing
    monkeypatch.undo()
    state.set_phase("training")
    assert keys.of("cluster").missing == "This order is measured when the training pauses."
    with qtbot.waitSignal(keys.changed):
        state.set_phase("idle")
    unlabelled = replace(
        digits, classes=NO_LABELS, train_labels=digits.train_labels * 0, test_labels=digits.test_labels * 0
    )
    opened(services, qtbot, small_run, unlabelled)
    assert keys.of("purity").missing == "This order needs classes, and Built-in digits has none."


def test_a_measurement_that_was_cancelled_waits_until_it_is_asked_for_again(
    services: Services, qtbot: QtBot, small_run: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = services.sort_keys
    opened(services, qtbot, small_run, digits)
    qtbot.waitUntil(lambda: not services.jobs.running)
    # As if it took long.
    monkeypatch.setattr(kept_arrays, "WORTH", 0)
    with qtbot.waitSignal(keys.changed):
        keys.of("effect")
        services.jobs.cancel_all()
    qtbot.waitUntil(lambda: not services.jobs.running)
    assert "Choose it again" in keys.of("effect").missing and not services.jobs.running
    keys.forget_failure()
    with qtbot.waitSignal(keys.changed, timeout=20_000):
        assert keys.of("effect").missing == "Measuring…"
    assert keys.of("effect").values is not None
    assert len(list(kept_arrays.folder().iterdir())) == 1, "kept for the next time"


def test_nothing_is_kept_of_another_run_or_of_other_images(
    services: Services, qtbot: QtBot, small_run: Path, stopped_run: Path, digits: Dataset
) -> None:
    other = replace(digits, title="the same again")
    opened(services, qtbot, small_run, other)
    other_seed(small_run)
    services.library.refresh()
    snapshot, images = weakref.ref(services.state.snapshot), weakref.ref(other)
    for sort in HEAVY:
        with qtbot.waitSignal(services.sort_keys.changed, timeout=20_000):
            services.sort_keys.of(sort)
    del other
    opened(services, qtbot, stopped_run, digits)
    qtbot.waitUntil(lambda: not services.jobs.running)
    gc.collect()
    assert snapshot() is None and images() is None
