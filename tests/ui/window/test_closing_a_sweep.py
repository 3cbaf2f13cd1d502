"""Closing the window while a sweep is trained."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from saegui.app.sweeps import UNDER_WAY
from saegui.core.config.schema import make
from saegui.core.sweeps import spec_text, unfinished
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import LONG, TIMEOUT


def test_closing_during_a_sweep_saves_its_runs_and_then_closes_and_the_next_start_continues(
    make_main_window, small_run: Path, qtbot: QtBot
) -> None:
    window: MainWindow = make_main_window(run=small_run)
    sweeps = window.services.sweeps
    window.state.set_draft(make(LONG))
    plan = sweeps.plan({"seed": [0, 1], "k": [1, 2]})
    sweeps.start(plan)
    qtbot.waitUntil(lambda: len(sweeps.overlays) == 2, timeout=TIMEOUT)
    assert not window.close()
    assert window.isVisible() and not QApplication.activeModalWidget()
    assert "Saving the runs of the sweep, then closing…" in [each.sentence for each in window.toasts.toasts]
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=TIMEOUT)
    out = sweeps.folder.path
    assert out is not None
    # Those of the second seed had not begun.
    begun = [unfinished.of(each, out) for each in plan.trainings]
    assert [run is not None and run.step > 0 for run in begun] == [True, True, False, False]
    again: MainWindow = make_main_window(run=small_run)
    (toast,) = (each for each in again.toasts.toasts if out.name in each.sentence)
    assert "Resume continues where it stopped" in toast.sentence
    # It is offered once, so it waits for an answer.
    assert toast.stays
    next(button for button in toast.findChildren(QPushButton) if button.text() == "Resume").click()
    sweeps = again.services.sweeps
    qtbot.waitUntil(lambda: len(sweeps.overlays) == 2, timeout=TIMEOUT)
    assert sweeps.overlays[0].history.train["step"][0] == 1
    assert unfinished.count(out) == 0
    assert not [each for each in again.toasts.toasts if "Resume continues" in each.sentence]


def test_the_offer_to_resume_goes_when_the_sweep_is_resumed_otherwise(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / spec_text.NAME).write_text('dataset = "digits"\nlatents = 8\n[vary]\nk = [1, 2]\n')
    sweeps = window.services.sweeps
    window.services.settings.set(UNDER_WAY, str(tmp_path))
    sweeps.look_for_unfinished()
    (toast,) = window.toasts.toasts
    assert toast.stays
    sweeps.resume()
    assert not window.toasts.toasts
    sweeps.stop()
    qtbot.waitUntil(lambda: not sweeps.busy, timeout=TIMEOUT)
