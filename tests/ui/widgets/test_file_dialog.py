"""The dialog that asks for files and folders."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from saegui.ui.widgets.file_dialog import file_dialog


def test_it_begins_in_the_folder_or_the_next_one_above_that_is_there(qtbot: QtBot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "gone" / "runs", tmp_path / "file"):
        assert file_dialog(window, "Open", folder).directory().absolutePath() == str(tmp_path)
