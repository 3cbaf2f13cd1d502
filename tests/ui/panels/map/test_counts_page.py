"""Distributions on the map panel: what the bars count, what they say, and the target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.ui.panels.map.counts_page import COUNTED, NOT_COUNTED, SHOWN
from saegui.ui.panels.map.panel import MapPanel
from saegui.ui.theme.theme import Theme
from tests.pointer import move

TIMEOUT = 20_000


def test_bars_count_what_was_measured_and_say_it(
    qtbot: QtBot, services: Services, theme: Theme, small_run: Path
) -> None:
    panel = MapPanel(services, theme)
    qtbot.addWidget(panel)
    panel.resize(520, 420)
    with qtbot.waitExposed(panel):
        panel.show()
    QTest.mouseClick(panel.whats.button("counts"), Qt.MouseButton.LeftButton)
    page = panel.counts
    assert panel.shown_figure == "percent-active"
    assert page.empty.label.text() == NOT_COUNTED
    assert services.open_run(small_run)
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=TIMEOUT)
    stats, snapshot = services.state.stats, services.state.snapshot
    assert stats is not None and snapshot is not None and page.found is not None
    assert page.choices.currentText() == "active latents per image"
    mean = float(stats.active_per_image.mean())
    assert page.reading.text().startswith(f"L0 {mean:.2f}"[:6])
    assert page.found.target == snapshot.config.k
    # A bar says what it counts, under the mouse and by keys.
    used = np.flatnonzero(page.found.counts)
    tallest = int(page.found.counts.argmax())
    move(page.view, page.view.bar_rect(tallest).center().toPoint())
    count = int((stats.active_per_image == tallest).sum())
    assert page.reading.text().startswith(f"{tallest:,} active latents: {count:,} images, ")
    page.view.point(None)
    QTest.keyClick(page.view, Qt.Key.Key_Right)
    assert page.view.bar == used[0]
    QTest.keyClick(page.view, Qt.Key.Key_Left)
    assert page.view.bar == used[0], "there is none further left"
    assert str(int(used[0])) in page.view.accessibleDescription()
    for name, total in (
        ("density", int((stats.density > 0).sum())),
        ("strength", int(stats.histogram.sum())),
    ):
        page.set_counted(name)
        assert services.settings.get(COUNTED) == name and panel.shown_figure == SHOWN[name].figure
        assert page.found is not None and page.found.counts.sum() == total
        assert page.reading.text().startswith(f"{total:,} ")
        bar = int(page.found.counts.argmax())
        page.view.point(bar)
        assert f"{int(page.found.counts[bar]):,}" in page.reading.text()
        assert page.view.bar_at(page.view.bar_rect(bar).center()) == bar
        page.view.grab()


def test_bars_take_all_the_height_that_there_is_on_a_large_screen_too(
    qtbot: QtBot, services: Services, theme: Theme
) -> None:
    view = MapPanel(services, theme).counts.view
    qtbot.addWidget(view)
    below = []
    for height in (400, 1400):
        view.resize(1200, height)
        below.append(height - view.room.bottom())
    assert below[0] == below[1] < 60
