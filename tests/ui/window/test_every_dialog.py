"""What holds for every dialog of the window: how it is laid out, where the keyboard begins, and what Esc and Enter do."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QToolButton,
    QTreeView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from saegui.app.jobs import Job
from saegui.ui.theme.tokens import PAD
from saegui.ui.window.main_window import MainWindow
from tests.contrast import contrast
from tests.ui.window.by_hand import TIMEOUT, close_dialogs

OWN = (
    "about",
    "data-sets",
    "experiments",
    "export-all",
    "export-model",
    "figure-for-page",
    "glossary",
    "import-model",
    "rename-run",
    "shortcuts",
    "vary",
)
FILES = (
    "data-folder",
    "export",
    "export-animation",
    "export-report",
    "export-runs",
    "open-picture",
    "open-run",
    "screenshot",
)
ASKS_FIRST = ("export-all", "export-model", "figure-for-page", "import-model")
"""Whose main button asks for a file or a folder."""


def dialogs() -> list[QDialog]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot) -> Iterator[object]:
    """Call it with the name of an action for the dialog that it opens."""

    def open_(name: str) -> QDialog:
        close_dialogs(qtbot)
        window.actions_.by_name[name].trigger()
        QApplication.processEvents()
        (dialog,) = dialogs()
        # Where no window manager does so.
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow, timeout=TIMEOUT)
        return dialog

    yield open_
    close_dialogs(qtbot)


def can_be_pressed(widget: QWidget) -> bool:
    return (
        isinstance(widget, QPushButton | QToolButton)
        and widget.isVisible()
        and widget.isEnabled()
        and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    )


def press(key: Qt.Key) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key)
    QApplication.processEvents()


def test_all_have_the_same_margins_and_the_main_button_at_the_right(opened) -> None:  # type: ignore[no-untyped-def]
    for name in OWN:
        dialog = opened(name)
        margins = dialog.layout().contentsMargins()
        assert {margins.left(), margins.top(), margins.right(), margins.bottom()} == {PAD}, name
        buttons = [each for each in dialog.findChildren(QPushButton) if each.isVisible()]
        places = {each: each.mapTo(dialog, QPoint(0, 0)) for each in buttons}
        lowest = max((place.y() for place in places.values()), default=0)
        last = [each for each, place in places.items() if place.y() == lowest]
        for button in last:
            if button.property("primary"):
                assert places[button].x() == max(places[each].x() for each in last), name


def test_the_keyboard_begins_where_something_can_be_done_and_esc_closes_without_effect(
    window: MainWindow,
    opened,  # type: ignore[no-untyped-def]
) -> None:
    state = window.state
    before = (dict(state.draft), state.run, "idle")
    for name in (*OWN, *FILES):
        focused = opened(name).focusWidget()
        assert focused is not None and focused.isEnabled(), name
        assert not (isinstance(focused, QLineEdit) and focused.isReadOnly()), name
        press(Qt.Key.Key_Escape)
        assert not dialogs(), name
        assert (dict(state.draft), state.run, state.phase) == before, name
        # What it had begun in the background has ended with it.
        assert window.statusBar().job_text.isHidden(), name  # type: ignore[attr-defined]
        assert not window.toasts.toasts, name


def test_what_vary_measures_ends_with_it(window: MainWindow, opened, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    state = window.state
    for name, value in (("dataset", "digits"), ("n_latents", 8), ("k", 2)):
        state.edit_draft(name, value)
    opened("vary")
    job_text = window.statusBar().job_text  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: job_text.isVisible() and "sweep" in job_text.text(), timeout=TIMEOUT)
    press(Qt.Key.Key_Escape)
    assert not dialogs() and job_text.isHidden()


def test_enter_presses_the_main_button(opened, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    for name in ASKS_FIRST:
        opened(name)
        press(Qt.Key.Key_Return)
        assert any(isinstance(each, QFileDialog) for each in dialogs()), name


def test_enter_uses_the_data_set_that_is_chosen_and_trains_the_experiment(
    window: MainWindow, opened, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    opened("data-sets").choose("patches")
    press(Qt.Key.Key_Return)
    assert window.state.draft["dataset"] == "patches"
    started: list[object] = []
    monkeypatch.setattr(window.services.lessons, "start", started.append)
    opened("experiments")
    press(Qt.Key.Key_Return)
    assert len(started) == 1


def test_enter_on_a_button_presses_that_button(opened) -> None:  # type: ignore[no-untyped-def]
    pressed: list[QWidget] = []
    for name in OWN:
        able = [each for each in opened(name).findChildren(QWidget) if can_be_pressed(each)]
        for each in able:
            # Nothing else is to happen.
            each.clicked.disconnect()  # type: ignore[attr-defined]
            each.clicked.connect(lambda *_, each=each: pressed.append(each))  # type: ignore[attr-defined]
        for button in able:
            pressed.clear()
            button.setFocus()
            press(Qt.Key.Key_Return)
            assert pressed == [button], name


def test_the_dialog_of_files_cuts_nothing(window: MainWindow, opened) -> None:  # type: ignore[no-untyped-def]
    # Whatever was made of it before on this machine: nothing.
    assert not QSettings("QtProject").contains("FileDialog/viewMode")
    dialog = opened("open-run")
    files = dialog.findChild(QTreeView)
    for column, words in ((1, "999.99 MiB"), (2, "plain text document"), (3, "30 12 2026 12:30")):
        assert files.header().sectionSize(column) >= files.fontMetrics().horizontalAdvance(words) + 8
    assert files.header().length() <= files.viewport().width()


def test_the_arrows_of_the_dialog_of_files_are_seen_in_both_themes(window: MainWindow, opened) -> None:  # type: ignore[no-untyped-def]
    for theme in ("dark", "light"):
        window.theme.choose(theme)  # type: ignore[arg-type]
        dialog = opened("open-run")
        for name in ("backButton", "forwardButton", "toParentButton"):
            button = dialog.findChild(QToolButton, name)
            picture = button.icon().pixmap(button.iconSize()).toImage()
            solid = max(
                (picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())),
                key=lambda colour: colour.alpha(),
            )
            assert contrast(QColor(solid.rgb()), QColor(window.theme.tokens.window)) > 4.5, (theme, name)


def test_a_figure_whose_drawing_was_stopped_is_not_said_to_be_drawn(
    window: MainWindow,
    opened,  # type: ignore[no-untyped-def]
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jobs = window.services.jobs
    for name in ("figure-for-page", "glossary"):
        held = threading.Event()

        def picture(*_: object, held: threading.Event = held, **__: object) -> Job:
            return jobs.start("Drawing figure", lambda progress: held.wait(TIMEOUT / 1000))

        monkeypatch.setattr(window.services.exporter, "picture", picture)
        dialog = opened(name)
        assert "being drawn" in dialog.caption.text(), name
        for job in jobs.running:
            job.cancel()
        held.set()
        qtbot.waitUntil(lambda dialog=dialog: "stopped" in dialog.caption.text(), timeout=TIMEOUT)
