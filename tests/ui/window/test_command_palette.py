"""The command palette."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
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


def test_names_without_an_icon_begin_where_the_others_do(window: MainWindow) -> None:
    window.actions_.by_name["palette"].trigger()
    items = [window.palette_box.list.item(row) for row in range(window.palette_box.list.count())]
    assert {item.icon().actualSize(QSize(16, 16)).width() for item in items} == {16}
    assert any(window.actions_.by_name[item.data(Qt.ItemDataRole.UserRole)].icon().isNull() for item in items)
