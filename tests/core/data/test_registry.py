"""Data sets: every file is listed once, and a new one is a file and a word, whatever the shape of its inputs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.config.schema import make, parameter
from saegui.core.data import sources
from saegui.core.data.dataset import NO_LABELS, Arrays, DatasetInfo
from saegui.core.data.options import Options
from saegui.core.data.source import Source
from saegui.core.data.sources import mnist_family
from saegui.core.errors import ConfigError, DataError
from tests import made_up
from tests.house import House
from tests.made_up import added

CHOICES_OF_THE_TRAIN_PANEL = """
from saegui.app.services import Services
from saegui.core.config.schema import parameter
from saegui.ui.panels.train.form import make_editor
from PySide6.QtWidgets import QApplication
app = QApplication([])
editor = make_editor(parameter("dataset"))
print([editor.itemText(place) for place in range(editor.count())])
"""
MARK = "        digits.SOURCE,\n"
INFO = DatasetInfo("odd", "Odd", "Odd.", (2, 3), 4, 2, ("a", "b"))


def odd(**changes: object) -> Source:
    """A source whose arrays are changed in one respect."""
    arrays = {
        "train_images": np.zeros((4, 2, 3), np.uint8),
        "train_labels": np.zeros(4, np.uint8),
        "test_images": np.zeros((2, 2, 3), np.uint8),
        "test_labels": np.zeros(2, np.uint8),
    }
    return Source(INFO, lambda folder, options, progress: Arrays(**{**arrays, **changes}))  # type: ignore[arg-type]


def test_no_file_is_left_out() -> None:
    files = {file.stem for file in Path(sources.__path__[0]).glob("*.py")} - {"__init__"}
    family = {each.info.name for each in mnist_family.SETS}
    assert files - {"mnist_family"} | family == {*data.SOURCES, *data.READERS}
    assert parameter("dataset").choices == tuple(data.DATASETS)


@pytest.mark.parametrize("source", data.SOURCES.values(), ids=list(data.SOURCES))
def test_a_source_says_what_lists_and_forms_need(source: Source) -> None:
    info = source.info
    assert info.about.endswith(".") and info.title and info.shape
    assert info.credit and info.licence and info.home.startswith("http")
    assert source.always_there == (not info.download_bytes and not source.extra)
    assert make({"dataset": info.name}).dataset == info.name


def test_something_is_always_there() -> None:
    found = data.source(data.built_in())
    assert found.always_there and data.available(found.info.name)
    assert next(iter(data.DATASETS)) == data.DEFAULT


@pytest.mark.parametrize("source", made_up.ALL, ids=made_up.NAMES)
def test_inputs_of_any_shape_are_loaded(source: Source, made_up: None) -> None:
    info = source.info
    assert data.available(info.name)
    dataset = data.load(info.name)
    for name, shape in info.shapes.items():
        array = getattr(dataset, name)
        assert (array.shape, array.dtype, array.flags.writeable) == (shape, np.uint8, False)
    assert dataset.shape == info.shape
    assert info.n_bytes == sum(getattr(dataset, name).nbytes for name in info.shapes)
    assert dataset.has_labels == bool(info.classes)
    assert dataset.classes == (info.classes or NO_LABELS)
    assert dataset.fingerprint == data.load(info.name).fingerprint


def test_those_that_are_added_are_choices_until_they_go() -> None:
    with added():
        assert set(made_up.NAMES) < set(parameter("dataset").choices)
        assert make({"dataset": "made-up-grey"}).dataset == "made-up-grey"
        assert (
            data.title_of("made-up-grey") == "made-up grey" == parameter("dataset").title_of("made-up-grey")
        )
    assert parameter("dataset").choices == tuple(data.DATASETS)
    assert data.title_of("made-up-grey") == "made-up-grey" == parameter("dataset").title_of("made-up-grey")
    with pytest.raises(ConfigError, match="'made-up-grey'; choose one of mnist, digits"):
        make({"dataset": "made-up-grey"})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train_images": np.zeros((4, 3, 2), np.uint8)}, r"holds uint8 \(4, 3, 2\).*\(N, 2, 3\)"),
        ({"test_images": np.zeros((2, 2, 3), np.float32)}, r"holds float32 \(2, 2, 3\)"),
        ({"train_labels": np.zeros(3, np.uint8)}, r"with labels \(3,\)"),
        ({"test_labels": np.array([0, 2], np.uint8)}, "labels that are not from 0 to 1"),
        ({"train_labels": np.zeros(4, np.int64)}, "int64 labels"),
    ],
)
def test_a_source_that_gives_something_else_is_named(changes: dict[str, object], words: str) -> None:
    with added(odd(**changes)), pytest.raises(DataError, match=f"^Odd .*{words}"):
        data.load("odd")


def test_arrays_in_another_order_in_memory_are_laid_out_as_all_others() -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 2, 3), np.uint8)
    with added(odd(train_images=np.asfortranarray(images))):
        found = data.load("odd").train_images
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, images)


def test_one_that_needs_a_folder_says_so(tmp_path: Path) -> None:
    seen: list[Path | None] = []

    def load(folder: Path | None, options: Options, progress: object) -> Arrays:
        seen.append(folder)
        return odd().load(folder, options, progress)  # type: ignore[arg-type]

    with added(Source(INFO, load, folder="odd files", needs_folder=True)):
        assert not data.available("odd") and data.available("odd", tmp_path)
        with pytest.raises(DataError, match="Odd is read from a folder: choose one that holds odd files"):
            data.load("odd")
        data.load("odd", tmp_path)
    with added(Source(INFO, load)):
        data.load("odd", tmp_path)
    assert seen == [tmp_path, None], "one that reads no folder is not given one"


@pytest.mark.slow
def test_a_new_data_set_is_one_file_and_one_word(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.add("source.py", "saegui/core/data/sources/stripes.py")
    house.edit("saegui/core/data/registry.py", " mnist_family,", " mnist_family, stripes,")
    house.edit("saegui/core/data/registry.py", MARK, MARK + "        stripes.SOURCE,\n")

    listed = {found["name"]: found for found in json.loads(house.saegui("datasets", "--json"))}
    assert listed["stripes"]["available"] and listed["stripes"]["shape"] == [12, 20]
    assert "12×20" in house.saegui("datasets")
    options = ("--dataset", "stripes", "--latents", "32", "--k", "4", "--epochs", "3", "--json")
    found = json.loads(house.saegui("train", "--out", "run", *options))
    assert found["epoch"] == 3 and found["dataset"] == "stripes"
    assert json.loads(house.saegui("eval", "run", "--json"))["shape"] == [12, 20]
    assert "'Stripes'" in house.python("-c", CHOICES_OF_THE_TRAIN_PANEL)
    house.python("tools/readme_tables.py")
    pages = "".join(page.read_text() for page in house.folder.rglob("*.md"))
    assert "`digits`, `stripes`" in pages
