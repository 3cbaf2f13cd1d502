"""Lists of many runs: they are read in pieces, once, and what happens to one run reads no other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from saegui.app import library
from saegui.app.library import PIECE
from saegui.app.services import Services
from saegui.core.files import paths
from saegui.core.runs import listing
from saegui.core.runs.run import Run, open_run
from tests.many_runs import make_runs

COUNT = 3 * PIECE


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The runs whose files were read by the list since it was last cleared."""
    found: list[Path] = []

    def noted(path: Path) -> Run:
        found.append(path)
        return open_run(path)

    monkeypatch.setattr(listing, "open_run", noted)
    return found


@pytest.fixture
def runs(own_home: Path) -> list[Path]:
    """The folders of many runs, the newest first."""
    return make_runs(own_home / "runs", COUNT)[::-1]


def listed(services: Services) -> list[Path]:
    return [run.path for run in services.library.runs]


def read_all(services: Services, qtbot: QtBot) -> None:
    services.library.refresh()
    qtbot.waitUntil(lambda: not services.library.reading)


def test_the_newest_are_listed_at_once_and_the_rest_in_pieces(
    services: Services, qtbot: QtBot, runs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "PIECE_SECONDS", 0.0)
    sizes: list[int] = []
    services.library.changed.connect(lambda: sizes.append(len(services.library.runs)))
    services.library.refresh()
    assert listed(services) == runs[: PIECE + 1]
    qtbot.waitUntil(lambda: not services.library.reading)
    assert listed(services) == runs
    assert len(sizes) > 3 and sizes == sorted(sizes)


def test_what_is_known_is_not_read_again(
    services: Services, qtbot: QtBot, runs: list[Path], read: list[Path]
) -> None:
    read_all(services, qtbot)
    assert sorted(read) == sorted(runs)
    read.clear()
    content = json.loads((runs[-1] / "run.json").read_text())
    (runs[-1] / "run.json").write_text(json.dumps({**content, "name": "saved by another program"}))
    shutil.rmtree(runs[-2])
    services.library.refresh_if_changed()
    qtbot.waitUntil(lambda: not services.library.reading)
    assert read == [runs[-1]]
    assert listed(services) == [*runs[:-2], runs[-1]]
    assert services.library.runs[-1].name == "saved by another program"


def test_rename_delete_and_undo_read_one_run(
    services: Services, qtbot: QtBot, runs: list[Path], read: list[Path]
) -> None:
    read_all(services, qtbot)
    path = runs[COUNT // 2]
    read.clear()
    services.library.rename(open_run(path), "another name")
    assert services.library.runs[COUNT // 2].name == "another name"
    services.bin.delete(open_run(path))
    assert path not in listed(services)
    services.bin.restore()
    assert listed(services) == runs
    assert set(read) == {path}


def test_what_changes_while_the_list_is_read_is_newer_than_what_is_read(
    services: Services, qtbot: QtBot, runs: list[Path]
) -> None:
    services.library.refresh()
    services.library.rename(open_run(runs[-1]), "renamed meanwhile")
    services.bin.delete(open_run(runs[-2]))
    qtbot.waitUntil(lambda: not services.library.reading)
    assert listed(services) == [*runs[:-2], runs[-1]]
    assert services.library.runs[-1].name == "renamed meanwhile"


def test_reading_that_is_given_up_is_taken_up_by_the_next(
    services: Services, qtbot: QtBot, runs: list[Path]
) -> None:
    services.library.refresh()
    services.jobs.cancel_all()
    qtbot.waitUntil(lambda: not services.library.reading)
    assert len(listed(services)) < COUNT
    read_all(services, qtbot)
    assert listed(services) == runs


def test_a_training_finds_its_name_without_reading_the_runs(runs: list[Path], read: list[Path]) -> None:
    assert len(listing.names(paths.runs_dir())) == COUNT and not read
