"""Of several copies of one file the right one is read, and only where something proves which that is."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import copies, idx
from saegui.core.errors import DataError

ARRAY = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
OTHER = ARRAY[::-1].copy()
ORIGINAL = idx.checksum(ARRAY)
IdxBytes = Callable[[np.ndarray], bytes]


@pytest.fixture
def pair(tmp_path: Path, idx_bytes: IdxBytes) -> tuple[Path, Path]:
    """A file as it is and packed, with equal content; a test damages one of them."""
    plain, packed = tmp_path / "images", tmp_path / "images.gz"
    plain.write_bytes(idx_bytes(ARRAY))
    packed.write_bytes(gzip.compress(idx_bytes(ARRAY)))
    return plain, packed


def shorten(path: Path, count: int = 5) -> None:
    path.write_bytes(path.read_bytes()[:-count])


def test_equal_ones_need_no_word(pair: tuple[Path, Path], idx_bytes: IdxBytes) -> None:
    assert copies.choose(pair) == copies.Copy(pair[0])
    assert copies.choose(pair[1:]) == copies.Copy(pair[1])
    twice = pair[0].with_name("again")
    twice.write_bytes(idx_bytes(ARRAY))
    assert copies.choose([pair[0], twice, pair[1]]) == copies.Copy(pair[0])


def test_a_packed_one_is_not_unpacked_where_its_checksum_is_that_of_the_other(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idx, "read", None)
    assert copies.choose(pair).path == pair[0]


@pytest.mark.parametrize("count", [1, 5, 23, 30, 40])
def test_a_shortened_one_gives_way_to_the_packed_one_whose_checksum_is_right(
    pair: tuple[Path, Path], count: int
) -> None:
    shorten(pair[0], count)
    found = copies.choose(pair)
    assert found.path == pair[1]
    assert str(pair[0]) in found.note
    assert found.note.endswith("images.gz, whose checksum is right, is read instead.")


def test_a_packed_one_that_is_damaged_gives_way_to_a_published_one_alone(pair: tuple[Path, Path]) -> None:
    shorten(pair[1])
    assert copies.choose(pair, ORIGINAL).note.endswith(
        "images, which is as it was published, is read instead."
    )
    with pytest.raises(
        DataError, match=r"holds images and images\.gz, which differ \(.*truncated or damaged"
    ):
        copies.choose(pair)


@pytest.mark.parametrize("other_is_packed", [False, True])
def test_of_two_whole_ones_that_differ_the_published_one_is_read_and_it_is_said(
    pair: tuple[Path, Path], idx_bytes: IdxBytes, other_is_packed: bool
) -> None:
    changed = pair[other_is_packed]
    changed.write_bytes(gzip.compress(idx_bytes(OTHER)) if other_is_packed else idx_bytes(OTHER))
    found = copies.choose(pair, ORIGINAL)
    assert found.path == pair[not other_is_packed]
    assert f"{changed} holds something else" in found.note
    with pytest.raises(
        DataError, match="which differ, and nothing shows which is right; remove the wrong one"
    ):
        copies.choose(pair)


def test_where_none_can_be_read_the_first_is_named(pair: tuple[Path, Path]) -> None:
    for path in pair:
        shorten(path)
    with pytest.raises(DataError, match="images is truncated"):
        copies.choose(pair)


def test_a_packed_file_under_the_plain_name_counts_as_packed(pair: tuple[Path, Path]) -> None:
    pair[0].write_bytes(pair[1].read_bytes())
    assert copies.choose(pair) == copies.Copy(pair[0])


def test_a_data_set_says_which_copy_it_read(
    small: dict[str, np.ndarray], write_folder: Callable[..., Path]
) -> None:
    write_folder(small, packed=True)
    folder = write_folder(small)
    shorten(folder / "train-images-idx3-ubyte")
    dataset = data.load("mnist", folder)
    np.testing.assert_array_equal(dataset.train_images, small["train-images-idx3-ubyte"])
    (note,) = [note for note in dataset.notes if "is read instead" in note]
    assert "train-images-idx3-ubyte is truncated" in note
