"""The list of runs, opening them and renaming them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.app.settings import Settings
from saegui.core.config.schema import make
from saegui.core.files.locks import TrainingLock
from saegui.core.runs.run import BrokenRun, Run, open_run, starter_run
from saegui.core.sweeps import spec_text


def notices(services: Services) -> list[str]:
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    return told


def test_the_first_start_opens_the_starter_run(services: Services) -> None:
    services.open_first()
    assert services.state.run == starter_run()
    assert services.state.snapshot is not None and services.state.snapshot.n_latents == 64
    assert len(services.state.history.train["step"]) > 100


def test_the_run_that_was_open_last_is_opened_again(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    services.settings.flush()
    again = Services()
    again.open_first()
    assert again.state.run is not None and again.state.run.path == small_run
    again.shut_down()


def test_a_last_run_that_broke_gives_way_to_the_starter_run(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    (small_run / "weights.safetensors").write_bytes(b"broken")
    told = notices(services)
    services.open_first()
    assert services.state.run == starter_run()
    assert len(told) == 1 and "weights.safetensors" in told[0]


def test_opening_a_run_fills_the_train_panel(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    assert services.state.draft == open_run(small_run).config.model_dump()


def test_a_sweep_of_which_nothing_is_trained_yet_is_no_broken_run(
    services: Services, small_run: Path
) -> None:
    for name in ("untrained", "empty"):
        (small_run.parent / name).mkdir()
    (small_run.parent / "untrained" / spec_text.NAME).write_text("[vary]\nk = [5, 10]\n")
    services.library.refresh()
    kinds = {run.path.name: type(run) for run in services.library.runs}
    assert kinds == {"small": Run, "empty": BrokenRun}


def test_broken_runs_are_listed_with_their_reason(services: Services, small_run: Path) -> None:
    broken = small_run.parent / "broken"
    broken.mkdir()
    (broken / "run.json").write_text('{"format": "saegui run", "ver')
    services.library.refresh()
    kinds = {run.path.name: type(run) for run in services.library.runs}
    assert kinds == {"small": Run, "broken": BrokenRun}


def test_a_run_is_the_same_however_its_folder_is_spelt(
    services: Services, small_run: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(small_run)
    for path in (small_run.parent / ".." / "runs" / "small", tmp_path / "link"):
        assert services.library.open(path)
        assert services.state.run is not None and services.state.run.path == small_run
        assert [run.path for run in services.library.runs].count(small_run) <= 1


def test_neighbours_that_cannot_be_listed_do_not_hide_one_s_own(
    services: Services, small_run: Path, tmp_path: Path
) -> None:
    elsewhere = Path(shutil.copytree(small_run, tmp_path / "sweep" / "k-5"))
    services.library.refresh()
    services.library.open(elsewhere.parent)
    told = notices(services)
    shutil.rmtree(elsewhere.parent)
    elsewhere.parent.write_text("a file in its place")
    services.library.refresh()
    services.library.refresh()
    assert [run.path for run in services.library.runs] == [small_run]
    assert set(told) == {f"{elsewhere.parent} cannot be listed (Not a directory); move the file in its way."}


def test_what_others_saved_meanwhile_is_seen_when_it_is_looked_for(
    services: Services, small_run: Path, stopped_run: Path
) -> None:
    library, state = services.library, services.state
    library.open(stopped_run)
    library.refresh()
    heard: list[None] = []
    library.changed.connect(lambda: heard.append(None))
    library.refresh_if_changed()
    assert not heard, "nothing has changed"
    content = json.loads((stopped_run / "run.json").read_text())
    (stopped_run / "run.json").write_text(json.dumps({**content, "status": "finished"}))
    library.refresh_if_changed()
    assert len(heard) == 1
    assert state.run is not None and state.run.status == "finished"
    shutil.copytree(small_run, small_run.with_name("new"))
    library.refresh_if_changed()
    assert small_run.with_name("new") in {run.path for run in library.runs}
    shutil.rmtree(small_run)
    library.refresh_if_changed()
    assert small_run not in {run.path for run in library.runs}


def test_a_run_that_is_trained_elsewhere_cannot_be_resumed_here(
    services: Services, stopped_run: Path
) -> None:
    services.library.open(stopped_run)
    assert services.training.resumable is not None
    lock = TrainingLock(stopped_run)
    assert services.training.resumable is None
    lock.release()
    assert services.training.resumable is not None


def test_a_folder_of_runs_from_elsewhere_is_listed_and_of_a_run_only_itself(
    services: Services, small_run: Path, stopped_run: Path, tmp_path: Path
) -> None:
    """As those of a sweep that a server trained."""
    sweep = tmp_path / "sweep"
    for name in ("k-5", "k-10"):
        shutil.copytree(small_run, sweep / name)
    (sweep / "notes").mkdir()
    library = services.library
    library.refresh()
    own = {small_run, stopped_run}
    assert {run.path for run in library.runs} == own
    library.open(sweep / "k-5")
    assert {run.path for run in library.runs} == own | {sweep / "k-5"}
    library.refresh()
    assert {run.path for run in library.runs} == own | {sweep / "k-5"}
    # A folder of runs stands for its newest.
    edited = json.loads((sweep / "k-10" / "run.json").read_text())
    (sweep / "k-10" / "run.json").write_text(json.dumps({**edited, "created": "2099-01-01T10:00:00+00:00"}))
    assert library.open(sweep)
    assert services.state.run is not None and services.state.run.path == sweep / "k-10"
    assert {run.path for run in library.runs} == own | {sweep / "k-5", sweep / "k-10"}
    library.open(sweep / "k-5")
    assert {run.path for run in library.runs} == own | {sweep / "k-5", sweep / "k-10"}
    # What is compared with them need not lie there.
    library.open(small_run)
    assert {run.path for run in library.runs} == own | {sweep / "k-5", sweep / "k-10"}
    other = tmp_path / "other"
    shutil.copytree(small_run, other / "k-7")
    library.open(other / "k-7")
    assert {run.path for run in library.runs} == own | {other / "k-7"}
    # A folder that is gone has nothing to list.
    library.open(small_run)
    shutil.rmtree(other)
    library.refresh()
    assert {run.path for run in library.runs} == own


def test_the_starter_run_belongs_to_the_program(services: Services) -> None:
    told = notices(services)
    starter = starter_run()
    before = (starter.path / "run.json").read_bytes()
    services.library.rename(starter, "mine")
    services.bin.delete(starter)
    assert len(told) == 2 and (starter.path / "run.json").read_bytes() == before


def test_renaming_reaches_the_disk_and_the_state(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    services.library.rename(open_run(small_run), "  a   better name ")
    assert services.state.run is not None and services.state.run.name == "a better name"
    assert json.loads((small_run / "run.json").read_text())["name"] == "a better name"


def test_a_run_that_was_just_trained_is_opened_at_the_next_start(
    services: Services, qtbot: QtBot, small_run: Path
) -> None:
    services.library.open(small_run)
    services.state.set_draft(make({"dataset": "digits", "n_latents": 8, "k": 2, "epochs": 1}))
    services.training.train()
    qtbot.waitUntil(lambda: not services.state.busy, timeout=60_000)
    trained = services.state.run
    assert trained is not None and trained.path != small_run
    services.settings.flush()
    again = Services()
    again.open_first()
    assert again.state.run == trained
    again.shut_down()


def test_a_run_is_known_by_its_place_however_it_was_named(
    services: Services, small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small_run.parent)
    assert services.library.open(Path(small_run.name))
    assert services.state.run is not None and services.state.run.path == small_run
    assert services.settings.last_run == str(small_run)


def test_the_list_is_read_when_a_run_appears_or_ends_and_not_at_every_pause(
    services: Services, qtbot: QtBot
) -> None:
    listed: list[int] = []
    services.library.changed.connect(lambda: listed.append(len(services.library.runs)))
    services.state.set_draft(make({"dataset": "digits", "n_latents": 8, "k": 2, "epochs": 1000}))
    for ask in (services.training.step, services.training.step_epoch):
        ask()
        qtbot.waitUntil(lambda: services.state.phase == "paused", timeout=60_000)
    assert listed == [1]
    services.training.stop()
    qtbot.waitUntil(lambda: not services.state.busy, timeout=60_000)
    assert listed == [1, 1]


def test_a_run_without_its_curves_opens_and_says_so(services: Services, small_run: Path) -> None:
    (small_run / "history.npz").write_bytes(b"broken")
    told = notices(services)
    assert services.library.open(small_run)
    assert services.state.snapshot is not None and len(services.state.history.train["step"]) == 0
    assert len(told) == 1 and "history.npz" in told[0]


def test_a_damaged_settings_file_is_no_obstacle(own_home: Path) -> None:
    own_home.mkdir(exist_ok=True)
    (own_home / "settings.ini").write_text("[layout]\ndocks=garbage\ngeometry=@Byt\n")
    settings = Settings()
    assert settings.layout("docks").isEmpty() and settings.layout("geometry").isEmpty()
