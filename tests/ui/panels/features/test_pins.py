"""Pinned latents: put side by side with Ctrl and a click, with the numbers that tell them apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from saegui.app.pins import MOST
from saegui.app.services import Services
from saegui.core.analysis.latent_filter import LatentFilter
from saegui.core.data import Dataset
from saegui.core.numbers import hundredths
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import number
from tests.pointer import move

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier
KEY = Qt.Key


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: Path) -> FeaturesPanel:
    services.library.open(small_run)
    made = FeaturesPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(540, 640)
    with qtbot.waitExposed(made):
        made.show()
    return made


def pin(qtbot: QtBot, panel: FeaturesPanel, latent: int) -> None:
    qtbot.mouseClick(panel.grid.viewport(), LEFT, CTRL, panel.grid.tile_rect(latent).center())


def test_ctrl_and_a_click_pins_selects_nothing_and_unpins(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    strip, grid, state = panel.pinned, panel.grid, services.state
    assert strip.isHidden()
    before = grid.viewport().grab(grid.tile_rect(5)).toImage()
    for latent in (5, 2, 9):
        pin(qtbot, panel, latent)
    assert strip.isVisible() and strip.latents == (5, 2, 9) and state.selected is None
    assert grid.viewport().grab(grid.tile_rect(5)).toImage() != before, "its tile carries a pin"
    pin(qtbot, panel, 2)
    assert strip.latents == (5, 9)
    qtbot.mouseClick(strip, LEFT, CTRL, strip.cell(1).center())
    assert strip.latents == (5,)
    services.pins.clear()
    assert strip.isHidden()


def test_the_numbers_compared_are_those_of_the_latents(
    qtbot: QtBot, panel: FeaturesPanel, services: Services, digits: Dataset
) -> None:
    state, strip = services.state, panel.pinned
    assert set(strip.numbers(3).values()) - {strip.numbers(3)["density"]} == {"–"}
    state.set_dataset(digits)
    qtbot.waitUntil(lambda: state.stats is not None, timeout=20_000)
    state.set_image(digits.test_images[0], "a digit")
    snapshot, stats, code = state.snapshot, state.stats, state.code
    assert snapshot is not None and stats is not None and code is not None
    state.select(7)
    services.pins.toggle(3)
    services.notes.set_label(3, "loop")
    a, b = snapshot.W_dec[3], snapshot.W_dec[7]
    assert strip.numbers(3) == {
        "density": number(float(stats.density[3])),
        "maximum": number(float(stats.maximum[3])),
        "on drawing": number(float(code.z[3])),
        "cos to #7": hundredths(a @ b / np.linalg.norm(a) / np.linalg.norm(b)),
    }
    assert strip.numbers(7)["cos to #7"] == "1.00"
    assert "#3 loop: density" in strip.accessibleDescription()


def test_the_strip_is_pointed_at_clicked_and_walked_through(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    strip, state = panel.pinned, services.state
    for latent in (5, 2, 9):
        services.pins.toggle(latent)
    move(strip, strip.cell(2).center())
    assert state.hovered == 9
    move(strip, QPoint(2, 2))
    assert state.hovered is None
    qtbot.mouseClick(strip, LEFT, NONE, strip.cell(0).center())
    assert state.selected == 5
    strip.setFocus()
    qtbot.keyClick(strip, KEY.Key_Right)
    assert state.selected == 2
    qtbot.keyClick(strip, KEY.Key_Delete)
    assert strip.latents == (5, 9)
    assert strip.choose(strip.cell(1).center()) is not None and state.selected == 9
    assert strip.choose(None) is not None and strip.choose(QPoint(2, 2)) is None
    for show in ("decoder", "encoder", "both"):
        panel.set_show(show)  # type: ignore[arg-type]
        panel.grab()


def test_only_so_many_fit_and_a_message_says_so(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    for latent in range(MOST):
        services.pins.toggle(latent)
    with qtbot.waitSignal(services.state.notice) as told:
        services.pins.toggle(MOST)
    assert told.args[0] == "warn" and f"#{MOST}" in told.args[1] and len(panel.pinned.latents) == MOST
    right = panel.pinned.cell(MOST - 1).right()
    assert right < panel.pinned.width() and panel.pinned.cell(0).width() >= 50


def test_pins_stay_whatever_is_filtered_and_go_with_the_run(
    panel: FeaturesPanel, services: Services, stopped_run: Path
) -> None:
    services.pins.toggle(3)
    services.filter.set(LatentFilter(text="no such"))
    assert panel.pinned.isVisible() and panel.nothing.isVisible()
    panel.grab()
    services.filter.clear()
    services.library.open(stopped_run)
    assert panel.pinned.isHidden() and services.pins.latents == ()


def test_the_buttons_at_a_mouse_s_side_lead_back_and_forward(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    for latent in (5, 2):
        services.state.select(latent)
    for button, latent in ((Qt.MouseButton.BackButton, 5), (Qt.MouseButton.ForwardButton, 2)):
        qtbot.mouseClick(panel.grid.viewport(), button, pos=QPoint(20, 20))
        assert services.state.selected == latent
