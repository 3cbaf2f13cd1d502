"""Which data set is loaded, and what the user is offered when one cannot be had."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from saegui.app.jobs import Job, Work
from saegui.app.services import Explorer
from saegui.core.config.schema import make
from saegui.core.runs.run import Run
from tests.mirror import Mirror

TIMEOUT = 60_000


def settle(explorer: Explorer, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not explorer.data.loading, timeout=TIMEOUT)


def test_without_mnist_the_built_in_digits_serve_and_it_is_said(explorer: Explorer, qtbot: QtBot) -> None:
    explorer.data.show("mnist")
    settle(explorer, qtbot)
    assert explorer.state.dataset is not None and explorer.state.dataset.name == "digits"
    assert (explorer.data.missing, explorer.data.problem) == ("mnist", "")


def test_a_failed_download_says_why_and_a_second_try_succeeds(
    explorer: Explorer, qtbot: QtBot, mirror: Mirror, own_home: Path
) -> None:
    explorer.data.show("mnist")
    settle(explorer, qtbot)
    mirror.faults["train-images-idx3-ubyte.gz"] = "altered"
    with qtbot.waitSignal(explorer.data.unavailable, timeout=TIMEOUT):
        explorer.data.require("mnist")
    assert explorer.data.missing == "mnist" and "train-images-idx3-ubyte.gz" in explorer.data.problem
    assert explorer.state.dataset is not None and explorer.state.dataset.name == "digits"
    assert not (own_home / "data" / "mnist").exists()
    mirror.faults.clear()
    bytes_done: list[tuple[int, int]] = []
    explorer.data.progressed.connect(lambda done, total, text: bytes_done.append((done, total)))
    with qtbot.waitSignal(explorer.data.loaded, timeout=TIMEOUT):
        explorer.data.require("mnist")
    assert explorer.state.dataset.name == "mnist"
    assert (explorer.data.missing, explorer.data.problem) == ("", "")
    assert bytes_done and all(0 <= done <= total for done, total in bytes_done)


def test_a_download_can_be_cancelled_and_leaves_the_digits(
    explorer: Explorer, qtbot: QtBot, mirror: Mirror, own_home: Path
) -> None:
    explorer.data.show("mnist")
    settle(explorer, qtbot)
    mirror.faults["train-images-idx3-ubyte.gz"] = "silent"
    explorer.data.require("mnist")
    qtbot.waitUntil(mirror.asked.is_set, timeout=TIMEOUT)
    explorer.data.cancel()
    qtbot.waitUntil(lambda: not explorer.jobs.running, timeout=TIMEOUT)
    assert not explorer.data.loading
    assert explorer.state.dataset is not None and explorer.state.dataset.name == "digits"
    assert not (own_home / "data" / "mnist").exists()


def test_a_folder_is_taken_remembered_and_loaded(explorer: Explorer, qtbot: QtBot, shared_data: Path) -> None:
    with qtbot.waitSignal(explorer.data.loaded, timeout=TIMEOUT):
        explorer.data.choose_folder(shared_data)
    assert explorer.state.dataset is not None and len(explorer.state.dataset.train_images) == 60_000
    explorer.settings.flush()
    again = Explorer()
    assert again.data.folder == shared_data
    again.shut_down()


def test_a_wrong_folder_is_told_and_nothing_is_lost(explorer: Explorer, qtbot: QtBot, tmp_path: Path) -> None:
    explorer.data.show("mnist")
    settle(explorer, qtbot)
    with qtbot.waitSignal(explorer.data.unavailable, timeout=TIMEOUT):
        explorer.data.choose_folder(tmp_path)
    assert str(tmp_path) in explorer.data.problem
    assert explorer.state.dataset is not None and explorer.state.dataset.name == "digits"


def test_a_wrong_folder_costs_neither_the_images_nor_the_folder_that_is_right(
    explorer: Explorer, qtbot: QtBot, shared_data: Path, tmp_path: Path
) -> None:
    with qtbot.waitSignal(explorer.data.loaded, timeout=TIMEOUT):
        explorer.data.choose_folder(shared_data)
    told: list[str] = []
    explorer.state.notice.connect(lambda level, sentence: told.append(sentence))
    with qtbot.waitSignal(explorer.data.unavailable, timeout=TIMEOUT):
        explorer.data.choose_folder(tmp_path)
    assert len(told) == 1 and str(tmp_path) in told[0]
    assert (explorer.data.missing, explorer.data.folder) == ("", shared_data)
    assert explorer.state.dataset is not None and explorer.state.dataset.name == "mnist"


def test_a_folder_that_lost_its_files_does_not_bar_the_download(
    explorer: Explorer, qtbot: QtBot, mirror: Mirror, tmp_path: Path
) -> None:
    explorer.settings.data_dir = tmp_path / "unplugged"
    told: list[str] = []
    explorer.state.notice.connect(lambda level, sentence: told.append(sentence))
    explorer.data.show("mnist")
    settle(explorer, qtbot)
    assert len(told) == 1 and str(tmp_path / "unplugged") in told[0]
    with qtbot.waitSignal(explorer.data.loaded, timeout=TIMEOUT):
        explorer.data.require("mnist")
    assert explorer.state.dataset is not None and explorer.state.dataset.name == "mnist"


def test_a_data_set_that_is_here_ends_the_search_for_another(explorer: Explorer, qtbot: QtBot) -> None:
    explorer.data.show("mnist")
    settle(explorer, qtbot)
    explorer.data.show("digits")
    assert explorer.data.missing == ""


def test_going_on_with_the_digits_changes_the_draft(explorer: Explorer, qtbot: QtBot) -> None:
    explorer.data.show("mnist")
    settle(explorer, qtbot)
    explorer.data.accept_built_in()
    settle(explorer, qtbot)
    assert explorer.data.missing == ""
    assert explorer.state.draft["dataset"] == "digits"


def test_a_training_on_data_that_cannot_be_had_goes_back_to_idle(
    explorer: Explorer, qtbot: QtBot, mirror: Mirror
) -> None:
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz"):
        mirror.faults[name] = "missing"
    explorer.state.edit_draft("dataset", "mnist")
    told: list[str] = []
    explorer.state.notice.connect(lambda level, sentence: told.append(sentence))
    explorer.training.train()
    assert explorer.state.phase == "preparing"
    qtbot.waitUntil(lambda: explorer.state.phase == "idle", timeout=TIMEOUT)
    assert told == [explorer.data.problem] != [""]
    # A training that images kept from beginning begins with those that are accepted in their place.
    for name, value in {"n_latents": 16, "k": 3, "epochs": 1}.items():
        explorer.state.edit_draft(name, value)
    explorer.data.accept_built_in()
    assert explorer.state.phase == "preparing"
    qtbot.waitUntil(lambda: explorer.state.phase == "idle", timeout=TIMEOUT)
    (run,) = explorer.library.runs
    assert (run.status, run.config.dataset) == ("finished", "digits")


def test_going_on_with_the_digits_loads_them_once(
    explorer: Explorer, qtbot: QtBot, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    start = explorer.jobs.start

    def counted(title: str, work: Work) -> Job:
        asked.append(title)
        return start(title, work)

    monkeypatch.setattr(explorer.jobs, "start", counted)
    mirror.faults["train-images-idx3-ubyte.gz"] = "missing"
    values = {"dataset": "mnist", "n_latents": 16, "k": 3, "epochs": 1}
    explorer.state.set_draft(make(values))
    explorer.training.train()
    qtbot.waitUntil(lambda: explorer.state.phase == "idle", timeout=TIMEOUT)
    asked.clear()
    # The banner asks for them, and so does the training that has waited for its images.
    explorer.data.accept_built_in()
    qtbot.waitUntil(lambda: explorer.state.phase == "idle", timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not explorer.jobs.running, timeout=TIMEOUT)
    assert [title for title in asked if title.startswith("Loading")] == ["Loading Built-in digits"]
    assert [run.config.dataset for run in explorer.library.runs if isinstance(run, Run)] == ["digits"]


def test_a_load_that_was_given_up_answers_nobody(explorer: Explorer, qtbot: QtBot) -> None:
    explorer.data.require("digits")
    explorer.jobs.running[0].cancel()
    with qtbot.waitSignal(explorer.data.loaded, timeout=TIMEOUT):
        explorer.data.require("digits")
    qtbot.waitUntil(lambda: not explorer.jobs.running, timeout=TIMEOUT)


def test_the_digits_start_no_training_that_nobody_asked_for(
    explorer: Explorer, qtbot: QtBot, mirror: Mirror
) -> None:
    mirror.faults["train-images-idx3-ubyte.gz"] = "missing"
    with qtbot.waitSignal(explorer.data.unavailable, timeout=TIMEOUT):
        explorer.data.require("mnist")
    explorer.data.accept_built_in()
    assert explorer.state.phase == "idle"
    settle(explorer, qtbot)
    assert explorer.state.phase == "idle"
