"""Actions follow their own signals and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from saegui.ui.commands import ActionSpec, Handler
from saegui.ui.theme.theme import Theme
from saegui.ui.window.actions import Actions

SPEC = ActionSpec("copy", "Edit", "Copy", "Copy something", "Ctrl+Shift+L", "copy")


class Model(QObject):
    """Something that an action depends on."""

    moved = Signal()
    other = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.free, self.on, self.title = True, False, "Copy"
        self.asked = self.runs = 0

    def is_free(self) -> bool:
        self.asked += 1
        return self.free

    def run(self) -> None:
        self.runs += 1


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def model(qtbot: QtBot) -> Model:
    return Model()


def test_an_action_asks_again_only_after_its_own_signals(window: QWidget, theme: Theme, model: Model) -> None:
    handler = Handler(model.run, enabled=model.is_free, changed=(model.moved,))
    action = Actions([(SPEC, handler)], theme, window).by_name["copy"]
    assert action.isEnabled() and model.asked == 1
    model.free = False
    model.other.emit(True)
    assert action.isEnabled() and model.asked == 1
    model.moved.emit()
    assert not action.isEnabled() and model.asked == 2


def test_an_action_that_stays_the_same_tells_nobody(
    window: QWidget, theme: Theme, model: Model, qtbot: QtBot
) -> None:
    """The pen asks 120 times a second; every menu and button would be drawn again."""
    spec = replace(SPEC, checkable=True)
    handler = Handler(
        model.run,
        enabled=model.is_free,
        checked=lambda: model.on,
        title=lambda: model.title,
        changed=(model.moved, model.other),
    )
    action = Actions([(spec, handler)], theme, window).by_name["copy"]
    with qtbot.assertNotEmitted(action.changed):
        model.moved.emit()
        model.other.emit(False)
    for name, value in (("free", False), ("on", True), ("title", "Copy again")):
        setattr(model, name, value)
        with qtbot.waitSignal(action.changed):
            model.moved.emit()
    assert (action.isEnabled(), action.isChecked(), action.text()) == (False, True, "Copy again")


def test_a_check_mark_shows_what_is_true_after_the_action_was_used(
    window: QWidget, theme: Theme, model: Model
) -> None:
    spec = replace(SPEC, checkable=True)
    action = Actions([(spec, Handler(model.run, checked=lambda: model.on))], theme, window).by_name["copy"]
    action.trigger()
    assert model.runs == 1 and not action.isChecked()


def test_what_an_action_shows_comes_from_its_spec(window: QWidget, theme: Theme, model: Model) -> None:
    action = Actions([(SPEC, Handler(model.run))], theme, window).by_name["copy"]
    assert action.text() == "Copy" and not action.icon().isNull()
    assert action.shortcut() == QKeySequence("Ctrl+Shift+L")
    assert action.toolTip().startswith("Copy something  (") and action.statusTip() == "Copy something"
    assert action in window.actions()


def test_released_actions_listen_no_more(window: QWidget, theme: Theme, model: Model) -> None:
    actions = Actions(
        [(SPEC, Handler(model.run, enabled=model.is_free, changed=(model.moved,)))], theme, window
    )
    actions.release()
    model.moved.emit()
    assert model.asked == 1


def test_two_actions_of_one_name_or_shortcut_are_refused(window: QWidget, theme: Theme, model: Model) -> None:
    twin = (SPEC, Handler(model.run))
    with pytest.raises(ValueError, match="More than one action has the name 'copy'"):
        Actions([twin, twin], theme, window)
    with pytest.raises(ValueError, match=r"More than one action has the shortcut 'Ctrl\+Shift\+L'"):
        Actions([twin, (replace(SPEC, name="other"), Handler(model.run))], theme, window)
