"""A few inputs as they would be read with the options that are chosen, before anything is added."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.core.data.options import checked
from saegui.core.data.picture_rows import DARK, FITS
from saegui.core.data.source import Preview
from saegui.core.errors import DataError
from saegui.core.progress import UNWATCHED
from tests.core.data.picture_files import folder_of
from tests.core.data.sentences import file_of


def shown(path: Path, **given: object) -> Preview:
    """The preview, which is what the data set would be that is added with the same options."""
    found = adding.inspect(path).preview(given)
    assert found is not None
    return found


def loaded(path: Path, **given: object) -> data.Dataset:
    name = adding.name_of(str(path), given)
    try:
        return data.load(name)
    finally:
        registry.forget(name)


def test_pictures_are_shown_in_the_size_and_colour_that_they_would_have(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", count=30)
    assert isinstance(shown(folder).rows, np.ndarray) and shown(folder).rows.shape == (8, 12, 18, 3)  # type: ignore[union-attr]
    given = {"height": 9, "width": 7, "colour": "grey", "fit": FITS[1], "kind": DARK, "test_share": 0.5}
    found, dataset = shown(folder, **given), loaded(folder, **given)
    assert isinstance(found.rows, np.ndarray) and found.ink
    rows = {row.tobytes() for row in np.concatenate([dataset.train_images, dataset.test_images])}
    assert found.rows.shape == (8, 9, 7) and all(row.tobytes() in rows for row in found.rows)
    facts = dict(found.facts)
    assert facts["rows"] == "15 for training, 15 for testing" and facts["one input"] == "9×7"
    assert facts["classes"] == "3: bird (10), cat (10), dog (10)"
    assert dict(shown(folder, labels="none").facts)["classes"] == "none"


def test_rows_of_an_array_are_shown_in_the_shape_and_scale_that_they_would_have(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=(50, 16)).astype(np.float32) * 5)
    given = {"shape": "4x4", "scale": "range", "share": 0.2, "split": "last"}
    found, dataset = shown(tmp_path / "a.npy", **given), loaded(tmp_path / "a.npy", **given)
    assert isinstance(found.rows, np.ndarray) and found.rows.shape == (16, 4, 4)
    assert dict(found.facts)["used"] == "40 for training, 10 for testing" and len(dataset.train_images) == 40
    assert found.rows.min() >= 0 and found.rows.max() <= 1
    np.testing.assert_allclose(shown(tmp_path / "a.npy").rows[0], np.load(tmp_path / "a.npy")[0])


def test_columns_of_a_table_can_be_chosen_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "a,b,c,kind\n" + "\n".join(f"{i / 30},{i / 40},{i / 50},{'xy'[i % 2]}" for i in range(30))
    )
    found = shown(path, columns="a,c", labels="none")
    np.testing.assert_allclose(found.rows[3], [3 / 30, 3 / 50], rtol=1e-6)
    facts = dict(found.facts)
    assert (facts["one input"], facts["labels"]) == ("2 values", "none")
    with pytest.raises(DataError, match="names 'z', which is no column"):
        shown(path, columns="a,z")


def test_an_array_that_nobody_chose_yet_is_shown_once_it_is_chosen(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    path = tmp_path / "two.npz"
    np.savez(path, one=random.normal(size=(40, 6)), two=random.normal(size=(40, 9)))
    assert adding.inspect(path).description.preview is None
    assert [shown(path, array=name).rows[0].shape for name in ("one", "two")] == [(6,), (9,)]  # type: ignore[union-attr]


def test_lines_of_a_text_are_shown_in_the_encoding_that_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("Äpfel\nBirnen\n".encode("cp1252"))
    assert shown(path).rows == ("Äpfel", "Birnen")
    with pytest.raises(DataError, match="is not utf-8: line 1"):
        shown(path, encoding="utf-8")
    many = file_of(tmp_path, 500)
    assert dict(shown(many, test_share=0.2).facts)["rows"] == "400 for training, 100 for testing"


def test_patches_are_shown_without_all_of_them_being_made(tmp_path: Path) -> None:
    source = data.source("patches")
    assert source.preview is not None
    options = checked(source.options, {"side": 8, "number": 400_000})
    for folder in (None, folder_of(tmp_path / "set", count=9, height=20, width=30)):
        found = source.preview(folder, options, UNWATCHED)
        assert isinstance(found.rows, np.ndarray) and found.rows.shape == (8, 8, 8)
        facts = dict(found.facts)
        assert facts["rows"] == "400,000 for training, 40,000 for testing" and facts["shape"] == "8×8"
        assert facts["size"] == "113 MB"
    plain = source.preview(None, {**options, "whitening": "none"}, UNWATCHED)
    assert not np.array_equal(plain.rows[0], found.rows[0])
    with pytest.raises(DataError, match="too many to be whitened"):
        source.preview(None, {**options, "side": 32, "number": 500_000}, UNWATCHED)


def test_words_are_shown_with_the_number_that_would_be_used() -> None:
    source = data.source("words")
    assert source.preview is not None
    found = source.preview(None, checked(source.options, {"words": 2_000}), UNWATCHED)
    assert dict(found.facts)["rows"] == "1,900 for training, 100 for testing"
    assert len(found.rows) == 8 and all(isinstance(word, str) for word in found.rows)
