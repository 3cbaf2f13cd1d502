"""The word *dead* has one meaning at a time, wherever the window says it, and says which."""

from __future__ import annotations

import re

import numpy as np
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.ui.panels.curves.panel import CurvesPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.window.main_window import MainWindow

IN_TRAINING = "dead in the last epoch of training"


def said(window: MainWindow) -> list[str]:
    """Every text on the screen that counts dead latents."""
    texts = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    return [text for text in texts if re.search(r"\d+ (of \d+ latents )?dead", text)]


def test_dead_says_where_while_a_run_trains_and_after(
    window: MainWindow, qtbot: QtBot, digits: Dataset
) -> None:
    state, training = window.state, window.services.training
    qtbot.waitUntil(lambda: window.panel(CurvesPanel).grid is not None, timeout=60_000)
    summary, curves = window.panel(FeaturesPanel).summary, window.panel(CurvesPanel)
    assert curves.grid is not None
    head = curves.grid.heads["dead"]
    state.set_dataset(digits)
    small = {"dataset": "digits", "n_latents": 40, "k": 1, "epochs": 2, "batch_size": 256, "lr": 0.01}
    state.set_draft({**RunConfig().model_dump(), **small})
    training.step_epoch()
    qtbot.waitUntil(lambda: state.phase == "paused" and state.last_step is not None, timeout=60_000)
    training.step()
    qtbot.waitUntil(
        lambda: state.phase == "paused" and state.last_step is not None and state.last_step.epoch > 1,
        timeout=60_000,
    )
    assert state.snapshot is not None and state.last_step is not None
    dead = state.last_step.dead
    assert dead > 0
    assert int((state.snapshot.density == 0).sum()) == dead, "the grid and the curves count the same latents"
    if state.stats is None:
        assert summary.full.startswith(f"40 of 40 shown · {40 - dead} alive · {dead} {IN_TRAINING}")
    curves._read()
    assert head.title.startswith("Dead in") and head.values == (str(dead), "")
    assert f"Dead in the last epoch of training: {dead}" in curves.values.accessibleDescription()

    training.train()
    qtbot.waitUntil(lambda: state.phase == "idle" and state.stats is not None, timeout=60_000)
    assert state.stats is not None and state.run is not None
    measured = int(state.stats.dead.sum())
    where = f"dead on all {len(digits.train_images):,} training images"
    assert summary.full.startswith(f"40 of 40 shown · {40 - measured} alive · {measured} {where}")
    assert state.run.metrics["dead"] == measured
    assert head.title.startswith("Dead in"), "the curves still show the other number, by its name"
    for text in said(window):
        assert (
            where in text or IN_TRAINING in text or f"dead on {len(digits.train_images):,} images" in text
        ), text
    assert np.array_equal(state.history.train["dead"][-1:], [float(head.values[0])])
