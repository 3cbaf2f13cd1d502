"""The runs on disk as the window lists them, the scrubber's steps, and statistics in the background."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.app.settings import Settings
from saegui.app.state import MAX_OVERLAYS
from saegui.core.analysis.latent_stats import analyse
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.errors import RunError
from saegui.core.files.locks import TrainingLock
from saegui.core.model import snapshot_file
from saegui.core.runs import folders
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import BrokenRun, Run, open_run, rename_run, starter_run


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


def test_broken_runs_are_listed_with_their_reason(services: Services, small_run: Path) -> None:
    broken = small_run.parent / "broken"
    broken.mkdir()
    (broken / "run.json").write_text('{"format": "saegui run", "ver')
    services.library.refresh()
    kinds = {run.path.name: type(run) for run in services.library.runs}
    assert kinds == {"small": Run, "broken": BrokenRun}


def test_deleting_the_current_run_can_be_undone(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    run = services.state.run
    assert run is not None
    services.state.edit_draft("k", 3)
    services.library.delete(run)
    assert services.state.run == starter_run()
    assert not small_run.exists() and not services.library.runs and services.library.can_undo
    services.library.undo_delete()
    assert [listed.path for listed in services.library.runs] == [small_run]
    assert services.state.is_current(small_run)
    assert services.state.draft == {**run.config.model_dump(), "k": 3}, "the train panel is the user's"


def test_of_several_that_were_deleted_the_one_that_is_named_comes_back(
    services: Services, small_run: Path
) -> None:
    library = services.library
    back: list[Path] = []
    library.restored.connect(back.append)
    paths = [Path(shutil.copytree(small_run, small_run.with_name(name))) for name in "abc"]
    for path in paths:
        library.delete(open_run(path))
    library.undo_delete(paths[0])
    assert [path.exists() for path in paths] == [True, False, False]
    library.undo_delete(paths[0])
    assert [path.exists() for path in paths] == [True, False, False], "it is back already"
    library.undo_delete()
    assert [path.exists() for path in paths] == [True, False, True]
    assert back == [paths[0], paths[2]] and library.can_undo


def test_the_curves_of_a_deleted_run_go_and_come_back_with_it(services: Services, small_run: Path) -> None:
    run = open_run(small_run)
    other = Overlay(Path("another"), run.name, run.history())
    services.state.set_overlays([Overlay(small_run, run.name, run.history()), other])
    services.library.delete(run)
    # Of two with one name, the one that was deleted; the other keeps its colour.
    assert services.state.overlays == (other._replace(place=2),)
    services.library.undo_delete()
    found = [(overlay.path, overlay.place) for overlay in services.state.overlays]
    assert found == [(Path("another"), 2), (small_run, 1)]


def test_curves_keep_their_colour_while_others_come_and_go(services: Services, small_run: Path) -> None:
    """Each has another one, and a sixth gets that of the one that made room."""
    state = services.state

    def places() -> dict[str, int]:
        return {overlay.name: overlay.place for overlay in state.overlays}

    made = {
        name: rename_run(open_run(Path(shutil.copytree(small_run, small_run.with_name(name)))), name)
        for name in "abcdef"
    }
    for name in "abcde":
        services.library.toggle_overlay(made[name])
    assert places() == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
    services.library.toggle_overlay(made["b"])
    assert places() == {"a": 1, "c": 3, "d": 4, "e": 5}
    services.library.toggle_overlay(made["f"])
    assert places() == {"a": 1, "c": 3, "d": 4, "e": 5, "f": 2}
    services.library.toggle_overlay(made["b"])
    assert places() == {"c": 3, "d": 4, "e": 5, "f": 2, "b": 1}
    # However they are laid there, no two share one.
    state.set_overlays([overlay._replace(place=3) for overlay in state.overlays])
    assert places() == {"c": 3, "d": 1, "e": 2, "f": 4, "b": 5}


def test_another_run_s_curves_are_laid_under_and_taken_away(
    services: Services, small_run: Path, stopped_run: Path
) -> None:
    library, state = services.library, services.state
    library.open(stopped_run)
    run = open_run(small_run)
    library.toggle_overlay(run)
    (overlay,) = state.overlays
    assert (overlay.path, overlay.name, overlay.diverged) == (small_run, "small run", False)
    assert Overlay.of(replace(run, status="diverged"), run.history()).diverged
    np.testing.assert_array_equal(overlay.history.train["loss"], run.history().train["loss"])
    assert library.is_overlaid(run)
    library.toggle_overlay(run)
    assert state.overlays == () and not library.is_overlaid(run)
    library.toggle_overlay(run)
    library.open(small_run)
    assert state.overlays == (), "a run lies under itself"


def test_a_deleted_run_of_a_series_comes_back_to_the_list_and_no_bin_stays(
    services: Services, small_run: Path, tmp_path: Path
) -> None:
    series = tmp_path / "series"
    for name in ("k-5", "k-10"):
        shutil.copytree(small_run, series / name)
    library = services.library
    library.refresh()
    library.open(series / "k-5")
    library.delete(open_run(series / "k-5"))
    assert series / "k-10" in {run.path for run in library.runs}
    library.undo_delete()
    assert {series / "k-5", series / "k-10"} <= {run.path for run in library.runs}
    library.close()
    assert sorted(path.name for path in series.iterdir()) == ["k-10", "k-5"]


def test_a_run_is_the_same_however_its_folder_is_spelt(
    services: Services, small_run: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(small_run)
    for path in (small_run.parent / ".." / "runs" / "small", tmp_path / "link"):
        assert services.library.open(path)
        assert services.state.run is not None and services.state.run.path == small_run
        assert [run.path for run in services.library.runs].count(small_run) <= 1


def test_neighbours_that_cannot_be_listed_do_not_hide_one_s_own(
    services: Services, small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Path(shutil.copytree(small_run, tmp_path / "series" / "k-5"))
    services.library.refresh()
    told = notices(services)

    def refused(folder: Path) -> list[Run]:
        raise RunError(f"{folder} cannot be listed.")

    monkeypatch.setattr(folders, "list_inside", refused)
    services.library.open(elsewhere)
    services.library.refresh()
    assert [run.path for run in services.library.runs] == [small_run]
    assert set(told) == {f"{elsewhere.parent} cannot be listed."}


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


def test_a_run_that_is_trained_elsewhere_cannot_be_gone_on_with_here(
    services: Services, stopped_run: Path
) -> None:
    services.library.open(stopped_run)
    assert services.training.resumable is not None
    lock = TrainingLock(stopped_run)
    assert services.training.resumable is None
    lock.release()
    assert services.training.resumable is not None


def test_a_run_does_not_lie_under_itself(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    services.library.toggle_overlay(open_run(small_run))
    assert services.state.overlays == ()


def test_where_no_more_curves_fit_the_first_make_room_and_it_is_told(
    services: Services, small_run: Path
) -> None:
    told = notices(services)
    names = [f"run {number}" for number in range(MAX_OVERLAYS + 1)]
    for name in names:
        path = Path(shutil.copytree(small_run, small_run.with_name(name)))
        services.library.toggle_overlay(rename_run(open_run(path), name))
    assert [overlay.name for overlay in services.state.overlays] == names[1:]
    assert told == ["5 runs fit under the curves: “run 0” made room."]


def test_curves_that_cannot_be_read_are_told(services: Services, small_run: Path) -> None:
    (small_run / "history.npz").write_bytes(b"broken")
    told = notices(services)
    services.library.toggle_overlay(open_run(small_run))
    assert len(told) == 1 and "history.npz" in told[0] and services.state.overlays == ()


def test_beside_a_run_from_elsewhere_its_neighbours_are_listed(
    services: Services, small_run: Path, stopped_run: Path, tmp_path: Path
) -> None:
    """As those of a series that a server trained."""
    series = tmp_path / "series"
    for name in ("k-5", "k-10"):
        shutil.copytree(small_run, series / name)
    (series / "notes").mkdir()
    library = services.library
    library.refresh()
    own = {small_run, stopped_run}
    assert {run.path for run in library.runs} == own
    library.open(series / "k-5")
    assert {run.path for run in library.runs} == own | {series / "k-5", series / "k-10"}
    # A folder of runs stands for its newest.
    edited = json.loads((series / "k-10" / "run.json").read_text())
    (series / "k-10" / "run.json").write_text(json.dumps({**edited, "created": "2099-01-01T10:00:00+00:00"}))
    assert library.open(series)
    assert services.state.run is not None and services.state.run.path == series / "k-10"
    # What is compared with them need not lie there.
    library.open(small_run)
    assert {run.path for run in library.runs} == own | {series / "k-5", series / "k-10"}
    other = tmp_path / "other"
    shutil.copytree(small_run, other / "k-7")
    library.open(other / "k-7")
    assert {run.path for run in library.runs} == own | {other / "k-7"}
    # A folder that is gone has nothing to list.
    library.open(small_run)
    shutil.rmtree(other)
    library.refresh()
    assert {run.path for run in library.runs} == own


def test_deleted_runs_go_for_good_when_the_window_closes(services: Services, small_run: Path) -> None:
    services.library.delete(open_run(small_run))
    assert list((small_run.parent / ".deleted").iterdir())
    services.library.close()
    assert not (small_run.parent / ".deleted").exists()


def test_the_starter_run_belongs_to_the_program(services: Services) -> None:
    told = notices(services)
    starter = starter_run()
    before = (starter.path / "run.json").read_bytes()
    services.library.rename(starter, "mine")
    services.library.delete(starter)
    assert len(told) == 2 and (starter.path / "run.json").read_bytes() == before


def test_renaming_reaches_the_disk_and_the_state(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    services.library.rename(open_run(small_run), "  a   better name ")
    assert services.state.run is not None and services.state.run.name == "a better name"
    assert json.loads((small_run / "run.json").read_text())["name"] == "a better name"


def test_the_scrubber_shows_every_kept_step(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    steps = services.library.steps
    assert steps[0] == 0 and len(steps) == 7
    for step in steps:
        services.library.show_step(step)
        assert services.state.snapshot is not None and services.state.snapshot.step == step


def test_statistics_are_measured_in_the_background_and_once(
    services: Services, qtbot: QtBot, small_run: Path, digits: Dataset
) -> None:
    services.library.open(small_run)
    services.state.set_dataset(digits)
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)
    first = services.state.stats
    assert services.state.snapshot is not None
    expected = analyse(services.state.snapshot, digits)
    assert (first.density == expected.density).all()  # type: ignore[union-attr]
    last = services.library.steps[-1]
    services.library.show_step(0)
    assert services.state.stats is None
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)
    services.library.show_step(last)
    again = services.state.stats
    services.library.show_step(0)
    # Back at a step that was measured before: there at once, and the very same.
    assert services.state.stats is not None and services.state.stats is not again


def test_a_measurement_that_was_cancelled_can_be_asked_for_again(
    services: Services, qtbot: QtBot, small_run: Path, digits: Dataset
) -> None:
    services.library.open(small_run)
    services.state.set_dataset(digits)
    assert services.stats.running
    # As the status bar does it.
    services.jobs.running[-1].cancel()
    qtbot.waitUntil(lambda: not services.stats.running, timeout=20_000)
    assert services.state.stats is None
    services.stats.refresh()
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)


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


def test_a_run_that_cannot_be_brought_back_stays_in_the_bin(services: Services, small_run: Path) -> None:
    told = notices(services)
    services.library.delete(open_run(small_run))
    small_run.mkdir()
    services.library.undo_delete()
    assert len(told) == 1 and "cannot be restored" in told[0] and services.library.can_undo
    small_run.rmdir()
    services.library.undo_delete()
    assert services.library.open(small_run) and not services.library.can_undo


def test_runs_from_elsewhere_that_were_deleted_go_for_good_too(
    services: Services, small_run: Path, tmp_path: Path
) -> None:
    elsewhere = small_run.rename(tmp_path / "elsewhere")
    services.library.open(elsewhere)
    services.library.delete(open_run(elsewhere))
    assert (tmp_path / ".deleted").exists()
    services.library.close()
    assert not (tmp_path / ".deleted").exists()


def test_a_run_that_was_trained_again_shows_its_new_weights(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    services.library.show_step(0)
    before = services.state.snapshot
    assert before is not None
    other = replace(before, W_dec=-before.W_dec)
    snapshot_file.save(other, small_run / "snapshots" / "step-000000000.safetensors")
    services.library.open(small_run)
    services.library.show_step(0)
    assert services.state.snapshot is not None
    np.testing.assert_array_equal(services.state.snapshot.W_dec, other.W_dec)


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
