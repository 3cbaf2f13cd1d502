"""The time scrubber over runs with real snapshots on disk."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.config.changes import Change
from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History
from saegui.core.runs.moments import place_of
from saegui.core.runs.writer import RunWriter
from saegui.ui.panels.features.playing import SPEED
from saegui.ui.panels.features.scrubber import FOLLOWING, NO_RUN, ONE_STEP, Scrubber
from saegui.ui.theme.theme import Theme
from tests.mnist_shape import D_IN

LEFT = Qt.MouseButton.LeftButton
STEPS = (0, 235, 470, 2820, 11750)


def make_snapshot(step: int) -> Snapshot:
    F = 8
    rng = np.random.default_rng(step)
    W = rng.standard_normal((F, D_IN), dtype=np.float32)
    zeros = np.zeros(F, np.float32)
    config = RunConfig(n_latents=F, k=2)
    return Snapshot(
        config,
        step,
        step / 235,
        W.T.copy(),
        zeros,
        W,
        np.zeros(D_IN, np.float32),
        np.full(F, 0.5, np.float32),
    )


def write_run(path: Path, steps: tuple[int, ...]) -> Path:
    writer = RunWriter(path, make_snapshot(0).config)
    for step in steps:
        writer.save(make_snapshot(step), History(), keep=True, status="finished")
    return path


@pytest.fixture
def scrubber(qtbot: QtBot, services: Services, theme: Theme, tmp_path: Path) -> Scrubber:
    made = Scrubber(services, theme)
    qtbot.addWidget(made)
    made.resize(600, 40)
    with qtbot.waitExposed(made):
        made.show()
    assert services.library.open(write_run(tmp_path / "run", STEPS))
    return made


def shows(services: Services, step: int) -> bool:
    return services.state.snapshot is not None and services.state.snapshot.step == step


def test_a_run_opens_at_its_end(scrubber: Scrubber) -> None:
    assert scrubber.stops == list(STEPS)
    assert scrubber.slider.value() == len(STEPS) - 1
    assert scrubber.label.text() == "epoch 50 of 50 · step 11,750"
    assert scrubber.previous.isEnabled()
    assert not scrubber.next.isEnabled()
    assert scrubber.next.toolTip() == "This is the last kept step."
    assert scrubber.previous.toolTip() == "Earlier in training (Alt+PgUp)"


def test_the_buttons_walk_through_the_kept_steps(
    qtbot: QtBot, scrubber: Scrubber, services: Services
) -> None:
    for button, step in (
        (scrubber.previous, 2820),
        (scrubber.previous, 470),
        (scrubber.first, 0),
        (scrubber.next, 235),
        (scrubber.last, 11750),
    ):
        qtbot.mouseClick(button, LEFT)
        qtbot.waitUntil(partial(shows, services, step))
        assert STEPS[scrubber.slider.value()] == step
    qtbot.mouseClick(scrubber.first, LEFT)
    qtbot.waitUntil(lambda: scrubber.label.text() == "epoch 0 of 50 · step 0")
    assert not scrubber.first.isEnabled()
    assert not scrubber.previous.isEnabled()


def test_keys_on_the_slider_go_through_the_steps(
    qtbot: QtBot, scrubber: Scrubber, services: Services
) -> None:
    qtbot.keyClick(scrubber.slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: shows(services, 0))
    qtbot.keyClick(scrubber.slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: shows(services, 235))


def test_a_drag_loads_only_where_it_has_come_to(
    qtbot: QtBot, scrubber: Scrubber, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[int] = []
    show = services.scrubbing.show_step

    def load(step: int) -> None:
        loaded.append(step)
        show(step)

    monkeypatch.setattr(services.scrubbing, "show_step", load)
    for place in (3, 2, 1, 0, 1):
        scrubber.slider.setValue(place)
    qtbot.waitUntil(lambda: shows(services, 235))
    assert loaded == [235]


def test_it_follows_a_training_and_says_why_it_cannot_be_moved(
    scrubber: Scrubber, services: Services
) -> None:
    services.state.set_phase("training")
    assert not scrubber.slider.isEnabled()
    for widget in (scrubber.slider, scrubber.first, scrubber.previous, scrubber.next, scrubber.last):
        assert widget.toolTip() == FOLLOWING
    services.state.set_snapshot(make_snapshot(12345))
    assert scrubber.label.text() == "epoch 52.5 of 50 · step 12,345"
    assert scrubber.slider.value() == scrubber.slider.maximum()
    services.state.set_phase("idle")
    assert scrubber.slider.isEnabled()


def test_paused_one_can_look_back_and_return_to_where_the_training_stands(
    qtbot: QtBot, scrubber: Scrubber, services: Services
) -> None:
    services.state.set_phase("training")
    live = make_snapshot(12345)
    services.state.set_snapshot(live)
    services.state.set_phase("paused")
    assert scrubber.stops == [*STEPS, 12345]
    qtbot.mouseClick(scrubber.first, LEFT)
    qtbot.waitUntil(lambda: shows(services, 0))
    qtbot.mouseClick(scrubber.last, LEFT)
    qtbot.waitUntil(lambda: services.state.snapshot is live)
    services.state.set_phase("idle")
    assert scrubber.stops == list(STEPS)


def test_a_run_with_one_step_has_nothing_to_go_back_to(
    scrubber: Scrubber, services: Services, tmp_path: Path
) -> None:
    assert services.library.open(write_run(tmp_path / "short", (470,)))
    assert scrubber.label.text() == "epoch 2 of 50 · step 470"
    assert not scrubber.slider.isEnabled()
    assert scrubber.slider.toolTip() == scrubber.toolTip() == ONE_STEP
    assert scrubber.slider.value() == scrubber.slider.maximum()


def test_without_a_run_it_says_what_it_would_be_for(scrubber: Scrubber, services: Services) -> None:
    services.state.set_run(None, None, History())
    assert scrubber.label.text() == ""
    assert not scrubber.slider.isEnabled()
    assert scrubber.slider.toolTip() == NO_RUN


def test_a_step_that_cannot_be_read_is_reported_and_the_slider_goes_back(
    qtbot: QtBot, scrubber: Scrubber, services: Services, tmp_path: Path
) -> None:
    broken = tmp_path / "run" / "snapshots" / "step-000000235.safetensors"
    broken.write_bytes(b"no weights")
    with qtbot.waitSignal(services.state.notice) as told:
        scrubber.slider.setValue(1)
    assert "step-000000235" in told.args[1]
    assert shows(services, 11750)
    assert scrubber.slider.value() == len(STEPS) - 1


def test_everything_has_a_name(scrubber: Scrubber) -> None:
    for widget in (scrubber.slider, scrubber.first, scrubber.previous, scrubber.next, scrubber.last):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_playing_shows_one_step_after_the_other_and_ends_at_the_last(
    qtbot: QtBot, scrubber: Scrubber, services: Services
) -> None:
    shown: list[int] = []
    services.state.snapshot_changed.connect(lambda: shown.append(services.state.snapshot.step))
    services.settings.set(SPEED, 20)
    # At the end it begins again.
    qtbot.mouseClick(scrubber.play, LEFT)
    assert scrubber.play.playing
    assert scrubber.play.toolTip() == "Stop playing (Alt+P)"
    qtbot.waitUntil(lambda: not scrubber.play.playing)
    assert shown == list(STEPS)
    assert scrubber.play.toolTip() == "Play the training from here (Alt+P)"


def test_whoever_takes_the_slider_ends_playing(qtbot: QtBot, scrubber: Scrubber, services: Services) -> None:
    scrubber.slider.setValue(1)
    qtbot.waitUntil(partial(shows, services, STEPS[1]))
    for ends in (
        lambda: qtbot.keyClick(scrubber.slider, Qt.Key.Key_Left),
        lambda: qtbot.mouseClick(scrubber.last, LEFT),
        scrubber.hide,
    ):
        scrubber.play.toggle()
        assert scrubber.play.playing
        ends()
        assert not scrubber.play.playing
    scrubber.show()


def test_the_speed_is_chosen_and_remembered(scrubber: Scrubber, services: Services) -> None:
    fast = scrubber.play.menu().actions()[-1]
    fast.trigger()
    assert services.settings.get(SPEED) == fast.data() == 20
    assert fast.text() == "20 steps a second"


def test_a_training_stops_playing(scrubber: Scrubber, services: Services) -> None:
    scrubber.play.toggle()
    services.state.set_phase("training")
    assert not scrubber.play.playing
    assert not scrubber.play.isEnabled()
    assert scrubber.play.toolTip() == FOLLOWING
    services.state.set_phase("idle")


def test_marks_lie_between_the_stops_where_values_were_changed(
    qtbot: QtBot, scrubber: Scrubber, services: Services
) -> None:
    history = services.state.history
    history.add_change(Change(470 + 1175, 7.0, 1.0, "k", 30, 10))
    services.state.grow_history()
    assert scrubber.slider.marks == {2.5: "k 30 → 10"}
    x = round(scrubber.slider.x_of(2.5))
    assert scrubber.slider.mark_at(QPoint(x + 2, 3)) == "k 30 → 10"
    assert scrubber.slider.mark_at(QPoint(x + 30, 3)) == ""
    picture = scrubber.slider.grab().toImage()
    warn = scrubber.slider._theme.tokens.color("warn")
    assert picture.pixelColor(x, picture.height() // 2 - 9).hue() == pytest.approx(warn.hue(), abs=12)


@pytest.mark.parametrize(
    ("step", "place"), [(-5, 0), (0, 0), (5, 0.5), (10, 1), (40, 1.75), (50, 2), (90, 2)]
)
def test_the_place_of_a_step_among_stops(step: int, place: float) -> None:
    assert place_of([0, 10, 50], step) == place
