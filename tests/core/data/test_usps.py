"""USPS's texts: −1 to 1 becomes 0 to 255, 1 to 10 becomes a digit, and what is no such text is refused by name."""

from __future__ import annotations

import bz2
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets

from saegui.core import data
from saegui.core.data.sources import usps
from saegui.core.errors import DataError
from tests import image_sets
from tests.mirror import Mirror


def lines(*rows: str) -> bytes:
    return "".join(f"{row}\n" for row in rows).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two packed files of two pictures each, in the smallest form: what is not written is 0."""
    for name in usps.FILES:
        (tmp_path / name).write_bytes(bz2.compress(lines("10 1:-1 2:1 256:0.5", "1 1:-1.0000 17:-0.9998")))
    return tmp_path


def test_ink_and_digits_are_brought_to_bytes(folder: Path) -> None:
    found = data.load("usps", folder)
    assert found.train_labels.tolist() == found.test_labels.tolist() == [9, 0]
    first, second = found.train_images
    assert first[0, :3].tolist() == [0, 255, 128] and first[15, 15] == 191
    assert second[1, 0] == 0 and second.shape == (16, 16)
    assert found.title == f"{folder.name} (not USPS)" and "2 training images of 256 values" in found.notes[0]


def test_the_published_files_are_known_by_their_sums(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sums = tuple(hashlib.md5((folder / name).read_bytes()).hexdigest() for name in usps.FILES)
    assert tuple(md5 for _, _, md5 in datasets.USPS.split_list.values()) == usps.SUMS
    monkeypatch.setattr(usps, "SUMS", sums)
    found = data.load("usps", folder)
    assert (found.title, found.notes) == ("USPS", ())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no pictures"),
        (b"<html>sign in</html>\n", "is not a file of USPS"),
        (lines("1 1:0.5 257:1"), "is not a file of USPS"),
        (lines("1 0:0.5"), "is not a file of USPS"),
        (lines("1 1:2"), "values outside −1 to 1"),
        (lines("1 1:nan"), "values outside −1 to 1"),
        (lines("0 1:0.5"), "the label 0, but USPS's are from 1 to 10"),
        (lines("1.5 1:0.5"), "the label 1.5, but USPS's are from 1 to 10"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_text_that_is_not_usps_is_named(content: bytes, words: str, packed: bool, folder: Path) -> None:
    path = folder / usps.FILES[1]
    path.unlink()
    if packed:
        path.write_bytes(bz2.compress(content))
    else:
        path = path.with_suffix("")
        path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        data.load("usps", folder)
    assert str(path) in str(caught.value) and words in str(caught.value)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: content[:-9], "is truncated"),
        (lambda content: content[:10] + bytes(9) + content[19:], "is damaged"),
        (lambda content: bz2.compress(bytes(usps.MOST_BYTES + 1)), "is longer than any file of USPS"),
    ],
)
def test_a_damaged_file_is_named(damage: Callable[[bytes], bytes], words: str, folder: Path) -> None:
    path = folder / usps.FILES[0]
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError) as caught:
        data.load("usps", folder)
    assert f"{path} {words}" in str(caught.value)


def test_a_part_or_nothing_is_said(folder: Path) -> None:
    (folder / usps.FILES[1]).unlink()
    assert not data.available("usps", folder)
    for place, words in (
        (folder, "holds only a part of USPS; add usps.t.bz2"),
        (folder / "absent", "does not exist"),
    ):
        with pytest.raises(DataError, match=words):
            data.load("usps", place)


def test_it_is_downloaded_once(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = tmp_path / "served"
    wanted = image_sets.write("usps", served, packed=True)
    mirror = Mirror(served)
    known = {
        name: (f"http://published/{name}", name, hashlib.md5((served / name).read_bytes()).hexdigest())
        for name in usps.FILES
    }
    monkeypatch.setattr(datasets.USPS, "split_list", known)
    monkeypatch.setenv(usps.VARIABLE, mirror.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    info = replace(usps.INFO, n_train=image_sets.N_TRAIN, n_test=image_sets.N_TEST)
    monkeypatch.setattr(usps, "INFO", info)
    for _ in range(2):
        found = data.load("usps")
        np.testing.assert_array_equal(found.train_images, wanted.train_images)
        np.testing.assert_array_equal(found.test_labels, wanted.test_labels)
        assert mirror.requests == list(usps.FILES)
    assert data.available("usps")
    mirror.close()
