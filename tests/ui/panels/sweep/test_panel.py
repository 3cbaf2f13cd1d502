"""The panel *Sweep*."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from saegui.core.data import Dataset
from saegui.core.runs.run import RUN, Run
from saegui.core.sweeps import spec, spec_text
from saegui.core.sweeps.passes import Runner
from saegui.ui.panels.curves.panel import CurvesPanel
from saegui.ui.panels.sweep import content
from saegui.ui.panels.sweep.panel import CHARTS, SweepPanel
from saegui.ui.theme.line_colours import SHADES
from saegui.ui.window.main_window import MainWindow
from tests import pointer

PATIENCE = 60_000


@pytest.fixture(scope="module")
def trained(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a sweep: k 1 and 3 from two seeds are there, k 5 is not, and one run is broken."""
    out = tmp_path_factory.mktemp("sweeps") / "k and seed"
    out.mkdir()
    fixed = {"dataset": "digits", "latents": 8, "epochs": 2, "batch-size": 256}
    runner = Runner(spec.trainings({**fixed, "vary": {"k": [1, 3], "seed": [0, 1]}}), digits, out)
    while not runner.done:
        runner.advance()
    spec_text.keep({**fixed, "vary": {"k": [1, 3, 5], "seed": [0, 1]}}, out)
    (out / "broken").mkdir()
    (out / "broken" / RUN).write_text("{}")
    return out


def shown_in(window: MainWindow, qtbot: QtBot, folder: Path, runs: int) -> SweepPanel:
    panel = window.panel(SweepPanel)
    window.services.open_run(folder)
    qtbot.waitUntil(panel.isVisible, timeout=PATIENCE)
    qtbot.waitUntil(lambda: len(panel.folder.runs) == runs, timeout=PATIENCE)
    # What is read and measured meanwhile takes its room from the chart when it is there.
    qtbot.waitUntil(lambda: panel.folder.best is not None, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=PATIENCE)
    return panel


def choose(panel: SweepPanel, kind: str) -> None:
    panel.charts.setCurrentIndex(panel.charts.findData(kind))
    panel.charts.activated.emit(panel.charts.currentIndex())


def opened(window: MainWindow, panel: SweepPanel, paths: list[Path]) -> None:
    """One of these runs is open; of several a menu asks which."""
    if len(paths) > 1:
        menu = next(each for each in panel.findChildren(QMenu) if each.isVisible())
        assert len(menu.actions()) == len(paths)
        menu.actions()[-1].trigger()
        menu.close()
    assert window.state.is_current(paths[-1])


def test_runs_that_are_begun_are_told_from_those_that_are_not(
    window: MainWindow, trained: Path, digits: Dataset, qtbot: QtBot, tmp_path: Path
) -> None:
    out = tmp_path / "begun"
    shutil.copytree(trained, out)
    runner = Runner(spec.read(out / spec_text.NAME)[4:5], digits, out)
    for _ in range(3):
        runner.advance()
    runner.stop()
    panel = shown_in(window, qtbot, out, 4)
    told = panel.head.status.text
    assert told().startswith("4 of 6 runs · 1 begun · 1 not trained yet")
    assert "from where they stopped" in panel.head.buttons["resume"].toolTip()
    shutil.rmtree(next(out.glob(".*.unfinished")))
    panel.folder.look()
    qtbot.waitUntil(lambda: told().startswith("4 of 6 runs · 2 not trained yet"), timeout=PATIENCE)


def test_a_folder_is_shown_in_five_charts_whose_points_open_their_runs(
    window: MainWindow, trained: Path, qtbot: QtBot
) -> None:
    panel = shown_in(window, qtbot, trained, 4)
    head = panel.head
    # The boxes stand where the name and the chart begin, however wide the panel is.
    assert panel.charts.x() == panel.view.x() == panel.head.name.x() + panel.head.x()
    # What is there, what is missing, and what is left out for which reason.
    assert head.status.text() == "4 of 6 runs · 2 not trained yet · 1 not measured: left out"
    assert head.problems.isVisible() and "broken is left out" in head.problems.text()
    assert head.buttons["resume"].isVisible() and not head.buttons["stop"].isVisible()
    assert window.state.run is not None and window.state.run.path.parent == trained
    # MSE against L0: a point a run, the frontier marked and said.
    assert panel.kind == "frontier" and len(panel.view.targets) == 4
    marked = [spot for spot in panel.view.chart.spots if spot.marked]
    assert marked and all("on the frontier" in spot.words for spot in marked)
    assert "frontier" in panel.reading.text()
    places = {spot.runs[0].path: panel.view.layout_.point(spot.x, spot.y) for spot in panel.view.chart.spots}
    # More latents active lie to the right, larger errors higher.
    results = sorted(panel.folder.results.found, key=lambda result: result.l0)
    across = [places[result.run.path].x() for result in results]
    assert across == sorted(across)
    by_error = sorted(panel.folder.results.found, key=lambda result: result.mse)
    up = [places[result.run.path].y() for result in by_error]
    assert up == sorted(up, reverse=True)
    # The pointer says the run, a click opens it, or asks which one where several lie there.
    for spot in panel.view.chart.spots:
        at = panel.view.layout_.point(spot.x, spot.y).toPoint()
        pointer.move(panel.view, at)
        words = panel.reading.text()
        assert "MSE" in words and "L0" in words and "k" in words
        assert panel.view.at is not None
        runs = panel.view.runs_at(panel.view.targets[panel.view.at])
        QTest.mouseClick(panel.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        opened(window, panel, [run.path for run in runs])
    # So do the keys.
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    first = panel.view.at
    QTest.keyClick(panel.view, Qt.Key.Key_Left)
    assert panel.view.at != first and panel.view.at is not None
    target = panel.view.targets[panel.view.at]
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    opened(window, panel, [run.path for run in panel.view.runs_at(target)])
    # Against k: a point a run, a line through the means over seeds with their deviation.
    choose(panel, "variance")
    chart = panel.view.chart
    assert [spot.x for spot in chart.spots] == [1, 1, 3, 3] and chart.ticks == (1, 3)
    (line,) = chart.lines
    some = [result.explained_variance for result in panel.folder.results.found if result.k == 3]
    assert line.y[1] == pytest.approx(np.mean(some)) and line.spread is not None
    assert line.spread[1] == pytest.approx(np.std(some, ddof=1))
    assert "mean of 2 seeds" in chart.spots[0].words
    # Dead latents: a table, whose cell of several runs asks which.
    choose(panel, "dead")
    (cell,) = panel.view.chart.cells
    assert panel.view.chart.rows == ("8",) and len(cell.runs) == 4
    pointer.move(panel.view, panel.view.layout_.cell(cell).center().toPoint())
    assert "4 runs" in panel.reading.text()
    QTest.mouseClick(
        panel.view,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        panel.view.layout_.cell(cell).center().toPoint(),
    )
    opened(window, panel, [run.path for run in cell.runs])
    # Monosemanticity is measured when it is asked for.
    choose(panel, "alike")
    qtbot.waitUntil(lambda: len(panel.view.chart.spots) == 4, timeout=PATIENCE)
    # Curves: the mean over seeds, training and test.
    choose(panel, "curves")
    qtbot.waitUntil(lambda: len(panel.view.chart.lines) == 4, timeout=PATIENCE)
    assert panel.view.chart.series == ("k 1", "k 3") and panel.metrics.isVisible()
    assert [each.dashed for each in panel.view.chart.lines] == [False, True, False, True]
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    assert "mean of 2 seeds" in panel.reading.text()
    panel.metrics.setCurrentIndex(panel.metrics.findData("dead"))
    panel.metrics.activated.emit(0)
    assert len(panel.view.chart.lines) == 2
    # The best run, with what its latents draw, opens too.
    qtbot.waitUntil(lambda: panel.folder.best is not None, timeout=PATIENCE)
    best = by_error[0].config
    assert panel.best_name.text().startswith(f"Smallest MSE: k {best.k}, seed {best.seed} · MSE ")
    assert len(panel.tiles.tiles()) == 8
    panel.open_best.click()
    assert window.state.is_current(by_error[0].run.path)
    choose(panel, "frontier")


def test_a_sweep_is_trained_and_seen_live_in_the_panel_and_in_the_curves(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, state = window.services, window.state
    services.training.threads, services.training.device = 1, "cpu"
    panel, curves = window.panel(SweepPanel), window.panel(CurvesPanel)
    window.docking.set_open(window.docks["sweep"], True)
    assert panel.empty.isVisible() and panel.first_stop() is panel.empty.button
    panel.empty.button.click()
    assert window.vary.open().isVisible()
    window.vary.open().reject()
    for name, value in (("n_latents", 8), ("k", 2), ("epochs", 500), ("batch_size", 256)):
        state.edit_draft(name, value)
    services.sweeps.start(services.sweeps.plan({"k": [1, 2, 3]}))
    qtbot.waitUntil(lambda: len(services.sweeps.overlays) == 3 and panel.tiles.isVisible(), timeout=PATIENCE)
    head = panel.head
    assert head.bar.isVisible() and head.buttons["pause"].isVisible() and head.buttons["stop"].isVisible()
    assert "Smallest MSE so far" in panel.best_name.text() and not panel.open_best.isVisible()
    assert panel.first_stop() is panel.charts
    # Every run of it is among the curves, in shades from the first to the last.
    qtbot.waitUntil(
        lambda: curves.grid is not None and len(curves.grid.plots["fvu"].lines) == 4, timeout=PATIENCE
    )
    assert curves.grid is not None
    lines = curves.grid.plots["fvu"].lines
    assert [line.place for line in lines] == [0, SHADES, SHADES + SHADES // 2, 2 * SHADES]
    before = lines[1].end
    qtbot.waitUntil(lambda: lines[1].end > before, timeout=PATIENCE)
    assert len({entry.name for entry in curves.legend.entries if entry.place >= SHADES}) == 3
    head.buttons["pause"].setFocus()
    window.actions_.by_name["pause-sweep"].trigger()
    assert head.buttons["resume"].isVisible() and "paused" in head.status.text()
    assert head.buttons["resume"].hasFocus() or not window.isActiveWindow()
    assert window.actions_.by_name["pause-sweep"].text() == "Resume sweep"
    head.buttons["resume"].click()
    assert services.sweeps.phase == "training"
    window.actions_.by_name["stop-sweep"].trigger()
    qtbot.waitUntil(lambda: not services.sweeps.busy, timeout=PATIENCE)
    qtbot.waitUntil(head.buttons["resume"].isVisible, timeout=PATIENCE)
    assert "3 begun" in head.status.text()
    curves.clear_overlays()
    assert len(curves.grid.plots["fvu"].lines) == 1


def test_a_folder_without_runs_yet_is_watched_and_dropped_folders_are_opened(
    window: MainWindow, trained: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    out = tmp_path / "filling"
    out.mkdir()
    shutil.copy(trained / spec_text.NAME, out)
    window.take([out])
    panel = window.panel(SweepPanel)
    qtbot.waitUntil(lambda: panel.isVisible() and panel.folder.expected == 6, timeout=PATIENCE)
    assert panel.view.chart.missing and not panel.tiles.isVisible()
    assert "0 of 6 runs" in panel.head.status.text()
    assert any("holds no run yet" in toast.sentence for toast in window.toasts.toasts)
    run = next(path for path in trained.iterdir() if path.name.startswith("k-"))
    shutil.copytree(run, out / run.name)
    qtbot.waitUntil(lambda: len(panel.view.chart.spots) == 1, timeout=PATIENCE)
    assert "1 of 6 runs" in panel.head.status.text()
    # What no chart can show says why.
    window.state.set_dataset(None)
    choose(panel, "alike")
    assert "load the data" in panel.view.chart.missing
    for theme in ("dark", "light"):
        window.theme.choose(theme)  # type: ignore[arg-type]
        for kind in CHARTS:
            choose(panel, kind)
            assert not panel.grab().isNull()
    choose(panel, "frontier")


def test_a_value_that_is_the_presets_own_is_named_beside_others(tmp_path: Path) -> None:
    found = spec.trainings({"preset": "modern", "dataset": "digits", "vary": {"k": [5, 10]}})
    runs = [
        Run(tmp_path / each.folder, each.name, each.config, "", "finished", 1, 1.0, preset="modern")
        for each in found
    ]
    assert content.names_of(runs) == ["k 5", "k 10"]
    # Names that somebody chose stay, and so do those of runs that are equal.
    runs[1] = replace(runs[1], name="the best")
    assert content.names_of(runs) == ["k 5", "the best"]
    assert content.names_of([runs[0]]) == [runs[0].name]
