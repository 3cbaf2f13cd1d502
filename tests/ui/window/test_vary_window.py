"""Run › Vary…: what is tried, how many runs that is, how long it takes, and where it leads."""

from __future__ import annotations

import shlex
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from saegui.app.sweeps import MOST
from saegui.core.sweeps import spec
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window.main_window import MainWindow
from saegui.ui.window.vary_window import VaryWindow

PATIENCE = 60_000


def test_values_are_chosen_counted_timed_saved_and_trained(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    services, state = window.services, window.state
    services.training.threads, services.training.device = 1, "cpu"
    for name, value in (("n_latents", 8), ("k", 2), ("epochs", 1), ("batch_size", 256)):
        state.edit_draft(name, value)
    button = window.panel(TrainPanel).vary
    assert (button.text(), button.accessibleName()) == ("Vary…", "Vary") and button.isVisible()
    assert (
        button.toolTip().startswith("Train a run for each") and button.focusPolicy() & Qt.FocusPolicy.TabFocus
    )
    with qtbot.waitSignal(window.panel(TrainPanel).action_asked) as asked:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == ["vary"]
    assert any(isinstance(each, VaryWindow) and each.isVisible() for each in QApplication.topLevelWidgets())
    shown = window.vary.open()
    (row,) = shown.rows
    # It begins with what makes codes sparse, and values around the one that is there.
    assert (row.name, row.text.text(), row.values) == ("k", "1, 2, 4", [1, 2, 4])
    assert row.told.text() == "3 values: k 1, k 2, k 4"
    assert shown.summary.text() == "3 runs, trained together: they see the same images in the same order."
    assert "Built-in digits" in shown.about.text()
    qtbot.waitUntil(lambda: shown.seconds is not None, timeout=PATIENCE)
    assert shown.time.text().startswith("About ") and shown.start.isEnabled()
    # What cannot be read is marked, and said where it stands.
    for text, message in (
        ("0, 1", "k is 0; it must be a whole number from 1"),
        ("1 … 4, twice", "not 'twice'"),
        ("", "k has no value; write values such as"),
    ):
        row.text.setText(text)
        row.text.textEdited.emit(text)
        assert message in row.told.text() and row.told.property("problem")
        assert shown.summary.text() == "Correct the values that are marked." and not shown.start.isEnabled()
        assert message in row.text.accessibleDescription()
    row.text.setText("1, 9")
    row.text.textEdited.emit("")
    assert "k is 9" in shown.summary.text() or "latents" in shown.summary.text()
    row.text.setText("1, 2")
    shown.add.click()
    second = shown.rows[1]
    assert (second.name, second.text.text()) == ("seed", "0 … 2")
    assert shown.summary.text().startswith("6 runs in 3 passes")
    second.names.setCurrentIndex(second.names.findData("k"))
    second.names.activated.emit(0)
    assert "k is varied twice" in shown.summary.text()
    second.names.setCurrentIndex(second.names.findData("seed"))
    second.names.activated.emit(0)
    second.text.setText("0 … 999")
    shown.refresh()
    assert f"2,000 runs are more than the {MOST}" in shown.summary.text()
    second.close_.click()
    assert shown.rows == [row] and shown.plan is not None
    # Settings of Train that change count at once.
    state.edit_draft("epochs", 2)
    assert shown.plan is not None and shown.plan.trainings[0].config.epochs == 2
    state.edit_draft("arch", "relu_l1")
    assert "no effect" in shown.summary.text() and not shown.save.isEnabled()
    state.edit_draft("arch", "topk")
    state.edit_draft("epochs", 1)
    # As a file, and as the command that trains it.
    shown.copy.click()
    (dialog,) = shown.findChildren(QFileDialog)
    file = tmp_path / "my k.toml"
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    assert [each.varied for each in spec.read(file)] == [{"k": 1}, {"k": 2}]
    command = shlex.split(QGuiApplication.clipboard().text())
    assert command[:4] == ["saegui", "sweep", str(file), "--out"] and command[4].endswith("my k")
    # A training in the meantime is said.
    state.set_phase("training")
    assert not shown.start.isEnabled() and "Stop it first" in shown.time.text()
    state.set_phase("idle")
    with qtbot.waitSignal(services.sweeps.shown, timeout=PATIENCE):
        shown.start.click()
    assert not shown.isVisible() and services.sweeps.busy
    assert "a sweep" in window.statusBar().phase.text()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: not services.sweeps.busy, timeout=PATIENCE)
    qtbot.waitUntil(lambda: len(services.sweeps.folder.runs) == 2, timeout=PATIENCE)


def test_what_was_proposed_follows_the_settings_and_what_was_chosen_stays(
    window: MainWindow, qtbot: QtBot
) -> None:
    state = window.state
    for name, value in (("arch", "topk"), ("n_latents", 64), ("k", 4)):
        state.edit_draft(name, value)
    shown = window.vary.open()
    (row,) = shown.rows
    assert (row.name, row.text.text()) == ("k", "2, 4, 8")
    # Other values around another value; another kind has another parameter that makes codes sparse.
    state.edit_draft("k", 10)
    assert row.text.text() == "5, 10, 20" and row.values == [5, 10, 20]
    state.edit_draft("arch", "relu_l1")
    assert row.name == "l1" and shown.plan is not None
    assert all(training.config.arch == "relu_l1" for training in shown.plan.trainings)
    # While it is closed, too.
    shown.reject()
    state.edit_draft("arch", "batch_topk")
    assert window.vary.open() is shown
    assert (row.name, row.text.text()) == ("k", "5, 10, 20") and shown.plan is not None
    # What was written or chosen stays, and is said to have no effect.
    row.text.setText("3, 4")
    row.text.textEdited.emit("3, 4")
    state.edit_draft("arch", "relu_l1")
    assert (row.name, row.text.text()) == ("k", "3, 4") and "no effect" in shown.summary.text()
    state.edit_draft("arch", "topk")
    assert shown.plan is not None and [each.config.k for each in shown.plan.trainings] == [3, 4]
    # By its name alone: not the kind, which begins with the same letter.
    row.names.setCurrentIndex(row.names.findData("seed"))
    row.names.setFocus()
    # Else it is a shortcut of the main window.
    qtbot.waitUntil(shown.isActiveWindow, timeout=PATIENCE)
    QTest.keyClicks(row.names, "k")
    assert (row.name, row.text.text()) == ("k", "5, 10, 20")
    state.edit_draft("arch", "relu_l1")
    assert row.name == "k" and "no effect" in shown.summary.text()
    shown.reject()


def test_a_row_that_is_added_can_be_seen_with_what_is_said_of_it(window: MainWindow, qtbot: QtBot) -> None:
    shown = window.vary.open()
    viewport = shown._scroll.viewport()
    for count in range(2, 7):
        shown.add.click()
        row = shown.rows[-1]
        assert len(shown.rows) == count
        qtbot.waitUntil(
            lambda row=row: viewport.rect().contains(QRect(row.mapTo(viewport, QPoint()), row.size())),
            timeout=PATIENCE,
        )
    shown.close()
