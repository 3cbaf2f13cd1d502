"""The status bar says where it trains, and how far it is."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.app.trainer_thread import TrainerThread
from saegui.core.config.kinds import with_kind
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.ui.theme.theme import Theme
from saegui.ui.window.main_window import MainWindow
from saegui.ui.window.status_bar import StatusBar
from tests.ui.window.by_hand import LONG, TIMEOUT, train


@pytest.fixture
def owner(qtbot: QtBot) -> QWidget:
    """The bar lives as long as this does."""
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def status(owner: QWidget, services: Services, theme: Theme) -> StatusBar:
    return StatusBar(services, theme, owner)


def test_where_it_trains_is_reported_once_it_is_known(services: Services, status: StatusBar) -> None:
    assert status.device.text().startswith("CPU · ")
    services.training.running_on = "cuda"
    services.state.set_phase("training")
    assert status.device.text() == "CUDA"
    assert "accelerator" in status.device.toolTip()
    services.training.running_on = "cpu"
    services.state.set_phase("idle")
    assert "thread" in status.device.text()


def test_it_is_not_ready_while_data_are_loaded(services: Services, status: StatusBar, qtbot: QtBot) -> None:
    assert status.phase.text() == "Ready"
    services.added.look_into("digits")
    assert status.phase.text() == "Loading data"
    qtbot.waitUntil(lambda: not services.added.looking, timeout=TIMEOUT)
    assert status.phase.text() == "Ready"
    services.data.require("digits")
    assert status.phase.text() == "Loading data"
    qtbot.waitUntil(lambda: not services.data.loading, timeout=TIMEOUT)
    assert status.phase.text() == "Ready"


def test_work_that_was_cancelled_is_not_shown_any_longer(
    services: Services, status: StatusBar, qtbot: QtBot
) -> None:
    held = threading.Event()
    jobs = services.jobs
    older = jobs.start("Older work", lambda progress: held.wait(TIMEOUT / 1000))
    newer = jobs.start("Newer work", lambda progress: held.wait(TIMEOUT / 1000))
    try:
        assert status.job_text.text() == "Newer work"
        # Neither of them notices before `held` is set.
        newer.cancel()
        assert newer in jobs.running and status.job_text.text() == "Older work"
        status.cancel.click()
        assert older in jobs.running and older.given_up
        assert status.job_text.isHidden() and status.job_bar.isHidden() and status.cancel.isHidden()
    finally:
        held.set()
    qtbot.waitUntil(lambda: not jobs.running, timeout=TIMEOUT)


def test_the_first_training_of_a_machine_says_that_it_compiles(
    services: Services, status: StatusBar, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(type(services.training), "config", RunConfig(dataset="digits"))
    services.state.set_dataset(digits)
    for way, said in (
        ("kernels", "compiling for this processor, once for each kind"),
        ("torch", "loading data"),
    ):
        monkeypatch.setenv("SAEGUI_WAY", way)
        services.state.set_phase("preparing")
        assert said in status.phase.text()
        services.state.set_phase("idle")


def test_a_training_that_is_stopped_before_a_step_says_so(
    services: Services, status: StatusBar, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(services.training), "config", RunConfig(dataset="digits"))
    services.state.set_phase("preparing")
    services.state.set_phase("stopping")
    assert status.phase.text() == "Stopping before the first step" and (
        status.progress.minimum(),
        status.progress.maximum(),
    ) == (0, 0)
    services.state.set_phase("idle")
    assert status.phase.text() == "Ready"


def test_a_resumed_training_is_where_the_run_is_before_its_first_step(
    services: Services, status: StatusBar, stopped_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.library.open(stopped_run)
    run = services.state.run
    assert run is not None and 1 < run.epoch < 2
    monkeypatch.setattr(type(services.training), "config", run.config)
    services.state.set_phase("training")
    assert services.state.last_step is None
    assert status.progress.value() == round(1000 * run.epoch / 3)
    assert f"resumed at epoch {run.epoch:.1f} of 3" in status.phase.text()
    services.state.set_phase("idle")


def prepare(services: Services, digits: Dataset, values: dict[str, float]) -> None:
    """A draft with two batches an epoch."""
    services.state.set_dataset(digits)
    few = {"dataset": "digits", "n_latents": 16, "k": 3, "batch_size": 1000, **values}
    services.state.set_draft({**RunConfig().model_dump(), **few})


def step_to(number: int, services: Services, qtbot: QtBot) -> None:
    """Train on one batch, which is this one."""
    state = services.state
    services.training.step()
    qtbot.waitUntil(
        lambda: state.phase == "paused" and state.last_step is not None and state.last_step.step == number,
        timeout=20_000,
    )


@pytest.mark.parametrize(("batches", "epoch"), [(1, 1), (2, 1), (3, 2), (4, 2)])
def test_the_epoch_is_the_one_that_was_trained_last(
    batches: int, epoch: int, qtbot: QtBot, services: Services, status: StatusBar, digits: Dataset
) -> None:
    """Two batches an epoch."""
    state = services.state
    prepare(services, digits, {"epochs": 9})
    for number in range(1, batches + 1):
        step_to(number, services, qtbot)
    assert f"epoch {epoch} of 9 · step {batches}" in status.phase.text()
    services.training.stop()
    qtbot.waitUntil(lambda: state.phase == "idle", timeout=20_000)


def test_k_is_reported_while_it_is_annealed(
    qtbot: QtBot, services: Services, status: StatusBar, digits: Dataset
) -> None:
    """From four times its value, over the first of four epochs of two batches."""
    state = services.state
    prepare(services, digits, {"epochs": 4, "k_anneal": 0.25})
    said = []
    for number in range(1, 4):
        step_to(number, services, qtbot)
        assert state.last_step is not None
        said.append((status.phase.text().rpartition("k annealed, now ")[2], state.last_step.l0))
    assert [text for text, _ in said[:2]] == ["12", "8"]
    # As many as are on, where as many are positive.
    l0 = [on for _, on in said]
    assert 8 < l0[0] <= 12 and 3 < l0[1] <= 8 and l0[2] == 3
    assert "annealed" not in status.phase.text()
    services.training.stop()
    qtbot.waitUntil(lambda: state.phase == "idle", timeout=20_000)


def test_the_measurement_is_reported_in_the_status_bar(
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


def test_a_fit_says_what_it_does_and_what_a_pause_and_a_stop_wait_for(
    services: Services, status: StatusBar, digits: Dataset, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, training = threading.Semaphore(2), services.training
    watch = TrainerThread.note_fitted

    def unhurried(thread: TrainerThread, done: int, total: int, text: str) -> None:
        assert goes_on.acquire(timeout=60)
        watch(thread, done, total, text)

    monkeypatch.setattr(TrainerThread, "note_fitted", unhurried)
    services.state.set_dataset(digits)
    services.state.set_draft(with_kind({"arch": "kmeans", "dataset": "digits", "n_latents": 9}))
    training.train()
    qtbot.waitUntil(lambda: status.phase.text() == "Training · first centres: 2 of 9", timeout=TIMEOUT)
    assert (status.progress.value(), status.progress.maximum()) == (2, 9)
    training.pause()
    assert status.phase.text().startswith("Pausing when scikit-learn returns from what it computes")
    goes_on.release()
    qtbot.waitUntil(lambda: status.phase.text() == "Paused · first centres: 3 of 9", timeout=TIMEOUT)
    training.train()
    training.stop()
    assert status.phase.text().startswith("Stopping when scikit-learn returns from what it computes")
    goes_on.release()
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=TIMEOUT)
    assert status.phase.text() == "Ready"
