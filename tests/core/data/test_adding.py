"""Data sets that a user sets up: named by what they are read from, told apart, remembered by a run, and refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from saegui.core import data
from saegui.core.config.schema import make, parameter
from saegui.core.data import adding, registry
from saegui.core.data.added import Added, as_dict, from_dict
from saegui.core.data.options import Option, checked
from saegui.core.errors import DataError
from saegui.core.runs.run import open_run
from tests.made_up import train
from tests.squares import INK, READER, SIDE, reading


@pytest.fixture(autouse=True)
def _reader() -> Iterator[None]:
    with reading():
        yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "My cats.squares"
    path.write_bytes(b"cats")
    return path


def test_a_file_becomes_a_data_set_that_is_trained_on_and_found_again_by_its_run(file: Path) -> None:
    name = adding.name_of(str(file), {"side": "6", "ink": "bright"})
    assert name.startswith("my-cats-") and name == adding.name_of(str(file), {"side": 6, "ink": "bright"})
    assert name in parameter("dataset").choices and data.title_of(name) == "My cats.squares"
    dataset = data.load(name)
    info = data.source(name).info
    assert (dataset.shape, dataset.classes, dataset.folder) == ((6, 6), ("a", "b", "c"), file)
    assert (info.shape, info.n_train, info.n_test, info.classes) == ((6, 6), 30, 10, ("a", "b", "c"))
    path = train(data.source(name), file.parent / "run", epochs=1)
    registry.forget(name)
    run = open_run(path)
    assert run.origin is not None and run.data_title == "My cats"
    data.know(name, run.origin, run.shape)
    found = data.load(name, data.place(name, run.origin))
    assert found.checksum == run.origin.checksum and not found.changed_since(run.origin)


def test_other_options_and_other_places_are_other_data_sets(file: Path, tmp_path: Path) -> None:
    names = [adding.name_of(str(file), {"side": side, "ink": "dark"}) for side in (4, 5)]
    other = tmp_path / "elsewhere" / file.name
    other.parent.mkdir()
    other.write_bytes(b"cats")
    names.append(adding.name_of(str(other), {"side": 4, "ink": "dark"}))
    assert len(set(names)) == 3


def test_a_moved_file_is_read_from_its_new_place_and_one_that_is_gone_is_named(file: Path) -> None:
    name = adding.name_of(str(file), {"ink": "dark"})
    run = open_run(train(data.source(name), file.parent / "run", epochs=1))
    moved = file.rename(file.parent / "moved.squares")
    assert not data.available(name)
    with pytest.raises(
        DataError, match=r"trained on My cats from .*My cats.squares, which is not there any more"
    ):
        data.place(name, run.origin)
    assert data.load(name, moved).checksum == run.origin.checksum if run.origin else False


def test_what_cannot_be_told_is_asked(file: Path) -> None:
    with pytest.raises(
        DataError, match=r"in more than one way\. Ink: .*option ink; it is one of dark, bright"
    ):
        adding.name_of(str(file), {})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"side": 1}, r"option side is '1'; it is a whole number from 2 to 16"),
        ({"side": "4.5"}, r"option side is '4.5'; it is a whole number"),
        ({"ink": "red"}, r"option ink is 'red'; it is one of dark, bright"),
        ({"colour": 1}, r"There is no option 'colour'; there are side, ink"),
    ],
)
def test_options_that_are_wrong_are_named(given: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        checked((SIDE, INK), given)


def test_options_are_read_from_texts() -> None:
    switch = Option("on", "On", "On.", True)
    share = Option("share", "Share", "Share.", 0.1, low=0, high=1)
    assert checked((SIDE, INK, switch, share), {"side": "8", "on": "no", "share": "0.25"}) == {
        "side": 8,
        "ink": "dark",
        "on": False,
        "share": 0.25,
    }
    with pytest.raises(DataError, match="option on is 'maybe'; it is either true or false"):
        switch.read("maybe")


def test_files_that_nothing_reads_and_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere.* cannot be read .*; choose a file or folder"):
        adding.name_of(str(tmp_path / "nowhere"), {})
    (tmp_path / "odd.bin").write_bytes(b"\0" * 9)
    with pytest.raises(
        DataError, match=r"odd.bin is nothing that saegui reads; choose one of these: .*files of squares"
    ):
        adding.name_of(str(tmp_path / "odd.bin"), {})


def test_programs_and_single_pictures_are_no_data(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("import os\n" * 40)
    with pytest.raises(DataError, match=r"x.py is nothing that saegui reads"):
        adding.name_of(str(tmp_path / "x.py"), {})
    (tmp_path / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")
    with pytest.raises(DataError, match=r"one.png is a single picture.*choose the folder that holds it"):
        adding.name_of(str(tmp_path / "one.png"), {})


def test_a_name_stays_a_name() -> None:
    assert adding.name_of("mnist", {}) == "mnist"
    with pytest.raises(DataError, match="There is no option 'side'; this data set has none"):
        adding.name_of("mnist", {"side": 3})


@pytest.mark.parametrize(
    "found",
    [
        7,
        {},
        {"source": "a", "path": 3, "options": {}},
        {"source": "a", "path": "", "options": {}},
        {"source": 1, "path": None, "options": {}},
        {"source": "a", "path": None, "options": {"x": [1]}},
    ],
)
def test_descriptions_that_are_damaged_are_refused(found: object) -> None:
    with pytest.raises(ValueError, match=r"of a data set are|data set is"):
        from_dict(found)


def test_a_description_survives_a_file(file: Path) -> None:
    added = Added("squares", file, {"side": 4, "ink": "dark", "on": True, "share": 0.5})
    assert from_dict(json.loads(json.dumps(as_dict(added)))) == added


def test_what_this_program_cannot_read_stays_unknown(file: Path) -> None:
    added = Added("sounds", file, {})
    with pytest.raises(DataError, match="nothing that reads data of the kind 'sounds'"):
        registry.add(added)
    origin = data.Origin("Sounds", file, "0", added)
    data.know(added.name, origin, (3,))
    assert added.name not in data.SOURCES


def test_a_source_without_files_has_variants_that_say_what_differs() -> None:
    with_options = replace(
        READER, folder="", needs_folder=False, info=replace(READER.info, name="tiles", title="Tiles")
    )
    registry.SOURCES["tiles"] = with_options
    try:
        name = adding.name_of("tiles", {"side": 8})
        assert data.title_of(name) == "Tiles (side 8)" and name.startswith("tiles-")
        assert make({"dataset": name}).dataset == name
    finally:
        del registry.SOURCES["tiles"]


def test_a_mistyped_option_is_named_also_where_another_has_to_be_given(file: Path) -> None:
    with pytest.raises(DataError, match="There is no option 'sied'; there are"):
        adding.name_of(str(file), {"sied": 4})
    with pytest.raises(DataError, match="option side is '99'"):
        adding.name_of(str(file), {"side": 99})


def test_a_name_does_not_depend_on_what_lies_at_the_path_now(tmp_path: Path) -> None:
    folder, file = tmp_path / "photos.2024", tmp_path / "rows.npy"
    folder.mkdir()
    file.write_bytes(b"rows")
    added = [
        Added("pictures", folder, {}),
        Added("arrays", file, {}),
        Added("arrays", tmp_path / ".rows", {}),
    ]
    before = [each.name for each in added]
    folder.rmdir()
    file.unlink()
    assert [each.name for each in added] == before
    file.mkdir()
    folder.write_bytes(b"")
    assert [each.name for each in added] == before
