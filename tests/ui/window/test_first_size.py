"""The first window lies on the screen with its frame, its status bar included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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


OPEN = """
import json
from PySide6.QtCore import QTimer
from saegui.ui.window.application import make_application, make_window
app = make_application()
window = make_window()
window.show()
def report():
    screen, frame = window.screen().availableGeometry(), window.frameGeometry()
    bar = window.statusBar()
    bottom = bar.mapToGlobal(bar.rect().bottomLeft()).y()
    print(json.dumps([screen.contains(frame), bottom <= screen.bottom(), window.size().toTuple()]))
    window.close()
    app.quit()
QTimer.singleShot(0, lambda: QTimer.singleShot(0, report))
app.exec()
"""


@pytest.mark.parametrize("screen", [(1024, 768), (1280, 720)])
def test_the_window_of_a_small_screen_shows_its_status_bar(screen: tuple[int, int], tmp_path: Path) -> None:
    """In a process of its own: Qt reads what screens there are when it starts."""
    width, height = screen
    content = {
        "synchronousWindowSystemEvents": False,
        "windowFrameMargins": True,
        "screens": [{"name": "one", "x": 0, "y": 0, "width": width, "height": height, "dpr": 1}],
    }
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps({**content, "screens": [{**content["screens"][0], "logicalDpi": 96}]}))  # type: ignore[index]
    environment = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={screens}"}
    done = subprocess.run(
        [sys.executable, "-c", OPEN], capture_output=True, text=True, timeout=60, env=environment, check=True
    )
    fits, status_bar, size = json.loads(done.stdout)
    assert fits and status_bar, size
