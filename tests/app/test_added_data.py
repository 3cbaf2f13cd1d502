"""What a user adds is known at once, chosen, remembered for the next start, and forgotten on request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from saegui.app.added_data import AddedData
from saegui.app.services import Services
from saegui.core import data
from saegui.core.data import registry, remembered
from tests.squares import reading

TIMEOUT = 60_000


@pytest.fixture(autouse=True)
def _reader() -> Iterator[None]:
    with reading():
        yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cats.squares"
    path.write_bytes(b"cats")
    return path


def add(services: Services, qtbot: QtBot, file: Path, **given: object) -> str:
    with qtbot.waitSignal(services.added.inspected, timeout=TIMEOUT) as inspected:
        services.added.inspect(file)
    return services.added.add(inspected.args[0], given)  # type: ignore[index]


def again(services: Services) -> AddedData:
    """As at the next start of the program, with the same settings."""
    for name in [name for name, source in data.SOURCES.items() if source.added is not None]:
        registry.forget(name)
    return AddedData(services.state, services.jobs, services.data, services)


def test_a_file_is_added_chosen_and_there_again_at_the_next_start(
    services: Services, qtbot: QtBot, file: Path
) -> None:
    dataset = services.state.dataset
    name = add(services, qtbot, file, ink="dark", side=6)
    assert services.state.draft["dataset"] == name and data.title_of(name) == "cats.squares"
    assert services.state.dataset is dataset, "the run that is shown keeps its images"
    with qtbot.waitSignal(services.added.looked_into, timeout=TIMEOUT) as looked:
        services.added.look_into(name)
    assert looked.args[0].shape == (6, 6)  # type: ignore[index]
    again(services)
    assert data.source(name).info.shape == (6, 6), "known before it is loaded"


def test_it_is_forgotten_on_request_and_its_file_stays(services: Services, qtbot: QtBot, file: Path) -> None:
    name = add(services, qtbot, file, ink="dark")
    with qtbot.waitSignal(services.added.changed):
        services.added.forget(name)
    assert name not in data.SOURCES and services.state.draft["dataset"] == data.built_in()
    again(services)
    assert name not in data.SOURCES and file.exists()


def test_what_was_asked_and_not_answered_is_said(services: Services, qtbot: QtBot, file: Path) -> None:
    with qtbot.waitSignal(services.added.refused) as refused:
        assert add(services, qtbot, file) == ""
    assert "Choose the option ink" in refused.args[0]  # type: ignore[index]
    assert remembered.read() == ()


@pytest.mark.parametrize("name", ["broken.squares", "notes.xyz", "missing.squares"])
def test_files_that_cannot_be_used_are_named(
    services: Services, qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    if name != "missing.squares":
        (tmp_path / name).write_bytes(b"broken")
    with qtbot.waitSignal(services.added.refused, timeout=TIMEOUT) as refused:
        services.added.inspect(tmp_path / name)
    assert name in refused.args[0] and not services.added.looking  # type: ignore[index]


def test_data_that_are_gone_are_named_when_they_are_looked_into(
    services: Services, qtbot: QtBot, file: Path
) -> None:
    name = add(services, qtbot, file, ink="dark")
    file.unlink()
    with qtbot.waitSignal(services.added.refused, timeout=TIMEOUT) as refused:
        services.added.look_into(name)
    assert "cats.squares is gone" in refused.args[0]  # type: ignore[index]


@pytest.mark.parametrize("text", ["{", "7", '[{"added": 3}]', "[{}]", '[{"added": null, "shape": [0]}]'])
def test_a_list_that_is_damaged_adds_nothing_and_is_not_lost(
    services: Services, qtbot: QtBot, file: Path, own_home: Path, text: str
) -> None:
    own_home.mkdir(exist_ok=True)
    (own_home / remembered.NAME).write_text(text)
    again(services)
    assert remembered.read() == ()
    name = add(services, qtbot, file, ink="dark")
    assert [kept.added.name for kept in remembered.read()] == [name]
    kept = [
        path.read_text()
        for path in (own_home / remembered.NAME, own_home / remembered.DAMAGED)
        if path.exists()
    ]
    if text.startswith("["):
        assert json.loads(kept[0])[0] == json.loads(text)[0]
    else:
        assert kept[1] == text


def test_what_only_another_program_reads_is_kept_for_it(services: Services, qtbot: QtBot, file: Path) -> None:
    name = add(services, qtbot, file, ink="dark")
    reader = registry.READERS.pop("squares")
    again(services)
    assert name not in data.SOURCES
    registry.READERS["squares"] = reader
    again(services)
    assert name in data.SOURCES


def test_a_changed_data_set_takes_the_place_of_the_former(
    services: Services, qtbot: QtBot, file: Path
) -> None:
    added, first = services.added, add(services, qtbot, file, ink="dark", side=6)
    former = data.source(first).added
    assert former is not None
    with qtbot.waitSignal(added.inspected, timeout=TIMEOUT) as inspected:
        added.inspect(file)
    found = inspected.args[0]  # type: ignore[index]
    assert added.add(found, {"ink": "dark", "side": 6}, instead_of=former) == first, "nothing is changed"
    second = added.add(found, {"ink": "dark", "side": 7}, instead_of=former)
    assert first not in data.SOURCES and services.state.draft["dataset"] == second
    assert data.title_of(second) == "cats.squares"
    again(services)
    assert first not in data.SOURCES and second in data.SOURCES
    # A run that was trained on the former finds it by what it keeps itself.
    assert registry.add(former) == first
    registry.forget(first)

    name = added.vary("patches", {"side": 8})
    other = added.vary("patches", {"side": 9}, instead_of=data.source(name).added)
    assert name not in data.SOURCES and data.title_of(other) == "Natural patches (side 9)"
    assert added.vary("patches", {}, instead_of=data.source(other).added) == "patches"
    assert other not in data.SOURCES and services.state.draft["dataset"] == "patches"
