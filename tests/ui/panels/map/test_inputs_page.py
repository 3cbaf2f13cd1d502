"""Test inputs on the map: where they lie, which class they are of, and the drawing that moves among them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis import code_map
from saegui.core.analysis.latent_map import principal_basis
from saegui.core.model.snapshot import to_input
from saegui.core.progress import Progress
from saegui.ui.panels.map.inputs_page import METHOD
from saegui.ui.panels.map.legend import ICON
from saegui.ui.panels.map.panel import WHAT, MapPanel
from saegui.ui.theme.theme import Theme
from tests.pointer import move

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
TIMEOUT = 20_000


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: Path) -> MapPanel:
    made = MapPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(560, 560)
    with qtbot.waitExposed(made):
        made.show()
    assert services.open_run(small_run)
    qtbot.waitUntil(lambda: services.state.dataset is not None, timeout=TIMEOUT)
    QTest.mouseClick(made.whats.button("inputs"), LEFT)
    qtbot.waitUntil(lambda: services.code_map.value is not None, timeout=TIMEOUT)
    return made


def codes(services: Services) -> np.ndarray:
    snapshot, dataset = services.state.snapshot, services.state.dataset
    assert snapshot is not None and dataset is not None
    return snapshot.encode(to_input(dataset.test_images))


def at(panel: MapPanel, number: int) -> QPoint:
    found = panel.inputs.view.point_of(number)
    assert found is not None
    return found.toPoint()


def test_inputs_lie_by_their_codes_and_the_drawing_moves_among_them(
    panel: MapPanel, services: Services, theme: Theme, qtbot: QtBot
) -> None:
    page, state, dataset = panel.inputs, services.state, services.state.dataset
    assert dataset is not None
    assert services.settings.get(WHAT) == "inputs"
    assert panel.whats.button("inputs").text() == "Images"
    z = codes(services)
    basis = principal_basis(z.astype(np.float64))
    cloud = page.view.cloud
    assert len(cloud.ids) == len(dataset.test_images)
    assert np.stack([cloud.x, cloud.y], axis=1) == pytest.approx(basis.places(z), abs=1e-4)
    assert page.reading.text() == f"{len(z)} test images."
    # Each class has a button, and its own colour and shape.
    assert page.view.look.classes is not None
    assert np.array_equal(page.view.look.classes, dataset.test_labels)
    assert [button.text() for button in page.legend.buttons] == list(dataset.classes)
    icons = [button.icon().pixmap(ICON, ICON).toImage() for button in page.legend.buttons]
    middles = [icon.pixelColor(icon.width() // 2, icon.height() // 2).name().upper() for icon in icons]
    assert middles == list(theme.tokens.classes)
    painted = page.view.grab().toImage()
    seen = {painted.pixel(x, y) for x in range(painted.width()) for y in range(painted.height())}
    assert {QColor(colour).rgb() for colour in theme.tokens.classes} <= seen
    QTest.mouseClick(page.legend.buttons[3], LEFT)
    assert page.view.look.faded is not None
    assert np.array_equal(page.view.look.faded, dataset.test_labels != 3)
    QTest.mouseClick(page.legend.buttons[3], LEFT)
    assert page.view.look.faded is None
    # A click makes an input the current one, and it is marked where its code is.
    assert page.view.drawing is None
    far = int(cloud.ids[cloud.x.argmax()])
    move(page.view, at(panel, far))
    assert page.reading.text() == f"test image {far} · class {dataset.classes[int(dataset.test_labels[far])]}"
    assert page.picture(far, 64) is not None
    QTest.mouseClick(page.view, LEFT, NONE, at(panel, far))
    assert np.array_equal(state.image, dataset.test_images[far])
    assert page.view.drawing == pytest.approx((cloud.x[far], cloud.y[far]), abs=1e-4)
    painted = page.view.painted
    # Every movement of the pen moves the mark, and paints no point again.
    state.set_strokes([np.array([[0.3, 0.3], [0.7, 0.7]])])
    assert state.code is not None
    assert page.view.drawing == pytest.approx(basis.places(state.code.z[None])[0].tolist(), abs=1e-4)
    page.view.repaint()
    assert page.view.painted == painted
    panel.hide()
    before = page.view.drawing
    state.set_strokes([np.array([[0.1, 0.3], [0.2, 0.7]])])
    assert page.view.drawing == before, "nothing is placed for a panel that is not seen"
    panel.show()
    assert page.view.drawing != before


def test_tsne_places_the_drawing_between_its_nearest_codes_and_says_so(
    panel: MapPanel, services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stand_in(method: str, rows: np.ndarray, start: np.ndarray, *, progress: Progress) -> np.ndarray:
        return np.stack([np.arange(len(rows)), np.zeros(len(rows))], axis=1)

    monkeypatch.setattr(code_map, "embedded", stand_in)
    page, dataset = panel.inputs, services.state.dataset
    assert dataset is not None
    page.set_method("tsne")
    assert services.settings.get(METHOD) == "tsne"
    qtbot.waitUntil(lambda: services.code_map.value is not None, timeout=TIMEOUT)
    services.state.show_input("test", 5, "a test image")
    z = codes(services)
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    mean = np.argsort(-(unit @ unit[5]), kind="stable")[:10].mean()
    assert page.view.drawing == pytest.approx((mean, 0))
    assert "mean of the 10 nearest codes" in page.reading.toolTip()


def test_at_an_earlier_step_the_axes_stay_and_without_data_it_is_said_what_is_missing(
    panel: MapPanel, services: Services, qtbot: QtBot
) -> None:
    page, control = panel.inputs, services.code_map
    last = control.value
    assert last is not None and last.basis is not None
    services.scrubbing.show_place(0)
    qtbot.waitUntil(lambda: control.value is not last and control.said == "", timeout=TIMEOUT)
    earlier = control.value
    assert earlier is not None and earlier.basis is last.basis
    assert np.stack([earlier.x, earlier.y], axis=1) == pytest.approx(
        last.basis.places(codes(services)), abs=1e-4
    )
    services.state.set_phase("training")
    services.state.set_dataset(None)
    assert page.empty.isVisible() and "Load the data" in page.empty.label.text()
    services.state.set_phase("idle")


def test_a_whole_map_is_shown_whole_again_when_its_points_come_much_nearer_to_each_other(
    panel: MapPanel,
) -> None:
    view = panel.inputs.view
    cloud = view.cloud
    before = view.camera.x_scale
    view.show_cloud(replace(cloud, x=cloud.x * 0.9, y=cloud.y * 0.9), view.look)
    assert view.camera.x_scale == before, "small changes do not move the map"
    view.show_cloud(replace(cloud, x=cloud.x * 0.2, y=cloud.y * 0.2), view.look)
    assert view.camera.x_scale == pytest.approx(5 * before)
    # What somebody looks at more closely stays.
    view.set_camera(view.camera)
    view.show_cloud(replace(cloud, x=cloud.x * 0.02, y=cloud.y * 0.02), view.look)
    assert view.camera.x_scale == pytest.approx(5 * before)


def test_a_long_reading_ends_with_an_ellipsis_and_makes_the_panel_no_wider(panel: MapPanel) -> None:
    reading = panel.inputs.reading
    assert reading.shown == reading.text()
    wide = panel.minimumSizeHint().width()
    reading.setText("Places are those of step 0. " * 9)
    assert panel.minimumSizeHint().width() == wide
    assert reading.shown.endswith("…") and reading.shown[:20] == reading.text()[:20]
    reading.grab()
