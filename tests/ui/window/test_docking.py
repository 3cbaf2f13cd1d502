"""Docks: maximised, closed, reset and remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from saegui.app.settings import Settings
from saegui.ui.panels import registry
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT


def test_maximise_and_back(window: MainWindow) -> None:
    window.docks["features"].bar.maximise.click()
    assert [name for name, dock in window.docks.items() if dock.isVisible()] == ["features"]
    window.docks["features"].bar.maximise.click()
    assert window.docks["draw"].isVisible() and window.docks["train"].isVisible()


def test_a_maximised_panel_has_the_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    draw = window.panel(DrawPanel)
    for name in ("curves", "features", "latent"):
        qtbot.waitUntil(lambda: draw.isAncestorOf(QApplication.focusWidget() or window), timeout=TIMEOUT)
        dock = window.docks[name]
        window.docking.toggle_maximised(dock)
        QApplication.processEvents()
        focused = QApplication.focusWidget()
        assert focused is not None and dock.isAncestorOf(focused), name
        window.docking.toggle_maximised(dock)
        draw.first_stop().setFocus()


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
    assert [bar.geometry().top() > 300 for bar in seen if bar.isVisible()] == [True, True]
    for name in ("draw", "runs"):
        again.docks[name].setFloating(True)
    again.actions_.by_name["reset-layout"].trigger()
    assert again.docks["latent"].isVisible()
    assert not any(dock.isFloating() for dock in again.docks.values())


def places(window: MainWindow) -> dict[str, tuple[bool, bool, QRect]]:
    """Of every panel: whether it is open, whether it floats, and where it is, if it is in front."""
    QApplication.processEvents()
    return {
        name: (
            not dock.isHidden(),
            dock.isFloating(),
            QRect() if dock.visibleRegion().isEmpty() else dock.geometry(),
        )
        for name, dock in window.docks.items()
    }


def test_after_a_panel_was_maximised_everything_is_where_it_was(window: MainWindow) -> None:
    window.docking.reset()
    window.docks["latent"].bar.close_button.click()
    window.docks["draw"].setFloating(True)
    window.docks["draw"].move(200, 150)
    window.docks["runs"].raise_()
    QApplication.processEvents()
    left, right = window.docks["train"], window.docks["features"]
    window.resizeDocks([left, right], [left.width() + 40, right.width() - 40], Qt.Orientation.Horizontal)
    for name in ("features", "runs", "train", "draw"):
        before = places(window)
        for _ in range(3):
            window.docks[name].bar.maximise.click()
            QApplication.processEvents()
            assert [other for other, dock in window.docks.items() if dock.isVisible()] == [name]
            assert not window.docks[name].isFloating() and window.docks[name].width() > 1200
            assert "all panels" in window.docks[name].bar.maximise.accessibleName()
            window.docks[name].bar.maximise.click()
            now = places(window)
            for other, (is_open, floats, place) in before.items():
                assert now[other][:2] == (is_open, floats)
                corners = [
                    place.topLeft() - now[other][2].topLeft(),
                    place.bottomRight() - now[other][2].bottomRight(),
                ]
                # Qt shares out what remains of a division again; that must not add up.
                assert all(corner.manhattanLength() <= 4 for corner in corners), (
                    name,
                    other,
                    place,
                    now[other][2],
                )
        assert window.docks[name].bar.maximise.accessibleName().startswith("Maximise")


def test_a_panel_that_is_opened_while_another_is_maximised_brings_all_back(window: MainWindow) -> None:
    window.docks["latent"].bar.close_button.click()
    window.docks["features"].bar.maximise.click()
    window.docks["latent"].open_action.trigger()
    assert all(dock.isVisible() for dock in window.docks.values())
    assert window.docking.maximised is None and window.docks["latent"].open_action.isChecked()


def test_closing_the_maximised_panel_brings_the_others_back(window: MainWindow) -> None:
    window.docks["features"].bar.maximise.click()
    window.docks["features"].bar.close_button.click()
    assert all(dock.isVisible() for dock in window.docks.values())


def test_after_a_panel_was_maximised_the_keyboard_is_where_it_was(window: MainWindow) -> None:
    window.panel(DrawPanel).canvas.setFocus()
    for _ in range(2):
        window.docking.toggle_maximised(window.docks["curves"])
        QApplication.processEvents()
    assert QApplication.focusWidget() is window.panel(DrawPanel).canvas


def test_tab_never_goes_to_a_panel_behind_another(window: MainWindow) -> None:
    window.docking.reset()
    QApplication.processEvents()
    behind, front = window.docks["runs"], window.docks["curves"]
    assert behind.visibleRegion().isEmpty() and not front.visibleRegion().isEmpty()
    reached = _with_tab(window)
    assert any(front.isAncestorOf(widget) for widget in reached)
    assert not any(behind.isAncestorOf(widget) for widget in reached)
    behind.raise_()
    QApplication.processEvents()
    reached = _with_tab(window)
    assert any(behind.isAncestorOf(widget) for widget in reached)
    assert not any(front.isAncestorOf(widget) for widget in reached)


def _with_tab(window: MainWindow) -> list[QWidget]:
    reached: list[QWidget] = []
    for _ in range(200):
        widget = QApplication.focusWidget()
        assert widget is not None
        if widget in reached:
            break
        reached.append(widget)
        widget.focusNextPrevChild(True)
    return reached


@pytest.mark.parametrize(
    ("saved", "reason"),
    [
        (b"\0" * 100_000, "is too large"),
        (b"damaged", "is damaged"),
        (b"", "of an earlier version"),
    ],
)
def test_a_layout_that_cannot_be_used_is_replaced_by_the_first_one_and_a_sentence(
    saved: bytes, reason: str, make_main_window, small_run: Path
) -> None:
    settings = Settings()
    settings.set_layout("window" if saved else "docks", QByteArray(saved or b"older"))
    settings.flush()
    window: MainWindow = make_main_window(run=small_run)
    assert all(dock.isVisible() and not dock.isFloating() for dock in window.docks.values())
    (sentence,) = [toast.sentence for toast in window.toasts.toasts if "layout" in toast.sentence]
    assert reason in sentence
    window.close()
    again: MainWindow = make_main_window(run=small_run)
    assert not [toast.sentence for toast in again.toasts.toasts if "layout" in toast.sentence]


def test_a_layout_with_a_floating_panel_outside_every_screen_is_not_saved(
    make_main_window, small_run: Path
) -> None:
    window: MainWindow = make_main_window(run=small_run)
    window.docks["latent"].setFloating(True)
    window.docks["latent"].move(5000, 5000)
    window.close()
    again: MainWindow = make_main_window(run=small_run)
    assert not again.docks["latent"].isFloating() and again.docks["latent"].isVisible()


def test_a_line_between_panels_that_is_held_is_let_go_before_the_layout_changes(window: MainWindow) -> None:
    window.docking.reset()
    QApplication.processEvents()
    train, features = window.docks["train"], window.docks["features"]
    at = QPoint(
        (train.geometry().right() + features.geometry().left()) // 2, features.geometry().center().y()
    )
    handle = window.windowHandle()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseMove(handle, at + QPoint(40, 0))
    assert window.docking.drags.under_way
    window.docking.reset()
    QApplication.processEvents()
    assert not window.docking.drags.under_way
    before = places(window)
    QTest.mouseMove(handle, at + QPoint(80, 0))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at + QPoint(80, 0))
    assert places(window) == before


def test_a_panel_that_a_saved_layout_does_not_know_comes_behind_the_others(
    make_main_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    every = registry.PANELS
    for name in ("sweep", "density"):
        monkeypatch.setattr(registry, "PANELS", tuple(kind for kind in every if kind.name != name))
        former = make_main_window()
        former.close()
        qtbot.waitUntil(lambda former=former: not former.isVisible())  # type: ignore[misc]
        monkeypatch.setattr(registry, "PANELS", every)
        window = make_main_window()
        in_front = [found for found, dock in window.docks.items() if dock.panel.isVisible()]
        assert name not in in_front and name in window.docks and not window.docks[name].isHidden()
        assert {"features", "curves"} <= set(in_front)
        window.close()
        qtbot.waitUntil(lambda window=window: not window.isVisible())  # type: ignore[misc]
