"""Deleted runs and bringing them back."""

from __future__ import annotations

import shutil
from pathlib import Path

from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import open_run, starter_run


def notices(services: Services) -> list[str]:
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    return told


def test_deleting_the_current_run_can_be_undone(services: Services, small_run: Path) -> None:
    services.library.open(small_run)
    run = services.state.run
    assert run is not None
    services.state.edit_draft("k", 3)
    services.bin.delete(run)
    assert services.state.run == starter_run()
    assert not small_run.exists() and not services.library.runs and services.bin.can_restore
    services.bin.restore()
    assert [listed.path for listed in services.library.runs] == [small_run]
    assert services.state.is_current(small_run)
    assert services.state.draft == {**run.config.model_dump(), "k": 3}, "the train panel is the user's"


def test_of_several_that_were_deleted_the_one_that_is_named_comes_back(
    services: Services, small_run: Path
) -> None:
    back: list[Path] = []
    services.bin.restored.connect(back.append)
    paths = [Path(shutil.copytree(small_run, small_run.with_name(name))) for name in "abc"]
    for path in paths:
        services.bin.delete(open_run(path))
    services.bin.restore(paths[0])
    assert [path.exists() for path in paths] == [True, False, False]
    services.bin.restore(paths[0])
    assert [path.exists() for path in paths] == [True, False, False], "it is back already"
    services.bin.restore()
    assert [path.exists() for path in paths] == [True, False, True]
    assert back == [paths[0], paths[2]] and services.bin.can_restore


def test_the_curves_of_a_deleted_run_go_and_come_back_with_it(services: Services, small_run: Path) -> None:
    run = open_run(small_run)
    other = Overlay(Path("another"), run.name, run.history())
    services.overlays.set([Overlay(small_run, run.name, run.history()), other])
    services.bin.delete(run)
    # Of two with one name, the one that was deleted; the other keeps its colour.
    assert services.overlays.all == (other._replace(place=2),)
    services.bin.restore()
    found = [(overlay.path, overlay.place) for overlay in services.overlays.all]
    assert found == [(Path("another"), 2), (small_run, 1)]


def test_a_deleted_run_of_a_sweep_comes_back_to_the_list_and_no_bin_stays(
    services: Services, small_run: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    sweep = tmp_path / "sweep"
    for name in ("k-5", "k-10"):
        shutil.copytree(small_run, sweep / name)
    library = services.library
    library.refresh()
    library.open(sweep)
    qtbot.waitUntil(lambda: {sweep / "k-5", sweep / "k-10"} <= {run.path for run in library.runs})
    services.bin.delete(open_run(sweep / "k-5"))
    assert sweep / "k-10" in {run.path for run in library.runs}
    services.bin.restore()
    assert {sweep / "k-5", sweep / "k-10"} <= {run.path for run in library.runs}
    services.bin.empty()
    assert sorted(path.name for path in sweep.iterdir()) == ["k-10", "k-5"]


def test_deleted_runs_go_for_good_when_the_window_closes(services: Services, small_run: Path) -> None:
    services.bin.delete(open_run(small_run))
    assert list((small_run.parent / ".deleted").iterdir())
    services.bin.empty()
    assert not (small_run.parent / ".deleted").exists()


def test_a_run_that_cannot_be_brought_back_stays_in_the_bin(services: Services, small_run: Path) -> None:
    told = notices(services)
    services.bin.delete(open_run(small_run))
    small_run.mkdir()
    services.bin.restore()
    assert len(told) == 1 and "cannot be restored" in told[0] and services.bin.can_restore
    small_run.rmdir()
    services.bin.restore()
    assert services.library.open(small_run) and not services.bin.can_restore


def test_runs_from_elsewhere_that_were_deleted_go_for_good_too(
    services: Services, small_run: Path, tmp_path: Path
) -> None:
    elsewhere = small_run.rename(tmp_path / "elsewhere")
    services.library.open(elsewhere)
    services.bin.delete(open_run(elsewhere))
    assert (tmp_path / ".deleted").exists()
    services.bin.empty()
    assert not (tmp_path / ".deleted").exists()
