"""Stars and labels in the window: given with keys or the context menu, and shown wherever a latent is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis.latent_filter import LatentFilter
from saegui.core.runs.latent_notes import Note, read
from saegui.ui.commands.analyse_menu import OF_LATENT
from saegui.ui.panels.features.grid import FeatureGrid
from saegui.ui.panels.features.grid_marks import STAR
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.theme.theme import Theme
from saegui.ui.window.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: Path) -> FeaturesPanel:
    services.library.open(small_run)
    made = FeaturesPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(640, 640)
    with qtbot.waitExposed(made):
        made.show()
    return made


def tile(grid: FeatureGrid, latent: int) -> QImage:
    return grid.viewport().grab(grid.tile_rect(latent)).toImage()


def accent_in(image: QImage, corner: QRect, accent: str) -> bool:
    return QColor(accent).rgb() in {
        image.pixel(x, y)
        for x in range(corner.left(), corner.right())
        for y in range(corner.top(), corner.bottom())
    }


def test_a_star_is_in_the_corner_of_its_tile_and_no_other_one(
    panel: FeaturesPanel, services: Services
) -> None:
    grid, accent = panel.grid, panel.theme.tokens.accent
    corner = QRect(grid.tile_rect(3).width() - STAR, 0, STAR, STAR)
    assert not accent_in(tile(grid, 3), corner, accent)
    before, painted = tile(grid, 4), grid.rows.painted
    services.notes.toggle_star(3)
    assert accent_in(tile(grid, 3), corner, accent) and tile(grid, 4) == before
    assert grid.rows.painted == painted, "no tile is coloured again"
    services.undo.undo()
    assert not accent_in(tile(grid, 3), corner, accent)


@pytest.mark.parametrize("side", [36, 60, 84])
def test_a_label_changes_its_tile_alone_and_stays_inside_it(
    panel: FeaturesPanel, services: Services, side: int
) -> None:
    grid = panel.grid
    panel.set_side(side)
    before = [tile(grid, latent) for latent in range(24)]
    services.notes.set_label(3, "a label that is much too long for its tile")
    assert [latent for latent in range(24) if tile(grid, latent) != before[latent]] == [3]
    services.state.select(3)
    panel.grab()


def test_a_label_is_typed_over_the_tile(
    qtbot: QtBot, panel: FeaturesPanel, services: Services, small_run: Path
) -> None:
    grid, notes = panel.grid, services.notes
    editor = grid.label_editor
    services.state.select(5)
    panel._label()
    assert (
        editor.isVisible()
        and editor.geometry().intersects(grid.tile_rect(5))
        and "#5" in editor.accessibleName()
    )
    qtbot.keyClicks(editor, "lower loop")
    qtbot.keyClick(editor, KEY.Key_Return)
    assert editor.isHidden() and notes.of(5) == Note(False, "lower loop") == read(small_run, 24)[5]
    # Esc gives up what was typed; the latent stays selected.
    panel._label()
    assert editor.selectedText() == "lower loop"
    qtbot.keyClicks(editor, "x")
    qtbot.keyClick(editor, KEY.Key_Escape)
    assert editor.isHidden() and notes.of(5).label == "lower loop" and services.state.selected == 5
    # A click elsewhere keeps it, for the latent for which it was begun.
    panel._label()
    qtbot.keyClicks(editor, "loop")
    services.state.select(6)
    panel.number.setFocus()
    assert editor.isHidden() and notes.of(5).label == "loop" and not notes.of(6)
    # Where the filter hides everything, the tiles come back for it.
    services.filter.set(LatentFilter(text="no such"))
    panel._label()
    assert editor.isVisible() and panel.grid.isVisible()
    editor.clear()
    qtbot.keyClick(editor, KEY.Key_Return)


def test_a_label_that_was_begun_for_one_run_is_not_given_to_another(
    qtbot: QtBot, panel: FeaturesPanel, services: Services, stopped_run: Path
) -> None:
    services.state.select(5)
    panel._label()
    editor = panel.grid.label_editor
    qtbot.keyClicks(editor, "loop")
    services.library.open(stopped_run)
    qtbot.keyClick(editor, KEY.Key_Return)
    assert services.notes.all == {} and editor.isHidden()


def test_with_a_filter_by_stars_runs_of_other_sizes_are_opened(
    panel: FeaturesPanel, services: Services, small_run: Path, stopped_run: Path
) -> None:
    """The stars of a run are known a moment before its model is."""
    services.notes.toggle_star(3)
    services.filter.set(LatentFilter(starred=True, kinds=frozenset({"alive", "dead", "rare"})))
    for path, count in ((stopped_run, 16), (small_run, 24), (stopped_run, 16)):
        services.library.open(path)
        assert panel.grid.order.count == count
        assert panel.grid.order.latents.tolist() == ([3] if path == small_run else [])


def test_the_filter_finds_stars_and_labels_and_follows_their_changes(
    panel: FeaturesPanel, services: Services
) -> None:
    notes = services.notes
    notes.toggle_star(3)
    notes.set_label(9, "Lower loop")
    services.filter.set(LatentFilter(starred=True))
    assert panel.grid.order.latents.tolist() == [3]
    notes.toggle_star(9)
    assert sorted(panel.grid.order.latents.tolist()) == [3, 9]
    services.filter.set(LatentFilter(text="loop"))
    assert panel.grid.order.latents.tolist() == [9]
    services.undo.undo()
    services.undo.undo()
    assert panel.nothing.isVisible()


def test_it_is_shown_wherever_the_latent_is(window: MainWindow, qtbot: QtBot) -> None:
    services, actions = window.services, window.actions_.by_name
    state, notes = services.state, services.notes
    image = np.random.default_rng(0).integers(0, 255, (28, 28)).astype(np.uint8)
    state.set_image(image, "noise")
    assert state.code is not None
    latent = int(state.code.active[0])
    star, label = actions["star-latent"], actions["label-latent"]
    assert OF_LATENT[:2] == ("star-latent", "label-latent") and not star.isEnabled()
    state.select(latent)
    assert star.isEnabled() and star.text() == "Star latent"
    star.trigger()
    assert notes.of(latent).starred and star.text() == "Remove star"
    label.trigger()
    editor = window.panels["features"].grid.label_editor
    editor.setText("loop")
    qtbot.keyClick(editor, KEY.Key_Return)
    title = f"#{latent} loop ★"
    assert window.panels["latent"].header.heading.toolTip().startswith(title)
    assert window.panels["active"].list.shown.said(0).startswith(title)
    assert title in window.panels["features"].grid.accessibleDescription()
    grid = window.panels["features"].grid
    state.inspector_shown, grid._pointed = False, True
    state.hover(latent)
    grid._show_preview()
    assert grid.preview.number.text() == title
    grid._point_at(None)
    actions["undo"].trigger()
    assert notes.of(latent) == Note(True, "")
