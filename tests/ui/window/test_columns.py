"""How wide the columns are, in windows of any width."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
)
from pytestqt.qtbot import QtBot

from saegui.ui.window.columns import LEAST_MIDDLE
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT


def columns(window: MainWindow) -> list[int]:
    QApplication.processEvents()
    return [window.docks[name].width() for name in ("train", "features", "draw")]


def test_a_larger_window_gives_its_width_to_the_tiles_and_the_canvas(window: MainWindow) -> None:
    window.docking.reset()
    small = columns(window)
    window.resize(2560, 1400)
    left, middle, right = columns(window)
    assert left <= 420 and middle > 1200 and abs(right - 0.34 * 2560) < 25
    window.resize(1280, 780)
    assert columns(window) == small
    # Drawn wider little by little nothing is worn away.
    for width in [*range(1283, 1401, 9), *range(1397, 1280, -9), 1280]:
        window.resize(width, 780)
        QApplication.processEvents()
    assert all(abs(now - before) <= 1 for now, before in zip(columns(window), small, strict=True))


def test_who_made_a_column_wider_finds_it_wider_in_another_window(window: MainWindow, qtbot: QtBot) -> None:
    window.docking.reset()
    left, middle, right = columns(window)
    docks = [window.docks[name] for name in ("train", "features", "draw")]
    window.resizeDocks(docks, [left + 60, middle - 60, right], Qt.Orientation.Horizontal)
    assert columns(window)[0] == left + 60
    window.resize(2560, 1400)
    assert abs(columns(window)[0] - 411 * (left + 60) / left) < 8
    window.docks["features"].bar.maximise.click()
    window.resize(1280, 780)
    window.docks["features"].bar.maximise.click()
    qtbot.waitUntil(lambda: abs(columns(window)[0] - (left + 60)) <= 2, timeout=TIMEOUT)
    # Where a panel was moved elsewhere, Qt stretches what is left.
    window.docks["train"].setFloating(True)
    window.resize(1600, 780)
    assert columns(window)[2] > right + 50


def test_a_column_that_is_shown_again_stays_as_it_is_then_made(window: MainWindow) -> None:
    window.docking.reset()
    docks = [window.docks[name] for name in ("train", "features", "draw")]
    window.docks["train"].bar.close_button.click()
    window.resize(window.width() + 300, window.height())
    window.docks["train"].show()
    QApplication.processEvents()
    left, middle, right = columns(window)
    window.resizeDocks(docks, [left + 120, middle - 120, right], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    wide = columns(window)[0]
    assert wide > left + 90
    window.resize(window.width() + 1, window.height())
    QApplication.processEvents()
    assert abs(columns(window)[0] - wide) <= 3


def test_reset_layout_forgets_how_wide_columns_were_made(window: MainWindow) -> None:
    window.docking.reset()
    left, middle, right = columns(window)
    docks = [window.docks[name] for name in ("train", "features", "draw")]
    window.resizeDocks(docks, [left + 150, middle - 150, right], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    window.docks["features"].bar.maximise.click()
    window.resize(window.width() + 60, window.height())
    window.docking.reset()
    QApplication.processEvents()
    fresh = columns(window)[0]
    window.resize(window.width() + 1, window.height())
    QApplication.processEvents()
    assert abs(columns(window)[0] - fresh) <= 2


def test_a_column_wider_than_a_smaller_window_leaves_the_tiles_room(window: MainWindow) -> None:
    window.resize(2560, 1000)
    QApplication.processEvents()
    docks = [window.docks[name] for name in ("train", "features", "draw")]
    window.resizeDocks(docks, [1500, 500, 560], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    window.resize(1280, 800)
    QApplication.processEvents()
    assert window.docks["features"].width() >= LEAST_MIDDLE - 20


def test_a_layout_of_a_small_screen_suits_a_large_one(make_main_window, small_run: Path) -> None:
    window: MainWindow = make_main_window(run=small_run)
    window.docking.reset()
    small = columns(window)
    window.close()
    again: MainWindow = make_main_window(run=small_run)
    assert columns(again) == small
    again.close()
    larger: MainWindow = make_main_window(run=small_run, size=(2560, 1400))
    left, middle, right = columns(larger)
    assert left <= 420 and middle > 1200 and abs(right - 0.34 * 2560) < 25


def test_columns_follow_the_window_whichever_tab_is_in_front(window: MainWindow) -> None:
    window.docking.reset()
    small = columns(window)
    window.docking.set_open(window.docks["compare"], True)
    window.resize(2560, 1400)
    QApplication.processEvents()
    assert abs(window.docks["train"].width() - 415) <= 8 and window.docks["compare"].width() > 1200
    window.resize(1280, 780)
    QApplication.processEvents()
    found = [window.docks[name].width() for name in ("train", "compare", "draw")]
    assert all(abs(now - before) <= 1 for now, before in zip(found, small, strict=True))
