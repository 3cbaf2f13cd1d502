"""What the style sheet and the palettes make of Qt's own widgets."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from saegui.app.settings import ThemeName
from saegui.ui.window.main_window import MainWindow
from tests.contrast import contrast

SEEN = 3
"""The contrast of what is no text and has to be seen (WCAG 2.1, 1.4.11)."""


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_frame_of_a_check_box_is_seen_in_both_themes(
    window: MainWindow, qtbot: QtBot, name: ThemeName
) -> None:
    window.theme.choose(name)
    ground = QColor(window.theme.tokens.panel)
    panel = QWidget()
    panel.setObjectName("panel")
    qtbot.addWidget(panel)
    box = QCheckBox("on")
    QVBoxLayout(panel).addWidget(box)
    panel.show()
    for on in (False, True):
        box.setChecked(on)
        option = QStyleOptionButton()
        box.initStyleOption(option)
        frame = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
        at = box.mapTo(panel, frame.center())
        image = panel.grab().toImage()
        left = [image.pixelColor(at.x() - frame.width() // 2 + place, at.y()) for place in range(-1, 3)]
        assert max(contrast(each, ground) for each in left) >= SEEN, on
