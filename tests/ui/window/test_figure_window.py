"""The window with a figure as it will be on a page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from saegui.core.analysis.latent_filter import LatentFilter
from saegui.core.figures.made_for import for_width
from saegui.ui.panels.features.grid_layout import MAX_SIDE
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.window.figure_window import COPIED, FigureWindow
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT


def test_a_figure_is_looked_at_for_a_page_and_saved_so_and_its_format_is_remembered(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.services.exporter.focus("decoder-grid")
    window.actions_.by_name["figure-for-page"].trigger()
    (shown,) = window.findChildren(FigureWindow)
    qtbot.waitUntil(lambda: shown.caption.text() == "As on the screen.", timeout=TIMEOUT)
    shown.fields.places.setCurrentIndex(shown.fields.places.findData("column"))
    shown.fields.inks.setCurrentIndex(shown.fields.inks.findData("white"))
    qtbot.waitUntil(lambda: shown.caption.text().startswith("85 mm wide"), timeout=TIMEOUT)
    assert not shown.figure.pixmap().isNull()
    assert shown.made_for.width == for_width("column") and shown.made_for.ink == "white"

    assert not shown.made_for.header, "in a paper the title is in the caption"
    shown.fields.header.click()
    qtbot.waitUntil(lambda: shown.caption.text() == "85 mm wide.", timeout=TIMEOUT)
    assert shown.made_for.header
    shown.fields.places.setCurrentIndex(shown.fields.places.findData("screen"))
    assert shown.made_for.header and not shown.fields.header.isEnabled()
    shown.fields.places.setCurrentIndex(shown.fields.places.findData("column"))
    assert shown.fields.header.isChecked(), "it is remembered"
    shown.fields.header.click()
    qtbot.waitUntil(lambda: shown.caption.text().startswith("85 mm wide, with"), timeout=TIMEOUT)

    shown.copy_button.click()
    qtbot.waitUntil(lambda: shown.caption.text() == COPIED, timeout=TIMEOUT)

    shown.save_button.click()
    dialog = window.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(tmp_path / "grid.svg"))
    dialog.reject()
    qtbot.waitUntil((tmp_path / "grid.svg").exists, timeout=TIMEOUT)
    assert 'width="241pt"' in (tmp_path / "grid.svg").read_text()

    window.exports.ask("decoder-grid")
    dialog = window.findChildren(QFileDialog)[-1]
    assert dialog.defaultSuffix() == "svg" and "*.svg)" in dialog.selectedNameFilter()
    dialog.reject()
    shown.close()


def test_a_grid_shows_the_first_all_or_what_features_shows_and_marks(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    services = window.services
    features = window.panel(FeaturesPanel)
    services.exporter.focus("curves")
    window.actions_.by_name["figure-for-page"].trigger()
    (shown,) = window.findChildren(FigureWindow)
    assert not shown.tiles.isVisible(), "curves have no tiles"
    services.exporter.focus("encoder-grid")
    window.actions_.by_name["figure-for-page"].trigger()

    def choose(value: str) -> None:
        shown.tiles.setCurrentIndex(shown.tiles.findData(value))

    assert shown.tiles.isVisible() and shown.made_for.latents == () and not shown.made_for.pages
    choose("first")
    shown.first.setValue(5)
    assert shown.first.isVisible() and shown.made_for.tiles == 5
    qtbot.waitUntil(lambda: shown.caption.text() == "As on the screen.", timeout=TIMEOUT)
    choose("all")
    assert shown.made_for.pages and not shown.first.isVisible()

    choose("pinned")
    assert "No latent is pinned" in shown.caption.text() and not shown.save_button.isEnabled()
    for latent in (3, 1):
        services.pins.toggle(latent)
    qtbot.waitUntil(shown.save_button.isEnabled, timeout=TIMEOUT)
    assert shown.made_for.latents == (3, 1)
    choose("starred")
    assert "No latent has a star" in shown.caption.text()
    for latent in (7, 2):
        services.notes.toggle_star(latent)
    assert shown.made_for.latents == (2, 7)

    features.set_sort("index")
    services.filter.set(LatentFilter(starred=True))
    choose("features")
    assert shown.made_for.latents == (2, 7)
    services.filter.clear()
    everyone = tuple(range(features.grid.order.count))
    dead = features.grid.order.dead
    in_order = tuple(sorted(everyone, key=lambda latent: (bool(dead[latent]), latent)))
    assert shown.made_for.latents == in_order
    choose("sight")
    assert shown.made_for.latents == in_order, "all fit"
    features.set_side(MAX_SIDE)
    window.resize(1280, 800)
    grid = features.grid
    qtbot.waitUntil(shown.save_button.isEnabled, timeout=TIMEOUT)
    for scrolled in (0, grid.verticalScrollBar().maximum()):
        grid.verticalScrollBar().setValue(scrolled)
        seen = [
            latent for latent in in_order if grid.viewport().rect().contains(grid.tile_rect(latent).center())
        ]
        assert shown.made_for.latents == tuple(seen) and 0 < len(seen) < len(in_order)

    # At once, before the picture follows.
    shown.copy_button.setFocus()
    shown.save_button.click()
    dialog = window.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(tmp_path / "grid.svg"))
    dialog.reject()
    # The figure comes after its numbers.
    qtbot.waitUntil((tmp_path / "grid.svg").exists, timeout=TIMEOUT)
    rows = (tmp_path / "grid.csv").read_text().splitlines()[1:]
    assert [int(row.split(",")[1]) for row in rows] == seen
    assert "most often active first" not in (tmp_path / "grid.svg").read_text()
    shown.close()
    window.actions_.by_name["figure-for-page"].trigger()
    assert shown.tiles.currentData() == "sight", "it is remembered"
    shown.close()
