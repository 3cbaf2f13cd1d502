"""The command palette."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from saegui.ui.window import menus
from saegui.ui.window.main_window import MainWindow


def test_the_command_palette_finds_and_runs(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_.by_name["palette"].trigger()
    palette = window.palette_box
    assert palette.isVisible() and len(palette.titles) == len(menus.specs())
    QTest.keyClicks(palette.query, "dark th")
    assert palette.titles[0].startswith("Dark theme")
    QTest.keyClick(palette.query, Qt.Key.Key_Return)
    assert window.theme.name == "dark" and not palette.isVisible()
    window.actions_.by_name["palette"].trigger()
    QTest.keyClicks(palette.query, "zzzz")
    assert palette.titles == []
    QTest.keyClick(palette.query, Qt.Key.Key_Escape)
    assert not palette.isVisible()
