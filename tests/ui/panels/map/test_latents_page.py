"""Latents on the map: where they lie, what the mouse and the keys do, and what a line around some of them filters."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saegui.app import latent_map
from saegui.app.services import Services
from saegui.core.analysis import kept_maps
from saegui.core.analysis.latent_map import by_activity, by_decoder, directions, principal_basis
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import EmbeddingError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs.history import History
from saegui.core.runs.writer import RunWriter
from saegui.ui.panels.map.latents_page import ALL_DEAD, METHOD, NO_POINTS, ONE
from saegui.ui.panels.map.panel import MapPanel
from saegui.ui.theme.theme import Theme
from tests.mnist_shape import D_IN
from tests.pointer import move

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
TIMEOUT = 20_000
F = 12
DEAD = 5


def write_run(
    path: Path, steps: tuple[int, ...] = (0, 40), *, dead: tuple[int, ...] = (DEAD,), seed: int = 0
) -> Path:
    config = RunConfig(n_latents=F, k=2)
    writer = RunWriter(path, config)
    rng = np.random.default_rng(seed)
    W, zeros = rng.normal(size=(F, D_IN)).astype(np.float32), np.zeros(F, np.float32)
    density = np.full(F, 0.1, np.float32)
    density[list(dead)] = 0
    for step in steps:
        moved = (W + 0.02 * (steps[-1] - step) * rng.normal(size=W.shape)).astype(np.float32)
        model = Snapshot(
            config,
            step,
            2.0,
            np.ascontiguousarray(moved.T),
            zeros,
            moved,
            np.zeros(D_IN, np.float32),
            density,
        )
        writer.save(model, History(), keep=True, status="finished")
    return path


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, tmp_path: Path) -> MapPanel:
    made = MapPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(500, 500)
    with qtbot.waitExposed(made):
        made.show()
    services.densities.list(np.arange(F))
    assert services.library.open(write_run(tmp_path / "run"))
    qtbot.waitUntil(lambda: services.latent_map.value is not None, timeout=TIMEOUT)
    made.latents.view.setFocus()
    return made


def at(panel: MapPanel, latent: int) -> QPoint:
    found = panel.latents.view.point_of(latent)
    assert found is not None
    return found.toPoint()


def on_map(panel: MapPanel) -> np.ndarray:
    cloud = panel.latents.view.cloud
    return np.stack([cloud.x, cloud.y], axis=1)


def wheel(panel: MapPanel, point: QPoint, notches: int) -> None:
    view = panel.latents.view
    event = QWheelEvent(
        QPointF(point), view.mapToGlobal(QPointF(point)), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def pull(panel: MapPanel, to: QPoint, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Move the mouse with the left button down."""
    view, place = panel.latents.view, QPointF(to)
    kind, none = QEvent.Type.MouseMove, Qt.MouseButton.NoButton
    QApplication.sendEvent(view, QMouseEvent(kind, place, view.mapToGlobal(place), none, LEFT, modifier))


def drag(panel: MapPanel, way: list[QPoint], modifier: Qt.KeyboardModifier = NONE) -> None:
    view = panel.latents.view
    QTest.mousePress(view, LEFT, modifier, way[0])
    for point in way[1:]:
        pull(panel, point, modifier)
    QTest.mouseRelease(view, LEFT, modifier, way[-1])


def test_latents_lie_where_the_figure_has_them_and_the_dead_are_counted(
    panel: MapPanel, services: Services
) -> None:
    snapshot = services.state.snapshot
    assert snapshot is not None
    dead = np.arange(F) == DEAD
    wanted = by_decoder(snapshot.W_dec, dead)
    cloud = panel.latents.view.cloud
    assert cloud.ids.tolist() == [latent for latent in range(F) if latent != DEAD]
    assert on_map(panel) == pytest.approx(np.stack([wanted.x, wanted.y], axis=1), abs=1e-6)
    assert panel.latents.reading.text() == "11 latents, 1 dead left out."
    assert panel.latents.view.side > 0, "so few are small pictures"
    assert panel.latents.view.accessibleDescription().startswith("11 latents, 1 dead left out.")
    services.state.select(DEAD)
    assert "dead, not on the map" in panel.latents.reading.text()


def test_pointing_previews_a_click_selects_and_keys_walk(
    panel: MapPanel, services: Services, qtbot: QtBot
) -> None:
    state, view = services.state, panel.latents.view
    painted, ids = view.painted, view.cloud.ids.tolist()
    first = ids[int(view.cloud.x.argmin())]
    move(view, at(panel, first))
    assert state.hovered == first and state.selected is None
    assert panel.latents.reading.text().startswith(f"#{first} · density ")
    QTest.mouseClick(view, LEFT, NONE, at(panel, first))
    assert state.selected == first
    view.repaint()
    assert view.painted <= painted + 1, "marks lie over points that stay"
    state.hover(None)
    places = on_map(panel)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    right = state.hovered
    assert right is not None and right != first
    step = places[ids.index(right)] - places[ids.index(first)]
    assert step[0] > 0 and abs(step[1]) <= 2 * step[0] * (1 + 1e-9)
    assert state.selected == first, "a preview selects nothing"
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert state.selected == right
    # Every latent can be reached: whoever walks to the left comes to the leftmost one of its way, and stops there.
    for _ in range(F):
        qtbot.keyClick(view, Qt.Key.Key_Left)
    stopped = state.hovered
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert state.hovered == stopped
    (menu,) = panel.context_menus()
    assert menu.choose(at(panel, first)) == at(panel, first) and state.selected == first
    assert menu.choose(None) == at(panel, first)
    move(view, QPoint(1, 1))
    assert menu.choose(QPoint(1, 1)) is None
    state.select(7)
    assert view.selected == 7, "what is selected elsewhere is marked here"


def test_the_wheel_zooms_dragging_moves_and_a_double_click_shows_all(panel: MapPanel, qtbot: QtBot) -> None:
    view = panel.latents.view
    whole, place = view.camera, at(panel, 2)
    wheel(panel, place, 2)
    assert view.camera.zoom > 1.5
    # The pointer is on a whole pixel, at most half a one from the latent's place in x and in y; that grows with the map.
    assert (at(panel, 2) - place).manhattanLength() <= view.camera.zoom + 1
    before = at(panel, 2)
    empty = QPoint(3, 250)
    drag(panel, [empty, empty + QPoint(20, 10), empty + QPoint(40, -30)])
    assert (at(panel, 2) - before - QPoint(40, -30)).manhattanLength() <= 1
    assert panel.services.state.selected is None, "a drag is no click"
    QTest.mouseDClick(view, LEFT, NONE, QPoint(2, 2))
    assert view.camera == whole
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.camera != whole
    QTest.mouseClick(panel.latents.whole, LEFT)
    assert view.camera == whole
    panel.resize(700, 620)
    QApplication.processEvents()
    assert view.camera != whole, "the whole map stays in sight in a larger room"


def test_a_line_around_latents_shows_only_those_in_the_grid(
    panel: MapPanel, services: Services, tmp_path: Path, qtbot: QtBot
) -> None:
    view, control = panel.latents.view, services.filter
    order = np.argsort(view.cloud.x)[:4]
    wanted = frozenset(view.cloud.ids[order].tolist())
    x = sorted(at(panel, latent).x() for latent in view.cloud.ids)
    edge = (x[3] + x[4]) // 2
    way = [QPoint(1, 1), QPoint(edge, 1), QPoint(edge, view.height() - 2), QPoint(1, view.height() - 2)]
    drag(panel, way, SHIFT)
    assert control.value.latents == wanted
    services.densities.list(np.array(sorted(wanted)))
    assert panel.latents.reading.text() == "4 of 11 latents pass the filter, 1 dead left out."
    assert view.look.faded is not None and view.look.faded.sum() == 7
    control.clear()
    services.densities.list(np.arange(F))
    assert view.look.faded is None
    QTest.mouseClick(panel.latents.lasso, LEFT)
    drag(panel, way)
    assert control.value.latents == wanted
    assert not panel.latents.lasso.isChecked(), "then dragging moves the map again"
    # Esc gives up a line that is being drawn, and a line around nothing filters nothing.
    QTest.mousePress(view, LEFT, SHIFT, way[0])
    pull(panel, way[1])
    pull(panel, way[2])
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, LEFT, SHIFT, way[3])
    assert control.value.latents == wanted
    drag(panel, [QPoint(1, 1), QPoint(2, 12), QPoint(14, 2)], SHIFT)
    assert control.value.latents is None
    # The same numbers are other latents of another run.
    drag(panel, way, SHIFT)
    assert services.library.open(write_run(tmp_path / "other", seed=5))
    assert control.value.latents is None


def test_points_move_with_time_along_axes_that_stay(panel: MapPanel, services: Services) -> None:
    assert services.state.snapshot is not None
    last = services.state.snapshot
    dead = np.arange(F) == DEAD
    basis = principal_basis(directions(last.W_dec, dead)[1])
    before, camera = on_map(panel), panel.latents.view.camera
    services.scrubbing.show_place(0)
    earlier = services.state.snapshot
    wanted = by_decoder(earlier.W_dec, dead, basis)
    assert on_map(panel) == pytest.approx(np.stack([wanted.x, wanted.y], axis=1), abs=1e-6)
    assert not np.allclose(on_map(panel), before)
    assert "Axes are those of step 40" in panel.latents.reading.text()
    services.scrubbing.show_place(-1)
    assert on_map(panel) == pytest.approx(before)
    assert panel.latents.view.camera == camera or panel.latents.view.camera.zoom == 1


def test_a_panel_opened_at_an_earlier_step_has_the_axes_of_the_last_one(
    panel: MapPanel, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    panel.hide()
    assert services.library.open(write_run(tmp_path / "other", seed=3))
    services.scrubbing.show_place(0)
    # What else is measured of a run that was opened may still be under way.
    assert all("axes" not in job.title for job in services.jobs.running), "nothing is found for nobody"
    assert services.latent_map.value is None
    panel.show()
    qtbot.waitUntil(lambda: services.latent_map.value is not None, timeout=TIMEOUT)
    assert services.latent_map.said == "Axes are those of step 40."


def test_density_and_mean_activation(
    panel: MapPanel, services: Services, digits: Dataset, qtbot: QtBot, small_run: Path
) -> None:
    panel.latents.set_method("activity")
    assert services.settings.get(METHOD) == "activity"
    assert panel.shown_figure == "density-scatter"
    assert panel.latents.empty.isVisible() and "needs the training" in panel.latents.empty.label.text()
    assert services.open_run(small_run)
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=TIMEOUT)
    stats = services.state.stats
    assert stats is not None
    wanted = by_activity(stats.density, stats.mean_active, stats.dead)
    assert np.array_equal(panel.latents.view.cloud.ids, wanted.latents)
    assert on_map(panel) == pytest.approx(np.stack([wanted.x, wanted.y], axis=1))
    assert "mean activation" in panel.latents.words_of(int(wanted.latents[0]))
    # The drawing lights up its latents.
    services.state.set_image(digits.test_images[0], "a digit")
    code, look = services.state.code, panel.latents.view.look
    assert code is not None and look.strength is not None
    assert np.array_equal(look.strength, code.z[wanted.latents])


def test_without_latents_the_page_says_what_will_be_here(
    qtbot: QtBot, services: Services, theme: Theme, tmp_path: Path
) -> None:
    made = MapPanel(services, theme)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    assert made.latents.empty.label.text() == NO_POINTS
    page = made.latents
    # A latent is not said to be missing on a map that is not there yet; a line without room is its own tooltip.
    page.control.value = None
    services.state.select(0)
    page._read()
    assert "not on the map" not in page.reading.text() and page.reading.text() in page.reading.toolTip()
    services.state.select(None)
    assert services.library.open(write_run(tmp_path / "dead", dead=tuple(range(F))))
    qtbot.waitUntil(lambda: page.empty.label.text() == ALL_DEAD, timeout=TIMEOUT)
    page.set_method("tsne")
    assert page.empty.label.text() == ALL_DEAD and page.empty.button.isHidden()
    # One is alike to none; by what it does it is a point.
    assert services.library.open(write_run(tmp_path / "one", dead=tuple(range(1, F))))
    qtbot.waitUntil(lambda: page.empty.label.text() == ONE, timeout=TIMEOUT)
    assert page.empty.isVisible() and page.empty.button.isHidden()
    page.set_method("pca")
    assert page.empty.isVisible() and page.empty.label.text() == ONE
    assert services.library.open(write_run(tmp_path / "three", dead=tuple(range(3, F))))
    page.set_method("umap")
    few = "UMAP needs at least 5 latents that are alive; this model has 3."
    qtbot.waitUntil(lambda: page.empty.label.text() == few, timeout=TIMEOUT)
    page.empty.button.click()
    assert page.method == "pca"
    qtbot.waitUntil(lambda: page.view.isVisible() and len(page.view.cloud.ids) == 3, timeout=TIMEOUT)


def test_many_latents_are_dots_and_closer_ones_are_pictures_again(panel: MapPanel) -> None:
    view = panel.latents.view
    cloud = view.cloud
    rng = np.random.default_rng(0)
    many = type(cloud)(np.arange(3000), rng.normal(size=3000), rng.normal(size=3000), True, key="many")
    view.show_cloud(many, type(view.look)())
    assert view.side == 0
    # As many as a model has at first are pictures, also where most of them lie together.
    few = type(cloud)(np.arange(256), many.x[:256], many.y[:256], True, key="few")
    view.show_cloud(few, type(view.look)())
    assert view.side > 0
    view.show_cloud(many, type(view.look)())
    view.grab()
    view.set_camera(view.camera.zoomed(40, 250, 200))
    assert view.side > 0
    view.grab()


def test_tsne_is_computed_once_for_the_last_step_and_can_be_cancelled(
    panel: MapPanel, services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process itself is tested where it is; here it is one that waits until it is told to end."""
    asked: list[int] = []
    done = threading.Event()

    def slow(method: str, rows: np.ndarray, start: np.ndarray, *, progress: Progress) -> np.ndarray:
        asked.append(len(rows))
        while not done.wait(0.01):
            progress.report(1, 10, "t-SNE")
        return start * 2 + 1

    monkeypatch.setattr(kept_maps, "embedded", slow)
    page = panel.latents
    page.set_method("tsne")
    qtbot.waitUntil(lambda: asked == [F - 1], timeout=TIMEOUT)
    assert page.empty.isVisible() and "status bar" in page.empty.label.text()
    assert page.empty.button.isHidden()
    (job,) = services.jobs.running
    assert job.title == "Computing t-SNE of the latents"
    job.cancel()
    qtbot.waitUntil(lambda: page.empty.label.text() == "t-SNE was cancelled.", timeout=TIMEOUT)
    done.set()
    QTest.mouseClick(page.empty.button, LEFT)
    qtbot.waitUntil(lambda: page.view.isVisible() and len(page.view.cloud.ids) == F - 1, timeout=TIMEOUT)
    places = on_map(panel)
    services.scrubbing.show_place(0)
    figure = services.exporter.subject()
    assert figure is not None and figure.mapped is not None and figure.mapped.method == "tsne"
    assert np.array_equal(np.stack([figure.mapped.places.x, figure.mapped.places.y], axis=1), places)
    assert np.array_equal(on_map(panel), places) and "Places are those of step 40" in page.reading.text()
    services.scrubbing.show_place(-1)
    assert len(asked) == 2 and np.array_equal(on_map(panel), places)

    def refused(*args: object, progress: Progress) -> np.ndarray:
        raise EmbeddingError("All 11 points are equal.")

    monkeypatch.setattr(kept_maps, "embedded", refused)
    # As where the package is installed: it is not used here.
    monkeypatch.setattr(latent_map.embedding, "find_spec", lambda name: object())
    services.state.set_phase("training")
    page.set_method("umap")
    assert page.empty.label.text() == "UMAP is computed when the training pauses."
    services.state.set_phase("idle")
    qtbot.waitUntil(lambda: page.empty.label.text() == "All 11 points are equal.", timeout=TIMEOUT)
    monkeypatch.setattr(latent_map.embedding, "find_spec", lambda name: None)
    page.set_method("pca")
    page.set_method("umap")
    assert 'pip install "saegui[umap]"' in page.empty.label.text()
