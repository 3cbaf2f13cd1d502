"""What happens while the left button holds a panel's title, offscreen and on an X server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMainWindow, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from saegui.app.settings import Settings
from saegui.ui.panels import registry
from saegui.ui.window.drags import Drags
from saegui.ui.window.saved_layout import LIMIT, SavedLayout
from tests.x_server import running

SCRIPT = Path(__file__).with_name("held_titles.py")
ACTIONS = ("maximise", "close", "toggle", "reset", "theme", "dialog", "question", "letters")
OF_PLACES = ("maximise", "close", "reset")
"""What moves panels: it may depend on where they are. The other actions ask only whether anything is held."""
NAMES = [panel.name for panel in registry.PANELS]
EVERY_PLACE = list(
    {(panel.place.column, panel.place.tabbed): panel.name for panel in reversed(registry.PANELS)}.values()
)
"""A panel of each column, and one behind another in each that has such."""
ALONE_AND_TABBED = [
    next(panel.name for panel in registry.PANELS if panel.place.tabbed is tabbed) for tabbed in (False, True)
]


def held(what: Iterable[tuple[str, str]], **variables: str) -> None:
    """Pairs of an action and a panel, in a process of its own: what goes wrong inside Qt would take the tests with it."""
    words = [f"{action}:{name}" for action, name in what]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *words],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.stdout.split() == words
    assert "resizeDocks" not in done.stderr


@pytest.fixture(scope="module")
def x_server() -> Iterator[str]:
    """An X server of our own, with a screen that is larger than the window."""
    with running("-screen", "0", "1440x900x24", "-noreset", needs=("xdotool",)) as display:
        yield display


@pytest.mark.slow
def test_a_held_title_is_let_go_before_anything_else_happens(digits_cached: None) -> None:
    held(product([*ACTIONS, "early"], ALONE_AND_TABBED), QT_QPA_PLATFORM="offscreen")


@pytest.mark.slow
def test_a_title_held_with_a_real_pointer_is_let_go_before_anything_else_happens(
    x_server: str, digits_cached: None
) -> None:
    elsewhere = [name for name in EVERY_PLACE if name not in ALONE_AND_TABBED]
    what = [*product(ACTIONS, ALONE_AND_TABBED), *product(OF_PLACES, elsewhere)]
    held(what, QT_QPA_PLATFORM="xcb", DISPLAY=x_server)


@pytest.mark.slow
def test_a_title_held_with_a_real_pointer_is_let_go_before_the_program_ends(
    x_server: str, digits_cached: None
) -> None:
    for name in ALONE_AND_TABBED:
        held([("quit", name)], QT_QPA_PLATFORM="xcb", DISPLAY=x_server)


@pytest.mark.slow
def test_a_held_title_is_let_go_before_the_program_ends_and_what_is_saved_is_small_and_can_be_used(
    digits_cached: None,
) -> None:
    for name in ALONE_AND_TABBED:
        held([("quit", name)], QT_QPA_PLATFORM="offscreen")
    saved = bytes(Settings().layout("window").data())
    assert 0 < len(saved) < LIMIT
    assert set(SavedLayout.decode(saved).panels) == set(NAMES)


def test_a_window_that_goes_while_a_drag_in_it_is_ended_is_left_alone(qtbot: QtBot) -> None:
    window = QMainWindow()
    drags = Drags(window, ())
    window.show()
    QTest.mousePress(window, Qt.MouseButton.LeftButton)
    assert drags.under_way
    # As a window that was closed goes: by an event that waits, among those which end the drag.
    QTimer.singleShot(0, lambda: delete(window))
    drags.finish()
    assert not isValid(window)


def test_a_dialog_ends_a_drag_once_however_many_widgets_there_are(qtbot: QtBot) -> None:
    asked = []

    class Counted(Drags):
        def finish(self) -> None:
            asked.append(self.under_way)
            super().finish()

    window, inside = QMainWindow(), QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(inside)
    for number in range(20):
        layout.addWidget(QLabel(str(number)))
    window.setCentralWidget(inside)
    drags = Counted(window, ())
    window.show()
    QTest.mousePress(window, Qt.MouseButton.LeftButton)
    assert drags.under_way
    asked.clear()
    dialog = QDialog(window)
    dialog.open()
    QApplication.processEvents()
    assert asked == [True] and not drags.under_way
    dialog.close()
