"""The raster of densities: what it shows of a run on disk, and where a click and the keys lead."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History
from saegui.core.runs.writer import RunWriter
from saegui.ui.panels.density.panel import (
    FILTERED,
    FIRST_STEPS,
    NO_RUN,
    ONE_STEP,
    ORDER,
    TRAINING,
    DensityPanel,
)
from saegui.ui.panels.density.raster import Spot
from saegui.ui.theme.theme import Theme
from tests.mnist_shape import D_IN
from tests.pointer import move

LEFT = Qt.MouseButton.LeftButton
TIMEOUT = 20_000
STEPS = (0, 1, 2, 40)
DENSITY = np.array([[0, 0, 0, 0], [0.5, 0, 0.1, 0], [0.5, 0, 0, 0.01], [0.5, 0, 0.2, 0.02]], np.float32)
"""#0 lives from the first step on, #1 never does, #2 dies and comes back, #3 is born later."""


def write_run(path: Path, steps: tuple[int, ...] = STEPS) -> Path:
    config = RunConfig(n_latents=4, k=2)
    writer = RunWriter(path, config)
    W, zeros = np.eye(4, D_IN, dtype=np.float32), np.zeros(4, np.float32)
    for step, density in zip(steps, DENSITY, strict=False):
        model = Snapshot(
            config, step, step / 2, W.T.copy(), zeros, W, np.zeros(D_IN, np.float32), density.copy()
        )
        writer.save(model, History(), keep=True, status="finished")
    return path


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, tmp_path: Path) -> DensityPanel:
    made = DensityPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(400, 300)
    with qtbot.waitExposed(made):
        made.show()
    services.densities.list(np.array([3, 0, 1, 2]))
    assert services.library.open(write_run(tmp_path / "run"))
    qtbot.waitUntil(lambda: made.densities is not None, timeout=TIMEOUT)
    return made


def at(panel: DensityPanel, latent: int, moment: int) -> QPoint:
    return panel.raster.point_of(latent, moment).toPoint()


def test_a_raster_has_a_row_a_latent_and_a_column_a_step(panel: DensityPanel, services: Services) -> None:
    assert panel.densities is not None
    assert np.array_equal(panel.densities.values, DENSITY)
    shown = panel.raster.grab().toImage()
    tokens = panel.theme.tokens
    lowest, highest = QColor(tokens.sequential[0]), QColor(tokens.sequential[-1])

    def colour(latent: int, moment: int) -> QColor:
        # Beside the marks, which are in the middle.
        return shown.pixelColor(at(panel, latent, moment) + QPoint(12, 8))

    assert panel.latents.tolist() == [3, 0, 1, 2]
    for latent in range(4):
        for moment in range(4):
            assert (colour(latent, moment) == QColor(tokens.paper)) == (DENSITY[moment, latent] == 0)
    assert colour(0, 1) == highest
    assert colour(3, 2) == lowest
    assert panel.reading.text() == "3 of 4 latents were born; 1 death, 1 revival."
    panel.set_order("birth")
    assert panel.latents.tolist() == [0, 2, 3, 1]
    assert services.settings.get(ORDER) == "birth"
    services.densities.list(np.array([2, 3]))
    assert panel.latents.tolist() == [0, 2, 3, 1], "the grid's filter is not asked"
    panel.set_order("grid")
    assert panel.latents.tolist() == [2, 3]
    subject = services.exporter.subject()
    assert subject is not None and subject.listed is not None
    assert subject.listed.tolist() == [2, 3], "the figure has the same rows"
    services.densities.list(np.empty(0, np.intp))
    assert panel.empty.isVisible()
    assert panel.empty.label.text() == FILTERED


def test_a_click_selects_the_latent_and_goes_to_the_step(
    panel: DensityPanel, services: Services, qtbot: QtBot
) -> None:
    state, drawn = services.state, panel.raster.drawn
    move(panel.raster, at(panel, 2, 2))
    assert state.hovered == 2
    assert panel.reading.text() == "#2 · step 2 · dead"
    assert state.snapshot is not None and state.snapshot.step == 40, "a preview changes nothing"
    qtbot.mouseClick(panel.raster, LEFT, pos=at(panel, 2, 1))
    assert state.selected == 2
    assert state.snapshot.step == 1
    move(panel.raster, QPoint(1, 1))
    assert state.hovered is None
    assert panel.reading.text() == "#2 · step 1 · density 0.100"
    assert "#2 · step 1 · density 0.100" in panel.raster.accessibleDescription()
    services.scrubbing.show_place(3)
    assert panel.reading.text() == "#2 · step 40 · density 0.200", "it follows the slider"
    panel.raster.repaint()
    assert panel.raster.drawn == drawn, "marks move over a picture that stays"
    qtbot.mouseClick(panel.raster, Qt.MouseButton.RightButton, pos=at(panel, 0, 0))
    assert state.selected == 2


def test_keys_walk_through_latents_and_steps(panel: DensityPanel, services: Services, qtbot: QtBot) -> None:
    state, raster = services.state, panel.raster

    def press(key: Qt.Key) -> tuple[int | None, int]:
        qtbot.keyClick(raster, key)
        assert state.snapshot is not None
        return state.selected, state.snapshot.step

    assert press(Qt.Key.Key_Down) == (3, 40), "the first row"
    assert press(Qt.Key.Key_Down) == (0, 40)
    assert press(Qt.Key.Key_Left) == (0, 2)
    assert press(Qt.Key.Key_Home) == (0, 0)
    assert press(Qt.Key.Key_Left) == (0, 0)
    assert press(Qt.Key.Key_Up) == (3, 0)
    assert press(Qt.Key.Key_Up) == (3, 0)
    assert press(Qt.Key.Key_End) == (3, 40)
    assert press(Qt.Key.Key_PageDown) == (0, 40)
    # Of a latent that has no row, the walk begins at the first one.
    services.densities.list(np.array([1, 2]))
    assert press(Qt.Key.Key_Down) == (1, 40)


def test_a_training_is_not_left_for_an_earlier_step(
    panel: DensityPanel, services: Services, qtbot: QtBot
) -> None:
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence, about: told.append(sentence))
    services.state.set_phase("training")
    panel.raster.chosen.emit(Spot(0, 1))
    assert services.state.selected == 0
    assert services.state.snapshot is not None and services.state.snapshot.step == 40
    assert told == [TRAINING]
    services.state.set_phase("idle")


def test_without_moments_the_panel_says_what_will_be_here(
    qtbot: QtBot, services: Services, theme: Theme, tmp_path: Path
) -> None:
    made = DensityPanel(services, theme)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    assert made.empty.label.text() == NO_RUN
    assert made.empty.button.isVisible()
    assert services.library.open(write_run(tmp_path / "short", STEPS[:1]))
    qtbot.waitUntil(lambda: made.empty.label.text() == ONE_STEP, timeout=TIMEOUT)
    # Nobody is asked to train a run while one is trained.
    services.state.set_phase("training")
    assert made.empty.label.text() == FIRST_STEPS and not made.empty.button.isVisible()
    services.state.set_phase("idle")
    assert made.empty.label.text() == ONE_STEP and made.empty.button.isVisible()


def test_nothing_is_read_for_a_panel_that_is_not_seen(
    panel: DensityPanel, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    panel.hide()
    assert services.library.open(write_run(tmp_path / "other"))
    assert panel.densities is None
    assert not services.jobs.running
    panel.show()
    qtbot.waitUntil(lambda: panel.densities is not None, timeout=TIMEOUT)
    # A step that a training keeps meanwhile is read, too.
    assert services.state.run is not None
    (services.state.run.path / "snapshots" / "step-000000002.safetensors").unlink()
    services.state.update_run(services.state.run)
    qtbot.waitUntil(
        lambda: panel.densities is not None and panel.densities.steps.tolist() == [0, 1, 40], timeout=TIMEOUT
    )
    assert panel.raster.spot_at(QPointF(-1, -1)) is None


@pytest.mark.parametrize("width", [160, 280, 900])
def test_the_numbers_below_are_named_as_steps_and_keep_apart(panel: DensityPanel, width: int) -> None:
    panel.resize(width, 300)
    named = panel.raster.named_steps
    assert len(named) >= 2 and named[0][1] == "step 0"
    rooms = [room for room, _ in named]
    assert all(before.right() < after.left() for before, after in pairwise(rooms))
    assert all(panel.raster.rect().contains(room.toRect()) for room in rooms)


def test_both_themes_draw_the_dead_as_the_ground(panel: DensityPanel, theme: Theme) -> None:
    for name in ("light", "dark"):
        theme.choose(name)
        spot = at(panel, 1, 1) + QPoint(12, 8)
        assert panel.raster.grab().toImage().pixelColor(spot) == QColor(theme.tokens.paper)


def test_a_run_with_fewer_steps_leaves_the_pointer_at_nothing(
    panel: DensityPanel, services: Services, tmp_path: Path, qtbot: QtBot
) -> None:
    move(panel.raster, at(panel, 0, 3))
    assert "step 40" in panel.reading.text() and services.state.hovered == 0
    assert services.library.open(write_run(tmp_path / "short", STEPS[:2]))
    qtbot.waitUntil(lambda: panel.densities is not None and len(panel.densities.steps) == 2, timeout=TIMEOUT)
    assert "step 40" not in panel.reading.text() and services.state.hovered is None
    panel.raster.grab()


def test_a_narrow_panel_says_it_in_fewer_words_and_never_cuts_them(
    panel: DensityPanel, services: Services
) -> None:
    whole = "3 of 4 latents were born; 1 death, 1 revival."
    reading = panel.reading
    room = reading.fontMetrics().horizontalAdvance
    for words in (whole, "3 of 4 born; 1 death, 1 revival", "3 of 4 born; 1 death", "3 of 4 born"):
        reading.resize(room(words) + 2, reading.height())
        assert reading.text() == words and reading.toolTip() == whole
        assert room(reading.text()) <= reading.contentsRect().width()
    services.notes.set_label(0, "a long name of a latent")
    panel.raster.pointed.emit(Spot(0, 3))
    assert panel.reading.text().endswith("…") and "density 0.500" in panel.reading.toolTip()
    assert panel.reading.toolTip().endswith(whole)


def test_what_is_not_there_is_neither_listed_nor_read(panel: DensityPanel, services: Services) -> None:
    services.densities.list(np.array([9, 3, 0]))
    assert panel.latents.tolist() == [3, 0]
    for spot in (Spot(0, 9), Spot(9, 0)):
        before = services.state.selected
        panel.raster.chosen.emit(spot)
        panel.raster.pointed.emit(spot)
        assert services.state.selected == before
        assert panel.reading.text().startswith("3 of 4 latents")
