"""What Train and Step do now, and the sentence where they do nothing or not what the fields say."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window import menus
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import LONG, QUICK, TIMEOUT, train

CONTROL, PLAIN = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


def said(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier) -> str:
    """The newest message after a key was pressed where the keyboard is; empty where there is none."""
    for toast in window.toasts.toasts:
        toast.dismiss()
    focused = QApplication.focusWidget()
    assert isinstance(focused, QWidget)
    QTest.keyClick(focused, key, modifier)
    QApplication.processEvents()
    return window.toasts.toasts[-1].sentence if window.toasts.toasts else ""


def test_keys_that_train_nothing_say_why(window: MainWindow, qtbot: QtBot) -> None:
    starting, fields = window.panel(TrainPanel).starting, window.panel(TrainPanel).form.fields
    train(window, LONG, qtbot)
    run = window.state.run
    field = fields["seed"].editor
    field.setFocus()
    assert "under way" in said(window, Qt.Key.Key_Return, CONTROL)
    # As a person does: the change is typed, and the keys are pressed at once.
    field.selectAll()
    QTest.keyClicks(field, "7")
    for key, modifier in ((Qt.Key.Key_Return, CONTROL), (Qt.Key.Key_F10, PLAIN), (Qt.Key.Key_F11, PLAIN)):
        sentence = said(window, key, modifier)
        assert "goes on without the change of Seed" in sentence and "Shift+F5" in sentence
    assert window.state.draft["seed"] == 7 and window.state.run is not None and run is not None
    assert window.state.run.path == run.path and starting.waiting == ["seed"]
    # A live field does change this training.
    fields["seed"].editor.stepBy(-7)
    fields["k"].editor.stepBy(1)
    assert "without" not in said(window, Qt.Key.Key_Return, CONTROL)
    window.services.training.pause()
    qtbot.waitUntil(lambda: window.state.phase == "paused", timeout=TIMEOUT)
    window.state.edit_draft("seed", 9)
    field.setFocus()
    assert "without the change of Seed" in said(window, Qt.Key.Key_F10, PLAIN)
    qtbot.waitUntil(lambda: window.state.phase == "paused", timeout=TIMEOUT)
    window.services.training.stop()
    qtbot.waitUntil(lambda: window.state.phase == "idle", timeout=TIMEOUT)
    window.state.edit_draft("k", 4000)
    assert starting.why_not() in said(window, Qt.Key.Key_Return, CONTROL) != ""
    assert "no training to pause" in said(window, Qt.Key.Key_Period, CONTROL)


def test_a_step_says_before_and_after_that_it_begins_a_new_run(
    window: MainWindow, small_run: Path, qtbot: QtBot
) -> None:
    panel, step = window.panel(TrainPanel), window.actions_.by_name["step"]
    window.state.set_draft({**window.state.draft, **QUICK})
    assert step.text() == "Train one step in a new run"
    assert panel.buttons["step"].toolTip() == "Step: begin a new run: train on one batch, then pause"
    panel.buttons["train"].setFocus()
    said(window, Qt.Key.Key_F10, PLAIN)
    qtbot.waitUntil(lambda: window.state.phase == "paused", timeout=TIMEOUT)
    assert any("A new run has begun" in toast.sentence for toast in window.toasts.toasts)
    assert window.state.run is not None and window.state.run.path != small_run
    assert step.text() == "Train one step"
    assert panel.buttons["step"].toolTip() == "Step: train on one batch, then pause"


def test_every_key_that_can_do_nothing_says_why(window: MainWindow) -> None:
    """Only undo, redo and Esc are silent where there is nothing left for them."""
    silent = set()
    for spec in menus.specs():
        handler = window.actions_.by_name[spec.name]._handler
        if spec.shortcut and handler.enabled is not None and handler.why is None:
            silent.add(spec.name)
    assert silent == {"undo", "redo", "back"}
