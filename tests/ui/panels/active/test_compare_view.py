"""Two inputs side by side, and the difference of their codes as signed bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.active.places import SMALLEST
from saegui.ui.theme.theme import Theme
from saegui.ui.window.main_window import MainWindow
from tests.pointer import move

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: Path, digits: Dataset) -> ActivePanel:
    services.library.open(small_run)
    services.state.set_dataset(digits)
    made = ActivePanel(services, theme)
    qtbot.addWidget(made)
    made.resize(560, 220)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_the_next_input_is_compared_with_the_one_that_was_kept(panel: ActivePanel, digits: Dataset) -> None:
    state, second, view = panel.state, panel.services.second, panel.compare
    state.set_image(digits.test_images[0], "test image 0")
    panel.header.views.button("compare").click()
    assert view.empty.isVisible() and view.empty.label.text().startswith("Keep this image")
    view.empty.button.click()
    assert second.drawing is state.drawing and "same code" in view.note.text() and view.note.isVisible()
    state.set_image(digits.test_images[7], "test image 7")
    assert state.snapshot is not None and state.code is not None
    a, b = state.snapshot.encode(to_input(digits.test_images[[7, 0]]))
    rows = view.list
    wanted = sorted(np.flatnonzero(a != b).tolist(), key=lambda latent: -abs(a[latent] - b[latent]))
    assert rows.latents == wanted and rows.isVisible() and not view.note.isVisible()
    assert rows.difference is not None
    assert rows.difference.amounts.tolist() == pytest.approx((a - b)[wanted].tolist())
    # What the current one has more of is to the right of the middle, what the kept one has more of to the left.
    for row, latent in enumerate(wanted):
        groove = rows._groove(rows.row_rect(row).toRect())
        bar, middle = rows.bar(row), groove.left() + groove.width() // 2
        assert (bar.left() == middle) == (a[latent] > b[latent]) and (bar.right() + 1 == middle) == (
            a[latent] < b[latent]
        )
        assert bar.width() == max(1, round(groove.width() // 2 * abs(a - b)[latent] / abs(a - b).max()))
        assert rows.amount(row)[0] == ("+" if a[latent] > b[latent] else "−")
    # Both inputs and both reconstructions are there.
    views = view.pair.views
    np.testing.assert_array_equal(views["current", "input"].values, digits.test_images[7])
    np.testing.assert_array_equal(views["kept", "input"].values, digits.test_images[0])
    for which, z in (("current", a), ("kept", b)):
        made = state.snapshot.decode(z[np.newaxis], np.zeros((1, 784), np.float32)).reshape(28, 28)
        np.testing.assert_allclose(views[which, "reconstruction"].values, made, atol=1e-5)
        assert view.pair.rect().contains(views[which, "reconstruction"].geometry())
    shared = np.count_nonzero((a > 0) & (b > 0))
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert panel.count.text() == f"{shared} shared · cosine {cosine:.2f}" and panel.count.isVisible()
    # In a narrow panel, where there is room for less, the cosine is said, and the signs of the bars are explained.
    said = set()
    for width in range(560, 340, -4):
        panel.resize(width, 140)
        said |= {panel.count.text()} if panel.count.isVisible() else set()
    assert said == {f"{shared} shared · cosine {cosine:.2f}", f"cosine {cosine:.2f}"}
    assert not panel.contribution.isVisible()
    assert {which: label.text() for which, label in view.pair.captions.items()} == {
        "current": "current +",
        "kept": "kept −",
    }
    for label in view.pair.captions.values():
        assert label.sizeHint().width() <= label.width()
    panel.resize(560, 220)
    # Pointing previews a latent everywhere, clicking selects it.
    move(rows.viewport(), rows.row_rect(1).center().toPoint())
    assert state.hovered == wanted[1]
    QTest.mouseClick(rows.viewport(), LEFT, pos=rows.row_rect(1).center().toPoint())
    assert state.selected == wanted[1]
    assert f"{a[wanted[1]]:.2f} on the current" in rows.told(1)
    # It follows the drawing, and other weights.
    state.set_strokes([np.array([[0.3, 0.2], [0.7, 0.2], [0.4, 0.8]])])
    assert rows.difference is not None and state.code is not None
    np.testing.assert_allclose(rows.difference.amounts, (state.code.z - b)[rows.latents], rtol=1e-5)
    panel.header.end.click()
    assert not second.on and view.empty.isVisible() and not panel.header.end.isVisible()


def test_differences_stand_in_columns_so_that_all_are_in_sight_where_there_is_room(
    panel: ActivePanel, digits: Dataset
) -> None:
    state, rows = panel.state, panel.compare.list
    panel.set_view("compare")
    state.set_image(digits.test_images[0], "test image 0")
    panel.keep_input()
    state.set_image(digits.test_images[7], "test image 7")
    count = len(rows.latents)
    # Each half is too narrow for two columns of long bars.
    panel.resize(430, 30 * 4)
    QApplication.processEvents()
    assert 6 <= count <= 8 and rows.verticalScrollBar().maximum() == 0 and rows.places.columns == 2
    for width in (430, 360, 300):
        panel.resize(width, 120)
        QApplication.processEvents()
        for row in range(count):
            area, groove = rows.row_rect(row).toRect(), rows._groove(rows.row_rect(row).toRect())
            font = rows._font_in(area)
            name, amount = rows._word_widths(font)
            # A picture, the name, the bar and the number, each beside the other.
            left = groove.left() - area.left()
            assert name + 10 < left and amount + 4 <= area.right() - groove.right() and groove.width() >= 16
    # What is not in sight is reached by scrolling, past as many as there is room for.
    panel.resize(300, 100)
    QApplication.processEvents()
    assert rows.verticalScrollBar().maximum() > 0 and rows.places.row == SMALLEST


def test_an_input_that_the_model_cannot_read_is_kept_and_said(panel: ActivePanel, digits: Dataset) -> None:
    panel.state.set_image(np.ones((8, 8), np.uint8), "small picture")
    panel.services.second.keep(panel.state.drawing)
    panel.state.set_image(digits.test_images[0], "test image 0")
    panel.set_view("compare")
    assert (
        "cannot read" in panel.compare.note.text()
        and panel.compare.pair.views["kept", "input"].values is None
    )


def test_k_keeps_an_input_and_esc_ends_the_comparison(window: MainWindow, digits: Dataset) -> None:
    panel, actions = window.panel(ActivePanel), window.actions_.by_name
    assert not actions["end-comparison"].isEnabled() and actions["keep-input"].shortcut().toString() == "K"
    before = window.docks["active"].width()
    window.state.set_image(digits.test_images[0], "test image 0")
    actions["keep-input"].trigger()
    assert window.services.second.on and panel.header.views.value == "compare"
    window.state.set_image(digits.test_images[1], "test image 1")
    QApplication.processEvents()
    # Views need no more room than there is.
    assert window.docks["active"].width() == before
    window.state.select(3)
    titles = []
    for _ in range(2):
        titles.append(actions["back"].text())
        actions["back"].trigger()
    assert titles == ["Clear selection", "End comparison"] and not window.services.second.on


def test_what_the_model_cannot_read_is_no_pair_and_it_says_what_to_do(
    panel: ActivePanel, digits: Dataset
) -> None:
    state, view = panel.state, panel.compare
    state.set_image(digits.test_images[0], "test image 0")
    panel.header.views.button("compare").click()
    view.empty.button.click()
    W, zeros = np.eye(2, 5, dtype=np.float32), np.zeros(2, np.float32)
    config = RunConfig(n_latents=2, k=1, arch="topk")
    state.set_snapshot(
        Snapshot(config, 0, 0.0, W.T.copy(), zeros, W, np.zeros(5, np.float32), zeros + 0.5, shape=(5,))
    )
    state.set_image(np.full(5, 200, np.uint8), "row 0")
    assert view.note.isVisible() and "cannot read" in view.note.text()
    assert view.note.text().endswith("Press End, and keep another one.")
    assert panel.header.end.isVisible()
    panel.header.end.click()
    assert view.empty.isVisible()
