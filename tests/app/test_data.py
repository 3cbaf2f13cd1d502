"""Which data set is loaded, and what the user is offered when one cannot be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from saegui.app.jobs import Job, Work
from saegui.app.services import Services
from saegui.core.config.schema import make
from saegui.core.data.source import Source
from saegui.core.runs.run import Run, open_run, write
from tests import made_up as made_up_sets
from tests.mirror import Mirror

TIMEOUT = 60_000


def settle(services: Services, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not services.data.loading, timeout=TIMEOUT)


def test_without_mnist_the_built_in_digits_serve_and_it_is_said(services: Services, qtbot: QtBot) -> None:
    services.data.show("mnist")
    settle(services, qtbot)
    assert services.state.dataset is not None and services.state.dataset.name == "digits"
    assert (services.data.missing, services.data.problem) == ("mnist", "")


@pytest.mark.parametrize("wanted", ["digits", "made-up-grey"])
def test_images_that_a_training_asks_for_end_the_offer_to_get_others(
    services: Services, qtbot: QtBot, wanted: str
) -> None:
    with made_up_sets.added():
        services.data.show("mnist")
        settle(services, qtbot)
        assert services.data.missing == "mnist"
        with qtbot.waitSignals([services.data.changed, services.data.loaded], timeout=TIMEOUT):
            services.data.require(wanted)
    assert services.state.dataset is not None and services.state.dataset.name == wanted
    assert services.data.missing == ""


def test_a_failed_download_says_why_and_a_second_try_succeeds(
    services: Services, qtbot: QtBot, mirror: Mirror, own_home: Path
) -> None:
    services.data.show("mnist")
    settle(services, qtbot)
    mirror.faults["train-images-idx3-ubyte.gz"] = "altered"
    with qtbot.waitSignal(services.data.unavailable, timeout=TIMEOUT):
        services.data.require("mnist")
    assert services.data.missing == "mnist" and "train-images-idx3-ubyte.gz" in services.data.problem
    assert services.state.dataset is not None and services.state.dataset.name == "digits"
    assert not (own_home / "data" / "mnist").exists()
    mirror.faults.clear()
    bytes_done: list[tuple[int, int]] = []
    services.data.progressed.connect(lambda done, total, text: bytes_done.append((done, total)))
    with qtbot.waitSignal(services.data.loaded, timeout=TIMEOUT):
        services.data.require("mnist")
    assert services.state.dataset.name == "mnist"
    assert (services.data.missing, services.data.problem) == ("", "")
    assert bytes_done and all(0 <= done <= total for done, total in bytes_done)


def test_a_download_can_be_cancelled_and_leaves_the_digits(
    services: Services, qtbot: QtBot, mirror: Mirror, own_home: Path
) -> None:
    services.data.show("mnist")
    settle(services, qtbot)
    mirror.faults["train-images-idx3-ubyte.gz"] = "silent"
    services.data.require("mnist")
    qtbot.waitUntil(mirror.asked.is_set, timeout=TIMEOUT)
    services.data.cancel()
    qtbot.waitUntil(lambda: not services.jobs.running, timeout=TIMEOUT)
    assert not services.data.loading
    assert services.state.dataset is not None and services.state.dataset.name == "digits"
    assert not (own_home / "data" / "mnist").exists()


def test_a_folder_is_taken_remembered_and_loaded(services: Services, qtbot: QtBot, shared_data: Path) -> None:
    with qtbot.waitSignal(services.data.loaded, timeout=TIMEOUT):
        services.data.choose_folder(shared_data)
    assert services.state.dataset is not None and len(services.state.dataset.train_images) == 60_000
    services.settings.flush()
    again = Services()
    assert again.data.folder == shared_data
    again.shut_down()


def test_a_wrong_folder_is_reported_and_nothing_is_lost(
    services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    services.data.show("mnist")
    settle(services, qtbot)
    with qtbot.waitSignal(services.data.unavailable, timeout=TIMEOUT):
        services.data.choose_folder(tmp_path)
    assert str(tmp_path) in services.data.problem
    assert services.state.dataset is not None and services.state.dataset.name == "digits"


def test_a_wrong_folder_costs_neither_the_images_nor_the_folder_that_is_right(
    services: Services, qtbot: QtBot, shared_data: Path, tmp_path: Path
) -> None:
    with qtbot.waitSignal(services.data.loaded, timeout=TIMEOUT):
        services.data.choose_folder(shared_data)
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    with qtbot.waitSignal(services.data.unavailable, timeout=TIMEOUT):
        services.data.choose_folder(tmp_path)
    assert len(told) == 1 and str(tmp_path) in told[0]
    assert (services.data.missing, services.data.folder) == ("", shared_data)
    assert services.state.dataset is not None and services.state.dataset.name == "mnist"


def test_a_folder_that_lost_its_files_does_not_bar_the_download(
    services: Services, qtbot: QtBot, mirror: Mirror, tmp_path: Path
) -> None:
    services.settings.data_dir = tmp_path / "unplugged"
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    services.data.show("mnist")
    settle(services, qtbot)
    assert len(told) == 1 and str(tmp_path / "unplugged") in told[0]
    with qtbot.waitSignal(services.data.loaded, timeout=TIMEOUT):
        services.data.require("mnist")
    assert services.state.dataset is not None and services.state.dataset.name == "mnist"


def test_a_data_set_that_is_here_ends_the_search_for_another(services: Services, qtbot: QtBot) -> None:
    services.data.show("mnist")
    settle(services, qtbot)
    services.data.show("digits")
    assert services.data.missing == ""


def test_going_on_with_the_digits_changes_the_draft(services: Services, qtbot: QtBot) -> None:
    services.data.show("mnist")
    settle(services, qtbot)
    services.data.accept_built_in()
    settle(services, qtbot)
    assert services.data.missing == ""
    assert services.state.draft["dataset"] == "digits"


def test_a_training_on_data_that_cannot_be_had_goes_back_to_idle(
    services: Services, qtbot: QtBot, mirror: Mirror
) -> None:
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz"):
        mirror.faults[name] = "missing"
    services.state.edit_draft("dataset", "mnist")
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    services.training.train()
    assert services.state.phase == "preparing"
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=TIMEOUT)
    assert told == [services.data.problem] != [""]
    # A training that images kept from beginning begins with those that are accepted in their place.
    for name, value in {"n_latents": 16, "k": 3, "epochs": 1}.items():
        services.state.edit_draft(name, value)
    services.data.accept_built_in()
    assert services.state.phase == "preparing"
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=TIMEOUT)
    (run,) = services.library.runs
    assert (run.status, run.config.dataset) == ("finished", "digits")


def test_going_on_with_the_digits_loads_them_once(
    services: Services, qtbot: QtBot, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    start = services.jobs.start

    def counted(title: str, work: Work) -> Job:
        asked.append(title)
        return start(title, work)

    monkeypatch.setattr(services.jobs, "start", counted)
    mirror.faults["train-images-idx3-ubyte.gz"] = "missing"
    values = {"dataset": "mnist", "n_latents": 16, "k": 3, "epochs": 1}
    services.state.set_draft(make(values))
    services.training.train()
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=TIMEOUT)
    asked.clear()
    # The banner asks for them, and so does the training that has waited for its images.
    services.data.accept_built_in()
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not services.jobs.running, timeout=TIMEOUT)
    assert [title for title in asked if title.startswith("Loading")] == ["Loading Built-in digits"]
    assert [run.config.dataset for run in services.library.runs if isinstance(run, Run)] == ["digits"]


def test_a_load_that_was_given_up_answers_nobody(services: Services, qtbot: QtBot) -> None:
    services.data.require("digits")
    services.jobs.running[0].cancel()
    with qtbot.waitSignal(services.data.loaded, timeout=TIMEOUT):
        services.data.require("digits")
    qtbot.waitUntil(lambda: not services.jobs.running, timeout=TIMEOUT)


def test_the_digits_start_no_training_that_nobody_asked_for(
    services: Services, qtbot: QtBot, mirror: Mirror
) -> None:
    mirror.faults["train-images-idx3-ubyte.gz"] = "missing"
    with qtbot.waitSignal(services.data.unavailable, timeout=TIMEOUT):
        services.data.require("mnist")
    services.data.accept_built_in()
    assert services.state.phase == "idle"
    settle(services, qtbot)
    assert services.state.phase == "idle"


@pytest.mark.parametrize("source", made_up_sets.ALL, ids=made_up_sets.NAMES)
def test_a_run_of_another_shape_shows_its_own_data(
    made_up: None, services: Services, qtbot: QtBot, tmp_path: Path, source: Source
) -> None:
    run = made_up_sets.train(source, tmp_path / "run")
    assert services.open_run(run)
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=TIMEOUT)
    dataset, stats = services.state.dataset, services.state.stats
    assert dataset is not None and (dataset.name, dataset.shape) == (source.info.name, source.info.shape)
    assert stats is not None and stats.n_images == made_up_sets.N_TRAIN


def test_a_run_of_an_unknown_data_set_opens_and_says_what_is_missing(
    services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    with made_up_sets.added():
        run = made_up_sets.train(made_up_sets.GREY, tmp_path / "run")
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    with qtbot.assertNotEmitted(services.errors.raised):
        assert services.open_run(run)
        settle(services, qtbot)
    assert len(told) == 1 and "does not know the run's data set 'made-up-grey'" in told[0]
    assert services.state.snapshot is not None and services.state.snapshot.shape == (12, 20)
    assert services.state.dataset is not None and services.state.dataset.name == "digits"
    assert services.state.stats is None, "digits have another shape"


def test_a_folder_is_given_only_to_data_sets_that_are_read_from_one(
    made_up: None, services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    services.settings.data_dir = tmp_path
    with qtbot.assertNotEmitted(services.state.notice):
        services.data.show("made-up-colour")
        settle(services, qtbot)
    assert services.state.dataset is not None and services.state.dataset.name == "made-up-colour"
    assert services.data.read_from_folder == "mnist"


def test_the_folder_on_which_the_open_run_was_trained_is_read_first(
    services: Services, qtbot: QtBot, mnist_dir: Path, small_run: Path
) -> None:
    run = open_run(small_run)
    trained = replace(run, config=make({"dataset": "mnist"}, run.config), data_folder=mnist_dir)
    write(trained)
    assert services.open_run(small_run)
    settle(services, qtbot)
    assert services.state.dataset is not None
    assert (services.state.dataset.name, services.state.dataset.folder) == ("mnist", mnist_dir)
    assert services.data.folder is None, "it is the run's folder, not the user's choice for all runs"
