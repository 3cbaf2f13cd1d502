"""A line for a latent's number takes numbers as they are shown, and leaves letters to the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from saegui.ui.widgets.latent_line import LatentLine


def test_numbers_are_typed_and_letters_are_shortcuts(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    line = LatentLine()
    QVBoxLayout(window).addWidget(line)
    shortcut = QShortcut(QKeySequence("T"), window)
    pressed = QSignalSpy(shortcut.activated)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    line.setFocus()
    QTest.keyClicks(line, "#1,4tx27")
    assert line.text() == "#1,427"
    assert pressed.count() == 1
    QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert line.selectedText() == "#1,427"
