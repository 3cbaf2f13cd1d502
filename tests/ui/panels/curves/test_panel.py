"""The curves panel: the same numbers as the state, read off exactly, over compared runs, in both themes."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

import saegui.ui
from saegui.app.services import Services
from saegui.app.settings import Settings
from saegui.core.analysis.metrics import HELP
from saegui.core.config.changes import Change
from saegui.core.config.run_names import run_name
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs import history as curves
from saegui.core.runs.history import CAPACITY, History, StepResult
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import open_run
from saegui.core.runs.writer import RunWriter
from saegui.ui.panels.curves.axes import (
    CurvesAxis,
    end_of,
    linear_ticks,
    log_ticks,
    nice_above,
    nice_below,
    tick_text,
)
from saegui.ui.panels.curves.crosshair import METRICS, metric_text, nearest, read
from saegui.ui.panels.curves.curve_grid import CurveGrid
from saegui.ui.panels.curves.legend import LINE, MAX_NAME, SAMPLE, Entry, Legend
from saegui.ui.panels.curves.panel import CurvesPanel, X
from saegui.ui.theme.line_colours import line_colour
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import DARK, GAP, LIGHT, UNIT
from tests.pointer import move

AXES: tuple[CurvesAxis, ...] = ("step", "epoch", "seconds")
PER_EPOCH = 10


def a_history(steps: int, start: float = 0.1, seed: int = 0) -> History:
    """A training that looks like one: falling, noisy, measured on test images before it and after each epoch."""
    history, noise = History(), np.random.default_rng(seed)
    history.add_test(curves.TestResult(0, 0.0, 0.0, start, 10 * start, 9.0))
    grow(history, steps, start, noise)
    return history


def grow(history: History, steps: int, start: float = 0.1, noise: np.random.Generator | None = None) -> None:
    noise = noise or np.random.default_rng(1)
    done = int(history.train["step"][-1]) if len(history.train["step"]) else 0
    for step in range(done + 1, done + steps + 1):
        loss = 0.02 + start * math.exp(-step / 50) + 0.001 * float(noise.random())
        epoch, seconds = step / PER_EPOCH, step * 0.013
        history.add_step(StepResult(step, epoch, seconds, loss, 12 * loss, 10.0, step % 7, {"mse": loss}, 64))
        if step % PER_EPOCH == 0:
            history.add_test(curves.TestResult(step, epoch, seconds, 1.01 * loss, 12.1 * loss, 9.5))


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme) -> CurvesPanel:
    """Shown, and its plots made."""
    made = CurvesPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(300, 300)
    with qtbot.waitExposed(made):
        made.show()
    made.build()
    return made


def grid(panel: CurvesPanel) -> CurveGrid:
    assert panel.grid is not None
    return panel.grid


def show(panel: CurvesPanel, history: History, *overlays: History) -> None:
    panel.services.overlays.set(
        [
            Overlay(Path(str(index)), f"run {index}", overlay)
            for index, overlay in enumerate(overlays, start=1)
        ]
    )
    panel.state.set_run(None, None, history)
    QApplication.processEvents()


def assert_drawn(panel: CurvesPanel, place: int, history: History, axis: CurvesAxis) -> None:
    """Exactly the history's numbers are in the curves."""
    for metric, plot in grid(panel).plots.items():
        line = plot.lines[place]
        curve = line.curves[line.train]
        np.testing.assert_array_equal(curve.x, history.train[axis])
        np.testing.assert_array_equal(curve.y, history.train[metric])
        if line.test is None:
            assert metric == "dead"
            continue
        curve = line.curves[line.test]
        np.testing.assert_array_equal(curve.x, history.test[axis])
        np.testing.assert_array_equal(curve.y, history.test[metric])


# -- before anything is drawn -------------------------------------------------------------------------


def test_pyqtgraph_is_not_loaded_before_the_plots_are_built() -> None:
    code = "import sys, saegui.ui.panels.curves.panel; print('pyqtgraph' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_unbuilt_panel_follows_the_state(qtbot: QtBot, services: Services, theme: Theme) -> None:
    panel = CurvesPanel(services, theme)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.empty.isVisible()
    show(panel, a_history(30), a_history(20))
    assert not panel.empty.isVisible()
    panel.toggle_log()
    panel.set_x("step")
    panel.reset_view()
    theme.choose("dark")
    panel.build()
    first = panel.grid
    panel.build()
    assert panel.grid is first
    assert_drawn(panel, 0, services.state.history, "step")


def test_of_a_run_without_curves_it_says_that_there_are_none(panel: CurvesPanel, tmp_path: Path) -> None:
    config = RunConfig(n_latents=2, k=1, arch="topk")
    writer = RunWriter(tmp_path / "imported", config, shape=(3,))
    W, zeros = np.ones((2, 3), np.float32), np.zeros(2, np.float32)
    model = Snapshot(config, 0, 0.0, W.T.copy(), zeros, W, np.zeros(3, np.float32), zeros + 0.5, shape=(3,))
    writer.save(model, History(), keep=True, status="finished")
    assert panel.services.library.open(tmp_path / "imported")
    assert panel.empty.isVisible()
    assert panel.empty.label.text().startswith("No curves are kept with this run. Press Train:")


def test_the_empty_panel_says_what_will_be_here(panel: CurvesPanel, qtbot: QtBot, digits: Dataset) -> None:
    assert panel.empty.isVisible()
    assert panel.empty.label.text().startswith("Press Train:")
    state = panel.state
    state.set_dataset(digits)
    small = {"dataset": "digits", "n_latents": 16, "k": 3, "epochs": 2, "batch_size": 256}
    state.set_draft({**RunConfig().model_dump(), **small})
    QTest.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: state.phase == "idle" and state.run is not None, timeout=60_000)
    assert not panel.empty.isVisible()
    # A real training's numbers, as they arrived.
    assert state.run is not None
    assert len(state.history.train["step"]) == state.run.step
    assert_drawn(panel, 0, state.history, "epoch")
    assert grid(panel).x_range == (0.0, 2.0)


# -- the curves ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", AXES)
def test_the_curves_hold_the_numbers_of_the_history(
    panel: CurvesPanel, axis: CurvesAxis, qtbot: QtBot
) -> None:
    panel.set_x(axis)
    history = a_history(45)
    show(panel, history, a_history(70, 0.3, 1))
    assert_drawn(panel, 0, history, axis)
    assert_drawn(panel, 1, panel.services.overlays.all[0].history, axis)
    grow(history, 20)
    panel.state.grow_history()
    qtbot.waitUntil(lambda: assert_drawn(panel, 0, history, axis))


def test_curves_that_grow_again_and_again_are_drawn_ten_times_a_second(
    panel: CurvesPanel, qtbot: QtBot
) -> None:
    history = a_history(10)
    show(panel, history)
    qtbot.waitUntil(lambda: not panel._rest.isActive())
    grow(history, 5)
    panel.state.grow_history()
    assert_drawn(panel, 0, history, "epoch")
    grow(history, 5)
    panel.state.grow_history()
    grow(history, 5)
    panel.state.grow_history()
    x, _ = grid(panel).plots["loss"].lines[0].train.getData()
    assert len(x) == 15
    qtbot.waitUntil(lambda: assert_drawn(panel, 0, history, "epoch"))
    # Another run is drawn at once.
    grow(history, 5)
    panel.state.grow_history()
    other = a_history(8, 0.5, 2)
    show(panel, other)
    assert_drawn(panel, 0, other, "epoch")


def test_the_curves_survive_the_thinning_of_a_history(panel: CurvesPanel) -> None:
    history = a_history(CAPACITY - 1)
    show(panel, history)
    grow(history, 3)
    panel.state.grow_history()
    assert len(history.train["step"]) < CAPACITY
    assert_drawn(panel, 0, history, "epoch")


def test_a_run_of_the_same_length_is_drawn_again(panel: CurvesPanel) -> None:
    show(panel, a_history(40))
    other = a_history(40, 0.5, 2)
    show(panel, other)
    assert_drawn(panel, 0, other, "epoch")


def test_train_is_solid_and_test_dashed_one_pixel_wide(panel: CurvesPanel) -> None:
    show(panel, a_history(30), a_history(30))
    for plot in grid(panel).plots.values():
        for line in plot.lines:
            assert line.train.opts["pen"].style() is Qt.PenStyle.SolidLine
            assert line.test is None or line.test.opts["pen"].style() is Qt.PenStyle.DashLine
            for item in line.items:
                assert item.opts["pen"].width() == 1
                assert item.opts["antialias"] is False


def test_lines_are_thinned_by_curves_alone_for_pyqtgraph_s_own_ways_leave_out_the_newest_points(
    panel: CurvesPanel,
) -> None:
    show(panel, a_history(30), a_history(30))
    lines = [line for plot in grid(panel).plots.values() for line in plot.lines]
    items = [item for line in lines for item in (*line.items, line.spread)]
    assert items
    for item in items:
        assert not item.opts["autoDownsample"] and item.opts["downsample"] == 1
    folder = Path(saegui.ui.__file__).parent
    assert not [path for path in folder.rglob("*.py") if "ownsampl" in path.read_text("utf-8")]


def test_long_histories_are_drawn_with_a_mean_for_each_pixel_and_their_range(panel: CurvesPanel) -> None:
    history = a_history(6000)
    history.add_step(StepResult(6001, 600.1, 90.0, 0.9, 9.0, 10.0, 3, {}, 64))
    show(panel, history)
    plot = grid(panel).plots["loss"]
    line = plot.lines[0]
    x, y = line.train.getData()
    assert plot.width() / 4 < len(x) <= 2 * plot.width()
    assert (x[-1], 10 ** y[-1]) == pytest.approx((600.1, 0.9)), "the newest point is there"
    loss = history.train["loss"]
    _, reached = line.spread.getData()
    assert 10 ** float(reached.min()) == pytest.approx(loss.min())
    assert 10 ** float(reached.max()) == pytest.approx(loss.max())
    # Where every point has its pixels, the line itself goes through all.
    grid(panel).zoom_to(10, 20)
    assert line.spread.getData()[0] is None or not len(line.spread.getData()[0])
    assert set(history.train["epoch"][100:200]) <= set(line.train.getData()[0])


def test_a_single_point_is_seen(panel: CurvesPanel) -> None:
    history = a_history(1)
    show(panel, history)
    assert grid(panel).plots["loss"].lines[0].train.opts["symbol"] == "o"
    grow(history, 1)
    panel.state.grow_history()
    assert grid(panel).plots["loss"].lines[0].train.opts["symbol"] is None


def test_nothing_is_drawn_while_hidden_and_everything_when_shown(panel: CurvesPanel) -> None:
    history = a_history(10)
    show(panel, history)
    panel.hide()
    grow(history, 10)
    panel.state.grow_history()
    x, _ = grid(panel).plots["loss"].lines[0].train.getData()
    assert len(x) == 10
    panel.show()
    assert_drawn(panel, 0, history, "epoch")


@pytest.mark.filterwarnings("error")
def test_values_that_cannot_be_drawn_leave_a_gap(panel: CurvesPanel) -> None:
    for steps in (20, 6000):
        history = a_history(steps)
        for index, loss in enumerate((math.nan, math.inf, 0.0, 0.0, -1.0, -math.inf, 0.02, 0.03), start=1):
            step = steps + index
            history.add_step(StepResult(step, step / 10, step / 100, loss, loss, abs(loss), 0, {}, 64))
            history.add_test(curves.TestResult(step, step / 10, step / 100, loss, loss, 4.0))
        show(panel, history, history)
        for _ in range(2):
            panel.toggle_log()
            for plot in grid(panel).plots.values():
                assert all(math.isfinite(end) for end in plot.y_range)
                assert plot.y_range[1] >= 0.03
                drawn = plot.lines[0].train.getData()[1]
                assert np.isfinite(drawn).sum() >= min(20, plot.width() / 8)
            panel.grab()
    # Nothing but such values: empty plots.
    only = History()
    for step, loss in enumerate((0.0, math.nan, math.inf), start=1):
        only.add_step(StepResult(step, step / 10, step / 100, loss, loss, loss, 0, {}, 64))
    show(panel, only)
    for _ in range(2):
        panel.toggle_log()
        panel.grab()


@pytest.mark.filterwarnings("error")
def test_a_million_points_are_drawn_as_a_few_thousand(panel: CurvesPanel, tmp_path: Path) -> None:
    """Whatever wrote them: the newest point and the extremes are among them."""
    count = 10**6
    step = np.arange(1, count + 1, dtype=float)
    loss = 0.05 + 1 / step
    loss[[123_456, 777_777]] = 5.0, 0.001
    loss[-1] = 0.7
    rows = np.stack([step, step / 235, step / 1000, loss, 10 * loss, loss, np.zeros(count)], 1)
    np.savez(tmp_path / "history.npz", train=rows, test=np.empty((0, 6)))
    history = History.load(tmp_path / "history.npz")
    show(panel, history)
    line = grid(panel).plots["loss"].lines[0]
    for low, high in (grid(panel).x_range, (1000.0, 4000.0), (500.0, 600.0)):
        grid(panel).zoom_to(low, high)
        x, _ = line.train.getData()
        assert 50 < len(x) <= 2 * panel.width() + 4
    panel.reset_view()
    _, reached = line.spread.getData()
    assert (10 ** reached.min(), 10 ** reached.max()) == pytest.approx((0.001, 5.0))
    x, y = line.train.getData()
    assert (x[-1], 10 ** y[-1]) == pytest.approx((count / 235, 0.7))


# -- earlier runs -------------------------------------------------------------------------------------


def test_longer_runs_are_seen_to_their_ends_until_only_the_current_one_is_asked_for(
    panel: CurvesPanel,
) -> None:
    show(panel, a_history(10), a_history(500))
    assert grid(panel).x_range == (0.0, 50.0)
    assert panel.epochs is None, "a figure of it has whole curves too"
    panel.reset_view()
    assert grid(panel).x_range == (0.0, 1.0)
    assert panel.epochs == (0.0, 1.0)
    panel.reset_view()
    assert grid(panel).x_range == (0.0, 50.0)
    grid(panel).zoom_to(-10, 30)
    assert grid(panel).x_range == (0.0, 40.0)
    panel.reset_view()
    assert grid(panel).x_range == (0.0, 50.0)
    show(panel, History(), a_history(500))
    assert grid(panel).x_range == (0.0, 50.0)
    assert "only as far as the current run goes" in panel._whole_button.toolTip()


def test_earlier_runs_lie_below_in_colours_of_their_own(panel: CurvesPanel, theme: Theme) -> None:
    show(panel, a_history(30), a_history(40), a_history(20))
    for plot in grid(panel).plots.values():
        assert len(plot.lines) == 3
        for place, line in enumerate(plot.lines):
            for item in line.items:
                color = item.opts["pen"].color()
                assert color == QColor(theme.tokens.series[place])
                assert item.zValue() == 10 - place
    names = [entry.name for entry in panel.legend.entries]
    assert names == ["train", "test", "run 1", "run 2"]
    assert grid(panel).x_range == (0.0, 4.0)
    panel.reset_view()
    assert grid(panel).x_range == (0.0, 3.0)


def test_a_second_training_lays_its_curves_over_the_first(
    panel: CurvesPanel, qtbot: QtBot, digits: Dataset
) -> None:
    state = panel.state
    state.set_dataset(digits)
    for seed in (0, 1):
        small = {"dataset": "digits", "n_latents": 16, "k": 3, "epochs": 1, "batch_size": 512, "seed": seed}
        state.set_draft({**RunConfig().model_dump(), **small})
        panel.services.training.train()
        qtbot.waitUntil(lambda: state.phase == "idle", timeout=60_000)
    earlier = panel.services.overlays.all[0].history
    assert earlier is not state.history
    assert_drawn(panel, 0, state.history, "epoch")
    assert_drawn(panel, 1, earlier, "epoch")


def test_earlier_runs_keep_their_colours_when_another_is_taken_away(panel: CurvesPanel) -> None:
    show(panel, a_history(30), a_history(40), a_history(50))
    panel.services.overlays.set(panel.services.overlays.all[1:])
    expected = line_colour(panel.theme.tokens, 2)
    assert [entry.place for entry in panel.legend.entries] == [0, 0, 2]
    for plot in grid(panel).plots.values():
        (_, line) = plot.lines
        assert {item.opts["pen"].color().rgba() for item in line.items} == {expected.rgba()}


def test_a_run_that_diverged_does_not_spoil_the_axes_of_others(panel: CurvesPanel) -> None:
    """Its last points are far outside; it says why it leaves the picture."""
    far = a_history(40)
    far.add_step(StepResult(41, 4.1, 4.1, 5e4, 5e4, 5e4, 50_000, {}, 100))
    show(panel, a_history(50), far)
    assert all(plot.y_range[1] >= 5e4 for plot in grid(panel).plots.values())
    (overlay,) = panel.services.overlays.all
    panel.services.overlays.set([overlay._replace(diverged=True)])
    assert grid(panel).x_range[1] > 4.1
    assert all(plot.y_range[1] < 5e3 for plot in grid(panel).plots.values())
    assert (
        panel.legend.entries[-1].name == "run 1 (diverged)" and "run 1 (diverged)" in panel.legend.toolTip()
    )
    # Of itself everything is seen.
    show(panel, far)
    assert all(plot.y_range[1] >= 5e4 for plot in grid(panel).plots.values())


def test_earlier_runs_can_be_taken_away(panel: CurvesPanel) -> None:
    assert not panel._clear_button.isVisible()
    show(panel, a_history(30), a_history(40))
    assert panel._clear_button.isVisible()
    QTest.mouseClick(panel._clear_button, Qt.MouseButton.LeftButton)
    assert panel.services.overlays.all == ()
    assert all(len(plot.lines) == 1 for plot in grid(panel).plots.values())
    assert not panel._clear_button.isVisible()


@pytest.mark.parametrize("axis", AXES)
def test_what_is_in_sight_is_known_in_epochs(panel: CurvesPanel, axis: CurvesAxis) -> None:
    panel.set_x(axis)
    assert panel.epochs is None
    show(panel, a_history(30), a_history(100))
    assert panel.epochs is None
    grid(panel).show_all()
    assert panel.epochs == (0.0, 3.0)
    low, high = grid(panel).x_range
    grid(panel).zoom_to(low, high / 2)
    assert panel.epochs is not None
    first, last = panel.epochs
    assert first == 0 and 1 < last < 2.5
    grid(panel).show_all()
    assert panel.epochs is None
    grid(panel).show_all()
    # A panel behind another one draws nothing, and is asked all the same.
    panel.hide()
    show(panel, a_history(50), a_history(100))
    assert panel.epochs is None


def test_the_legend_follows_a_run_s_new_name_and_the_view_stays(
    panel: CurvesPanel, small_run: Path, stopped_run: Path
) -> None:
    library, state = panel.services.library, panel.state
    library.open(small_run)
    earlier = open_run(stopped_run)
    panel.services.overlays.toggle(earlier)
    grid(panel).zoom_to(1.0, 2.0)
    current = state.run
    assert current is not None
    for run, name in ((earlier, "the one before"), (current, "this one")):
        library.rename(run, name)
        assert panel.legend.entries[-1].name == "the one before"
        assert panel.legend.entries[2].name == f"{state.run.name} (this run)"  # type: ignore[union-attr]
        assert "the one before" in panel.legend.toolTip()
        assert grid(panel).x_range == (1.0, 2.0)


def test_the_legend_names_every_run_by_what_differs_and_the_current_one_first(
    panel: CurvesPanel, small_run: Path
) -> None:
    panel.services.library.open(small_run)
    run = open_run(small_run)
    others = [
        Overlay(Path(str(k)), run_name(config, "modern"), a_history(20), config=config, preset="modern")
        for k in (5, 20)
        for config in [make({"k": k}, run.config)]
    ]
    panel.services.library.rename(run, run_name(run.config, run.preset))
    panel.services.overlays.set([other._replace(preset=run.preset) for other in others])
    panel.services.overlays.set(
        [
            other._replace(name=run_name(other.config, run.preset))
            for other in panel.services.overlays.all
            if other.config
        ]
    )
    panel.resize(300, 300)
    QApplication.processEvents()
    names = ["train", "test", f"k {run.config.k} (this run)", "k 5", "k 20"]
    assert [entry.name for entry in panel.legend.entries] == names
    assert [name for _, name in panel.legend.shown()] == names, "there is room for all of them"
    assert all(other.name in panel.legend.toolTip() for other in panel.services.overlays.all)


def test_names_that_must_be_cut_never_look_equal(panel: CurvesPanel) -> None:
    show(panel, a_history(30), a_history(40), a_history(50))
    long = "a name of a run that is longer than any legend " * 3
    panel.legend.show_entries([Entry(place, False, f"{long} {place} {long}") for place in range(3)])
    panel.resize(300, 500)
    QApplication.processEvents()
    names = [name for _, name in panel.legend.shown()]
    assert len(names) > 1 and len(set(names)) == len(names)


def test_a_name_that_has_a_line_to_itself_is_whole(panel: CurvesPanel) -> None:
    panel.resize(420, 500)
    show(panel, a_history(30), a_history(40), a_history(50))
    legend = panel.legend
    wide = legend.fontMetrics().horizontalAdvance("9")
    long = "9" * round(0.8 * legend.width() / wide)
    legend.show_entries([*legend.entries[:2], *(entry._replace(name=long) for entry in legend.entries[2:])])
    legend.set_most_lines(3)
    places, left_out = legend._places()
    assert not left_out and [row for _, row, _ in places] == [0, 0, 1, 2]
    assert all(
        width > legend.fontMetrics().horizontalAdvance(long) > legend.width() / 2 for *_, width in places[2:]
    )
    # Of more than there are lines, two share one.
    legend.set_most_lines(2)
    assert all(width <= max(MAX_NAME, legend.width() // 2) + 1 for *_, width in legend._places()[0][2:])


def test_a_legend_without_room_counts_what_it_leaves_out(panel: CurvesPanel) -> None:
    show(panel, a_history(30), *[a_history(10) for _ in range(5)])
    panel.resize(260, 300)
    QApplication.processEvents()
    panel.legend.set_most_lines(1)
    places, left_out = panel.legend._places()
    assert left_out > 0
    assert len(places) + left_out == len(panel.legend.entries) == 7
    assert all(f"run {index}" in panel.legend.toolTip() for index in range(1, 6))
    panel.resize(900, 600)
    QApplication.processEvents()
    assert panel.legend._places()[1] == 0


# -- axes ---------------------------------------------------------------------------------------------


def test_the_log_switch_concerns_loss_and_fvu(panel: CurvesPanel, qtbot: QtBot) -> None:
    history = a_history(60)
    show(panel, history)
    assert panel.log
    with qtbot.waitSignal(panel.view_changed):
        QTest.mouseClick(
            panel._log_box, Qt.MouseButton.LeftButton, pos=QPoint(8, panel._log_box.height() // 2)
        )
    assert not panel.log
    for plot in grid(panel).plots.values():
        assert not plot.log
        assert plot.y_range[0] == 0
    panel.toggle_log()
    assert panel._log_box.isChecked()
    for metric, plot in grid(panel).plots.items():
        assert plot.log is (metric in ("loss", "fvu"))
        line = plot.lines[0]
        first = line.curves[line.train].y[0]
        assert line.train.getData()[1][0] == pytest.approx(math.log10(first) if plot.log else first)
        top = float(history.train[metric].max())
        assert plot.y_range[0] <= float(history.train[metric].min())
        assert plot.y_range[1] >= top
        shown = plot.view.viewRange()[1]
        expected = [math.log10(end) for end in plot.y_range] if plot.log else list(plot.y_range)
        assert shown == pytest.approx(expected)


@pytest.mark.parametrize("zeros", [range(20, 30), range(1, 61)], ids=["some", "all"])
def test_a_logarithmic_axis_leaves_out_zeros_and_keeps_a_range(panel: CurvesPanel, zeros: range) -> None:
    history = History()
    for step in range(1, 61):
        loss = 0.0 if step in zeros else 1 / step
        history.add_step(StepResult(step, step / 60, step * 0.01, loss, 10 * loss, 5.0, 0, {"mse": loss}, 64))
    show(panel, history)
    assert panel.log
    for metric in ("loss", "fvu"):
        plot = grid(panel).plots[metric]
        low, high = plot.y_range
        assert 0 < low < high < math.inf
        _, y = plot.lines[0].train.getData()
        # A gap, and no line to minus infinity.
        assert not np.isinf(y).any()
        assert np.isfinite(y).sum() == 60 - len(zeros)
    assert not panel.grab().isNull()


def test_lines_of_runs_that_come_later_are_logarithmic_too(panel: CurvesPanel) -> None:
    show(panel, a_history(60), a_history(30))
    _, y = grid(panel).plots["loss"].lines[1].train.getData()
    assert y.max() < 0


@pytest.mark.parametrize("axis", AXES)
def test_the_axis_can_be_chosen_and_is_remembered(
    panel: CurvesPanel, qtbot: QtBot, services: Services, theme: Theme, axis: CurvesAxis
) -> None:
    show(panel, a_history(40))
    panel._x_box.setCurrentIndex(panel._x_box.findData(axis))
    with qtbot.waitSignal(panel.view_changed):
        panel._x_box.activated.emit(panel._x_box.currentIndex())
    assert panel.axis == axis
    assert_drawn(panel, 0, panel.state.history, axis)
    assert grid(panel).x_range == (0.0, end_of(panel.state.history.train[axis][-1]))
    services.settings.flush()
    assert Settings().get(X) == axis
    again = CurvesPanel(services, theme)
    qtbot.addWidget(again)
    assert again.axis == axis


def test_another_axis_is_refused(panel: CurvesPanel) -> None:
    with pytest.raises(ValueError, match="'hours'"):
        panel.set_x("hours")  # type: ignore[arg-type]


def test_the_wheel_zooms_x_and_a_double_click_shows_everything(panel: CurvesPanel) -> None:
    show(panel, a_history(200))
    plot = grid(panel).plots["fvu"]
    where = QPointF(plot.viewport().rect().center())
    wheel = QWheelEvent(
        where,
        plot.viewport().mapToGlobal(where),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), wheel)
    low, high = grid(panel).x_range
    assert 0 < low < high < 20
    for each in grid(panel).plots.values():
        assert each.view.viewRange()[0] == pytest.approx([low, high])
    # Growing curves do not move what the user looks at.
    grow(panel.state.history, 100)
    panel.state.grow_history()
    assert grid(panel).x_range == (low, high)
    QTest.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=where.toPoint())
    assert grid(panel).x_range == (0.0, 30.0)


def test_reset_shows_everything(panel: CurvesPanel) -> None:
    show(panel, a_history(200))
    for reset in (
        panel.reset_view,
        lambda: QTest.mouseClick(panel._whole_button, Qt.MouseButton.LeftButton),
        lambda: QTest.keyClick(grid(panel), Qt.Key.Key_A),
    ):
        grid(panel).zoom_to(5, 6)
        assert grid(panel).x_range == (5, 6)
        reset()
        assert grid(panel).x_range == (0.0, 20.0)


def test_zooming_stays_where_the_curves_are(panel: CurvesPanel) -> None:
    show(panel, a_history(200))
    grid(panel).zoom_to(-5, 5)
    assert grid(panel).x_range == (0, 10)
    grid(panel).zoom_to(15, 25)
    assert grid(panel).x_range == (10, 20)
    grid(panel).zoom_to(-100, 100)
    assert grid(panel).x_range == (0, 20)


def test_y_fits_what_is_in_sight(panel: CurvesPanel) -> None:
    history = a_history(400)
    show(panel, history)
    whole = grid(panel).plots["loss"].y_range
    grid(panel).zoom_to(30, 40)
    low, high = grid(panel).plots["loss"].y_range
    tail = history.train["loss"][(history.train["epoch"] >= 30) & (history.train["epoch"] <= 40)]
    assert high < whole[1]
    assert low <= tail.min()
    assert high >= tail.max()


# -- the cross-hair -----------------------------------------------------------------------------------


def test_the_crosshair_reads_the_values_at_that_x(panel: CurvesPanel) -> None:
    history, earlier = a_history(200), a_history(120, 0.4, 3)
    show(panel, history, earlier)
    plot = grid(panel).plots["loss"]
    move(plot.viewport(), QPoint(plot.viewport().width() // 2, 20))
    QApplication.processEvents()
    assert panel.reading is not None
    index = int(np.flatnonzero(history.train["step"] == panel.reading.step)[0])
    assert 0 < index < 199
    there = int(np.abs(history.test["epoch"] - history.train["epoch"][index]).argmin())
    text = panel.values.accessibleDescription()
    assert panel.values.text() == (
        f"step {index + 1:,} · epoch {history.train['epoch'][index]:.2f} · time {history.train['seconds'][index]:.1f} s"
    )
    assert text.startswith(panel.values.text())
    for metric, head in grid(panel).heads.items():
        train = metric_text(metric, history.train[metric][index])
        test = metric_text(metric, history.test[metric][there]) if metric != "dead" else ""
        assert head.values == (train, test)
        assert (
            f"train {train}" if metric != "dead" else f"Dead in the last epoch of training: {train}"
        ) in text
        assert not test or f"test {test}" in text
    # The earlier run's value of the metric under the pointer stands in the legend.
    here = int(np.abs(earlier.train["epoch"] - history.train["epoch"][index]).argmin())
    there = int(np.abs(earlier.test["epoch"] - history.train["epoch"][index]).argmin())
    assert panel.legend.entries[-1].value == (
        f"Loss train {metric_text('loss', earlier.train['loss'][here])}, "
        f"test {metric_text('loss', earlier.test['loss'][there])}"
    )
    for each in grid(panel).plots.values():
        assert each.cross.isVisible()
        assert each.cross.value() == history.train["epoch"][index]


def test_a_plot_s_numbers_never_touch_its_title(panel: CurvesPanel) -> None:
    head = grid(panel).heads["loss"]
    head.show_values("0.0022", "0.0035")
    seen: list[tuple[tuple[str, bool | None], ...]] = []
    for width in range(360, 30, -1):
        head.resize(width, LINE)
        placed = head.placed()
        for value in placed:
            room = 0 if value.dashed is None else SAMPLE + UNIT
            assert value.x - room >= head.title_end + GAP
        shown = tuple((value.text, value.dashed) for value in placed)
        if shown not in seen:
            seen.append(shown)
    # What goes first is the training's number; a number is never without its name.
    assert seen == [
        (("train 0.0022", False), ("test 0.0035", True)),
        (("train 0.0022", None), ("test 0.0035", None)),
        (("test 0.0035", True),),
        (("test 0.0035", None),),
        (),
    ]
    assert "train 0.0022, test 0.0035" in head.toolTip()
    head.resize(320, LINE)
    head.show_values("0.0022", "")
    assert [value.text for value in head.placed()] == ["train 0.0022"]
    assert not head.grab().isNull()


def test_without_the_pointer_the_latest_values_stand_there(panel: CurvesPanel) -> None:
    history = a_history(50)
    show(panel, history, a_history(10))
    grid(panel).point_at(2.0, "loss")
    assert panel.reading is not None
    assert panel.reading.step == 20
    grid(panel).point_at(None)
    assert panel.reading.step == 50
    assert grid(panel).heads["loss"].values[0] == metric_text("loss", history.train["loss"][-1])
    assert panel.legend.entries[-1].value == ""
    assert not any(plot.cross.isVisible() for plot in grid(panel).plots.values())
    grow(history, 1)
    panel.state.grow_history()
    assert panel.reading.step == 51


def test_the_keyboard_moves_the_crosshair(panel: CurvesPanel) -> None:
    show(panel, a_history(50))
    panel.set_x("step")

    def step() -> int:
        assert panel.reading is not None
        return panel.reading.step

    for key, expected in (
        (Qt.Key.Key_Home, 1),
        (Qt.Key.Key_Right, 2),
        (Qt.Key.Key_Right, 3),
        (Qt.Key.Key_Left, 2),
        (Qt.Key.Key_End, 50),
        (Qt.Key.Key_Right, 50),
        (Qt.Key.Key_Left, 49),
    ):
        QTest.keyClick(grid(panel), key)
        assert step() == expected
    QTest.keyClick(grid(panel), Qt.Key.Key_Escape)
    assert not grid(panel).plots["loss"].cross.isVisible()
    assert step() == 50
    QTest.keyClick(grid(panel), Qt.Key.Key_Plus)
    assert grid(panel).x_range[1] - grid(panel).x_range[0] == pytest.approx(40)
    QTest.keyClick(grid(panel), Qt.Key.Key_Minus)
    assert grid(panel).x_range == (0, 50)


@given(st.lists(st.floats(0, 1e6), max_size=30).map(sorted), st.floats(-10, 2e6))
def test_nearest_is_nearest(values: list[float], x: float) -> None:
    found = nearest(np.array(values), x)
    if not values:
        assert found is None
    else:
        assert found is not None
        assert abs(values[found] - x) == min(abs(value - x) for value in values)


def test_a_run_without_steps_reads_its_first_measurement() -> None:
    history = History()
    assert read(history, "epoch", 1.0) is None
    history.add_test(curves.TestResult(0, 0.0, 0.0, 0.5, 1.0, 3.0))
    found = read(history, "epoch", 1.0)
    assert found is not None
    assert found.text == "step 0 · epoch 0.00 · time 0.0 s · Loss test 0.500 · FVU test 1.000 · L0 test 3.00"


def test_values_changed_during_the_training_leave_a_mark(panel: CurvesPanel, theme: Theme) -> None:
    history = a_history(100)
    show(panel, history)
    plots = grid(panel).plots.values()
    assert all(plot.changes == [] for plot in plots)
    history.add_change(Change(50, 5.0, 0.65, "k", 30, 20))
    history.add_change(Change(51, 5.1, 0.66, "k", 20, 10))
    panel.state.grow_history()
    panel._show_grown()
    for name in ("dark", "light"):
        theme.choose(name)
        for plot in plots:
            (mark,) = plot.changes
            assert (mark.value(), mark.label.format) == (5.0, "k 30 → 20 → 10")
            assert mark.label.color == theme.tokens.color("text")
    # Where there is room between them, each has its own.
    grid(panel).zoom_to(4.9, 5.2)
    assert [mark.label.format for mark in grid(panel).plots["loss"].changes] == ["k 30 → 20", "k 20 → 10"]
    panel.set_x("step")
    assert grid(panel).plots["loss"].changes[0].value() == 50
    assert "epoch 5.00: k 30 → 20; epoch 5.10: k 20 → 10" in panel.values.accessibleDescription()
    panel.grab()
    # A run that is compared keeps its own, in its colour.
    show(panel, a_history(20), history)
    for plot in plots:
        found = [(mark.mark.place, mark.label.format) for mark in plot.changes]
        assert found == [(1, "k 30 → 20 → 10")]
        assert plot.changes[0].label.color == line_colour(theme.tokens, 1)
    # Another run has none.
    show(panel, a_history(20))
    assert all(plot.changes == [] for plot in plots)


@pytest.mark.parametrize("epoch", [0.0, 3.0, 5.0, 7.0, 10.0])
def test_the_text_of_a_change_lies_in_the_plot_wherever_the_change_is(
    panel: CurvesPanel, epoch: float
) -> None:
    history = a_history(100)
    history.add_change(Change(round(10 * epoch), epoch, epoch, "k", 30, 10))
    panel.resize(280, 300)
    show(panel, history)
    panel.grab()
    for plot in grid(panel).plots.values():
        (mark,) = plot.changes
        text = mark.label.mapRectToScene(mark.label.boundingRect())
        view = plot.view.sceneBoundingRect()
        assert mark.label.shown == "k 30 → 10"
        assert view.adjusted(-1, -1, 1, 1).contains(text)


def test_the_texts_of_changes_at_one_place_do_not_cover_each_other(panel: CurvesPanel) -> None:
    history, other = a_history(100), a_history(100)
    history.add_change(Change(10, 1.0, 1.0, "k", 5, 20))
    other.add_change(Change(10, 1.0, 1.0, "k", 10, 5))
    panel.resize(280, 300)
    show(panel, history, other)
    panel.grab()
    for plot in grid(panel).plots.values():
        boxes = [mark.label.mapRectToScene(mark.label.boundingRect()) for mark in plot.changes]
        upper, lower = sorted(boxes, key=lambda box: box.top())
        padding = plot.changes[0].label.textItem.document().documentMargin()
        assert upper.bottom() - padding <= lower.top() + 0.01


def test_no_dots_lie_on_curves_that_are_thinned(panel: CurvesPanel) -> None:
    show(panel, a_history(5000))
    for plot in grid(panel).plots.values():
        line = plot.lines[0]
        assert len(line.spread.xData) > 0
        assert [item.opts["symbol"] for item in (*line.items, line.spread)] == [None] * (len(line.items) + 1)


# -- looks --------------------------------------------------------------------------------------------


def test_everything_follows_the_theme(panel: CurvesPanel, theme: Theme) -> None:
    show(panel, a_history(30), a_history(20))
    for name, tokens in (("dark", DARK), ("light", LIGHT)):
        theme.choose(name)  # type: ignore[arg-type]
        for plot in grid(panel).plots.values():
            assert plot.backgroundBrush().color().name() == QColor(tokens.panel).name()
            for place, line in enumerate(plot.lines):
                for item in line.items:
                    assert item.opts["pen"].color().name() == QColor(tokens.series[place]).name()
            for axis in (plot._x_axis, plot._y_axis):
                assert axis.textPen().color().name() == QColor(tokens.muted).name()
                assert axis.pen().color().name() == QColor(tokens.line).name()
            assert plot.cross.pen.color().name() == QColor(tokens.muted).name()
        # And what is painted is what was set.
        corner = grid(panel).plots["loss"].grab().toImage().pixelColor(1, 1)
        assert corner.name() == QColor(tokens.panel).name()


def test_the_plots_stand_as_their_shapes_suit_them(panel: CurvesPanel) -> None:
    show(panel, a_history(30))
    for size, columns in (((300, 300), 2), ((420, 640), 1), ((1100, 240), 4), ((1200, 800), 2)):
        panel.resize(*size)
        QApplication.processEvents()
        assert grid(panel)._columns == columns, size
    panel.resize(270, 210)
    QApplication.processEvents()
    assert (panel.width(), panel.height()) == (270, 210)


def test_metrics_are_explained_where_they_stand(panel: CurvesPanel) -> None:
    for metric in METRICS:
        assert HELP[metric] in grid(panel).heads[metric].toolTip()
        assert grid(panel).plots[metric].accessibleDescription() == HELP[metric]
    for control in (panel._x_box, panel._log_box, panel._whole_button, panel._clear_button):
        assert control.accessibleName()
        assert control.toolTip()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert grid(panel).focusPolicy() & Qt.FocusPolicy.TabFocus


# -- scales -------------------------------------------------------------------------------------------

POSITIVE = st.floats(1e-8, 1e8)


@given(POSITIVE)
def test_round_ends_lie_close_outside(value: float) -> None:
    assert value * (1 - 1e-8) <= nice_above(value) <= value * 1.34
    assert value * (1 + 1e-8) >= nice_below(value) >= value / 1.34
    assert value * (1 - 1e-8) <= end_of(value) <= value * 1.1001


@given(high=st.floats(0.01, 1e6), count=st.integers(1, 6))
def test_an_axis_that_begins_at_zero_names_a_second_number_however_narrow_it_is(
    high: float, count: int
) -> None:
    for whole in (False, True):
        ticks = linear_ticks(0, high, count, whole=whole)
        assert ticks[0] == 0 and len(ticks) <= count + 2
        assert len(ticks) >= 2 or (whole and high < 1)


@given(POSITIVE, st.floats(1.001, 1e6), st.integers(1, 8))
def test_ticks_are_few_and_inside(low: float, factor: float, count: int) -> None:
    high = low * factor
    for ticks in (linear_ticks(low, high, count), log_ticks(low, high, count)):
        assert len(ticks) <= count + 2
        assert ticks == sorted(set(ticks))
        assert all(low * (1 - 1e-6) <= tick <= high * (1 + 1e-6) for tick in ticks)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.02, "0.02"), (2500, "2500"), (12000, "12k"), (1.5e6, "1.5M"), (5e-4, "5e-4"), (50.0, "50")],
)
def test_ticks_are_short(value: float, text: str) -> None:
    assert tick_text(value) == text


# -- the step that is shown -----------------------------------------------------------------------------


def marks(panel: CurvesPanel) -> set[float | None]:
    return {plot.mark.value() if plot.mark.isVisible() else None for plot in grid(panel).plots.values()}


@pytest.mark.parametrize("axis", get_args(CurvesAxis))
def test_the_step_that_the_scrubber_shows_is_marked(
    panel: CurvesPanel, services: Services, small_run: Path, axis: CurvesAxis
) -> None:
    panel.set_x(axis)
    assert services.library.open(small_run)
    steps = services.scrubbing.steps
    assert marks(panel) == {None}
    history = services.state.history
    services.scrubbing.show_step(steps[3])
    [place] = np.flatnonzero(history.train["step"] == steps[3])
    assert marks(panel) == {history.train[axis][place]}
    # The numbers are of the step that is marked.
    assert panel.reading is not None and panel.reading.step == steps[3]
    services.scrubbing.show_step(steps[0])
    assert steps[0] == 0
    assert marks(panel) == {0.0}
    services.scrubbing.show_step(steps[-1])
    assert marks(panel) == {None}
    assert panel.reading.step == steps[-1]


def test_the_mark_has_the_slider_s_colour_and_moves_with_the_axis(
    panel: CurvesPanel, services: Services, theme: Theme, small_run: Path
) -> None:
    services.library.open(small_run)
    services.scrubbing.show_step(services.scrubbing.steps[2])
    panel.set_x("epoch")
    assert marks(panel) == {services.state.snapshot.epoch}  # type: ignore[union-attr]
    panel.set_x("step")
    assert marks(panel) == {services.state.snapshot.step}  # type: ignore[union-attr]
    for name in ("light", "dark"):
        theme.choose(name)  # type: ignore[arg-type]
        panel.retheme()
        assert grid(panel).plots["loss"].mark.pen.color() == theme.tokens.color("accent")


def test_a_training_is_not_marked_as_it_goes(panel: CurvesPanel, services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    services.scrubbing.show_step(services.scrubbing.steps[2])
    services.state.set_phase("training")
    assert marks(panel) == {None}
    services.state.set_phase("paused")
    assert marks(panel) != {None}
    services.state.set_phase("idle")


def test_where_names_have_no_room_runs_are_called_by_what_differs_from_this_one(
    qtbot: QtBot, theme: Theme
) -> None:
    legend = Legend(theme)
    qtbot.addWidget(legend)
    legend.set_most_lines(2)
    entries = [
        Entry(0, False, "train"),
        Entry(0, True, "test"),
        Entry(0, False, "lr 0.001, 20 epochs, seed 0 (this run)", brief="this run"),
        Entry(1, False, "lr 0.01, 45 epochs, seed 0", brief="lr 0.01, 45 epochs"),
        Entry(2, False, "lr 0.001, 20 epochs, seed 1", brief="seed 1"),
    ]
    legend.resize(2000, 40)
    with qtbot.waitExposed(legend):
        legend.show()
    legend.show_entries(entries)
    assert [name for _, name in legend.shown()] == [entry.name for entry in entries]
    legend.resize(300, 40)
    assert [name for _, name in legend.shown()] == [entry.brief or entry.name for entry in entries]
    legend.resize(2000, 40)
    assert [name for _, name in legend.shown()] == [entry.name for entry in entries]


def test_tab_goes_from_the_controls_above_the_plots_to_the_plots(
    qtbot: QtBot, services: Services, theme: Theme
) -> None:
    """Though the plots are made after what stands in the window behind the panel."""
    host = QWidget()
    qtbot.addWidget(host)
    panel = CurvesPanel(services, theme, host)
    QPushButton("another panel's", host)
    panel.build()
    stop = panel._whole_button.nextInFocusChain()
    while not stop.focusPolicy() & Qt.FocusPolicy.TabFocus:
        stop = stop.nextInFocusChain()
    assert stop is panel.grid
