"""On a screen of 1280×800 or more nothing in a panel has to be scrolled, whatever the window shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QScrollBar
from pytestqt.qtbot import QtBot

from saegui.core.runs.run import starter_run
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT, draw

SIZES = ((1280, 800), (1264, 752), (1440, 900))
"""px of a window that fills the screen, of one with a frame, and of a larger one, which has other views beside each other."""


def bars(window: MainWindow) -> list[str]:
    """Of which panels a part can be scrolled."""
    for _ in range(3):
        QApplication.processEvents()
    return [
        dock.windowTitle()
        for dock in window.docks.values()
        for bar in dock.findChildren(QScrollBar)
        if bar.minimum() < bar.maximum() and not bar.visibleRegion().isEmpty()
    ]


@pytest.mark.parametrize("size", SIZES)
def test_no_panel_has_a_scroll_bar(
    size: tuple[int, int], make_main_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_main_window(size=size)
    assert not bars(window), "empty"
    window.open_run(str(starter_run().path))
    # It asks for the run's data, until it is answered.
    window.banner.hide()
    draw(window, [(0.3, 0.2), (0.7, 0.2), (0.4, 0.8)])
    state, active, latent = window.state, window.panel(ActivePanel), window.panel(LatentPanel)
    qtbot.waitUntil(lambda: state.code is not None and state.stats is not None, timeout=TIMEOUT)
    assert state.code is not None and state.code.l0 == 10
    state.select(int(state.code.active[0]))
    for view in ("list", "sum", "steer", "near", "compare"):
        active.set_view(view)
        assert not bars(window), view
        rows = active.list
        if view == "steer":
            assert all(rows.groove(row).width() >= 24 for row in range(len(rows.latents))), (
                "too short to drag"
            )
    active.set_view("list")
    seen = []
    for page in ("intervals", "neighbours", "family", "overview"):
        latent.header.pages.button(page).click()
        assert not bars(window), page
        shown = [name for name, section in latent.sections.items() if section.isVisible()]
        assert shown == [page] if page != "overview" else len(shown) == 5, page
        sight = latent.rect().adjusted(0, latent.header.geometry().bottom(), 0, 0)
        assert all(sight.contains(latent.sections[name].geometry()) for name in shown), page
        seen += shown
    assert {"intervals", "neighbours", "family", "pictures", "examples"} <= set(seen)
    # In the middle of a training nothing is measured.
    state.set_phase("training")
    assert state.snapshot is not None
    state.set_snapshot(state.snapshot)
    window.banner.hide()
    assert not bars(window), ("training", window.docks["latent"].height())
    state.set_phase("idle")


def test_panels_are_as_high_as_in_a_new_window_where_the_last_one_was_larger(
    make_main_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    """Unless somebody has chosen how high they are."""

    def heights(window: MainWindow) -> list[int]:
        window.banner.hide()
        for _ in range(3):
            QApplication.processEvents()
        return [window.docks[name].height() for name in ("draw", "active", "latent")]

    window = make_main_window(size=SIZES[0])
    new = heights(window)
    window.resize(2400, 1300)
    assert heights(window)[2] > new[2] + 50
    window.close()
    again = make_main_window(size=SIZES[0])
    qtbot.waitUntil(lambda: heights(again) == new, timeout=TIMEOUT)
    again.docking.heights.chosen = True
    again.resize(2400, 1300)
    heights(again)
    again.close()
    third = make_main_window(size=SIZES[0])
    assert heights(third) != new and third.docking.heights.chosen
