"""Docks: maximised, closed, reset and remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QApplication,
    QTabBar,
)
from pytestqt.qtbot import QtBot

from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT


def test_maximise_and_back(window: MainWindow) -> None:
    window.docks["features"].bar.maximise.click()
    assert [name for name, dock in window.docks.items() if dock.isVisible()] == ["features"]
    window.docks["features"].bar.maximise.click()
    assert window.docks["draw"].isVisible() and window.docks["train"].isVisible()


@pytest.mark.parametrize("name", ["curves", "features", "latent"])
def test_a_maximised_panel_has_the_keyboard(name: str, window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: window.panel(DrawPanel).isAncestorOf(QApplication.focusWidget() or window), timeout=TIMEOUT
    )
    dock = window.docks[name]
    window.docking.toggle_maximised(dock)
    QApplication.processEvents()
    focused = QApplication.focusWidget()
    assert focused is not None and dock.isAncestorOf(focused)


def test_the_window_keeps_its_size_when_panels_are_maximised_and_the_layout_is_reset(
    window: MainWindow,
) -> None:
    window.resize(1280, 780)
    for dock in window.docks.values():
        for _ in range(2):
            window.docking.toggle_maximised(dock)
            QApplication.processEvents()
        assert window.width() == 1280, dock.windowTitle()
    for _ in range(2):
        window.docking.reset()
        QApplication.processEvents()
        assert window.width() == 1280


def test_a_closed_panel_comes_back_with_reset_layout_and_layouts_are_remembered(
    make_main_window, small_run: Path, qtbot: QtBot
) -> None:
    window: MainWindow = make_main_window(run=small_run)
    window.docks["latent"].bar.close_button.click()
    assert not window.docks["latent"].isVisible()
    window.close()
    again: MainWindow = make_main_window(run=small_run)
    assert not again.docks["latent"].isVisible() and again.docks["draw"].isVisible()
    # Of a layout that is made anew Qt keeps the old one's bar of tabs; it must not be where anyone sees it.
    seen = [bar for bar in again.findChildren(QTabBar) if bar.geometry().intersects(again.rect())]
    assert [bar.geometry().top() > 300 for bar in seen if bar.isVisible()] == [True]
    for name in ("draw", "runs"):
        again.docks[name].setFloating(True)
    again.actions_.by_name["reset-layout"].trigger()
    assert again.docks["latent"].isVisible()
    assert not any(dock.isFloating() for dock in again.docks.values())
