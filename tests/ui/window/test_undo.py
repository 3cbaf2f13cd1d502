"""Ctrl+Z in the window: what was done last, in whichever panel, comes back first and is seen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from saegui.core.runs.run import open_run
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.runs.panel import RunsPanel
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import LONG, TIMEOUT, draw, train
from tests.ui.window.test_back import press

CONTROL = Qt.KeyboardModifier.ControlModifier
AGAIN = CONTROL | Qt.KeyboardModifier.ShiftModifier


def test_ctrl_z_undoes_what_was_done_last_wherever_it_was_done(
    window: MainWindow, small_run: Path, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: bool(window.services.library.runs), timeout=TIMEOUT)
    runs, form, undo = window.panel(RunsPanel), window.panel(TrainPanel).form, window.actions_.by_name["undo"]
    window.panel(DrawPanel).canvas.setFocus()
    draw(window, [(0.3, 0.2), (0.7, 0.2)])
    stroke = window.state.drawing
    field = form.fields["k"].editor
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "3")
    press(Qt.Key.Key_Return)
    window.docking.set_open(window.docks["runs"], True)
    row = runs.model.row_of(small_run)
    assert row is not None
    runs.view.setCurrentIndex(runs.model.index(row))
    press(Qt.Key.Key_Delete)
    assert not small_run.exists() and undo.text() == "Undo delete run"
    runs.view.setCurrentIndex(runs.model.index(0))
    press(Qt.Key.Key_Z, CONTROL)
    assert small_run.exists() and window.state.drawing is stroke
    assert runs.selected_run is not None and runs.selected_run.path == small_run
    assert window.state.is_current(small_run) and undo.text() == "Undo change of k"
    # From inside the field that is to change, too.
    field.setFocus()
    press(Qt.Key.Key_Z, CONTROL)
    assert field.value == 4 and window.state.drawing is stroke
    assert undo.text() == "Undo stroke"
    press(Qt.Key.Key_Z, CONTROL)
    assert window.state.drawing.empty and not undo.isEnabled() and undo.text() == "Undo"
    for _ in range(3):
        press(Qt.Key.Key_Z, AGAIN)
    assert window.state.drawing is stroke and field.value == 3 and not small_run.exists()
    press(Qt.Key.Key_Z, CONTROL)
    assert open_run(small_run).name == "small run"


def test_what_is_undone_comes_into_sight(window: MainWindow) -> None:
    draw(window, [(0.3, 0.2), (0.7, 0.2)])
    field = window.panel(TrainPanel).form.fields["seed"].editor
    field.stepBy(1)
    window.docking.toggle_maximised(window.docks["features"])
    window.panels["features"].setFocus()
    press(Qt.Key.Key_Z, CONTROL)
    assert field.value == 0 and field.isVisible()
    window.docking.set_open(window.docks["draw"], False)
    press(Qt.Key.Key_Z, CONTROL)
    assert window.state.drawing.empty and window.panel(DrawPanel).isVisible()


def test_what_is_being_typed_is_undone_before_anything_else(window: MainWindow) -> None:
    draw(window, [(0.3, 0.2), (0.7, 0.2)])
    field = window.panel(TrainPanel).form.fields["seed"].editor
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "12")
    while field.lineEdit().text() != "0":
        press(Qt.Key.Key_Z, CONTROL)
        assert not window.state.drawing.empty
    press(Qt.Key.Key_Z, CONTROL)
    assert window.state.drawing.empty


def test_a_live_change_that_is_undone_reaches_the_training(window: MainWindow, qtbot: QtBot) -> None:
    train(window, LONG, qtbot)
    field, training = window.panel(TrainPanel).form.fields["k"].editor, window.services.training
    field.stepBy(1)
    assert training.config is not None and training.config.k == 4
    field.setFocus()
    press(Qt.Key.Key_Z, CONTROL)
    assert field.value == 3 and training.config.k == 3
