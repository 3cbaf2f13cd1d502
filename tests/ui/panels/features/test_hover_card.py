"""The preview beside the tile under the pointer: where it stands, what it says, when it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis.latent_stats import analyse
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.features.grid import FeatureGrid
from saegui.ui.panels.features.hover_card import placed
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import number
from tests.mnist_shape import D_IN
from tests.pointer import move

# The offscreen platform says this of every window that is not an ordinary one.
pytestmark = pytest.mark.qt_log_ignore("does not support raise", extend=True)

SCREEN = QRect(0, 0, 1280, 800)


@given(
    side=st.integers(40, 160),
    x=st.integers(0, 1100),
    y=st.integers(0, 620),
    width=st.integers(200, 420),
    height=st.integers(180, 300),
)
def test_it_is_on_the_screen_and_never_over_the_tile(
    side: int, x: int, y: int, width: int, height: int
) -> None:
    tile, size = QRect(x, y, side, side), QSize(width, height)
    box = QRect(placed(tile, size, SCREEN), size)
    assert SCREEN.contains(box)
    assert not box.intersects(tile)


def test_on_a_second_screen_it_stays_there() -> None:
    second = QRect(1280, 100, 1920, 1080)
    tile, size = QRect(3100, 150, 80, 80), QSize(400, 280)
    box = QRect(placed(tile, size, second), size)
    assert second.contains(box)
    assert box.right() < tile.left()


def test_on_a_tiny_screen_it_still_stays_on_it() -> None:
    tiny = QRect(0, 0, 420, 300)
    box = QRect(placed(QRect(150, 120, 80, 80), QSize(400, 280), tiny), QSize(400, 280))
    assert tiny.contains(box)


def make_snapshot(F: int, seed: int = 0) -> Snapshot:
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((F, D_IN), dtype=np.float32)
    density = rng.uniform(0.1, 1, F).astype(np.float32)
    density[F - 1] = 0
    zeros, b_dec = np.zeros(F, np.float32), np.zeros(D_IN, np.float32)
    W_enc = rng.standard_normal((D_IN, F), dtype=np.float32) / np.float32(10)
    return Snapshot(RunConfig(n_latents=F, k=min(5, F)), 10, 3.0, W_enc, zeros, W, b_dec, density)


@pytest.fixture
def grid(qtbot: QtBot, services: Services, theme: Theme) -> Iterator[FeatureGrid]:
    host = QWidget()
    layout = QVBoxLayout(host)
    layout.setContentsMargins(30, 30, 30, 30)
    made = FeatureGrid(services, theme)
    layout.addWidget(made)
    host.resize(500, 500)
    qtbot.addWidget(host)
    services.state.set_snapshot(make_snapshot(64))
    services.state.set_image(np.full((28, 28), 90, np.uint8), "")
    with qtbot.waitExposed(host):
        host.show()
    yield made
    host.close()


def hover(qtbot: QtBot, grid: FeatureGrid, latent: int) -> None:
    # Two moves: the pointer may rest there since the test before, and then nothing moves.
    move(grid.viewport(), grid.tile_rect(latent).center() + QPoint(3, 3))
    move(grid.viewport(), grid.tile_rect(latent).center())
    qtbot.waitUntil(lambda: grid.preview.isVisible() and grid.preview.latent == latent)


def test_hovering_shows_the_latent_with_its_numbers(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    code, snapshot = services.state.code, services.state.snapshot
    assert code is not None
    assert snapshot is not None
    on = int(code.active[1])
    hover(qtbot, grid, on)
    preview = grid.preview
    assert services.state.hovered == on
    assert preview.number.text() == f"#{on}"
    assert preview.state.text() == "alive"
    assert preview.density.text() == number(float(snapshot.density[on]))
    assert preview.measured.text() == "density over the last epoch of training"
    assert preview.activation.text() == number(float(code.z[on]))
    assert preview.decoder.width() >= 90
    assert preview.width() <= 280 and preview.height() <= 210, "it takes little room"
    assert preview.decoder.picture is not None
    assert preview.decoder.picture != preview.encoder.picture


def test_the_preview_covers_neither_tile_nor_focus(qtbot: QtBot, grid: FeatureGrid) -> None:
    grid.setFocus()
    for latent in (0, 31, 63):
        hover(qtbot, grid, latent)
        rect = grid.tile_rect(latent)
        tile = QRect(grid.viewport().mapToGlobal(rect.topLeft()), rect.size())
        assert not grid.preview.geometry().intersects(tile)
        screen = QGuiApplication.primaryScreen().availableGeometry()
        assert screen.contains(grid.preview.geometry())
        assert grid.hasFocus()
    assert grid.preview.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_a_dead_latent_is_called_dead_and_an_inactive_one_inactive(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    hover(qtbot, grid, 63)
    assert grid.preview.state.text() == "dead"
    assert grid.preview.density.text() == "0"
    code = services.state.code
    assert code is not None
    off = int(np.flatnonzero(code.z == 0)[0])
    hover(qtbot, grid, off)
    assert grid.preview.activation.text() == "inactive"
    services.state.set_image(np.zeros((28, 28), np.uint8), "")
    assert grid.preview.activation.text() == "nothing drawn", "it follows the drawing"


def test_the_preview_says_what_the_density_was_measured_over(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    snapshot = services.state.snapshot
    assert snapshot is not None
    images, labels = np.full((3, 28, 28), 90, np.uint8), np.zeros(3, np.uint8)
    dataset = Dataset("grey", "Grey", images, labels, images, labels, ("0",))
    hover(qtbot, grid, 5)
    stats = analyse(snapshot, dataset)
    measured = replace(stats, density=np.full(64, 0.25, np.float32))
    services.state.set_stats(measured, snapshot)
    assert grid.preview.measured.text() == "density over 3 training images"
    assert grid.preview.density.text() == "0.250"


def test_leaving_hides_it_and_ends_the_hover(qtbot: QtBot, grid: FeatureGrid, services: Services) -> None:
    hover(qtbot, grid, 5)
    move(grid.parentWidget(), QPoint(5, 5))
    assert not grid.preview.isVisible()
    assert services.state.hovered is None


def test_a_window_in_front_does_not_turn_the_mouse_of_a_test_away(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    forgotten = QWidget()
    qtbot.addWidget(forgotten)
    forgotten.setGeometry(grid.window().geometry())
    with qtbot.waitExposed(forgotten):
        forgotten.show()
    hover(qtbot, grid, 5)
    move(grid.window(), QPoint(5, 5))
    assert services.state.hovered is None


def test_it_is_not_shown_where_the_inspector_shows_the_same(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    hover(qtbot, grid, 5)
    services.state.inspector_shown = True
    move(grid.viewport(), grid.tile_rect(6).center())
    assert services.state.hovered == 6
    assert not grid.preview.isVisible()
    services.state.inspector_shown = False
    hover(qtbot, grid, 5)


def test_scrolling_hides_it(qtbot: QtBot, grid: FeatureGrid, services: Services) -> None:
    services.state.set_snapshot(make_snapshot(600))
    hover(qtbot, grid, int(grid.order.latents[3]))
    grid.verticalScrollBar().setValue(90)
    assert not grid.preview.isVisible()
    assert services.state.hovered is None


def test_a_stale_hover_survives_a_smaller_snapshot(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    latent = int(grid.order.latents[20])
    hover(qtbot, grid, latent if latent > 8 else 40)
    services.state.set_snapshot(make_snapshot(5, seed=1))
    assert not grid.preview.isVisible()
    assert services.state.hovered is None
    services.state.set_snapshot(make_snapshot(64, seed=2))
    hover(qtbot, grid, 7)
    services.state.set_snapshot(None)
    assert not grid.preview.isVisible()


def test_new_weights_under_a_resting_pointer_replace_the_picture(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    hover(qtbot, grid, 7)
    before = grid.preview.decoder.picture
    place = grid.preview.pos()
    services.state.set_snapshot(make_snapshot(64, seed=3))
    assert grid.preview.isVisible()
    assert grid.preview.latent == 7
    assert grid.preview.decoder.picture != before
    assert grid.preview.pos() == place


def test_a_hover_from_elsewhere_outlines_the_tile_without_a_preview(
    grid: FeatureGrid, services: Services, theme: Theme
) -> None:
    services.state.hover(11)
    image = grid.viewport().grab().toImage()
    rect = grid.tile_rect(11)
    assert image.pixelColor(rect.left() - 1, rect.center().y()).name().upper() == theme.tokens.text
    assert not grid.preview.isVisible()
    # What scrolls the grid is no reason to end it.
    grid.verticalScrollBar().setRange(0, 50)
    grid.verticalScrollBar().setValue(10)
    assert services.state.hovered == 11
