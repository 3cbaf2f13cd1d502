"""A few words side by side, one of which is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from saegui.ui.widgets.segments import Segments


def test_tab_leads_to_what_is_chosen_and_arrow_keys_go_on_from_there(qtbot: QtBot) -> None:
    page = QWidget()
    before, words, after = QLineEdit(), Segments("View", {name: (name, "") for name in "abc"}), QLineEdit()
    layout = QVBoxLayout(page)
    for widget in (before, words, after):
        layout.addWidget(widget)
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
    # By the program, and by a click: both times Tab leads there, and on to what stands behind.
    for value in ("b", "c"):
        if value == "b":
            words.set_value("b")
        else:
            QTest.mouseClick(words.button("c"), Qt.MouseButton.LeftButton)
        before.setFocus()
        QTest.keyClick(before, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is words.button(value)
        QTest.keyClick(words.button(value), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is after
    QTest.keyClick(after, Qt.Key.Key_Backtab)
    with qtbot.waitSignal(words.chosen):
        QTest.keyClick(words.button("c"), Qt.Key.Key_Left)
    assert words.value == "b" and QApplication.focusWidget() is words.button("b")
    QTest.keyClick(words.button("b"), Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is before
