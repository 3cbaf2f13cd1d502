"""The banner about missing data."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from saegui.core.runs.run import starter_run
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT


def test_the_banner_offers_what_can_be_done(window: MainWindow, qtbot: QtBot) -> None:
    window.services.data.show("mnist")
    qtbot.waitUntil(lambda: not window.services.data.loading, timeout=TIMEOUT)
    banner = window.banner
    assert banner.isVisible() and banner.fetch.isVisible() and banner.folder.isVisible()
    assert "MNIST is not on this computer" in banner.text.text()
    banner.go_on.click()
    qtbot.waitUntil(lambda: not banner.isVisible(), timeout=TIMEOUT)
    assert window.state.draft["dataset"] == "digits"


def test_a_training_without_its_images_asks_before_it_downloads(window: MainWindow, qtbot: QtBot) -> None:
    window.state.edit_draft("dataset", "mnist")
    window.services.training.train()
    banner = window.banner
    assert banner.isVisible() and not window.services.data.loading
    assert banner.text.text() == (
        "MNIST is not on this computer yet. To begin the training, download MNIST (12 MB) or use Built-in digits."
    )
    assert banner.fetch.property("primary") and not banner.findChild(QWidget, "banner").property("problem")
    # What cannot be had is said in one place.
    window.services.data.choose_folder(Path("/nowhere"))
    qtbot.waitUntil(lambda: bool(window.services.data.problem), timeout=TIMEOUT)
    assert banner.findChild(QWidget, "banner").property("problem") and not window.toasts.toasts
    # With other data there is nothing to say.
    window.state.edit_draft("dataset", "digits")
    assert not banner.isVisible()


def test_a_wrong_data_folder_is_reported_in_the_banner(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.banner.take_folder(str(tmp_path))
    qtbot.waitUntil(lambda: bool(window.services.data.problem), timeout=TIMEOUT)
    assert str(tmp_path) in window.banner.text.text()
    # The folder will not be tried again; the network would be.
    assert window.banner.fetch.text() == "Download (12 MB)"


def test_the_window_does_not_grow_for_the_banner_or_the_curves(
    make_main_window, tmp_path: Path, qtbot: QtBot
) -> None:
    window: MainWindow = make_main_window(run=starter_run().path)
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    assert window.banner.isVisible()
    # Smaller than what was asked for where the screen is.
    size = window.size()
    assert size.width() <= 1280 and size.height() <= 800
    window.banner.take_folder(str(tmp_path / ("long " * 40)))
    qtbot.waitUntil(lambda: bool(window.services.data.problem), timeout=TIMEOUT)
    assert window.size() == size
