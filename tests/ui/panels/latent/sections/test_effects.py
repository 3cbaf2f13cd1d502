"""A model of a network's layer in the window: pictures, averages, effects, and what the network says of a drawing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import qGray
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis import effects
from saegui.core.config.schema import make
from saegui.core.data import adding, load, registry
from saegui.core.networks.readout import probabilities
from saegui.core.runs.run import open_run
from saegui.core.training.devices import use_threads
from saegui.core.training.session import Session
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.grid import FeatureGrid
from saegui.ui.panels.features.hover_card import Facts
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.latent.section import extra_room
from saegui.ui.panels.latent.sections.effects import Effects
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.pictures import ink_image

TIMEOUT = 60_000


@pytest.fixture
def layer_run(tmp_path: Path):  # type: ignore[no-untyped-def]
    """A run on the second hidden layer of a network for the built-in digits."""
    use_threads(1)
    name = adding.name_of("layer", {"images": "digits", "steps": 120})
    values = {
        "dataset": name,
        "n_latents": 24,
        "k": 6,
        "epochs": 6,
        "batch_size": 64,
        "lr": 3e-3,
        "init": "data",
    }
    session = Session(make(values), load(name), tmp_path / "run")
    while not session.done:
        session.advance()
    session.close()
    yield tmp_path / "run"
    registry.forget(name)


def test_a_latent_of_a_layer_is_explained_by_pictures_and_by_its_effect(
    qtbot: QtBot, services: Services, theme: Theme, layer_run: Path
) -> None:
    run = open_run(layer_run)
    assert run.metrics["fvu"] < 0.35 and run.metrics["loss_recovered"] > 0.9
    panel, draw = LatentPanel(services, theme), DrawPanel(services, theme)
    for each in (panel, draw):
        qtbot.addWidget(each)
        each.resize(420, 1400)
        with qtbot.waitExposed(each):
            each.show()
    services.library.open(layer_run)
    services.data.show(run.config.dataset)
    state = services.state
    qtbot.waitUntil(lambda: state.stats is not None, timeout=20_000)
    dataset, stats, snapshot = state.dataset, state.stats, state.snapshot
    latent = int(stats.density.argmax())
    state.select(latent)
    section = panel.sections["effects"]
    assert isinstance(section, Effects)
    qtbot.waitUntil(lambda: section.adding.bars is not None, timeout=TIMEOUT)
    assert section.isVisible() and section.adding.isVisible() and section.average.isVisible()
    right = effects.effect(snapshot, dataset.readout, effects.some_test_inputs(dataset), latent)
    np.testing.assert_array_equal(section.effect.adding, right.adding)
    heights = section.ablating.bars.heights
    np.testing.assert_array_equal(np.sign(heights), np.sign(right.ablating))
    np.testing.assert_array_equal(section.average.values, stats.average[latent])
    shown = panel.sections["examples"].top.images  # type: ignore[attr-defined]
    np.testing.assert_array_equal(shown[0], dataset.items.train[stats.top[latent, 0]])

    # A test image goes through the network, and what is written above the pictures is what the network says.
    draw.load_test_image(7)
    assert state.code is not None and state.code.l0 > 0
    share = probabilities(dataset.readout.logits(state.model_input[np.newaxis]))[0]
    assert draw.stage._said[0] == f"{share.argmax()}, {100 * share.max():.0f} %"
    assert draw.stage._said[1]
    assert section.sentence.text()
    # So does what is drawn.
    state.set_strokes([np.array([[0.3, 0.25], [0.7, 0.25], [0.45, 0.8]])])
    given = dataset.items.encode(state.image[np.newaxis])
    np.testing.assert_allclose(state.model_input, given[0], rtol=1e-6)
    assert state.code is not None and draw.stage._said[0]
    state.set_drawing(type(state.drawing)())
    assert draw.stage._said == ("", "")


def test_tiles_rows_and_the_hover_card_show_the_average_picture(
    qtbot: QtBot, services: Services, theme: Theme, layer_run: Path
) -> None:
    services.library.open(layer_run)
    state = services.state
    grid, active = FeatureGrid(services, theme), ActivePanel(services, theme)
    for each in (grid, active):
        qtbot.addWidget(each)
        each.resize(500, 500)
        with qtbot.waitExposed(each):
            each.show()
    # Before the latents are measured they are plots, in tiles that then keep their places.
    services.data.show(open_run(layer_run).config.dataset)
    qtbot.waitUntil(lambda: state.dataset is not None and state.dataset.pictures is not None)
    side = grid.places.side
    qtbot.waitUntil(lambda: state.stats is not None, timeout=20_000)
    assert grid.places.side == side and grid.places.proportion[0] == grid.places.proportion[1]
    latent = int(state.stats.density.argmax())
    shown = grid.grab().toImage().copy(grid.tile_rect(latent))
    average = state.stats.average[latent]
    picture = ink_image(average, theme.tokens, grid.look.meaning.shades).scaled(shown.size())
    greys = [
        np.array(
            [qGray(image.pixel(x, y)) for y in range(30, image.height() - 20) for x in range(image.width())]
        )
        for image in (shown, picture)
    ]
    assert np.corrcoef(*greys)[0, 1] > 0.99
    # The same in the rows, and beside the pointer.
    state.show_input("test", 0, "one")
    assert active.list._shown.meaning.averages is state.stats.average
    facts = Facts(
        latent, *(grid.look.snapshot.W_dec[0], 1.0) * 2, 0.1, "", None, False, meaning=grid.look.meaning
    )
    grid.preview.show_facts(facts, grid.tile_rect(latent))
    np.testing.assert_array_equal(grid.preview.decoder.values, average)
    grid.preview.dismiss()
    # The encoder's tiles are its weights.
    grid.set_show("encoder")
    assert grid.grab().toImage().copy(grid.tile_rect(latent)) != shown


def test_where_there_is_no_network_the_section_takes_no_room(
    qtbot: QtBot, services: Services, theme: Theme, small_run: Path
) -> None:
    services.library.open(small_run)
    panel = LatentPanel(services, theme)
    qtbot.addWidget(panel)
    panel.resize(380, 420)
    with qtbot.waitExposed(panel):
        panel.show()
    services.state.select(3)
    assert not panel.sections["effects"].isVisible()
    assert not extra_room(panel.body.width(), panel.sections["effects"])
