"""The whole window with a model of each kind of input: grey pictures that are not square, colour pictures, vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from saegui.core import data
from saegui.core.arrays import inputs_in_words
from saegui.core.data import adding
from saegui.core.data.source import Source
from saegui.core.strokes import of_strokes
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.widgets.pictures import proportions, size_in
from saegui.ui.window.main_window import MainWindow
from tests import made_up as sources
from tests.drops import drop
from tests.made_up import train
from tests.pointer import move
from tests.squares import reading

TIMEOUT = 60_000
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
Open = Callable[[Source], MainWindow]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """A small trained run for each of the made-up data sets."""
    with sources.added():
        folder = tmp_path_factory.mktemp("shapes")
        yield {source.info.name: train(source, folder / source.info.name) for source in sources.ALL}


@pytest.fixture
def open_run(qtbot: QtBot, runs: dict[str, Path], make_main_window: Callable[..., MainWindow]) -> Open:
    """The window with the run of a data set open, and its images measured."""

    def opened(source: Source) -> MainWindow:
        window = make_main_window(run=runs[source.info.name])
        state = window.state
        qtbot.waitUntil(lambda: state.stats is not None, timeout=TIMEOUT)
        assert state.dataset is not None and state.dataset.name == source.info.name
        assert state.snapshot is not None and state.snapshot.shape == source.info.shape
        return window

    return opened


@pytest.mark.parametrize("source", sources.ALL, ids=lambda source: source.info.name)
def test_a_model_of_another_shape_can_be_looked_at_everywhere(
    qtbot: QtBot, open_run: Open, source: Source
) -> None:
    window, shape = open_run(source), source.info.shape
    state, features, draw = window.state, window.panel(FeaturesPanel), window.panel(DrawPanel)
    latent_panel, active = window.panel(LatentPanel), window.panel(ActivePanel)
    grid = features.grid

    # What the drawing would need is said in one sentence; nothing is encoded.
    assert draw.canvas.message.startswith(f"This model reads {inputs_in_words(shape)}; drawings are 28×28.")
    assert inputs_in_words(shape) in active.empty.label.text()
    draw.state.set_drawing(of_strokes([np.array([[0.0, 0], [1, 2]])]))
    assert state.code is None and draw.canvas.message
    assert draw.stage.sees.values is None

    # A test image is of the model's shape.
    QTest.mouseClick(draw.buttons["test-image"], LEFT, NONE, QPoint(8, 12))
    assert state.image.shape == shape
    assert state.code is not None and state.code.reconstruction.shape == shape
    assert draw.canvas.message == ""
    assert draw.stage.sees.values is state.image
    assert draw.stage.reconstruction.values is state.code.reconstruction
    assert ("·" in state.drawing.title) == bool(source.info.classes)
    assert active.list.latents == state.code.active.tolist()

    # Tiles and previews keep the proportions.
    tile = grid.places.tile
    assert tile == size_in(proportions(shape), grid.places.side)
    strongest = active.list.latents[0]
    for show in ("decoder", "encoder", "both"):
        for scale in ("shared", "tile"):
            features.set_show(show)  # type: ignore[arg-type]
            features.set_scale(scale)  # type: ignore[arg-type]
            window.grab()
    features.set_show("decoder")
    rect = grid.tile_rect(strongest)
    assert rect.size() == grid.places.tile
    state.inspector_shown = False  # as where its panel is closed: else the card would only repeat it
    move(grid.viewport(), rect.center() + QPoint(2, 2))
    move(grid.viewport(), rect.center())
    qtbot.waitUntil(lambda: grid.preview.isVisible() and grid.preview.latent == strongest)
    assert grid.preview.decoder.size() == grid.preview.decoder.sizeHint()
    assert grid.preview.decoder.values is not None and grid.preview.decoder.values.shape == shape
    window.grab()
    state.inspector_shown = True
    QTest.mouseClick(grid.viewport(), LEFT, NONE, rect.center())
    assert state.selected == strongest

    # The inspector and its examples.
    pictures, examples = latent_panel.sections["pictures"], latent_panel.sections["examples"]
    assert pictures.decoder.values.shape == shape  # type: ignore[attr-defined]
    view = examples.top  # type: ignore[attr-defined]
    assert len(view.examples) > 0 and view.images.shape[1:] == shape
    box = view.rect_of(0)
    assert box.size() == size_in(proportions(shape), max(box.width(), box.height()))
    QTest.mouseClick(view, LEFT, NONE, view.rect_of(0).center())
    assert state.drawing.title.startswith(f"training {state.dataset.noun.one} ")
    np.testing.assert_array_equal(state.image, view.images[0])
    window.grab()

    # Back to an earlier moment of the training, and to the strokes.
    assert state.snapshot is not None
    newest = state.snapshot.step
    with qtbot.waitSignal(state.snapshot_changed):
        QTest.mouseClick(features.scrubber.first, LEFT)
    assert state.snapshot.step < newest
    assert state.snapshot.shape == shape and state.code is not None
    window.grab()
    draw.undo()
    draw.undo()
    assert state.drawing.strokes and state.code is None
    window.grab()


@pytest.mark.parametrize("source", sources.ALL, ids=lambda source: source.info.name)
def test_the_canvas_shows_a_picture_in_its_proportions(open_run: Open, source: Source) -> None:
    window, shape = open_run(source), source.info.shape
    canvas = window.panel(DrawPanel).canvas
    # Bright where it begins, and nowhere else.
    image = np.zeros(shape, np.uint8)
    image[:6] = 255 if len(shape) == 1 else 0
    if len(shape) > 1:
        image[0, 0] = 255
    window.state.set_image(image, "")
    for name in ("light", "dark"):
        window.theme.choose(name)  # type: ignore[arg-type]
        shown, sheet, place = canvas.grab().toImage(), canvas.sheet, canvas.frame()
        assert place is not None
        tall, wide = proportions(shape)
        assert place.height() * wide == pytest.approx(place.width() * tall)
        tokens = window.theme.tokens
        ink, paper = tokens.color("ink").lightness(), tokens.color("paper").lightness()
        if len(shape) == 1:
            assert abs(lightness(shown, sheet, place, 0.1, 0.4) - paper) > 20, name
            assert lightness(shown, sheet, place, 0.6, 0.4) == paper, name
        else:
            corners = (0.5 / wide, 0.5 / tall), (1 - 0.5 / wide, 1 - 0.5 / tall)
            found = [lightness(shown, sheet, place, *corner) for corner in corners]
            assert found == ([ink, paper] if len(shape) == 2 else [255, 0]), name


def lightness(shown: QImage, sheet: QRectF, place: QRectF, x: float, y: float) -> int:
    """Of what is ``shown``, at a place of the picture, 0…1."""
    across, down = place.x() + x * place.width(), place.y() + y * place.height()
    spot = QPointF(sheet.x() + across * sheet.width(), sheet.y() + down * sheet.height())
    return shown.pixelColor(spot.toPoint()).lightness()


def test_a_data_set_of_another_shape_is_named_and_measures_nothing(qtbot: QtBot, open_run: Open) -> None:
    window = open_run(sources.GREY)
    state, draw, latent = window.state, window.panel(DrawPanel), window.panel(LatentPanel)
    state.select(0)
    window.services.data.require("digits")
    qtbot.waitUntil(lambda: state.dataset is not None and state.dataset.name == "digits", timeout=TIMEOUT)
    assert state.stats is None and not window.services.stats.running
    assert (
        latent.hint.text
        == "The model reads 12×20 pictures, but the data set Built-in digits has 28×28 pictures."
    )
    assert draw.canvas.message.endswith(
        "The data set Built-in digits has 28×28 pictures: load the model's own images."
    )
    QTest.mouseClick(latent.hint.button, LEFT)
    qtbot.waitUntil(lambda: state.stats is not None, timeout=TIMEOUT)
    assert latent.hint.text == ""
    assert draw.canvas.message.endswith("Load a test image to see what it does.")


def test_why_the_images_of_a_run_are_missing_is_said_and_not_what_others_are_like(
    qtbot: QtBot, tmp_path: Path, make_main_window: Callable[..., MainWindow]
) -> None:
    path = tmp_path / "cats.squares"
    path.write_bytes(b"cats")
    with reading():
        run = train(data.source(adding.name_of(str(path), {"ink": "dark"})), tmp_path / "run", epochs=1)
        path.unlink()
        window = make_main_window(run=run)
        state = window.state
        qtbot.waitUntil(lambda: state.dataset is not None and state.dataset.name == "digits", timeout=TIMEOUT)
        state.select(0)
        for text in (window.panel(DrawPanel).canvas.message, window.panel(LatentPanel).hint.text):
            assert f"trained on cats from {path}, which is not there any more; bring it back" in text
            assert "Built-in digits" not in text


def test_a_picture_on_the_window_of_a_model_of_vectors_is_answered(
    open_run: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_run(sources.VECTOR)
    window.panel(DrawPanel).load_test_image()
    window.grab().save(str(tmp_path / "one.png"))
    before = window.state.drawing
    card = window.data_sets.window.card
    for place in (window.panel(FeaturesPanel), window.panel(DrawPanel)):
        assert drop(place, tmp_path / "one.png", tmp_path / "a.npy", tmp_path / "b.npy")
        qtbot.waitUntil(lambda: "single picture" in card.problem.text(), timeout=TIMEOUT)
        assert "choose the folder that holds it" in card.problem.text()
        assert "The model that is shown reads no pictures" in card.notes.text()
        assert "Only one.png was taken; drop the other 2 alone" in card.notes.text()
        window.data_sets.window.close()
    assert window.state.drawing is before
