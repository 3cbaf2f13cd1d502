"""The whole window: every action in every state, both themes, closing at any moment, and the main job by hand."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from saegui.app.trainer_thread import TrainerThread
from saegui.core.config.schema import make
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import open_run, rename_run, starter_run
from saegui.ui.commands import MENUS
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.curves.panel import CurvesPanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window import menus
from saegui.ui.window.columns import LEAST_MIDDLE
from saegui.ui.window.main_window import MainWindow
from saegui.ui.window.status_bar import StatusBar

TIMEOUT = 60_000
QUICK = {"dataset": "digits", "n_latents": 16, "k": 3, "epochs": 3, "batch_size": 64}
LONG = {**QUICK, "epochs": 5000}


def draw(window: MainWindow, places: list[tuple[float, float]]) -> None:
    """A stroke by hand: real mouse events, places in canvas units."""
    canvas, sheet = window.panel(DrawPanel).canvas, window.panel(DrawPanel).canvas.sheet
    points = [
        QPoint(round(sheet.x() + x * sheet.width()), round(sheet.y() + y * sheet.height())) for x, y in places
    ]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[-1])


def train(window: MainWindow, values: dict[str, object], qtbot: QtBot) -> None:
    """Until it has begun; it must be long enough to be seen running."""
    window.state.set_draft(make(values))
    window.actions_.by_name["train"].trigger()
    qtbot.waitUntil(
        lambda: window.state.phase == "training" and window.state.last_step is not None, timeout=TIMEOUT
    )


def close_dialogs(qtbot: QtBot) -> None:
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog) and widget.isVisible():
            widget.reject()
    qtbot.waitUntil(
        lambda: not any(isinstance(w, QDialog) and w.isVisible() for w in QApplication.topLevelWidgets())
    )


def test_the_main_job(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
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
    dialog = window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert window.services.jobs.running
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    # Figures of runs have the same names: each run's are in a folder of its own.
    assert window.services.settings.export_dir == tmp_path
    run = window.state.run
    assert run is not None
    pictures = sorted(path.stem for path in (tmp_path / run.path.name).glob("*.png"))
    assert pictures == [
        "activation-pattern",
        "curves",
        "decoder-grid",
        "encoder-grid",
        "latent",
        "percent-active",
        "reconstruction",
    ]
    assert any("Saved 14 files" in toast.sentence for toast in window.toasts.toasts)


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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", ["opened", "drawn", "training", "paused"])
def test_every_action_in_every_state(
    theme: str, state: str, make_main_window, small_run: Path, qtbot: QtBot
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


def test_every_action_is_in_a_menu_with_a_tip_and_shortcuts_are_unique(window: MainWindow) -> None:
    titles = [action.text().replace("&", "") for action in window.menuBar().actions()]
    assert tuple(titles) == MENUS
    shortcuts = [spec.shortcut for spec in menus.specs() if spec.shortcut]
    assert len(set(shortcuts)) == len(shortcuts)
    for spec in menus.specs():
        assert spec.menu in MENUS and spec.help and spec.help in window.actions_.by_name[spec.name].toolTip()


def test_closing_during_a_training_saves_the_run_and_then_closes(window: MainWindow, qtbot: QtBot) -> None:
    train(window, LONG, qtbot)
    assert not window.close()
    assert window.isVisible()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=TIMEOUT)
    assert window.state.run is not None
    saved = open_run(window.state.run.path)
    assert saved.status == "stopped" and saved.step >= 1


def test_closing_does_not_wait_for_a_measurement(window: MainWindow, qtbot: QtBot) -> None:
    train(window, LONG, qtbot)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=TIMEOUT)
    assert window.state.run is not None
    saved = open_run(window.state.run.path)
    assert (saved.status, saved.metrics) == ("stopped", {})
    assert saved.can_resume


def test_the_measurement_is_told_in_the_status_bar(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar, training = window.statusBar(), window.services.training
    assert isinstance(bar, StatusBar)
    seen: list[str] = []
    training.measuring_changed.connect(lambda: seen.append(bar.phase.text()))
    answered = threading.Event()
    training.measuring_changed.connect(answered.set)
    watch = TrainerThread.note_measured

    def unhurried(thread: TrainerThread, done: int, total: int) -> None:
        watch(thread, done, total)
        assert answered.wait(60)

    monkeypatch.setattr(TrainerThread, "note_measured", unhurried)
    train(window, LONG, qtbot)
    window.actions_.by_name["stop"].trigger()
    qtbot.waitUntil(lambda: window.state.phase == "idle", timeout=TIMEOUT)
    assert seen[0].startswith("Measuring the run: 0 of 1,797 images")
    assert bar.phase.text() == "Ready"
    assert window.state.run is not None and window.state.run.metrics


def test_the_run_menu_goes_on_with_a_stopped_run(window: MainWindow, qtbot: QtBot, stopped_run: Path) -> None:
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


def test_the_starter_run_brings_its_images(window: MainWindow, qtbot: QtBot, mnist_dir: Path) -> None:
    window.services.settings.use_data_dir(mnist_dir)
    assert window.state.dataset is not None and window.state.dataset.name == "digits"
    window.actions_.by_name["starter"].trigger()
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


def test_ctrl_c_in_the_terminal_closes_the_window(own_home: Path) -> None:
    script = """
from PySide6.QtCore import QTimer
from saegui.ui.window import application

make_window = application.make_window

def announced(**options):
    window = make_window(**options)
    QTimer.singleShot(0, lambda: print("up", flush=True))
    return window

application.make_window = announced
raise SystemExit(application.run())
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("painted", [True, False])
def test_loading_goes_on_once_after_the_first_picture_or_without_one(
    painted: bool, make_main_window, small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed: list[bool] = []
    monkeypatch.setattr("saegui.core.gc_pause.resume", lambda: resumed.append(True))
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


def test_both_themes_colour_everything(make_main_window, small_run: Path, qtbot: QtBot) -> None:
    window: MainWindow = make_main_window(theme="light", run=small_run)
    brightness = {}
    for theme in ("light", "dark"):
        window.actions_.by_name[f"theme-{theme}"].trigger()
        image = window.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        values = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        brightness[theme] = np.median(values[:, : image.width()])
    assert brightness["light"] > 200 and brightness["dark"] < 60


def test_the_smallest_supported_screen_shows_everything(window: MainWindow, qtbot: QtBot) -> None:
    assert window.minimumSizeHint().width() <= 1280 and window.minimumSizeHint().height() <= 800
    for name in ("train", "curves", "features", "draw", "active", "latent"):
        assert window.docks[name].isVisible()


def test_the_window_does_not_grow_for_the_banner_or_the_curves(
    make_main_window, tmp_path: Path, qtbot: QtBot
) -> None:
    window: MainWindow = make_main_window(run=starter_run().path)
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    assert window.banner.isVisible()
    window.banner.take_folder(str(tmp_path / ("long " * 40)))
    qtbot.waitUntil(lambda: bool(window.services.data.problem), timeout=TIMEOUT)
    assert (window.width(), window.height()) == (1280, 800)


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


def test_maximise_and_back(window: MainWindow) -> None:
    window.docks["features"].bar.maximise.click()
    assert [name for name, dock in window.docks.items() if dock.isVisible()] == ["features"]
    window.docks["features"].bar.maximise.click()
    assert window.docks["draw"].isVisible() and window.docks["train"].isVisible()


@pytest.mark.parametrize("name", ["curves", "features", "latent"])
def test_a_maximised_panel_has_the_keyboard(name: str, window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: window.panel(DrawPanel).isAncestorOf(QApplication.focusWidget() or window), timeout=TIMEOUT
    )
    dock = window.docks[name]
    window.docking.toggle_maximised(dock)
    QApplication.processEvents()
    focused = QApplication.focusWidget()
    assert focused is not None and dock.isAncestorOf(focused)


def test_the_window_keeps_its_size_when_panels_are_maximised_and_the_layout_is_reset(
    window: MainWindow,
) -> None:
    window.resize(1280, 780)
    for dock in window.docks.values():
        for _ in range(2):
            window.docking.toggle_maximised(dock)
            QApplication.processEvents()
        assert window.width() == 1280, dock.windowTitle()
    for _ in range(2):
        window.docking.reset()
        QApplication.processEvents()
        assert window.width() == 1280


def columns(window: MainWindow) -> list[int]:
    QApplication.processEvents()
    return [window.docks[name].width() for name in ("train", "features", "draw")]


def test_a_larger_window_gives_its_width_to_the_tiles(window: MainWindow) -> None:
    window.docking.reset()
    small = columns(window)
    window.resize(2560, 1400)
    left, middle, right = columns(window)
    assert left <= 420 and right <= 600 and middle > 1500
    window.resize(1280, 780)
    assert columns(window) == small
    # Drawn wider pixel by pixel nothing is worn away.
    for width in [*range(1281, 1401, 3), *range(1400, 1279, -3), 1280]:
        window.resize(width, 780)
        QApplication.processEvents()
    assert all(abs(now - before) <= 1 for now, before in zip(columns(window), small, strict=True))


def test_who_made_a_column_wider_finds_it_wider_in_another_window(window: MainWindow, qtbot: QtBot) -> None:
    window.docking.reset()
    left, middle, right = columns(window)
    docks = [window.docks[name] for name in ("train", "features", "draw")]
    window.resizeDocks(docks, [left + 60, middle - 60, right], Qt.Orientation.Horizontal)
    assert columns(window)[0] == left + 60
    window.resize(2560, 1400)
    assert abs(columns(window)[0] - 411 * (left + 60) / left) < 8
    window.docks["features"].bar.maximise.click()
    window.resize(1280, 780)
    window.docks["features"].bar.maximise.click()
    qtbot.waitUntil(lambda: abs(columns(window)[0] - (left + 60)) <= 2, timeout=TIMEOUT)
    # Where a panel was moved elsewhere, Qt stretches what is left.
    window.docks["train"].setFloating(True)
    window.resize(1600, 780)
    assert columns(window)[2] > right + 50


def test_a_column_that_is_shown_again_stays_as_it_is_then_made(window: MainWindow) -> None:
    window.docking.reset()
    docks = [window.docks[name] for name in ("train", "features", "draw")]
    window.docks["train"].bar.close_button.click()
    window.resize(window.width() + 300, window.height())
    window.docks["train"].show()
    QApplication.processEvents()
    left, middle, right = columns(window)
    window.resizeDocks(docks, [left + 120, middle - 120, right], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    wide = columns(window)[0]
    assert wide > left + 90
    window.resize(window.width() + 1, window.height())
    QApplication.processEvents()
    assert abs(columns(window)[0] - wide) <= 3


def test_reset_layout_forgets_how_wide_columns_were_made(window: MainWindow) -> None:
    window.docking.reset()
    left, middle, right = columns(window)
    docks = [window.docks[name] for name in ("train", "features", "draw")]
    window.resizeDocks(docks, [left + 150, middle - 150, right], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    window.docks["features"].bar.maximise.click()
    window.resize(window.width() + 60, window.height())
    window.docking.reset()
    QApplication.processEvents()
    fresh = columns(window)[0]
    window.resize(window.width() + 1, window.height())
    QApplication.processEvents()
    assert abs(columns(window)[0] - fresh) <= 2


def test_a_column_wider_than_a_smaller_window_leaves_the_tiles_room(window: MainWindow) -> None:
    window.resize(2560, 1000)
    QApplication.processEvents()
    docks = [window.docks[name] for name in ("train", "features", "draw")]
    window.resizeDocks(docks, [1500, 500, 560], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    window.resize(1280, 800)
    QApplication.processEvents()
    assert window.docks["features"].width() >= LEAST_MIDDLE - 20


def test_a_layout_of_a_small_screen_suits_a_large_one(make_main_window, small_run: Path) -> None:
    window: MainWindow = make_main_window(run=small_run)
    window.docking.reset()
    small = columns(window)
    window.close()
    again: MainWindow = make_main_window(run=small_run)
    assert columns(again) == small
    again.close()
    larger: MainWindow = make_main_window(run=small_run, size=(2560, 1400))
    left, middle, right = columns(larger)
    assert left <= 420 and right <= 600 and middle > 1500


def test_a_closed_panel_comes_back_with_reset_layout_and_layouts_are_remembered(
    make_main_window, small_run: Path, qtbot: QtBot
) -> None:
    window: MainWindow = make_main_window(run=small_run)
    window.docks["latent"].bar.close_button.click()
    assert not window.docks["latent"].isVisible()
    window.close()
    again: MainWindow = make_main_window(run=small_run)
    assert not again.docks["latent"].isVisible() and again.docks["draw"].isVisible()
    # Of a layout that is made anew Qt keeps the old one's bar of tabs; it must not be where anyone sees it.
    seen = [bar for bar in again.findChildren(QTabBar) if bar.geometry().intersects(again.rect())]
    assert [bar.geometry().top() > 300 for bar in seen if bar.isVisible()] == [True]
    for name in ("draw", "runs"):
        again.docks[name].setFloating(True)
    again.actions_.by_name["reset-layout"].trigger()
    assert again.docks["latent"].isVisible()
    assert not any(dock.isFloating() for dock in again.docks.values())


def test_the_command_palette_finds_and_runs(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_.by_name["palette"].trigger()
    palette = window.palette_box
    assert palette.isVisible() and len(palette.titles) == len(menus.specs())
    QTest.keyClicks(palette.query, "dark th")
    assert palette.titles[0].startswith("Dark theme")
    QTest.keyClick(palette.query, Qt.Key.Key_Return)
    assert window.theme.name == "dark" and not palette.isVisible()
    window.actions_.by_name["palette"].trigger()
    QTest.keyClicks(palette.query, "zzzz")
    assert palette.titles == []
    QTest.keyClick(palette.query, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_a_deleted_run_comes_back_with_the_toast(window: MainWindow, small_run: Path) -> None:
    window.actions_.by_name["delete-run"].trigger()
    assert not small_run.exists()
    toast = window.toasts.toasts[-1]
    assert "Deleted" in toast.sentence
    toast.findChild(QWidget, "toast-button").click()  # type: ignore[union-attr, attr-defined]
    assert small_run.exists()


def test_each_deleted_run_has_its_own_undo_whose_toast_goes_with_it(
    window: MainWindow, small_run: Path
) -> None:
    paths = [Path(shutil.copytree(small_run, small_run.with_name(name))) for name in "ab"]
    for path in paths:
        window.services.bin.delete(rename_run(open_run(path), f"run {path.name}"))
    first, second = window.toasts.toasts[-2:]
    first.findChild(QWidget, "toast-button").click()  # type: ignore[union-attr, attr-defined]
    assert [path.exists() for path in paths] == [True, False]
    assert second in window.toasts.toasts and first not in window.toasts.toasts
    window.actions_.by_name["restore-run"].trigger()
    assert [path.exists() for path in paths] == [True, True]
    assert second not in window.toasts.toasts, "what it offered is done"


def test_a_bug_is_shown_and_the_window_lives_on(window: MainWindow, qtbot: QtBot) -> None:
    window.services.errors.report(KeyError("W_enc"))
    assert any("KeyError: 'W_enc'" in toast.sentence for toast in window.toasts.toasts)
    draw(window, [(0.3, 0.3), (0.6, 0.7)])
    qtbot.waitUntil(lambda: window.state.code is not None, timeout=TIMEOUT)


def test_a_click_anywhere_in_a_panel_makes_its_figure_the_one_that_is_exported(window: MainWindow) -> None:
    window.services.exporter.focus("curves")
    window.state.select(3)
    for name, part in (
        ("latent", window.panel(LatentPanel).sections["histogram"]),
        ("active", window.panel(ActivePanel)),
    ):
        QTest.mouseClick(part, Qt.MouseButton.LeftButton)
        assert window.services.exporter.current == window.docks[name].panel.figures[0]


def test_a_name_is_seen_whole_where_it_is_changed(window: MainWindow) -> None:
    name = "BatchTopK · 64 latents · k 10 · 3 refinements · refit · AuxK"
    window.services.library.rename(window.state.own_run, name)  # type: ignore[arg-type]
    window.actions_.by_name["rename-run"].trigger()
    QApplication.processEvents()
    dialog = window.findChild(QInputDialog)
    (field,) = dialog.findChildren(QLineEdit)
    assert field.text() == name
    assert field.width() > field.fontMetrics().horizontalAdvance(name)
    dialog.reject()


def test_a_new_name_goes_to_the_run_that_was_asked_about(
    window: MainWindow, stopped_run: Path, small_run: Path
) -> None:
    asked = window.state.own_run
    assert asked is not None
    window.actions_.by_name["rename-run"].trigger()
    dialog = window.findChild(QInputDialog)
    window.open_run(str(stopped_run))
    dialog.setTextValue("mine")
    dialog.accept()
    assert open_run(asked.path).name == "mine"
    assert open_run(stopped_run).name == "stopped run"


def test_figures_of_runs_from_elsewhere_do_not_replace_each_other(
    window: MainWindow, small_run: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    for series in ("by-k", "by-lr"):
        window.open_run(str(shutil.copytree(small_run, tmp_path / series / "k-5")))
        window.exports.ask_all()
        dialog = window.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(tmp_path / "figures"))
        dialog.reject()
        qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"by-k-k-5", "by-lr-k-5"}


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


def test_the_run_menu_has_the_room_that_a_name_needs(window: MainWindow) -> None:
    run = window.state.run
    assert run is not None
    window.resize(1280, 780)
    for name in ("a", "a name that is longer than most", "b"):
        window.services.library.rename(run, name)
        QApplication.processEvents()
        assert window.run_menu.width() >= window.run_menu.sizeHint().width()


def test_a_button_leaves_the_sentence_its_room(window: MainWindow, qtbot: QtBot) -> None:
    toast = window.toasts.add(
        "good", "Saved 14 files in /home/someone/pictures/20261126-174708-topk-256-k10."
    )
    toast.add_button("Open folder", print)
    label = next(label for label in toast.findChildren(QLabel) if label.text() == toast.sentence)
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()) > 40)


def test_toasts_keep_off_the_grid_and_its_scrubber(window: MainWindow) -> None:
    window.resize(1280, 800)
    window.docking.reset()
    QApplication.processEvents()
    window.state.tell(
        "bad", "A sentence of some length that says what is wrong and what can be done about it."
    )
    QApplication.processEvents()
    (*_, toast) = window.toasts.toasts
    features = window.panel(FeaturesPanel).mapTo(window, window.panel(FeaturesPanel).rect().topRight()).x()
    assert toast.mapTo(window, QPoint()).x() > features


def test_sentences_are_shown_whole_and_as_they_are(window: MainWindow) -> None:
    name = "<b>mine</b> " + "and a long name beside it " * 9
    for number in range(3):
        window.state.tell("bad", f"{name}{number}")
    QApplication.processEvents()
    for toast in window.toasts.toasts:
        label = next(label for label in toast.findChildren(QLabel) if label.text() == toast.sentence)
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert 0 <= label.height() - label.heightForWidth(label.width()) <= 8
        assert window.toasts.rect().contains(toast.geometry())


def test_a_run_that_was_removed_behind_its_back_is_told_in_a_sentence(
    window: MainWindow, small_run: Path
) -> None:
    shutil.rmtree(small_run)
    for action in ("first-step", "last-step"):
        window.actions_.by_name[action].trigger()
    sentences = [toast.sentence for toast in window.toasts.toasts]
    assert sentences == [f"{small_run} has no snapshots any more. Was it moved or deleted?"]


def test_problems_stay_and_the_rest_goes_by_itself(window: MainWindow, qtbot: QtBot) -> None:
    window.state.tell("good", "Saved.")
    window.state.tell("bad", "Not saved.")
    good, bad = window.toasts.toasts[-2:]
    good._timer.setInterval(1)
    good._timer.start()
    qtbot.waitUntil(lambda: [t.sentence for t in window.toasts.toasts] == ["Not saved."], timeout=TIMEOUT)
    bad.dismiss()
    assert window.toasts.toasts == ()


def test_the_banner_offers_what_can_be_done(window: MainWindow, qtbot: QtBot) -> None:
    window.services.data.show("mnist")
    qtbot.waitUntil(lambda: not window.services.data.loading, timeout=TIMEOUT)
    banner = window.banner
    assert banner.isVisible() and banner.fetch.isVisible() and banner.folder.isVisible()
    assert "MNIST is not on this machine" in banner.text.text()
    banner.go_on.click()
    qtbot.waitUntil(lambda: not banner.isVisible(), timeout=TIMEOUT)
    assert window.state.draft["dataset"] == "digits"


def test_a_wrong_data_folder_is_told_in_the_banner(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.banner.take_folder(str(tmp_path))
    qtbot.waitUntil(lambda: bool(window.services.data.problem), timeout=TIMEOUT)
    assert str(tmp_path) in window.banner.text.text()
    # The folder will not be tried again; the network would be.
    assert window.banner.fetch.text() == "Download (11 MB)"


@pytest.mark.parametrize("kind", ["decoder-grid", "curves", "latent"])
@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_panels_export_their_figure(
    kind: str, suffix: str, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.state.select(1)
    window.services.exporter.save(kind, tmp_path / f"figure.{suffix}")
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    assert (tmp_path / f"figure.{suffix}").stat().st_size > 1000
    assert (tmp_path / "figure.csv").read_text().count("\n") > 1


def test_exported_curves_show_what_the_window_shows(
    window: MainWindow, stopped_run: Path, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: window.panel(CurvesPanel).grid is not None, timeout=TIMEOUT)
    long = window.state.history
    window.open_run(str(stopped_run))
    window.services.overlays.set([Overlay(Path("longer"), "the longer one", long, diverged=True, place=3)])
    subject = window.services.exporter.subject()
    assert subject is not None and subject.epochs is not None
    (other,) = subject.overlays
    assert (other.name, other.place, other.diverged) == ("the longer one", 3, True)
    assert subject.epochs == (0.0, window.state.history.train["epoch"][-1])
    assert subject.epochs[1] < 3 < long.train["epoch"][-1]
    window.panel(CurvesPanel).reset_view()
    subject = window.services.exporter.subject()
    assert subject is not None and subject.epochs is None


def test_an_export_that_cannot_be_written_is_told(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    window.services.exporter.save("decoder-grid", tmp_path / "file" / "figure.png")
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    told = [toast.sentence for toast in window.toasts.toasts if toast.level == "bad"]
    assert len(told) == 1 and "figure.png cannot be written" in told[0]


def test_a_figure_without_its_subject_is_told(window: MainWindow) -> None:
    assert window.services.exporter.save("activation-pattern", Path("unused.png")) is None
    assert any("there is no drawing yet" in toast.sentence for toast in window.toasts.toasts)


def test_copying_a_figure_fills_the_clipboard(window: MainWindow, qtbot: QtBot) -> None:
    QApplication.clipboard().clear()
    window.services.exporter.focus("decoder-grid")
    window.actions_.by_name["copy-figure"].trigger()
    qtbot.waitUntil(lambda: not QApplication.clipboard().image().isNull(), timeout=TIMEOUT)
    assert QApplication.clipboard().image().width() > 500


def test_a_screenshot_is_written_or_its_failure_told(window: MainWindow, tmp_path: Path) -> None:
    assert window.exports.save_picture(window.grab(), tmp_path / "shot.png")
    assert QPixmap(str(tmp_path / "shot.png")).width() == window.grab().width()
    assert not window.exports.save_picture(window.grab(), tmp_path / "missing" / "shot.png")
    assert any("cannot be written" in toast.sentence for toast in window.toasts.toasts)


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


def drop(widget: QWidget, path: Path) -> bool:
    """Whether the window or ``widget`` takes it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    at, copy = QPoint(5, 5), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(at, copy, data, left, none)
    QApplication.sendEvent(widget, entered)
    if entered.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(at), copy, data, left, none))
    return entered.isAccepted()


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


def test_what_is_dropped_and_is_no_run_is_told_or_refused(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    current = window.state.run
    assert drop(window.panel(FeaturesPanel), tmp_path)
    assert window.state.run == current
    assert any("run.json" in toast.sentence for toast in window.toasts.toasts)
    window.grab().save(str(tmp_path / "one.png"))
    assert not drop(window.panel(FeaturesPanel), tmp_path / "one.png")
    assert drop(window.panel(DrawPanel), tmp_path / "one.png")
    qtbot.waitUntil(lambda: window.state.drawing.title == "picture one.png", timeout=TIMEOUT)


def test_a_folder_that_is_no_run_is_told(window: MainWindow, tmp_path: Path) -> None:
    current = window.state.run
    window.open_run(str(tmp_path))
    assert window.state.run == current
    assert any("run.json" in toast.sentence for toast in window.toasts.toasts)
