"""The whole window: every action in every state, both themes, closing at any moment, and the main job by hand."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QCloseEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QWidget,
)
from pytestqt.qtbot import QtBot

from saegui.core import figures
from saegui.core.config.schema import make
from saegui.core.errors import RunError
from saegui.core.figures.export_all import PAGE
from saegui.core.runs.run import open_run, starter_run
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.curves.panel import CurvesPanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.window import menus
from saegui.ui.window.dock import PanelDock
from saegui.ui.window.export_all import ExportAll
from saegui.ui.window.main_window import MainWindow
from tests.drops import drop
from tests.ui.window.by_hand import LONG, QUICK, TIMEOUT, close_dialogs, draw, train


def test_the_main_job(window: MainWindow, qtbot: QtBot, tmp_path: Path, small_figures: None) -> None:
    """Draw, see tiles light up, train, see them change, click one, export."""
    draw(window, [(0.5, 0.15), (0.5, 0.5), (0.5, 0.85)])
    qtbot.waitUntil(lambda: window.state.code is not None, timeout=TIMEOUT)
    lit = window.state.code.active  # type: ignore[union-attr]
    assert 1 <= len(lit) <= 4
    before = window.state.snapshot
    window.state.set_draft(make(QUICK))
    window.actions_.by_name["train"].trigger()
    assert window.state.busy
    # It may be over before anyone sees it run.
    qtbot.waitUntil(lambda: window.state.last_step is not None and not window.state.busy, timeout=TIMEOUT)
    assert window.state.snapshot is not before
    assert window.state.code is not None and 1 <= window.state.code.l0 <= 3
    latent = int(window.state.code.active[0])
    window.state.select(latent)
    qtbot.waitUntil(lambda: window.state.stats is not None, timeout=TIMEOUT)
    window.actions_.by_name["export-all"].trigger()
    window.findChild(ExportAll).go.click()
    dialog = window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert window.services.jobs.running
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    # Figures of runs have the same names: each run's are in a folder of its own.
    assert window.services.settings.export_dir == tmp_path
    run = window.state.run
    assert run is not None
    stem = f"{run.path.name}-"
    pictures = sorted(path.stem.removeprefix(stem) for path in (tmp_path / run.path.name).glob("*.png"))
    # The run of the window's list has no other seed, and was not compared.
    assert set(figures.KINDS) - {*pictures} == {"matches", "stability", "mean-curves", PAGE}
    assert (tmp_path / run.path.name / f"{stem}{PAGE}.pdf").exists()
    assert any(
        f"Saved {2 * len(figures.KINDS) - 6} files" in toast.sentence for toast in window.toasts.toasts
    )


def test_drawing_lights_exactly_the_active_tiles(window: MainWindow, qtbot: QtBot) -> None:
    grid = window.panel(FeaturesPanel).grid
    before = grid.viewport().grab().toImage()
    draw(window, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)])
    qtbot.waitUntil(lambda: window.state.code is not None, timeout=TIMEOUT)
    after = grid.viewport().grab().toImage()
    changed = {
        latent
        for latent in range(24)
        if _pixels(before, grid.tile_rect(latent)) != _pixels(after, grid.tile_rect(latent))
    }
    assert window.state.code is not None
    assert changed == set(window.state.code.active.tolist())


def _pixels(image: QImage, rect: QRect) -> bytes:
    # The part is held until its bytes are copied: they go with it.
    part = image.copy(rect)
    return bytes(part.constBits())


@pytest.mark.parametrize(
    ("state", "theme"),
    # The actions that choose a theme are among them: each state meets both.
    [("opened", "dark"), ("drawn", "light"), ("training", "dark"), ("paused", "light")],
)
def test_every_action_in_every_state(
    state: str, theme: str, make_main_window, small_run: Path, qtbot: QtBot
) -> None:
    """Nothing an action does in any state raises, and the window can be closed after all of them."""
    window: MainWindow = make_main_window(theme=theme, run=small_run)
    raised: list[str] = []
    window.services.errors.raised.connect(lambda sentence, trace: raised.append(trace))
    for spec in menus.specs():
        if spec.name == "quit":
            continue
        if state == "drawn" and not window.state.has_image:
            draw(window, [(0.3, 0.3), (0.6, 0.7)])
        if state in ("training", "paused") and not window.state.busy:
            train(window, LONG, qtbot)
        if state == "paused" and window.state.phase == "training":
            window.services.training.pause()
            qtbot.waitUntil(lambda: window.state.phase == "paused", timeout=TIMEOUT)
        window.actions_.by_name[spec.name].trigger()
        close_dialogs(qtbot)
    assert not raised
    assert not [toast.sentence for toast in window.toasts.toasts if "inside saegui" in toast.sentence]


def test_closing_during_a_training_saves_the_run_and_then_closes(window: MainWindow, qtbot: QtBot) -> None:
    train(window, LONG, qtbot)
    assert not window.close()
    assert window.isVisible()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=TIMEOUT)
    assert window.state.run is not None
    saved = open_run(window.state.run.path)
    assert saved.status == "stopped" and saved.step >= 1


def test_a_window_that_is_asked_twice_closes_once(window: MainWindow, qtbot: QtBot) -> None:
    train(window, LONG, qtbot)
    assert not window.close()
    # The user does not wait for the end of the training.
    window.services.training.ended.connect(lambda: QApplication.sendEvent(window, QCloseEvent()))
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=TIMEOUT)
    QApplication.sendEvent(window, QCloseEvent())


def test_closing_takes_along_the_panels_that_float(make_main_window, small_run: Path) -> None:
    window: MainWindow = make_main_window(run=small_run)
    floating = window.docks["features"]
    floating.setFloating(True)
    assert floating.isWindow() and floating.isVisible()
    window.close()
    assert not [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    again: PanelDock = make_main_window().docks["features"]
    assert again.isFloating() and again.isVisible()


def test_closing_does_not_wait_for_a_measurement(window: MainWindow, qtbot: QtBot) -> None:
    train(window, LONG, qtbot)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=TIMEOUT)
    assert window.state.run is not None
    saved = open_run(window.state.run.path)
    assert (saved.status, saved.metrics) == ("stopped", {})
    assert saved.can_resume


def test_the_run_menu_resumes_a_stopped_run(window: MainWindow, qtbot: QtBot, stopped_run: Path) -> None:
    resume = window.actions_.by_name["resume"]
    assert not resume.isEnabled()
    window.open_run(str(stopped_run))
    assert resume.isEnabled()
    assert window.actions_.by_name["train"].text() == "Resume"
    # Whatever the train panel says by now.
    window.state.edit_draft("n_latents", 99)
    assert window.actions_.by_name["train"].text() == "Train"
    assert resume.isEnabled()
    resume.trigger()
    qtbot.waitUntil(lambda: window.state.phase == "idle", timeout=TIMEOUT)
    assert open_run(stopped_run).status == "finished"
    assert window.state.run is not None and window.state.run.path == stopped_run
    assert not resume.isEnabled()


@pytest.mark.parametrize("way", ["menu", "features", "map"])
def test_the_starter_run_brings_its_images(
    window: MainWindow, qtbot: QtBot, mnist_dir: Path, way: str
) -> None:
    window.services.settings.data_dir = mnist_dir
    assert window.state.dataset is not None and window.state.dataset.name == "digits"
    if way == "menu":
        window.actions_.by_name["starter"].trigger()
    else:
        window.state.set_snapshot(None)
        window.docking.reveal(window.docks[way])
        panel = window.panels[way]
        empty = next(each for each in panel.findChildren(EmptyState) if each.isVisible())
        qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.state.dataset.name == "mnist", timeout=TIMEOUT)  # type: ignore[union-attr]


def test_closing_a_training_that_cannot_be_saved_keeps_the_window_until_it_is_read(
    window: MainWindow, qtbot: QtBot
) -> None:
    train(window, LONG, qtbot)
    assert window.state.run is not None
    weights = window.state.run.path / "weights.safetensors"
    # Even root cannot replace a folder by a file.
    weights.unlink()
    (weights / "in the way").mkdir(parents=True)
    window.close()
    qtbot.waitUntil(lambda: any(toast.level == "bad" for toast in window.toasts.toasts), timeout=TIMEOUT)
    qtbot.waitUntil(lambda: window.state.phase in ("paused", "idle"), timeout=TIMEOUT)
    assert window.isVisible()
    shutil.rmtree(weights)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=TIMEOUT)


@pytest.mark.parametrize("painted", [True, False])
def test_loading_continues_once_after_the_first_picture_or_without_one(
    painted: bool, make_main_window, small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed: list[bool] = []
    monkeypatch.setattr("saegui.core.gc_pause.leave_to_caller", lambda: resumed.append(True))
    if not painted:
        monkeypatch.setattr(MainWindow, "paintEvent", lambda self, event: None)
    window = make_main_window(run=small_run)
    assert window.state.dataset is not None
    window.update()
    QApplication.processEvents()
    assert resumed == [True]


def test_closing_while_preparing_closes(window: MainWindow, qtbot: QtBot) -> None:
    window.state.set_draft(make({**LONG, "dataset": "mnist"}))
    window.actions_.by_name["train"].trigger()
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=TIMEOUT)


def test_closing_before_the_first_step_takes_the_window_away_at_once_though_the_training_cannot_stop_yet(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        loading.set()
        go_on.wait(TIMEOUT / 1000)

    ended: list[bool] = []
    monkeypatch.setattr(QApplication, "quit", lambda: ended.append(window.state.busy))
    monkeypatch.setattr("saegui.core.training.devices.load_torch", slow)
    window.state.set_draft(make(LONG))
    window.actions_.by_name["train"].trigger()
    qtbot.waitUntil(loading.is_set, timeout=TIMEOUT)
    window.docks["draw"].setFloating(True)
    window.docks["draw"].move(200, 150)
    assert window.docks["draw"].isVisible()
    assert not window.close()
    assert not window.isVisible() and not window.docks["draw"].isVisible() and window.state.busy
    go_on.set()
    # Qt does not end a program because a window closes that nobody sees.
    qtbot.waitUntil(lambda: bool(ended), timeout=TIMEOUT)
    assert ended == [False]
    assert window.docking._restore() and not window.docks["draw"].isHidden(), "saved as it was seen"


def test_a_window_that_closes_while_its_training_fails_comes_back_and_says_why(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, go_on = threading.Event(), threading.Event()

    def failing() -> None:
        loading.set()
        go_on.wait(TIMEOUT / 1000)
        raise RunError("There is no room.")

    monkeypatch.setattr("saegui.core.training.devices.load_torch", failing)
    window.docks["draw"].setFloating(True)
    window.state.set_draft(make(LONG))
    window.actions_.by_name["train"].trigger()
    qtbot.waitUntil(loading.is_set, timeout=TIMEOUT)
    window.close()
    assert not window.isVisible()
    go_on.set()
    qtbot.waitUntil(lambda: not window.state.busy, timeout=TIMEOUT)
    assert window.isVisible() and window.docks["draw"].isVisible()
    assert [toast.sentence for toast in window.toasts.toasts if toast.level == "bad"]
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=TIMEOUT)


def test_both_themes_colour_everything(make_main_window, small_run: Path, qtbot: QtBot) -> None:
    window: MainWindow = make_main_window(theme="light", run=small_run)
    brightness = {}
    for theme in ("light", "dark"):
        window.actions_.by_name[f"theme-{theme}"].trigger()
        image = window.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        values = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        brightness[theme] = np.median(values[:, : image.width()])
    assert brightness["light"] > 200 and brightness["dark"] < 60


def test_everything_that_takes_the_focus_has_a_name(window: MainWindow) -> None:
    nameless = [
        f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}"
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisibleTo(window)
        # The focus of these is somebody else's: a scroll area's, a spin box's.
        and widget.focusProxy() is None
        and not widget.objectName().startswith("qt_")
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []


def test_a_click_anywhere_in_a_panel_makes_its_figure_the_one_that_is_exported(window: MainWindow) -> None:
    window.services.exporter.focus("curves")
    window.state.select(3)
    for name, part in (
        ("latent", window.panel(LatentPanel).sections["histogram"]),
        ("active", window.panel(ActivePanel)),
    ):
        QTest.mouseClick(part, Qt.MouseButton.LeftButton)
        assert window.services.exporter.current == window.docks[name].panel.figures[0]


def test_a_window_that_is_looked_at_again_lists_what_was_trained_meanwhile(
    window: MainWindow, small_run: Path, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: bool(window.services.library.runs), timeout=TIMEOUT)
    shutil.copytree(small_run, small_run.with_name("new"))
    other = QWidget()
    qtbot.addWidget(other)
    with qtbot.waitActive(other):
        other.show()
        other.activateWindow()
    window.activateWindow()
    qtbot.waitUntil(
        lambda: small_run.with_name("new") in {run.path for run in window.services.library.runs},
        timeout=TIMEOUT,
    )


def test_a_run_that_was_removed_behind_its_back_is_reported_in_a_sentence(
    window: MainWindow, small_run: Path
) -> None:
    shutil.rmtree(small_run)
    for action in ("first-step", "last-step"):
        window.actions_.by_name[action].trigger()
    sentences = [toast.sentence for toast in window.toasts.toasts]
    assert sentences == [f"{small_run} has no snapshots any more. Was it moved or deleted?"]


def test_scrubbing_by_keyboard(window: MainWindow) -> None:
    steps = window.services.scrubbing.steps
    window.actions_.by_name["first-step"].trigger()
    assert window.state.snapshot is not None and window.state.snapshot.step == steps[0]
    window.actions_.by_name["next-step"].trigger()
    assert window.state.snapshot.step == steps[1]
    window.actions_.by_name["previous-step"].trigger()
    assert window.state.snapshot.step == steps[0]
    window.actions_.by_name["last-step"].trigger()
    assert window.state.snapshot.step == steps[-1]


def test_opening_another_run_loads_its_images(make_main_window, small_run: Path, qtbot: QtBot) -> None:
    window: MainWindow = make_main_window(run=starter_run().path)
    assert window.services.data.missing == "mnist"
    window.open_run(str(small_run))
    assert window.state.run is not None and window.state.run.path == small_run
    qtbot.waitUntil(lambda: not window.services.data.loading, timeout=TIMEOUT)
    assert window.state.dataset is not None and window.state.dataset.name == "digits"


def test_a_run_folder_can_be_dropped_anywhere(
    window: MainWindow, small_run: Path, stopped_run: Path, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: window.panel(CurvesPanel).grid is not None, timeout=TIMEOUT)
    plot = window.panel(CurvesPanel).grid.plots["loss"]  # type: ignore[union-attr]
    places = (
        window,
        window.panel(FeaturesPanel).grid.viewport(),
        window.panel(DrawPanel).canvas,
        window.panel(TrainPanel).form,
        plot.viewport(),
    )
    for place, folder in zip(places, [stopped_run, small_run] * 3, strict=False):
        assert drop(place, folder)
        assert window.state.run is not None and window.state.run.path == folder
    assert not window.panel(DrawPanel).canvas._drop_target


def test_what_is_dropped_and_is_no_run_is_reported_or_refused(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    current = window.state.run
    (tmp_path / "empty").mkdir()
    for place in (window.panel(FeaturesPanel), window.panel(DrawPanel)):
        assert drop(place, tmp_path / "empty")
        qtbot.waitUntil(lambda: bool(window.data_sets.window.card.problem.text()), timeout=TIMEOUT)
        assert "empty" in window.data_sets.window.card.problem.text()
    window.data_sets.window.close()
    assert window.state.run == current
    window.grab().save(str(tmp_path / "one.png"))
    (tmp_path / "two.png").write_bytes((tmp_path / "one.png").read_bytes())
    for place, name, other in ((FeaturesPanel, "one.png", "two.png"), (DrawPanel, "two.png", "one.png")):
        # A picture is a drawing wherever it is dropped, and of several files it is said which was taken.
        assert drop(window.panel(place), tmp_path / name, tmp_path / other)
        qtbot.waitUntil(
            lambda name=name: window.state.drawing.title == f"picture {name}",
            timeout=TIMEOUT,
        )
        said = f"Only {name} was taken; drop {other} alone: one file or folder at a time."
        assert any(toast.sentence == said for toast in window.toasts.toasts)


def test_a_folder_that_is_no_run_is_reported(window: MainWindow, tmp_path: Path) -> None:
    current = window.state.run
    window.open_run(str(tmp_path))
    assert window.state.run == current
    assert any("run.json" in toast.sentence for toast in window.toasts.toasts)


def test_titles_tell_windows_panels_and_dialogs_apart(
    make_main_window, small_run: Path, qtbot: QtBot
) -> None:
    first: MainWindow = make_main_window(run=small_run)
    second: MainWindow = make_main_window(run=small_run)
    assert first.windowTitle() == "small run · saegui"
    assert second.windowTitle() == "small run · saegui, window 2"
    dock = second.docks["draw"]
    dock.setFloating(True)
    assert dock.windowTitle() == f"Draw · {second.windowTitle()}"
    second.open_run(str(starter_run().path))
    assert "Starter" in dock.windowTitle() and dock.windowTitle() == f"Draw · {second.windowTitle()}"
    dock.setFloating(False)
    assert dock.windowTitle() == "Draw"
    for name in (
        "rename-run",
        "open-run",
        "shortcuts",
        "about",
        "export",
        "export-all",
        "export-model",
        "open-picture",
    ):
        first.actions_.by_name[name].trigger()
        (title,) = [
            w.windowTitle()
            for w in QApplication.topLevelWidgets()
            if isinstance(w, QDialog) and w.isVisible()
        ]
        assert title.endswith(f" · {first.windowTitle()}"), name
        close_dialogs(qtbot)
    # Whoever closes the first window leaves its number to the next.
    first.close()
    assert make_main_window(run=small_run).windowTitle() == "small run · saegui"
