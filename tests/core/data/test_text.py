"""A text file: every line is one input, embedded without any network."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import Dataset, adding, registry
from saegui.core.data.sources import text
from saegui.core.errors import Cancelled, DataError
from saegui.core.files import paths
from saegui.core.progress import UNWATCHED, Progress
from tests.core.data.sentences import file_of, sentences, trained


def loaded(path: Path, **given: object) -> Dataset:
    name = adding.name_of(str(path), given)
    try:
        return data.load(name)
    finally:
        registry.forget(name)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("no_network")
def test_every_line_has_a_row_that_what_is_typed_gets_too(tmp_path: Path) -> None:
    dataset = loaded(file_of(tmp_path, 500))
    assert dataset.items is not None and dataset.items.encode is not None and dataset.title == "topics.txt"
    train, test = dataset.items.train, dataset.items.test
    assert sorted([*train, *test]) == sorted(sentences(500)) and len(test) == 50
    assert dataset.train_images.shape == (450, 256) and not dataset.has_labels
    np.testing.assert_allclose(np.linalg.norm(dataset.train_images, axis=1), text.LENGTH, rtol=1e-5)
    np.testing.assert_allclose(dataset.items.encode(train[:3]), dataset.train_images[:3], atol=1e-5)
    np.testing.assert_allclose(dataset.items.encode([test[7]])[0], dataset.test_images[7], atol=1e-5)
    near = dataset.items.encode(["a cat on the mat", "kittens lie on rugs", "interest rates fall"])
    assert near[0] @ near[1] > 2 * near[0] @ near[2]


def test_text_without_a_token_is_zeros_not_something_that_is_no_number() -> None:
    rows = text.embed(["", "word", " "])
    assert np.isfinite(rows).all() and not rows[0].any() and rows[1].any()
    assert text.embed([]).shape == (0, 256)
    np.testing.assert_array_equal(text.embed(["ab " * 5_000]), text.embed(["ab " * 5_000 + "other words"]))


def test_empty_and_repeated_lines_are_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes("one\r\n\r\n  two \rone\n\n\u2028three\x0b words\n".encode())
    found = adding.inspect(path).description
    assert dict(found.facts)["lines"] == "3" and dict(found.facts)["left out"] == "2 empty, 1 repeated"
    assert found.preview == ("one", "two", "three\x0b words") and found.ask == ()
    dataset = loaded(path, test_share=0.3)
    assert dataset.notes == ("1 line is left out: it repeats an earlier one.",)
    assert (len(dataset.train_images), len(dataset.test_images)) == (2, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_told_or_asked(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "umlaut.txt"
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    path.write_bytes(f"{mark}Äpfel\nBirnen “x”\n".encode(encoding))
    inspected = adding.inspect(path)
    assert inspected.description.preview == ("Äpfel", "Birnen “x”")
    assert inspected.description.ask == (("encoding",) if encoding == "cp1252" else ())
    if encoding == "cp1252":
        with pytest.raises(DataError, match=r"can be read in more than one way\. Encoding: "):
            adding.name_of(str(path), {})
        with pytest.raises(
            DataError, match=r"umlaut.txt is not utf-8: line 1 holds the byte 0xc4, .* such as cp1252\.$"
        ):
            loaded(path, encoding="utf-8")
        assert loaded(path, encoding="cp1252").items is not None


def test_rows_are_kept_by_what_the_file_holds(tmp_path: Path) -> None:
    path = file_of(tmp_path, 60)
    first = loaded(path)
    folders = set(paths.data_cache().iterdir())
    path.rename(tmp_path / "elsewhere.txt")
    again = loaded(tmp_path / "elsewhere.txt")
    assert set(paths.data_cache().iterdir()) == folders
    np.testing.assert_array_equal(again.test_images, first.test_images)
    (tmp_path / "elsewhere.txt").write_text("\n".join(sentences(61)))
    assert len(loaded(tmp_path / "elsewhere.txt").train_images) + 6 == 61
    assert len(set(paths.data_cache().iterdir())) == 2


def test_bad_files_are_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bad.txt"
    for content, said in ((" \n\n", "holds no line of text"), ("one\none", "holds one line of text")):
        path.write_text(content)
        with pytest.raises(DataError, match=rf"bad.txt {said}, .* choose a file"):
            adding.inspect(path)
    path.write_text("\n".join(map(str, range(20))))
    monkeypatch.setattr(text, "MOST_LINES", 19)
    with pytest.raises(DataError, match="holds 20 different lines, and at most 19 are read; cut"):
        adding.inspect(path)
    monkeypatch.setattr(text, "MOST_BYTES", 4)
    with pytest.raises(DataError, match=r"at most .* GB of text are read; cut"):
        adding.inspect(path)
    path.unlink()
    with pytest.raises(DataError, match="cannot be read"):
        text.load(path, {"encoding": "utf-8", "test_share": 0.1, "seed": 0}, UNWATCHED)


def test_what_is_no_text_is_left_to_others(tmp_path: Path) -> None:
    for name, content in (
        ("a.png", b"\x89PNG\r\n\x1a\n\x00\x00"),
        ("a.csv", b"1,2\n3,4\n"),
        ("a.bin", b"words \x00 and zeros"),
        ("a.txt", b""),
    ):
        (tmp_path / name).write_bytes(content)
        assert not text.sniff(tmp_path / name), name
    assert not text.sniff(tmp_path) and not text.sniff(tmp_path / "none.txt")
    (tmp_path / "README").write_bytes(b"two\nlines\n")
    assert text.sniff(tmp_path / "README")


def test_embedding_says_how_far_it_is_and_can_be_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "PIECE", 20)
    said: list[str] = []

    class Impatient(Progress):
        def report(self, done: int, total: int, words: str = "") -> None:
            said.append(words)
            if done >= 40:
                raise Cancelled

    name = adding.name_of(str(file_of(tmp_path, 100)), {})
    with pytest.raises(Cancelled):
        data.load(name, progress=Impatient())
    registry.forget(name)
    assert said[-1] == "Embedding lines: 40 of 100" and not list(paths.data_cache().glob("text-*"))


def test_a_small_autoencoder_learns_the_lines(tmp_path: Path) -> None:
    dataset = loaded(file_of(tmp_path, 1_500))
    found = trained(dataset, n_latents=128, k=32, epochs=12)
    assert found.fvu < 0.6
