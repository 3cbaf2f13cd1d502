"""The first window lies on the screen with its frame, its status bar included."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMargins, QRect

from saegui.ui.window.first_size import FRAME, first_place

SCREENS = [(1024, 768), (1280, 720), (1280, 800), (1440, 900), (2560, 1440)]


@pytest.mark.parametrize("screen", SCREENS)
def test_the_first_place_leaves_room_for_the_frame_and_for_bars_of_the_system(
    screen: tuple[int, int],
) -> None:
    width, height = screen
    for bar in (QMargins(0, 28, 0, 0), QMargins(0, 0, 0, 48), QMargins(70, 0, 0, 0), QMargins()):
        available = QRect(0, 0, width, height).marginsRemoved(bar)
        place = first_place(available)
        assert available.contains(place)
        inner = place.marginsRemoved(FRAME)
        # It is no smaller than it has to be.
        assert inner.width() >= min(1440, available.width() - 16)
        assert inner.height() >= min(900, available.height() - 48)


def test_a_larger_screen_gets_a_larger_window() -> None:
    sizes = [first_place(QRect(0, 0, *screen)).size() for screen in SCREENS]
    assert sizes[-1].width() > 2000 and sizes[-1].height() > 1100
