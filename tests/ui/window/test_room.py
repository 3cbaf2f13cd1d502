"""How the window shares its room between the panels, on small screens and on large ones."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saegui.core.runs.run import starter_run
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.active.places import ROW
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.latent.sections.examples import Examples
from saegui.ui.panels.panel import Place
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window.heights import shared
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT, draw

LEAST = (1000, 640)
"""px of a window that fits into 1024×768 and into 1280×720, with a frame and with a bar of the system."""


def whole_rows(window: MainWindow) -> int:
    """Active latents that are wholly in sight."""
    shown = window.panel(ActivePanel).list
    rows = [shown.row_rect(row) for row in range(len(shown.latents))]
    return sum(rect.top() >= 0 and rect.bottom() <= shown.viewport().height() for rect in rows)


def both_twenties_are_seen(window: MainWindow) -> bool:
    """Whether the examples of the latent are in sight as a whole, with the histogram, without scrolling."""
    latent = window.panel(LatentPanel)
    sight = latent.area.viewport().rect()
    examples = latent.sections["examples"]
    assert isinstance(examples, Examples)
    parts = [examples.top, examples.sample, latent.sections["histogram"]]
    return len(examples.top.examples) == len(examples.sample.examples) == 20 and all(
        part.isVisible()
        and sight.contains(part.rect().translated(part.mapTo(latent.area.viewport(), part.rect().topLeft())))
        for part in parts
    )


def test_every_panel_has_room_on_every_screen(make_main_window, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    window: MainWindow = make_main_window(run=starter_run().path)
    draw(window, [(0.3, 0.2), (0.7, 0.2), (0.4, 0.8)])
    qtbot.waitUntil(lambda: window.state.code is not None, timeout=TIMEOUT)
    # Without MNIST the window asks for it, in a bar above the panels.
    window.resize(1264, 752)
    QApplication.processEvents()
    QApplication.processEvents()
    assert window.banner.isVisible() and window.panel(DrawPanel).canvas.width() >= 240
    # A full screen of 1440×900 has room for a canvas of 320 px and all ten active latents, even so.
    window.resize(1440, 900)
    QApplication.processEvents()
    QApplication.processEvents()
    assert window.banner.isVisible() and window.panel(DrawPanel).canvas.width() >= 320
    assert whole_rows(window) == 10 and not window.panel(ActivePanel).list.verticalScrollBar().isVisible()
    window.banner.hide()
    qtbot.waitUntil(lambda: window.state.stats is not None, timeout=TIMEOUT)
    window.state.select(int(window.state.code.active[0]))  # type: ignore[union-attr]
    canvases, previews = [], []
    # Windows on screens of 1280×800, 1440×900 and 2560×1440, less their frames.
    for size, canvas, rows in (((1264, 752), 240, 6), ((1424, 852), 320, 10), ((2544, 1392), 500, 10)):
        window.resize(*size)
        QApplication.processEvents()
        QApplication.processEvents()
        assert window.size().toTuple() == size
        canvases.append(window.panel(DrawPanel).canvas.width())
        previews.append(window.panel(DrawPanel).stage.sees.width())
        assert canvases[-1] >= canvas and whole_rows(window) >= rows, size
        grid = window.panel(FeaturesPanel).grid
        assert (grid.places.columns, grid.places.rows) == (8, 8)
        assert both_twenties_are_seen(window), size
    assert canvases == sorted(set(canvases)) and previews == sorted(set(previews)) and previews[1] >= 56
    # Without a frame, as in a window that fills the screen, all ten are there.
    window.resize(1440, 900)
    QApplication.processEvents()
    QApplication.processEvents()
    assert whole_rows(window) == 10
    # On a large screen there is room for many more.
    window.resize(2544, 1392)
    QApplication.processEvents()
    shown = window.panel(ActivePanel).list
    assert shown.viewport().height() // ROW * ((shown.viewport().width() + 8) // 194) >= 24


def test_the_window_can_be_made_small_whatever_is_shown(window: MainWindow) -> None:
    window.banner.show()
    for on in (False, True):
        window.panel(TrainPanel).form.show_more(on)
        for name in ("runs", "density", "curves", "map", "features"):
            window.docking.set_open(window.docks[name], True)
            QApplication.processEvents()
            least = window.minimumSizeHint()
            assert least.width() <= LEAST[0] and least.height() <= LEAST[1] + 32, (on, name, least)
    window.resize(*LEAST)
    for name in ("train", "curves", "features", "draw", "active", "latent"):
        assert window.docks[name].isVisible()


def test_heights_are_chosen_by_whoever_drags_a_line_and_follow_the_window_until_then(
    window: MainWindow,
) -> None:
    window.docking.reset()
    window.resize(1280, 760)
    QApplication.processEvents()
    low = window.docks["draw"].height()
    window.resize(1280, 900)
    QApplication.processEvents()
    assert window.docks["draw"].height() > low
    window.resize(1280, 760)
    QApplication.processEvents()
    assert abs(window.docks["draw"].height() - low) <= 2
    window.docking.heights.chosen = True
    window.resize(1280, 900)
    QApplication.processEvents()
    assert window.docks["latent"].height() > 244 + 20


@pytest.mark.parametrize(
    ("height", "found"),
    [
        (300, [100, 200]),
        (270, [100, 170]),
        (150, [50, 100]),
        (340, [140, 200]),
        (360, [150, 210]),
        (450, [180, 270]),
    ],
)
def test_a_column_has_its_least_first_then_what_is_enough_then_shares(height: int, found: list[int]) -> None:
    places = [Place("left", 1, 1, least=100, enough=150), Place("left", 2, 2, least=200)]
    assert shared(places, height) == pytest.approx(found, abs=4)
