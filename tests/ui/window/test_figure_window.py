"""The window with a figure as it will be on a page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from saegui.core.figures.made_for import for_width
from saegui.ui.window.figure_window import FigureWindow
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT


def test_a_figure_is_looked_at_for_a_page_and_saved_so_and_its_format_is_remembered(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.services.exporter.focus("decoder-grid")
    window.actions_.by_name["figure-for-page"].trigger()
    (shown,) = window.findChildren(FigureWindow)
    qtbot.waitUntil(lambda: shown.caption.text() == "As on the screen.", timeout=TIMEOUT)
    shown.fields.places.setCurrentIndex(shown.fields.places.findData("column"))
    shown.fields.inks.setCurrentIndex(shown.fields.inks.findData("white"))
    qtbot.waitUntil(lambda: shown.caption.text().startswith("85 mm wide"), timeout=TIMEOUT)
    assert not shown.figure.pixmap().isNull()
    assert shown.made_for.width == for_width("column") and shown.made_for.ink == "white"

    shown.save_button.click()
    dialog = window.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(tmp_path / "grid.svg"))
    dialog.reject()
    qtbot.waitUntil((tmp_path / "grid.svg").exists, timeout=TIMEOUT)
    assert 'width="241pt"' in (tmp_path / "grid.svg").read_text()

    window.exports.ask("decoder-grid")
    dialog = window.findChildren(QFileDialog)[-1]
    assert dialog.defaultSuffix() == "svg" and "*.svg)" in dialog.selectedNameFilter()
    dialog.reject()
    shown.close()
