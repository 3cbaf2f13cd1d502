"""Which data set is loaded, and what the user is offered when one cannot be had."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.app.jobs import Job, Work
from saegui.app.services import Services
from saegui.core import data
from saegui.core.config.schema import make
from saegui.core.data.idx_set import MNIST_FILES
from saegui.core.data.source import Source
from saegui.core.runs.run import Run, open_run, write
from tests import made_up as made_up_sets
from tests.core.data.conftest import _idx_bytes as idx_bytes
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
    assert again.data.folder_of("mnist") == shared_data
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
    assert (services.data.missing, services.data.folder_of("mnist")) == ("", shared_data)
    assert services.state.dataset is not None and services.state.dataset.name == "mnist"


def test_a_folder_that_lost_its_files_does_not_bar_the_download(
    services: Services, qtbot: QtBot, mirror: Mirror, tmp_path: Path
) -> None:
    services.settings.set_data_folder("mnist", tmp_path / "unplugged")
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
    # A download is for the user to begin.
    assert services.state.phase == "idle" and not services.data.loading and services.training.waits
    assert (services.data.missing, services.data.problem) == ("mnist", "")
    services.training.fetch()
    assert services.state.phase == "preparing"
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=TIMEOUT)
    # The banner says it, and nothing else.
    assert services.data.problem and not told
    # A training that images kept from beginning begins with those that are accepted in their place.
    for name, value in {"n_latents": 16, "k": 3, "epochs": 1}.items():
        services.state.edit_draft(name, value)
    services.data.accept_built_in()
    assert services.state.phase == "preparing"
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=TIMEOUT)
    (run,) = services.library.runs
    assert (run.status, run.config.dataset) == ("finished", "digits")


def test_a_training_that_waits_for_a_download_begins_when_the_images_are_here(
    services: Services, qtbot: QtBot, mirror: Mirror
) -> None:
    services.state.set_draft(make({"dataset": "mnist", "n_latents": 16, "k": 3, "epochs": 1}))
    services.training.train()
    assert services.training.waits
    services.training.fetch()
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=TIMEOUT)
    assert [run.config.dataset for run in services.library.runs if isinstance(run, Run)] == ["mnist"]
    assert not services.training.waits and services.data.missing == ""


def test_choosing_other_data_ends_what_was_said_of_images_that_a_training_could_not_have(
    services: Services, qtbot: QtBot, mirror: Mirror
) -> None:
    mirror.faults["train-images-idx3-ubyte.gz"] = "missing"
    services.state.edit_draft("dataset", "mnist")
    services.training.train()
    services.training.fetch()
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=TIMEOUT)
    services.state.edit_draft("k", 3)
    assert services.data.problem and services.training.waits
    services.state.edit_draft("dataset", "olivetti")
    assert (services.data.missing, services.data.problem) == ("", "")
    assert not services.training.waits


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
    services.training.fetch()
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
    trained = replace(
        run, config=make({"dataset": "mnist"}, run.config), origin=data.Origin("MNIST", mnist_dir, "0-0")
    )
    write(trained)
    assert services.open_run(small_run)
    settle(services, qtbot)
    assert services.state.dataset is not None
    assert (services.state.dataset.name, services.state.dataset.folder) == ("mnist", mnist_dir)
    assert services.data.folder_of("mnist") is None, (
        "it is the run's folder, not the user's choice for all runs"
    )


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Two folders with different images in MNIST's files, by name."""
    made = {name: tmp_path / name for name in ("first", "second")}
    for seed, folder in enumerate(made.values()):
        folder.mkdir()
        images = np.random.default_rng(seed).integers(0, 256, (20, 28, 28), dtype=np.uint8)
        labels = np.arange(20, dtype=np.uint8) % 10
        for name, array in zip(MNIST_FILES, (images, labels, images, labels), strict=True):
            (folder / name).write_bytes(idx_bytes(array))
    return made


def run_on(folder: Path, small_run: Path, name: str) -> Path:
    """A copy of a run that says it was trained on the images in ``folder``."""
    path = Path(shutil.copytree(small_run, small_run.with_name(name)))
    run = open_run(path)
    write(
        replace(run, config=make({"dataset": "mnist"}, run.config), origin=data.load("mnist", folder).origin)
    )
    return path


def test_each_run_shows_the_images_of_its_own_folder(
    services: Services, qtbot: QtBot, folders: dict[str, Path], small_run: Path
) -> None:
    for name, folder in folders.items():
        path = run_on(folder, small_run, name)
        assert services.open_run(path)
        settle(services, qtbot)
        assert services.state.dataset is not None and services.state.dataset.folder == folder
        assert services.state.own_images
    # A folder that is chosen afterwards counts until another run is opened.
    services.data.choose_folder(folders["first"])
    settle(services, qtbot)
    services.data.require("mnist")
    settle(services, qtbot)
    assert services.state.dataset.folder == folders["first"] and not services.state.own_images
    assert services.open_run(path.with_name("first")) and services.open_run(path)
    settle(services, qtbot)
    assert services.state.dataset.folder == folders["second"]


def test_images_that_changed_since_the_training_are_said_and_never_measured_as_its_own(
    services: Services, qtbot: QtBot, folders: dict[str, Path], small_run: Path
) -> None:
    path = run_on(folders["first"], small_run, "changed")
    write(replace(open_run(path), metrics={}))
    for name in MNIST_FILES:
        shutil.copy(folders["second"] / name, folders["first"] / name)
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    assert services.open_run(path)
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=TIMEOUT)
    (sentence,) = [sentence for sentence in told if "have changed since" in sentence]
    assert f"in {folders['first']} have changed since the run was trained" in sentence
    assert not any("Measuring the run" in job.title for job in services.jobs.running)
    assert open_run(path).metrics == {}
    told.clear()
    services.data.show("mnist")
    settle(services, qtbot)
    assert told == [], "it is said once"


def test_a_folder_that_vanished_is_named_where_nothing_else_has_the_images(
    services: Services, qtbot: QtBot, folders: dict[str, Path], small_run: Path
) -> None:
    path = run_on(folders["first"], small_run, "lost")
    shutil.rmtree(folders["first"])
    assert services.open_run(path)
    settle(services, qtbot)
    assert services.data.missing == "mnist"
    assert f"from {folders['first']}, which is not there any more" in services.data.problem


def test_a_folder_of_the_command_line_that_holds_something_else_leaves_the_remembered_one(
    services: Services, qtbot: QtBot, folders: dict[str, Path], tmp_path: Path
) -> None:
    services.settings.data_dir = tmp_path
    services.settings.set_data_folder("mnist", folders["first"])
    services.data.show("mnist")
    settle(services, qtbot)
    assert services.state.dataset is not None and services.state.dataset.folder == folders["first"]
