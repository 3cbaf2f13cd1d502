"""The filter of the grid: what is chosen is what is shown, and nothing else moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis.latent_filter import EVERYTHING, Family, LatentFilter
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.features.density_range import LAST, density_at, place_of
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.theme.theme import Theme
from saegui.ui.window.main_window import MainWindow
from tests.mnist_shape import D_IN

LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key


def make_snapshot(seed: int = 0) -> Snapshot:
    """64 latents: densities fall from 1 to 0.0001, the last twelve are dead."""
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((64, D_IN), dtype=np.float32)
    density = np.geomspace(1, 0.0001, 64).astype(np.float32)
    density[52:] = 0
    zeros, b_dec = np.zeros(64, np.float32), np.zeros(D_IN, np.float32)
    return Snapshot(RunConfig(n_latents=64, k=5), 10 + seed, 5.0, W.T.copy(), zeros, W, b_dec, density)


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme) -> FeaturesPanel:
    made = FeaturesPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(540, 640)
    services.state.set_snapshot(make_snapshot())
    with qtbot.waitExposed(made):
        made.show()
    return made


def shown(panel: FeaturesPanel) -> list[int]:
    return sorted(panel.grid.order.latents.tolist())


def test_chips_filter_and_the_count_is_said_and_one_click_shows_all_again(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    row, density = panel.filter, services.state.density
    assert density is not None
    assert row.bar.isHidden() and row.clear.isHidden() and panel.summary.full.startswith("64 of 64 shown")
    qtbot.mouseClick(row.button, LEFT)
    assert row.bar.isVisible()
    for chip, latents in (
        ("dead", range(52, 64)),
        ("alive", range(52)),
        ("rare", [i for i in range(52) if density[i] < 0.01]),
        ("dense", [i for i in range(64) if density[i] > 0.5]),
    ):
        qtbot.mouseClick(row.bar.chips[chip], LEFT)
        assert shown(panel) == list(latents)
        assert panel.summary.full.startswith(f"{len(latents)} of 64 shown")
        assert row.button.text() == "Filter: 1" and row.button.property("filtering")
        qtbot.mouseClick(row.clear, LEFT)
        assert shown(panel) == list(range(64)) and row.button.text() == "Filter" and row.clear.isHidden()
        assert not row.bar.chips[chip].isChecked()
    # Latents are encircled on the map; the chip is only there to show the others again.
    chip = row.bar.chips["latents"]
    assert chip.isHidden()
    services.filter.set(LatentFilter(latents=frozenset({3, 7})))
    assert shown(panel) == [3, 7] and panel.summary.full.startswith("2 of 64 shown")
    assert chip.isVisible() and chip.isChecked() and row.button.text() == "Filter: 1"
    qtbot.mouseClick(chip, LEFT)
    assert shown(panel) == list(range(64)) and chip.isHidden()
    # So are the members of a family.
    chip = row.bar.chips["family"]
    services.filter.set(LatentFilter(family=Family(7, frozenset({5, 7, 9}))))
    assert shown(panel) == [5, 7, 9] and panel.summary.full.startswith("3 of 64 shown")
    assert chip.isVisible() and chip.isChecked() and chip.text() == "family of #7"
    qtbot.mouseClick(chip, LEFT)
    assert shown(panel) == list(range(64)) and chip.isHidden()


def test_only_what_is_active_on_the_drawing_follows_the_pen(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    services.filter.set(LatentFilter(on=True))
    assert panel.nothing.isVisible() and "Nothing is encoded yet" in panel.nothing.label.text()
    for seed in (0, 1):
        image = np.random.default_rng(seed).integers(0, 255, (28, 28)).astype(np.uint8)
        services.state.set_image(image, "noise")
        assert services.state.code is not None
        active = sorted(services.state.code.active.tolist())
        qtbot.waitUntil(lambda: shown(panel) == active)  # noqa: B023 - asked for at once
    assert panel.grid.isVisible()


def test_a_class_and_a_density_are_chosen_beside_each_other(
    qtbot: QtBot, panel: FeaturesPanel, services: Services, digits: Dataset
) -> None:
    panel.filter.open()
    bar = panel.filter.bar
    assert not bar.labels.isEnabled(), "no images, no classes"
    services.state.set_dataset(digits)
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)
    stats = services.state.stats
    assert stats is not None and bar.labels.count() == 11
    bar.labels.setFocus()
    for _ in range(3):
        qtbot.keyClick(bar.labels, KEY.Key_Down)
    of_class = (stats.class_means.argmax(1) == 2) & ~stats.dead
    assert shown(panel) == np.flatnonzero(of_class).tolist()
    bar.range.setFocus()
    for _ in range(LAST // 2):
        qtbot.keyClick(bar.range, KEY.Key_Right)
    least = bar.range.limits[0]
    assert services.filter.value == LatentFilter(label=2, least=least) and 0.001 < least < 0.01
    assert shown(panel) == np.flatnonzero(of_class & (stats.density >= least)).tolist()
    assert panel.filter.button.text() == "Filter: 2"
    # Classes of other images have other numbers.
    services.state.set_dataset(replace(digits, classes=tuple("abcdefghij")))
    assert services.filter.value == LatentFilter(least=least)


def test_the_ends_of_the_density_are_dragged_moved_by_keys_and_never_cross(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    panel.filter.open()
    range_ = panel.filter.bar.range
    assert [density_at(place) for place in (0, 10, LAST)] == [0, pytest.approx(1e-4), 1]
    assert all(place_of(density_at(place)) == place for place in range(LAST + 1))
    y = range_.height() // 2

    qtbot.mousePress(range_, LEFT, pos=QPoint(round(range_.x_of(20)), y))
    qtbot.mouseRelease(range_, LEFT, pos=QPoint(round(range_.x_of(20)), y))
    assert range_.limits == (pytest.approx(1e-3), 1) and services.filter.value.least == range_.limits[0]
    for _ in range(LAST):
        qtbot.keyClick(range_, KEY.Key_Down)
    assert range_.limits[0] == range_.limits[1] == pytest.approx(1e-3)
    qtbot.keyClick(range_, KEY.Key_Up)
    qtbot.keyClick(range_, KEY.Key_Left)
    assert range_.limits == (pytest.approx(10**-3.1), pytest.approx(10**-2.9))
    assert "density" in range_.accessibleDescription().lower() and range_.words in range_.toolTip()
    qtbot.mouseDClick(range_, LEFT)
    assert range_.limits == (0, 1) and not services.filter.value


def test_an_empty_grid_says_which_part_to_loosen_and_a_button_does_it(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    services.filter.set(LatentFilter(kinds=frozenset({"dead"}), least=0.5))
    assert panel.nothing.isVisible() and not panel.grid.isVisible()
    assert panel.nothing.label.text() == "No latent passes this filter. Without “density” 12 latents pass."
    qtbot.mouseClick(panel.nothing.button, LEFT)
    assert panel.grid.isVisible() and shown(panel) == list(range(52, 64))
    services.filter.set(LatentFilter(starred=True))
    assert "press S" in panel.nothing.label.text()
    services.filter.set(LatentFilter(text="loop", least=0.5, most=0.5))
    assert panel.nothing.label.text() == "No latent passes this filter."
    qtbot.mouseClick(panel.nothing.button, LEFT)
    assert not services.filter.value and panel.grid.isVisible()


def test_filtering_keeps_order_and_selection_and_other_weights_change_neither(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    grid, state = panel.grid, services.state
    panel.set_sort("norm")
    by_norm = grid.order.latents.tolist()
    state.select(5)
    services.filter.set(LatentFilter(kinds=frozenset({"dead"})))
    assert grid.order.latents.tolist() == [latent for latent in by_norm if latent >= 52]
    assert state.selected == 5 and grid.selected() is None and not grid.has_tile(5)
    assert (
        "12 of 64 are shown" in grid.accessibleDescription()
        and "#5 is selected" in grid.accessibleDescription()
    )
    # Of latents without a tile nothing can be pointed at; keys begin at the first tile in view.
    state.hover(3)
    panel.grab()
    qtbot.keyClick(grid, KEY.Key_Right)
    assert state.selected == grid.order.latents[0]
    with qtbot.waitSignal(state.notice) as told:
        assert grid.go_to(5)
    assert "The filter hides its tile" in told.args[1] and state.selected == 5
    other = make_snapshot(1)
    state.set_snapshot(replace(other, density=other.density[::-1].copy()))
    assert shown(panel) == list(range(52, 64)) and grid.order.stale
    grid.order.apply()
    assert shown(panel) == list(range(12)) and not grid.order.stale
    services.filter.set(EVERYTHING)
    assert shown(panel) == list(range(64))


def test_escape_clears_the_filter_after_the_selection(window: MainWindow, qtbot: QtBot) -> None:
    services = window.services
    back = window.actions_.by_name["back"]
    services.state.select(1)
    services.filter.set(LatentFilter(most=0.9))
    assert back.text() == "Clear selection"
    back.trigger()
    assert services.state.selected is None and services.filter.value and back.text() == "Clear filter"
    back.trigger()
    assert not services.filter.value
    window.actions_.by_name["filter"].trigger()
    assert window.panels["features"].filter.bar.isVisible()
    # Of a grid that nobody sees nothing is cleared.
    services.filter.set(LatentFilter(most=0.9))
    window.docks["features"].close()
    assert not back.isEnabled() and services.filter.value
