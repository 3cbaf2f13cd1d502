"""The training thread: started, paused, stepped, stopped and broken, as the window does it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.app.trainer_thread import TrainerThread
from saegui.core.analysis.metrics import reconstruction
from saegui.core.config.kinds import with_kind
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.files.paths import HOME_VARIABLE
from saegui.core.runs import history
from saegui.core.runs.history import History, StepResult
from saegui.core.runs.run import Run, open_run, starter_run

QUICK = {"dataset": "digits", "n_latents": 16, "k": 3, "epochs": 3, "batch_size": 64}
LONG = {**QUICK, "epochs": 5000}
TIMEOUT = 60_000


def start(services: Services, values: dict[str, Any], qtbot: QtBot) -> None:
    services.state.set_draft(make(values))
    services.training.train()
    qtbot.waitUntil(lambda: services.state.last_step is not None or not services.state.busy, timeout=TIMEOUT)


def wait_for(services: Services, phase: str, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: services.state.phase == phase, timeout=TIMEOUT)


def newest(services: Services) -> StepResult:
    assert services.state.last_step is not None
    return services.state.last_step


def notices(services: Services) -> list[str]:
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    return told


def put_in_the_way(weights: Path) -> None:
    """Make saving fail; even root cannot replace a folder by a file."""
    weights.unlink(missing_ok=True)
    weights.mkdir()
    (weights / "in the way").touch()


def clear_the_way(weights: Path) -> None:
    (weights / "in the way").unlink()
    weights.rmdir()


def test_a_training_runs_to_its_end_and_is_kept_as_a_run(services: Services, qtbot: QtBot) -> None:
    start(services, QUICK, qtbot)
    wait_for(services, "idle", qtbot)
    run = services.state.run
    assert run is not None and run.status == "finished"
    steps_per_epoch = -(-1437 // 64)
    assert run.step == 3 * steps_per_epoch
    assert list(services.state.history.train["step"]) == list(range(1, run.step + 1))
    assert list(services.state.history.test["epoch"]) == [0, 1, 2, 3]
    assert [listed.path for listed in services.library.runs] == [run.path]
    np.testing.assert_array_equal(run.latest().W_dec, services.state.snapshot.W_dec)  # type: ignore[union-attr]


def test_a_test_result_reaches_the_window_as_itself(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[tuple[History, history.TestResult]] = []
    add_test = History.add_test

    def noted(own: History, result: history.TestResult) -> None:
        added.append((own, result))
        add_test(own, result)

    monkeypatch.setattr(History, "add_test", noted)
    start(services, QUICK, qtbot)
    wait_for(services, "idle", qtbot)
    shown = [result for own, result in added if own is services.state.history]
    made = [result for own, result in added if own is not services.state.history]
    assert [result.epoch for result in shown] == [0, 1, 2, 3]
    assert all(one is other for one, other in zip(shown, made, strict=True))


def test_pause_step_epoch_resume_and_stop(services: Services, qtbot: QtBot) -> None:
    start(services, LONG, qtbot)
    services.training.pause()
    wait_for(services, "paused", qtbot)
    state = services.state

    def step() -> int:
        return state.last_step.step if state.last_step is not None else 0

    paused_at = step()
    assert state.snapshot is not None and state.snapshot.step == paused_at
    services.training.step()
    qtbot.waitUntil(lambda: state.phase == "paused" and step() > paused_at, timeout=TIMEOUT)
    assert step() == paused_at + 1
    services.training.step_epoch()
    qtbot.waitUntil(lambda: state.phase == "paused" and step() > paused_at + 1, timeout=TIMEOUT)
    assert state.last_step is not None
    assert state.last_step.epoch == int(state.last_step.epoch)
    at_epoch_end = step()
    services.training.train()
    qtbot.waitUntil(lambda: step() > at_epoch_end + 20, timeout=TIMEOUT)
    services.training.stop()
    wait_for(services, "idle", qtbot)
    assert state.run is not None and state.run.status == "stopped"
    assert open_run(state.run.path).step == step()


@pytest.mark.parametrize("goal", ["step", "step_epoch"])
def test_a_step_after_a_finished_run_says_that_it_begins_another(
    services: Services, qtbot: QtBot, goal: str
) -> None:
    start(services, QUICK, qtbot)
    wait_for(services, "idle", qtbot)
    finished = services.state.run
    assert finished is not None and finished.status == "finished"
    told = notices(services)
    getattr(services.training, goal)()
    wait_for(services, "paused", qtbot)
    assert services.state.run is not None and services.state.run.path != finished.path
    assert told == [
        f"A new run has begun with the settings in the train panel; '{finished.name}' stays as it is."
    ]
    getattr(services.training, goal)()
    qtbot.waitUntil(lambda: newest(services).step > 1 and services.state.phase == "paused", timeout=TIMEOUT)
    assert len(told) == 1, "one more step of the same run needs no word"
    services.training.stop_unmeasured()
    wait_for(services, "idle", qtbot)


def test_going_on_and_pausing_at_once_is_paused_again(services: Services, qtbot: QtBot) -> None:
    start(services, LONG, qtbot)
    services.training.pause()
    wait_for(services, "paused", qtbot)
    for _ in range(20):
        services.training.train()
        services.training.pause()
        assert services.state.phase == "training"
        wait_for(services, "paused", qtbot)


def test_a_step_that_is_asked_for_twice_at_once_is_made(services: Services, qtbot: QtBot) -> None:
    start(services, LONG, qtbot)
    services.training.pause()
    wait_for(services, "paused", qtbot)
    for _ in range(10):
        before = newest(services).step
        services.training.step()
        services.training.step()
        wait_for(services, "paused", qtbot)
        assert newest(services).step > before


def test_an_answer_that_comes_after_the_next_request_does_not_count(services: Services, qtbot: QtBot) -> None:
    start(services, LONG, qtbot)
    services.training.pause()
    wait_for(services, "paused", qtbot)
    services.training.train()
    # As when it was sent before and delivered only now.
    services.training._paused()
    assert services.state.phase == "training"


def test_the_first_epoch_is_whole_whatever_is_loaded(services: Services, qtbot: QtBot) -> None:
    assert services.state.dataset is None
    services.state.set_draft(make(LONG))
    services.training.step_epoch()
    wait_for(services, "paused", qtbot)
    assert newest(services).epoch == 1


def test_other_images_in_the_window_do_not_change_the_epoch(
    services: Services, qtbot: QtBot, digits: Dataset
) -> None:
    start(services, LONG, qtbot)
    services.training.pause()
    wait_for(services, "paused", qtbot)
    left = services.training.images_left
    services.state.set_dataset(replace(digits, train_images=digits.train_images[:700]))
    assert services.training.images_left == left
    services.training.step_epoch()
    wait_for(services, "paused", qtbot)
    assert newest(services).epoch == int(newest(services).epoch)


def test_a_single_step_starts_a_training(services: Services, qtbot: QtBot) -> None:
    services.state.set_draft(make(LONG))
    services.training.step()
    wait_for(services, "paused", qtbot)
    assert services.state.last_step is not None and services.state.last_step.step == 1


def test_live_parameters_reach_the_trainer_and_others_do_not(services: Services, qtbot: QtBot) -> None:
    start(services, LONG, qtbot)
    services.training.change("k", 1)
    services.training.change("lr", 1e-5)
    services.training.change("seed", 9)
    services.training.change("k", 99)  # more than there are latents: told at the field, not applied
    qtbot.waitUntil(
        lambda: services.state.snapshot is not None and services.state.snapshot.config.k == 1, timeout=TIMEOUT
    )
    qtbot.waitUntil(lambda: services.state.last_step is not None and services.state.last_step.l0 <= 1)
    config = services.state.snapshot.config  # type: ignore[union-attr]
    assert (config.lr, config.seed, config.k) == (1e-5, 0, 1)


def test_a_changed_k_is_that_of_the_drawing_at_once(services: Services, qtbot: QtBot) -> None:
    """Where a threshold decides, it is measured for the weights and the k that the window shows."""
    start(services, {**LONG, "arch": "batch_topk"}, qtbot)
    state = services.state
    services.training.change("k", 1)
    qtbot.waitUntil(lambda: state.snapshot is not None and state.snapshot.config.k == 1, timeout=TIMEOUT)
    assert state.dataset is not None and state.snapshot is not None
    assert reconstruction(state.snapshot, state.dataset.train_images).l0 == pytest.approx(1, rel=0.02)


def test_a_live_field_counts_from_the_click_on_train(services: Services, qtbot: QtBot) -> None:
    services.state.set_draft(make(QUICK))
    services.training.train()
    assert services.state.phase == "preparing" and services.state.dataset is None
    services.training.change("k", 2)
    wait_for(services, "idle", qtbot)
    assert services.state.run is not None and services.state.run.config.k == 2


def test_a_name_given_while_training_stays(services: Services, qtbot: QtBot) -> None:
    start(services, LONG, qtbot)
    assert services.state.run is not None
    services.library.rename(services.state.run, "mine")
    before = newest(services).step
    qtbot.waitUntil(lambda: newest(services).step > before + 20, timeout=TIMEOUT)
    assert services.state.run.name == "mine"
    services.training.stop()
    wait_for(services, "idle", qtbot)
    assert open_run(services.state.run.path).name == services.state.run.name == "mine"


def test_a_training_that_is_stopped_before_it_begins_leaves_nothing(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, own_home: Path
) -> None:
    loading, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        loading.set()
        go_on.wait(10)

    monkeypatch.setattr("saegui.core.training.devices.load_torch", slow)
    told = notices(services)
    services.state.set_draft(make(QUICK))
    # Of the training before this one.
    services.state.last_step = StepResult(318, 13.8, 1.0, 0.1, 0.4, 4, 0, {}, 64)
    services.training.train()
    qtbot.waitUntil(loading.is_set, timeout=TIMEOUT)
    services.training.stop()
    assert services.state.phase == "stopping" and services.training.epoch is None
    go_on.set()
    wait_for(services, "idle", qtbot)
    assert not told and not services.library.runs and not list((own_home / "runs").glob("*"))


def test_a_training_whose_images_gave_way_to_others_is_given_up(
    services: Services, qtbot: QtBot, shared_data: Path
) -> None:
    services.state.set_draft(make({**QUICK, "dataset": "digits"}))
    services.training.train()
    services.data.choose_folder(shared_data)
    qtbot.waitUntil(lambda: services.state.dataset is not None, timeout=TIMEOUT)
    assert services.state.dataset.name == "mnist" and services.state.phase == "idle"  # type: ignore[union-attr]


def test_the_name_follows_a_live_change(services: Services, qtbot: QtBot) -> None:
    start(services, LONG, qtbot)
    services.training.change("k", 1)
    qtbot.waitUntil(lambda: newest(services).l0 <= 1, timeout=TIMEOUT)
    said: list[str] = []
    services.state.notice.connect(lambda level, sentence: said.append(sentence))
    services.training.stop()
    wait_for(services, "idle", qtbot)
    # Who reads the result is told that it is not of one k.
    assert f"Changed during it: k {LONG['k']} → 1." in said[-1]
    assert [run.name for run in services.library.runs] == [
        f"TopK · 16 latents · k 1 · k {LONG['k']} → 1 · digits"
    ]
    (change,) = services.state.history.changes
    assert (change.name, change.before, change.after) == ("k", LONG["k"], 1)
    assert services.library.runs[0].history().changes == (change,)  # type: ignore[union-attr]


def test_the_previous_run_stays_under_the_curves(services: Services, qtbot: QtBot) -> None:
    start(services, QUICK, qtbot)
    wait_for(services, "idle", qtbot)
    first = services.state.history
    start(services, {**QUICK, "k": 2}, qtbot)
    wait_for(services, "idle", qtbot)
    assert [overlay.history for overlay in services.overlays.all] == [first]
    assert len(services.library.runs) == 2


def test_a_run_of_other_images_does_not_come_under_the_curves_by_itself(
    services: Services, qtbot: QtBot
) -> None:
    services.library.open(starter_run().path)
    assert len(services.state.history.train["step"])
    start(services, QUICK, qtbot)
    wait_for(services, "idle", qtbot)
    assert services.overlays.all == ()


def test_runs_with_equal_settings_have_names_that_tell_them_apart(services: Services, qtbot: QtBot) -> None:
    for _ in range(3):
        start(services, {**QUICK, "epochs": 1}, qtbot)
        wait_for(services, "idle", qtbot)
    name = "TopK · 16 latents · k 3 · digits"
    assert {run.name for run in services.library.runs} == {name, f"{name} (2)", f"{name} (3)"}


def test_what_it_trains_on_is_known_once_it_trains(services: Services, qtbot: QtBot) -> None:
    services.training.device = "cpu"
    services.training.running_on = ""
    start(services, QUICK, qtbot)
    wait_for(services, "idle", qtbot)
    assert services.training.running_on == "cpu"


def test_a_device_that_is_not_there_is_reported_and_nothing_is_left(services: Services, qtbot: QtBot) -> None:
    services.training.device = "tpu"
    told = notices(services)
    start(services, QUICK, qtbot)
    wait_for(services, "idle", qtbot)
    assert any("'tpu'; choose one of auto, cpu" in sentence for sentence in told)
    assert not services.library.runs


def test_a_training_that_left_most_latents_dead_says_what_to_try(services: Services, qtbot: QtBot) -> None:
    told: list[tuple[str, str]] = []
    services.state.notice.connect(lambda level, sentence: told.append((level, sentence)))
    start(services, {**QUICK, "lr": 0.2}, qtbot)
    wait_for(services, "idle", qtbot)
    ((level, sentence),) = told
    assert level == "warn"
    assert "Training finished: MSE" in sentence
    assert sentence.endswith("training images: lower Learning rate (now 0.2).")


def test_what_a_training_never_comes_to_is_said_when_it_begins(services: Services, qtbot: QtBot) -> None:
    told: list[tuple[str, str]] = []
    services.state.notice.connect(lambda level, sentence: told.append((level, sentence)))
    start(services, {**QUICK, "warmup_steps": 1000}, qtbot)
    wait_for(services, "idle", qtbot)
    assert told[0] == (
        "warn",
        "Warm-up takes 1,000 steps, but the training has only 69 steps: the learning rate never reaches 0.0005. "
        "Take fewer warm-up steps, or train longer.",
    )


def test_a_diverging_training_says_what_to_do_and_keeps_the_last_good_weights(
    services: Services, qtbot: QtBot
) -> None:
    told = notices(services)
    start(services, {**QUICK, "n_latents": 64, "k": 64, "lr": 1.0, "epochs": 2000}, qtbot)
    wait_for(services, "idle", qtbot)
    assert any("diverged at step" in sentence and "Lower the learning rate" in sentence for sentence in told)
    run = services.state.run
    assert run is not None and run.status == "diverged" and run == open_run(run.path)
    assert services.state.snapshot is not None and services.state.snapshot.step == run.step
    assert np.isfinite(services.state.snapshot.W_dec).all()


def test_a_run_folder_that_cannot_be_written_pauses_the_training(services: Services, qtbot: QtBot) -> None:
    told = notices(services)
    start(services, LONG, qtbot)
    assert services.state.run is not None
    weights = services.state.run.path / "weights.safetensors"
    put_in_the_way(weights)
    wait_for(services, "paused", qtbot)
    assert any("cannot be written" in sentence and "nothing is lost" in sentence for sentence in told)
    # The step whose save failed is not missing in the curves.
    assert newest(services).step == services.state.snapshot.step  # type: ignore[union-attr]
    clear_the_way(weights)
    services.training.stop()
    wait_for(services, "idle", qtbot)
    assert services.state.run.latest().step == services.state.run.step


def test_an_end_that_cannot_be_saved_is_tried_again_or_saved_in_another_folder(
    services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    unsaved: list[str] = []
    services.training.unsaved.connect(unsaved.append)
    start(services, LONG, qtbot)
    assert services.state.run is not None
    own = services.state.run.path
    kept = open_run(own).step
    put_in_the_way(own / "weights.safetensors")
    services.training.stop()
    wait_for(services, "paused", qtbot)
    # However often it is tried, nothing is given up.
    for count in (2, 3):
        services.training.try_again()
        wait_for(services, "paused", qtbot)
        assert len(unsaved) >= count
    step = newest(services).step
    (tmp_path / "other" / own.name).mkdir(parents=True)
    services.training.save_elsewhere(tmp_path / "other")
    wait_for(services, "idle", qtbot)
    run = services.state.run
    assert run.path == tmp_path / "other" / f"{own.name}-2" and run == open_run(run.path)
    assert (run.status, run.step, run.latest().step) == ("stopped", step, step) and run.can_resume
    clear_the_way(own / "weights.safetensors")
    # The save lay there whole and could not be moved into place; now it can. It is one moment either way.
    left = open_run(own)
    assert left.step in (kept, step) and left.latest().step == left.step


def test_a_finished_training_that_cannot_be_saved_waits_for_room(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saegui.core.training.checkpoints.SAVE_SECONDS", 1e9)
    told = notices(services)
    services.state.set_draft(make({**QUICK, "epochs": 1}))
    services.training.step()
    wait_for(services, "paused", qtbot)
    assert services.state.run is not None
    weights = services.state.run.path / "weights.safetensors"
    put_in_the_way(weights)
    # First the save at the epoch's end fails, then the last one.
    for _ in range(2):
        services.training.train()
        wait_for(services, "paused", qtbot)
    assert any("cannot be written" in sentence and "nothing is lost" in sentence for sentence in told)
    clear_the_way(weights)
    services.training.train()
    wait_for(services, "idle", qtbot)
    assert services.state.run.status == "finished" and services.state.run.latest().epoch == 1


@pytest.mark.parametrize("leave", [False, True])
def test_a_stop_that_cannot_save_waits_for_room(leave: bool, services: Services, qtbot: QtBot) -> None:
    told, training = notices(services), services.training
    start(services, LONG, qtbot)
    assert services.state.run is not None
    weights = services.state.run.path / "weights.safetensors"
    put_in_the_way(weights)
    (training.stop_unmeasured if leave else training.stop)()
    wait_for(services, "paused", qtbot)
    assert any(
        "nothing is lost;" in sentence and "If you stop it again, the run ends as it was saved" in sentence
        for sentence in told
    )
    # It can go on, and be stopped as ever.
    before = newest(services).step
    clear_the_way(weights)
    training.step()
    qtbot.waitUntil(
        lambda: services.state.phase == "paused" and newest(services).step == before + 1, timeout=TIMEOUT
    )
    training.stop()
    wait_for(services, "idle", qtbot)
    assert services.state.run.status == "stopped" and services.state.run.step == before + 1
    assert any("Training stopped: MSE" in sentence for sentence in told), "it is measured"


def test_stopped_twice_where_nothing_can_be_saved_it_ends_and_says_what_is_lost(
    services: Services, qtbot: QtBot
) -> None:
    told = notices(services)
    start(services, LONG, qtbot)
    assert services.state.run is not None
    put_in_the_way(services.state.run.path / "weights.safetensors")
    services.training.stop()
    wait_for(services, "paused", qtbot)
    # Continuing for a while makes the next stop the first one again.
    before = newest(services).step
    services.training.step()
    qtbot.waitUntil(
        lambda: services.state.phase == "paused" and newest(services).step == before + 1, timeout=TIMEOUT
    )
    services.training.stop()
    wait_for(services, "paused", qtbot)
    services.training.stop()
    wait_for(services, "idle", qtbot)
    assert sum("The training after step" in sentence for sentence in told) == 1


def test_a_place_that_cannot_even_be_looked_at_is_reported(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, own_home: Path
) -> None:
    told = notices(services)
    monkeypatch.setenv(HOME_VARIABLE, str(own_home / ("long" * 100)))
    services.state.set_draft(make(QUICK))
    services.training.train()
    wait_for(services, "idle", qtbot)
    # The built-in digits depend on no disk; the run does.
    assert services.state.dataset is not None and services.state.dataset.name == "digits"
    assert any("cannot be written" in sentence for sentence in told)


def test_impossible_values_are_reported_and_nothing_starts(services: Services, qtbot: QtBot) -> None:
    told = notices(services)
    draft = make(QUICK).model_dump()
    services.state.set_draft({**draft, "k": 17})
    services.training.train()
    assert services.state.phase == "idle"
    assert told == ["k is 17 but there are only 16 latents: lower k or add latents."]


def test_every_request_in_every_phase_is_safe(services: Services, qtbot: QtBot) -> None:
    training = services.training
    requests = [training.pause, training.stop, training.step, training.step_epoch, training.train]
    training.pause()
    training.stop()
    assert services.state.phase == "idle"
    services.state.set_draft(make(QUICK))
    for request in requests * 4:
        request()
        qtbot.waitUntil(lambda: services.state.phase != "preparing", timeout=TIMEOUT)
    training.stop()
    wait_for(services, "idle", qtbot)
    assert all(isinstance(run, Run) for run in services.library.runs)


def test_equal_seeds_give_equal_weights_in_the_thread(services: Services, qtbot: QtBot) -> None:
    found = []
    for _ in range(2):
        start(services, QUICK, qtbot)
        wait_for(services, "idle", qtbot)
        found.append(services.state.run.latest().W_enc)  # type: ignore[union-attr]
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_an_impossible_runs_folder_is_reported(
    kind: str, services: Services, qtbot: QtBot, own_home: Path
) -> None:
    told = notices(services)
    services.data.require("digits")
    qtbot.waitUntil(lambda: services.state.dataset is not None, timeout=TIMEOUT)
    if kind == "file":
        (own_home / "runs").write_text("not a folder")
    services.state.set_draft(make(QUICK))
    services.training.train()
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=TIMEOUT)
    assert any(
        "runs cannot be written" in sentence or "cannot be listed" in sentence for sentence in told
    ) == (kind == "file")
    assert any("Training finished" in sentence for sentence in told) == (kind == "missing")


# -- resuming an interrupted training ---------------------------------------------------------------


def stop_midway(services: Services, qtbot: QtBot, values: dict[str, Any]) -> Run:
    services.state.set_draft(make(values))
    services.training.step_epoch()
    wait_for(services, "paused", qtbot)
    services.training.step()
    qtbot.waitUntil(lambda: services.state.phase == "paused" and newest(services).epoch > 1, timeout=TIMEOUT)
    services.training.stop()
    wait_for(services, "idle", qtbot)
    assert services.state.run is not None
    assert services.state.run.status == "stopped"
    return services.state.run


@pytest.mark.parametrize("kind", ["topk", "batch_topk", "kl", "gated"])
def test_stopped_and_resumed_in_another_window_it_ends_as_if_nothing_had_been(
    services: Services, qtbot: QtBot, kind: str
) -> None:
    values = {**QUICK, "arch": kind, "revival": "auxk", "lr": 2e-3}
    start(services, values, qtbot)
    wait_for(services, "idle", qtbot)
    whole = services.state.run
    assert whole is not None and whole.status == "finished"
    stopped = stop_midway(services, qtbot, values)

    again = Services()
    try:
        assert again.library.open(stopped.path)
        assert again.training.resumable is not None
        seen = list(again.state.history.train["step"])
        assert len(seen) == stopped.step
        again.training.resume()
        wait_for(again, "idle", qtbot)
        run = again.state.run
        assert run is not None and run.path == stopped.path and run.status == "finished"
        for name in ("W_enc", "b_enc", "W_dec", "b_dec", "density"):
            np.testing.assert_array_equal(getattr(run.latest(), name), getattr(whole.latest(), name))
        # The curves go on from those there were, on the screen as on disk.
        for history in (again.state.history, run.history()):
            np.testing.assert_array_equal(history.train["step"], np.arange(1, run.step + 1))
            np.testing.assert_array_equal(history.train["loss"], whole.history().train["loss"])
            np.testing.assert_array_equal(history.test["fvu"], whole.history().test["fvu"])
        assert again.overlays.all == ()
        assert [listed.path for listed in again.library.runs] == [stopped.path, whole.path]
        assert again.training.resumable is None
    finally:
        again.shut_down()
        again.deleteLater()


def test_a_resumed_training_pauses_steps_changes_and_stops_like_any(services: Services, qtbot: QtBot) -> None:
    stopped = stop_midway(services, qtbot, LONG)
    services.training.resume()
    qtbot.waitUntil(
        lambda: services.state.last_step is not None and newest(services).step > stopped.step, timeout=TIMEOUT
    )
    services.training.pause()
    wait_for(services, "paused", qtbot)
    before = newest(services).step
    services.training.change("lr", 1e-3)
    services.training.step()
    qtbot.waitUntil(
        lambda: services.state.phase == "paused" and newest(services).step > before, timeout=TIMEOUT
    )
    assert newest(services).step == before + 1
    services.training.stop()
    wait_for(services, "idle", qtbot)
    run = open_run(stopped.path)
    assert (run.status, run.step, run.config.lr) == ("stopped", before + 1, 1e-3)
    assert run.can_resume


def test_train_resumes_the_run_that_it_would_only_repeat(services: Services, qtbot: QtBot) -> None:
    stopped = stop_midway(services, qtbot, LONG)
    assert services.training.will_resume
    services.training.step()
    wait_for(services, "paused", qtbot)
    assert newest(services).step == stopped.step + 1
    services.training.stop()
    wait_for(services, "idle", qtbot)
    services.state.edit_draft("seed", 1)
    assert not services.training.will_resume
    assert services.training.resumable is not None
    services.training.step()
    wait_for(services, "paused", qtbot)
    assert newest(services).step == 1
    services.training.stop()
    wait_for(services, "idle", qtbot)
    assert len(services.library.runs) == 2


def test_live_parameters_that_were_changed_since_hold_when_it_is_resumed(
    services: Services, qtbot: QtBot
) -> None:
    """As after a pause; only the rest makes another training of it."""
    stopped = stop_midway(services, qtbot, LONG)
    services.state.edit_draft("k", 2)
    services.state.edit_draft("lr", 1e-4)
    assert services.training.will_resume
    services.training.step()
    wait_for(services, "paused", qtbot)
    assert (newest(services).step, newest(services).l0 <= 2) == (stopped.step + 1, True)
    services.training.stop()
    wait_for(services, "idle", qtbot)
    (run,) = services.library.runs
    assert isinstance(run, Run) and run.path == stopped.path
    assert (run.config.k, run.config.lr, run.step) == (2, 1e-4, stopped.step + 1)


def test_training_again_makes_another_run(services: Services, qtbot: QtBot) -> None:
    stopped = stop_midway(services, qtbot, QUICK)
    services.training.train_new_run()
    wait_for(services, "idle", qtbot)
    assert services.state.run is not None and services.state.run.path != stopped.path
    assert open_run(stopped.path) == stopped


def test_a_run_of_other_images_is_not_resumed(services: Services, qtbot: QtBot) -> None:
    stopped = stop_midway(services, qtbot, QUICK)
    told = notices(services)
    assert services.state.dataset is not None
    other = services.state.dataset.train_images.copy()
    other[0, 14, 14] ^= 1
    services.state.set_dataset(replace(services.state.dataset, train_images=other))
    services.training.resume()
    wait_for(services, "idle", qtbot)
    changed, refused = told
    assert "have changed since the run was trained" in changed and "was trained on other images" in refused
    assert open_run(stopped.path) == stopped
    assert services.state.run == stopped


def test_stopped_before_it_is_resumed_the_run_is_what_it_was(services: Services, qtbot: QtBot) -> None:
    stopped = stop_midway(services, qtbot, QUICK)
    before = {file.name: file.read_bytes() for file in stopped.path.iterdir() if file.is_file()}
    services.training.resume()
    services.training.stop()
    wait_for(services, "idle", qtbot)
    assert {file.name: file.read_bytes() for file in stopped.path.iterdir() if file.is_file()} == before


# -- measuring at the end ----------------------------------------------------------------------------------


def run_at_the_end(services: Services, end: Callable[[], None], qtbot: QtBot) -> Run:
    """The run as ``end`` leaves it: once its latents are measured it is given what it lacks."""
    left: list[Run | None] = []
    services.training.ended.connect(lambda: left.append(services.state.run))
    with qtbot.waitSignal(services.training.ended, timeout=TIMEOUT):
        end()
    (run,) = left
    assert run is not None
    return run


def test_leaving_saves_the_run_without_measuring_it(services: Services, qtbot: QtBot) -> None:
    told = notices(services)
    start(services, LONG, qtbot)
    run = run_at_the_end(services, services.training.stop_unmeasured, qtbot)
    assert (run.status, run.metrics) == ("stopped", {})
    assert run.latest().step == run.step > 0
    assert run.can_resume
    assert told == [
        "Training stopped. The run is saved. Its test metrics are computed in the background while it is open."
    ]
    # Nobody closed the window: it is measured now.
    qtbot.waitUntil(lambda: open_run(run.path).metrics != {}, timeout=TIMEOUT)


K_MEANS = with_kind({"arch": "kmeans", "dataset": "digits", "n_latents": 12})


def test_a_fit_pauses_and_stops_in_the_middle_of_a_step(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the first centres are chosen: after a pause the same ones follow; a stop leaves a run without atoms."""
    told, training, seen = notices(services), services.training, []
    goes_on = threading.Semaphore(2)
    watch = TrainerThread.note_fitted

    def unhurried(thread: TrainerThread, done: int, total: int, text: str) -> None:
        assert goes_on.acquire(timeout=60)
        watch(thread, done, total, text)

    monkeypatch.setattr(TrainerThread, "note_fitted", unhurried)
    services.state.set_draft(make(K_MEANS))
    training.train()
    qtbot.waitUntil(lambda: training.fitted == (2, 12, "first centres"), timeout=TIMEOUT)
    assert not training.awaits_fit
    training.pause()
    assert training.awaits_fit and services.state.phase == "training"
    goes_on.release()
    wait_for(services, "paused", qtbot)
    assert not training.awaits_fit and training.fitted == (3, 12, "first centres")
    training.train()
    goes_on.release()
    qtbot.waitUntil(lambda: training.fitted == (4, 12, "first centres"), timeout=TIMEOUT)
    training.stop()
    seen.append((training.awaits_fit, services.state.phase))
    goes_on.release()
    run = run_at_the_end(services, lambda: None, qtbot)
    assert seen == [(True, "stopping")] and training.fitted is None
    assert (run.status, run.step, run.can_resume) == ("stopped", 0, False)
    assert told[-1].startswith("Training stopped: MSE ")
    assert told[-1].endswith(" A fit by scikit-learn cannot be resumed.")


def test_measuring_is_reported_as_it_goes_and_a_second_stop_ends_it(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saegui.core.model.snapshot.BATCH", 100)
    seen: list[tuple[int, int] | None] = []
    answered = threading.Event()
    watch = TrainerThread.note_measured

    def unhurried(thread: TrainerThread, done: int, total: int) -> None:
        watch(thread, done, total)
        assert answered.wait(60)

    monkeypatch.setattr(TrainerThread, "note_measured", unhurried)
    training = services.training

    def answer() -> None:
        seen.append(training.measuring)
        if training.measuring is not None:
            training.stop()
        answered.set()

    training.measuring_changed.connect(answer)
    start(services, LONG, qtbot)
    run = run_at_the_end(services, training.stop, qtbot)
    dataset = services.state.dataset
    assert dataset is not None
    assert seen == [(0, len(dataset.train_images) + len(dataset.test_images)), None]
    assert (run.status, run.metrics) == ("stopped", {})
