"""The list of active latents, with a really trained model and with thousands of rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History
from saegui.core.runs.writer import RunWriter
from saegui.ui.panels.active import tiles
from saegui.ui.panels.active.header import VIEWS
from saegui.ui.panels.active.panel import NOTHING_ON, ActivePanel
from saegui.ui.panels.active.places import ROW
from saegui.ui.panels.active.row_paint import TILE
from saegui.ui.theme.colour_map import FULL_COLOUR, full_colour
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import PAD
from saegui.ui.widgets.pictures import weight_image
from tests.mnist_shape import D_IN
from tests.pointer import move

LEFT = Qt.MouseButton.LeftButton
TIMEOUT = 20_000
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: object, digits: Dataset) -> ActivePanel:
    services.library.open(small_run)  # type: ignore[arg-type]
    made = ActivePanel(services, theme)
    qtbot.addWidget(made)
    made.resize(348, 260)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def shown(panel: ActivePanel, digits: Dataset) -> ActivePanel:
    """With the active latents of a real digit."""
    panel.state.set_image(digits.test_images[3], "test image 3")
    return panel


def wide(n_latents: int) -> Snapshot:
    """A model of which every latent is on for nearly every image."""
    rng = np.random.default_rng(0)
    config = RunConfig(n_latents=n_latents, k=n_latents)
    encoder = rng.normal(0, 0.02, (D_IN, n_latents)).astype(np.float32)
    decoder = rng.normal(0, 0.05, (n_latents, D_IN)).astype(np.float32)
    bias, ones = np.zeros(D_IN, np.float32), np.ones(n_latents, np.float32)
    return Snapshot(config, 0, 0.0, encoder, ones, decoder, bias, ones.copy())


def active(panel: ActivePanel) -> list[int]:
    assert panel.state.code is not None
    return [int(latent) for latent in panel.state.code.active]


def middle(panel: ActivePanel, row: int) -> QPoint:
    return panel.list.row_rect(row).center().toPoint()


def test_an_empty_list_says_what_to_do(panel: ActivePanel) -> None:
    assert panel.empty.isVisible()
    assert panel.empty.label.text() == "Draw something: the active latents are listed here."
    assert panel.list.accessibleName() == "Active latents: none"
    # A drawing would change nothing while there is no model.
    panel.state.set_run(None, None, History())
    no_model = "The active latents are listed here. There is no model yet: open a run, or train one."
    assert panel.empty.label.text() == no_model


def test_latents_are_listed_strongest_first(shown: ActivePanel) -> None:
    assert shown.state.code is not None
    assert shown.list.isVisible()
    assert shown.list.latents == active(shown)
    assert len(shown.list.latents) == shown.state.code.l0 == 4
    values = shown.state.code.z[shown.list.latents]
    assert (np.diff(values) <= 0).all()
    assert shown.count.text() == "4 of 24 active"


def test_it_follows_the_image_and_the_weights(shown: ActivePanel, digits: Dataset) -> None:
    before = shown.list.latents
    for image in digits.test_images[4:9]:
        shown.state.set_image(image, "")
        assert shown.list.latents == active(shown)
    assert shown.list.latents != before
    shown.state.set_snapshot(wide(40))
    assert shown.list.latents == active(shown)
    shown.state.set_strokes([])
    assert shown.list.latents == []
    assert shown.empty.isVisible()


def test_an_image_that_switches_nothing_on(shown: ActivePanel) -> None:
    snapshot = wide(8)
    off = Snapshot(
        snapshot.config,
        0,
        0.0,
        snapshot.W_enc,
        np.full(8, -100, np.float32),
        snapshot.W_dec,
        snapshot.b_dec,
        snapshot.density,
    )
    shown.state.set_snapshot(off)
    assert shown.empty.isVisible()
    assert shown.empty.label.text() == NOTHING_ON.format("image")


def test_pointing_previews_and_leaving_ends_it(shown: ActivePanel) -> None:
    viewport, latents = shown.list.viewport(), shown.list.latents
    for row in (0, 2, 1):
        move(viewport, middle(shown, row))
        assert shown.state.hovered == latents[row]
    below = QPoint(100, round(shown.list.row_rect(3).bottom()) + 6)
    assert below.y() < viewport.height()
    move(viewport, below)
    assert shown.state.hovered is None
    move(viewport, middle(shown, 0))
    QApplication.sendEvent(viewport, QEvent(QEvent.Type.Leave))
    assert shown.state.hovered is None


def test_leaving_does_not_end_a_preview_that_began_elsewhere(shown: ActivePanel) -> None:
    shown.state.hover(5)
    QApplication.sendEvent(shown.list.viewport(), QEvent(QEvent.Type.Leave))
    assert shown.state.hovered == 5


def test_a_click_selects(shown: ActivePanel) -> None:
    QTest.mouseClick(shown.list.viewport(), LEFT, NONE, middle(shown, 2))
    assert shown.state.selected == shown.list.latents[2]
    spy = QSignalSpy(shown.state.selection_changed)
    QTest.mouseClick(shown.list.viewport(), Qt.MouseButton.RightButton, NONE, middle(shown, 1))
    assert spy.count() == 0


def test_the_keyboard_previews_and_selects(shown: ActivePanel) -> None:
    rows, latents = shown.list, shown.list.latents
    rows.setFocus(Qt.FocusReason.TabFocusReason)
    assert shown.state.hovered == latents[0]
    for key, row in (
        (Qt.Key.Key_Down, 1),
        (Qt.Key.Key_End, 3),
        (Qt.Key.Key_Down, 3),
        (Qt.Key.Key_Up, 2),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Up, 0),
    ):
        QTest.keyClick(rows, key)
        assert shown.state.hovered == latents[row]
        assert f"Row {row + 1} of 4: #{latents[row]} " in rows.accessibleDescription()
    assert shown.state.selected is None
    QTest.keyClick(rows, Qt.Key.Key_Return)
    assert shown.state.selected == latents[0]
    rows.clearFocus()
    assert shown.state.hovered is None


def test_it_is_described_in_words(shown: ActivePanel) -> None:
    assert shown.state.code is not None
    first = shown.list.latents[0]
    assert shown.list.accessibleName() == (
        f"Active latents: 4, strongest #{first} {shown.state.code.z[first]:.2f}"
    )


def test_a_row_shows_decoder_and_contribution_in_one_scale(shown: ActivePanel, theme: Theme) -> None:
    state = shown.state
    assert state.code is not None
    assert state.snapshot is not None
    picture = shown.list.viewport().grab().toImage()
    added = [state.code.z[latent] * state.snapshot.decoder_images[latent] for latent in shown.list.latents]
    full = full_colour(max(np.abs(each).max() for each in added))
    assert f" {full:g} of the step from paper to full ink" in shown.contribution.toolTip()
    for row, contribution in enumerate(added):
        wanted = weight_image(contribution, full, theme.tokens)
        place = shown.list.row_rect(row)
        left, top = round(place.right()) - 5 - TILE, round(place.top()) + (ROW - TILE) // 2
        tile = picture.copy(left, top, TILE, TILE).convertToFormat(QImage.Format.Format_RGB32)
        inner = (1, 1, TILE - 2, TILE - 2)
        assert tile.copy(*inner) == wanted.copy(*inner)


def test_nothing_in_any_view_is_nearer_to_the_right_edge_than_to_the_left(
    shown: ActivePanel, digits: Dataset, qtbot: QtBot
) -> None:
    shown.state.set_dataset(digits)
    shown.services.second.keep(shown.state.drawing)
    shown.state.set_image(digits.test_images[5], "test image 5")
    for width, height in ((424, 140), (504, 180), (850, 260)):
        shown.resize(width, height)
        for view in VIEWS:
            shown.set_view(view)
            if view == "near":
                qtbot.waitUntil(lambda: bool(shown.services.near_inputs.found), timeout=TIMEOUT)
            QApplication.processEvents()
            image = shown.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
            pixels = np.frombuffer(image.constBits(), np.uint32).reshape(height, -1)
            painted = np.flatnonzero((pixels != pixels[-1, -1]).any(axis=0))
            assert painted[0] >= PAD, (width, view)
            assert width - 1 - painted[-1] >= PAD, (width, view)


@pytest.mark.parametrize("largest", [0.003, 0.06, 0.25, 0.26, 0.5, 0.7, 3.0])
def test_contributions_of_any_size_are_seen(largest: float) -> None:
    """Faces and patches are made of far fainter parts than digits."""
    assert 0.7 < largest / full_colour(largest) < 1.42
    # A small change of the drawing does not change the scale.
    assert full_colour(largest) / FULL_COLOUR in {2.0**power for power in range(-10, 5)}
    assert full_colour(0.0) == FULL_COLOUR


def test_the_bar_is_as_long_as_the_activation(shown: ActivePanel, theme: Theme) -> None:
    assert shown.state.code is not None
    picture = shown.list.viewport().grab().toImage()
    bars = []
    for row in range(4):
        y = round(shown.list.row_rect(row).center().y())
        colours = [picture.pixelColor(x, y).name() for x in range(picture.width())]
        bars.append(colours.count(theme.tokens.color("active").name()))
    values = shown.state.code.z[shown.list.latents]
    np.testing.assert_allclose(np.array(bars) / bars[0], values / values[0], atol=0.02)


def test_the_selected_row_has_a_ring(shown: ActivePanel, theme: Theme) -> None:
    def ringed() -> list[bool]:
        picture = shown.list.viewport().grab().toImage()
        accent = theme.tokens.color("accent").name()
        places = [shown.list.row_rect(row) for row in range(4)]
        return [picture.pixelColor(1, round(place.center().y())).name() == accent for place in places]

    assert not any(ringed())
    shown.state.select(shown.list.latents[1])
    assert ringed() == [False, True, False, False]


def test_both_themes_paint_and_differ(shown: ActivePanel, theme: Theme) -> None:
    pictures = []
    for name in ("light", "dark"):
        theme.choose(name)
        pictures.append(shown.grab().toImage())
    assert pictures[0] != pictures[1]


def test_thousands_of_rows_scroll_and_only_those_seen_are_painted(
    shown: ActivePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.state.set_snapshot(wide(4096))
    rows = shown.list
    assert len(rows.latents) > 2000
    painted: list[int] = []

    def counting(weights: np.ndarray, *rest: object) -> QImage:
        painted.append(len(weights) // 28)
        return weight_image(weights, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(tiles, "weight_image", counting)
    rows.setFocus(Qt.FocusReason.OtherFocusReason)
    QTest.keyClick(rows, Qt.Key.Key_End)
    rows.viewport().grab()
    assert shown.state.hovered == rows.latents[-1]
    assert rows.latent_at(QPointF(50, rows.viewport().height() - 3)) == rows.latents[-1]
    assert max(painted) <= rows.viewport().height() // ROW + 2
    QTest.keyClick(rows, Qt.Key.Key_PageUp)
    QTest.keyClick(rows, Qt.Key.Key_Home)
    assert rows.verticalScrollBar().value() == 0


def test_a_selection_from_elsewhere_is_scrolled_to(shown: ActivePanel) -> None:
    shown.state.set_snapshot(wide(200))
    latent = shown.list.latents[60]
    shown.state.select(latent)
    place = shown.list.row_rect(60)
    assert place.top() >= 0
    assert place.bottom() <= shown.list.viewport().height()


def test_fewer_rows_than_before_leave_nothing_beyond_the_end(shown: ActivePanel, digits: Dataset) -> None:
    small = shown.state.snapshot
    shown.state.set_snapshot(wide(300))
    shown.list.verticalScrollBar().setValue(10_000)
    shown.state.set_snapshot(small)
    shown.grab()
    assert shown.list.verticalScrollBar().value() == shown.list.verticalScrollBar().maximum()
    assert shown.list.latents == active(shown)


def test_another_image_brings_the_strongest_back_into_view(shown: ActivePanel, digits: Dataset) -> None:
    shown.state.set_snapshot(wide(200))
    for act in (
        lambda: shown.state.set_image(digits.test_images[4], "test image 4"),
        lambda: shown.state.set_strokes([np.array([[0.2, 0.2], [0.8, 0.8]])]),
    ):
        QTest.keyClick(shown.list, Qt.Key.Key_End)
        assert shown.list.verticalScrollBar().value() > 0
        act()
        assert shown.list.row_rect(0).top() == 0
        QTest.keyClick(shown.list, Qt.Key.Key_Down)
        assert shown.state.hovered == shown.list.latents[1], "keys begin at the top too"


def test_another_run_brings_the_strongest_into_view_and_other_weights_of_one_run_keep_the_place(
    shown: ActivePanel, tmp_path: Path
) -> None:
    model = wide(200)
    shown.state.set_snapshot(model)
    shown.list.verticalScrollBar().setValue(600)
    shown.state.set_snapshot(wide(200))
    assert shown.list.verticalScrollBar().value() == 600
    shown.state.set_run(RunWriter(tmp_path / "run", model.config).run, model, History())
    assert shown.list.latents == active(shown)
    assert shown.list.row_rect(0).top() == 0
