"""The button of the current run."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QApplication,
)

from saegui.ui.window.main_window import MainWindow


def test_the_run_menu_has_the_room_that_a_name_needs(window: MainWindow) -> None:
    run = window.state.run
    assert run is not None
    window.resize(1280, 780)
    for name in ("a", "a name that is longer than most", "b"):
        window.services.library.rename(run, name)
        QApplication.processEvents()
        assert window.run_button.width() >= window.run_button.sizeHint().width()
