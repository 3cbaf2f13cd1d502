"""A click in the groove of a slider goes there."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.slider import Slider

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
WIDTH = 420


@pytest.fixture
def slider(qtbot: QtBot, theme: Theme) -> Slider:
    made = Slider()
    qtbot.addWidget(made)
    made.setPageStep(5)
    made.setRange(0, 4)
    made.resize(WIDTH, 30)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.mark.parametrize("start", [0, 4])
def test_a_click_in_the_groove_goes_to_the_nearest_value(slider: Slider, start: int) -> None:
    for value in (1, 2, 3):
        slider.setValue(start)
        near = QPoint(round(WIDTH * value / 4) + (12 if value == 1 else -12), 15)
        QTest.mouseClick(slider, LEFT, NONE, near)
        assert slider.value() == value
        assert not slider.isSliderDown()


def test_it_can_be_dragged_on_from_there(slider: Slider) -> None:
    QTest.mousePress(slider, LEFT, NONE, QPoint(WIDTH // 4, 15))
    assert slider.value() == 1
    assert slider.isSliderDown()
    QTest.mouseMove(slider, QPoint(3 * WIDTH // 4, 15))
    assert slider.value() == 3
    QTest.mouseRelease(slider, LEFT, NONE, QPoint(3 * WIDTH // 4, 15))
    assert not slider.isSliderDown()


def test_a_press_on_the_handle_moves_nothing(slider: Slider) -> None:
    slider.setValue(2)
    QTest.mouseClick(slider, LEFT, NONE, QPoint(WIDTH // 2 + 4, 15))
    assert slider.value() == 2


def test_another_button_moves_nothing(slider: Slider) -> None:
    QTest.mouseClick(slider, Qt.MouseButton.RightButton, NONE, QPoint(WIDTH - 5, 15))
    assert slider.value() == 0
