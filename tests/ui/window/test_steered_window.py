"""What is set for one input is set in all test inputs, and a window shows what changes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from saegui.core.analysis.steering_all import steer_all
from saegui.core.data import Dataset
from saegui.ui.window.main_window import MainWindow
from saegui.ui.window.steered_window import MOST, SteeredWindow


def test_what_is_set_is_set_in_all_test_images(window: MainWindow, digits: Dataset, qtbot: QtBot) -> None:
    services, action = window.services, window.actions_.by_name["steer-all"]
    state, header = services.state, window.panels["active"].header
    assert action.text() == "Steer all test images" and not action.isEnabled()
    state.set_image(digits.test_images[3], "test image 3")
    assert state.code is not None and state.snapshot is not None
    latent = int(state.code.z.argmax())
    services.steering.set(latent, 0.0)
    assert action.isEnabled() and header.everywhere.isEnabled()
    with qtbot.waitSignal(services.steering_all.found, timeout=20_000):
        header.everywhere.click()
    (dialog,) = window.findChildren(SteeredWindow)
    assert dialog.isVisible() and window.isEnabled()
    found = steer_all(state.snapshot, digits.test_images, {latent: 0.0})
    assert f"The code of {found.touched} images changes. MSE" in dialog.summary.text()
    assert "all 359 test images of Built-in digits (small run" in dialog.summary.text()
    assert dialog.rows.topLevelItemCount() == min(MOST, len(found.moved)) > 2
    second = dialog.rows.topLevelItem(1)
    assert second.text(0) == f"#{found.moved[1]}"
    assert second.text(2) == f"{found.active[found.moved[1]] / 359:.1%}"
    dialog.rows.setCurrentItem(second)
    assert state.selected == found.moved[1]

    dialog.copy.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 1 + dialog.rows.topLevelItemCount() and lines[2].split("\t")[0] == second.text(0)
    dialog.close()


def test_a_latent_of_another_run_is_not_selected(
    window: MainWindow, digits: Dataset, stopped_run: Path, qtbot: QtBot
) -> None:
    services, state = window.services, window.services.state
    state.set_image(digits.test_images[3], "test image 3")
    assert state.code is not None
    services.steering.set(int(state.code.z.argmax()), 0.0)
    with qtbot.waitSignal(services.steering_all.found, timeout=20_000):
        services.steering_all.start()
    (dialog,) = window.findChildren(SteeredWindow)
    services.library.open(stopped_run)
    state.select(None)
    dialog.rows.setCurrentItem(dialog.rows.topLevelItem(1))
    assert state.selected is None
    dialog.close()
