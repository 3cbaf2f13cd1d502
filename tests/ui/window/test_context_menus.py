"""The right button, and the keyboard's menu key, offer actions of the program on tiles, rows and pictures."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.latent.sections.examples import Examples
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT, close_dialogs, draw


def menu_at(part: QWidget, at: QPoint | None) -> list[str]:
    """Names of the actions in the menu that opens at a point, or for None with the menu key; it is closed again."""
    keys = at is None
    target = part.viewport() if isinstance(part, QAbstractScrollArea) and not keys else part
    reason = QContextMenuEvent.Reason.Keyboard if keys else QContextMenuEvent.Reason.Mouse
    point = at if at is not None else QPoint(0, 0)
    QApplication.sendEvent(target, QContextMenuEvent(reason, point, target.mapToGlobal(point)))
    menu = QApplication.activePopupWidget()
    if menu is None:
        return []
    assert isinstance(menu, QMenu)
    found = [action.objectName() for action in menu.actions() if not action.isSeparator()]
    menu.close()
    return found


@pytest.fixture
def shown(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with a drawing, a measured run and a selected latent."""
    qtbot.waitUntil(lambda: window.state.stats is not None, timeout=TIMEOUT)
    draw(window, [(0.5, 0.15), (0.5, 0.5), (0.5, 0.85)])
    qtbot.waitUntil(lambda: window.state.code is not None, timeout=TIMEOUT)
    return window


@pytest.mark.qt_log_ignore("grabbing the keyboard", "popup", extend=True)
def test_the_right_button_and_the_menu_key_offer_what_can_be_done_with_what_is_there(
    shown: MainWindow, qtbot: QtBot
) -> None:
    state, grid = shown.state, shown.panel(FeaturesPanel).grid
    # The menu key on nothing opens nothing.
    state.select(None)
    assert menu_at(grid, None) == []
    latent = int(grid.order.latents[5])
    of_latent = menu_at(grid, grid.tile_rect(latent).center())
    assert (
        of_latent[:4] == ["star-latent", "label-latent", "pin-latent", "show-latent"]
        and state.selected == latent
    )
    assert menu_at(grid, None) == of_latent
    assert menu_at(grid, QPoint(1, 1)) == [] and state.selected == latent
    rows = shown.panel(ActivePanel).list
    assert menu_at(rows, rows.row_rect(1).center().toPoint()) == of_latent
    assert state.selected == rows.latents[1]
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_End)
    assert menu_at(rows, None) == of_latent and state.selected == rows.latents[-1]
    pictures = shown.panel(LatentPanel).sections["pictures"]
    assert menu_at(pictures.decoder, QPoint(5, 5)) == of_latent  # type: ignore[attr-defined]
    # Each is an action of the table, with its help; none is there for the menu alone.
    for name in of_latent:
        assert shown.actions_.by_name[name].toolTip()


@pytest.mark.qt_log_ignore("grabbing the keyboard", "popup", extend=True)
def test_what_the_menus_offer_works(shown: MainWindow, qtbot: QtBot) -> None:
    state, actions = shown.state, shown.actions_.by_name
    section = shown.panel(LatentPanel).sections["examples"]
    assert isinstance(section, Examples)
    state.select(shown.panel(ActivePanel).list.latents[0])
    offered = menu_at(section.top, section.top.rect_of(2).center())
    assert offered == ["draw-example", "copy-example", "export-latent"]
    actions["draw-example"].trigger()
    assert state.drawing.title == section.top.examples[2].title
    clipboard = QGuiApplication.clipboard()
    pictures = []
    for name in ("copy-example", "copy-latent"):
        actions[name].trigger()
        pictures.append(clipboard.image())
        assert pictures[-1].width() == pictures[-1].height() >= 200
    assert pictures[0] != pictures[1]
    actions["export-latent"].trigger()
    close_dialogs(qtbot)
    # A panel that is closed comes back.
    shown.docks["latent"].bar.close_button.click()
    assert not shown.docks["latent"].isVisible()
    actions["show-latent"].trigger()
    assert shown.docks["latent"].isVisible()
    state.select(None)
    assert not actions["copy-latent"].isEnabled()


def test_the_right_button_still_erases_on_the_canvas(shown: MainWindow) -> None:
    assert menu_at(shown.panel(DrawPanel).canvas, QPoint(10, 10)) == []
