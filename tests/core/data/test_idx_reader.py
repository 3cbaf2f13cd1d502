"""A folder with an image set is a data set of the user's: which one it is, its files say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.core.errors import DataError
from tests import image_sets
from tests.image_sets import BY_NAME, write, write_archive


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What a test adds is taken out again."""
    before = set(registry.SOURCES)
    yield
    for name in set(registry.SOURCES) - before:
        registry.forget(name)


@pytest.mark.parametrize("name", ["mnist", "emnist-letters", "qmnist"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_with_one_set_is_that_set(name: str, packed: bool, tmp_path: Path) -> None:
    wanted = write(name, tmp_path / "mine", packed=packed)
    found = adding.inspect(tmp_path / "mine")
    about, info = found.description, data.DATASETS[name]
    assert (found.reader.info.name, about.ask) == ("idx", ())
    assert about.kind == f"mine (not {info.title}) in IDX files"
    assert dict(about.facts)["rows"] == "248 for training, 62 for testing"
    assert about.preview is not None and len(about.preview) == 8
    added = data.load(adding.name_of(str(tmp_path / "mine"), {}))
    np.testing.assert_array_equal(added.train_images, wanted.train_images)
    np.testing.assert_array_equal(added.test_labels, wanted.test_labels)
    assert added.classes == info.classes
    beside = tmp_path / "mine" / BY_NAME[name].files[2]
    assert (
        adding.inspect(beside.with_name(f"{beside.name}.gz") if packed else beside).description.facts
        == about.facts
    )


def test_mnist_is_known_by_its_bytes(mnist_dir: Path) -> None:
    found = adding.inspect(mnist_dir)
    assert found.description.kind == "MNIST in IDX files" and not found.description.notes
    assert data.load(adding.name_of(str(mnist_dir), {})).title == "MNIST"


def test_of_several_sets_one_has_to_be_chosen(tmp_path: Path) -> None:
    write("emnist-digits", tmp_path)
    wanted = write("emnist-letters", tmp_path)
    assert adding.inspect(tmp_path).description.ask == ("set",)
    with pytest.raises(DataError, match="the option set; it is one of emnist-letters, emnist-digits"):
        adding.name_of(str(tmp_path), {})
    found = data.load(adding.name_of(str(tmp_path), {"set": "emnist-letters"}))
    np.testing.assert_array_equal(found.train_images, wanted.train_images)
    assert len(found.classes) == 26


def test_the_published_zip_file_of_emnist_holds_six(tmp_path: Path) -> None:
    written = write_archive(tmp_path / "gzip.zip", "emnist-digits")
    assert adding.inspect(tmp_path).description.kind == "6 image sets in IDX files"
    found = data.load(adding.name_of(str(tmp_path), {"set": "emnist-digits"}))
    np.testing.assert_array_equal(found.test_images, written["emnist-digits"].test_images)


def test_qmnist_has_writers_and_others_have_not(tmp_path: Path) -> None:
    write("qmnist", tmp_path / "q")
    write("emnist-digits", tmp_path / "e")
    found = data.load(adding.name_of(str(tmp_path / "q"), {"label": "writer"}))
    assert found.classes == ("writer 2000", "writer 2150", "writer 2300")
    with pytest.raises(DataError, match="label is 'writer'; it is one of class"):
        adding.name_of(str(tmp_path / "e"), {"label": "writer"})
    write("emnist-digits", tmp_path / "q")
    name = adding.name_of(str(tmp_path / "q"), {"set": "emnist-digits", "label": "writer"})
    with pytest.raises(DataError, match="EMNIST digits does not say who wrote its pictures"):
        data.load(name)


def test_a_part_of_a_set_is_said(tmp_path: Path) -> None:
    write("emnist-digits", tmp_path)
    (tmp_path / image_sets.BY_NAME["emnist-digits"].files[3]).unlink()
    with pytest.raises(DataError, match="holds only a part of EMNIST digits; add emnist-digits-test-labels"):
        adding.inspect(tmp_path)
