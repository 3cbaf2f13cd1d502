"""Every image set is read in its own form, known by its bytes, trained on, drawn, and downloaded."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets

from saegui.core import data
from saegui.core.config.schema import make
from saegui.core.data import download, idx, idx_archive, idx_loading, registry
from saegui.core.data.dataset import Arrays, Found
from saegui.core.data.idx_set import IdxSet
from saegui.core.data.sources import mnist_family
from saegui.core.data.sources.mnist_family import EMNIST, FASHION_MNIST, KMNIST, MNIST, QMNIST
from saegui.core.errors import Cancelled, DataError
from saegui.core.figures.registry import KINDS, draw
from saegui.core.figures.subject_of_run import subject_of
from saegui.core.progress import UNWATCHED
from saegui.core.runs.run import open_run
from saegui.core.training.session import Session
from tests import image_sets
from tests.image_sets import BY_NAME, NAMES, small, write, write_archive
from tests.mirror import Mirror
from tests.watched import Watched

LETTERS, DIGITS = BY_NAME["emnist-letters"], BY_NAME["emnist-digits"]
FORMS = ("emnist-byclass", "qmnist", "usps")
"""One of each form of files: transposed with 62 classes, labels of several columns, text."""


def assert_equal(found: Arrays | data.Dataset, wanted: Arrays) -> None:
    for name in Arrays._fields:
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)


def load(this: IdxSet, folder: Path | None, *others: IdxSet) -> Found:
    """``this``, which is not one of the program's, where it may be confused with ``others``."""
    sets = (this, *others)
    found = idx_loading.source(this, sets).load(folder, {}, UNWATCHED)
    assert isinstance(found, Found)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_each_is_read_in_its_own_form(name: str, tmp_path: Path) -> None:
    info = data.DATASETS[name]
    for packed in (False, True):
        folder = tmp_path / str(packed)
        wanted = write(name, folder, packed=packed)
        assert data.available(name, folder)
        found = data.load(name, folder)
        assert_equal(found, wanted)
        assert found.classes == info.classes and found.shape == info.shape
        # There are too few to be the ones that were published.
        assert found.title == f"{packed} (not {info.title})"
        (note,) = found.notes
        assert f"{folder} holds 248 training images of {np.prod(info.shape)} values" in note


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_trained_on_and_drawn(name: str, tmp_path: Path, one_thread: None) -> None:
    write(name, tmp_path / "files")
    dataset = data.load(name, tmp_path / "files")
    values = {"n_latents": 64, "k": 4, "epochs": 4, "batch_size": 31, "lr": 3e-3, "init": "data"}
    session = Session(make({"dataset": name, **values}), dataset, tmp_path / "run")
    while not session.done:
        session.advance()
    session.close()
    run = open_run(tmp_path / "run")
    assert run.metrics["fvu"] < 0.4
    assert run.origin is not None and run.origin.folder == tmp_path / "files"
    kinds = [kind for kind in ("latent", "reconstruction") if kind in KINDS]
    subject = subject_of(run, kinds, dataset=dataset)
    assert subject.stats is not None and subject.stats.class_means.shape == (64, len(dataset.classes))
    tables = {kind: draw(kind, subject).table for kind in kinds}
    shown = {row[2] for row in tables["latent"].rows if row[0] == "class_mean"}
    assert shown == set(dataset.classes)


class TestIdentity:
    @pytest.mark.parametrize("name", ["fashion-mnist", "kmnist"])
    def test_mnist_is_called_mnist_whatever_was_asked_for(self, name: str, mnist_dir: Path) -> None:
        found = data.load(name, mnist_dir)
        title = data.DATASETS[name].title
        assert (found.title, found.classes) == ("MNIST", tuple("0123456789"))
        assert found.notes == (f"{mnist_dir} holds MNIST, not {title}: its labels show it.",)

    def test_the_sums_of_the_labels_tell_and_bring_their_own_classes(self, tmp_path: Path) -> None:
        wanted = write("fashion-mnist", tmp_path)
        sums = (None, idx.checksum(wanted.train_labels), None, idx.checksum(wanted.test_labels))
        fashion = small(FASHION_MNIST, sums=sums)
        assert load(fashion, tmp_path).title == "Fashion-MNIST"
        found = load(MNIST, tmp_path, KMNIST, fashion)
        assert (found.title, found.classes) == ("Fashion-MNIST", FASHION_MNIST.info.classes)
        assert found.notes == (f"{tmp_path} holds Fashion-MNIST, not MNIST: its labels show it.",)

    def test_a_packed_file_is_known_also_beside_the_unpacked_one(self, tmp_path: Path) -> None:
        for packed in (False, True):
            write("kmnist", tmp_path, packed=packed)
        labels = (tmp_path / f"{KMNIST.files[1]}.gz").read_bytes()
        kmnist = small(KMNIST, packed_labels=hashlib.md5(labels).hexdigest())
        assert load(kmnist, tmp_path)[1:4] == ("KMNIST", (), None)
        assert load(MNIST, tmp_path, kmnist).title == "KMNIST"
        for path in tmp_path.glob("*.gz"):
            path.unlink()
        found = load(kmnist, tmp_path)
        assert found.title == "KMNIST"
        assert f"only its packed file {KMNIST.files[1]}.gz would show" in found.notes[0]
        # What cannot be proven is not claimed of files that somebody takes for MNIST.
        assert load(MNIST, tmp_path, kmnist).title == f"{tmp_path.name} (not MNIST)"

    def test_a_part_of_emnist_under_the_names_of_another_is_known_by_its_numbers(
        self, tmp_path: Path
    ) -> None:
        arrays = image_sets.pictures("emnist-digits")
        for file, content in image_sets.idx_files(replace(DIGITS, files=LETTERS.files), arrays).items():
            (tmp_path / file).write_bytes(content)
        with pytest.raises(DataError, match="the label 0, but EMNIST letters has none below 1"):
            load(small(LETTERS), tmp_path)
        balanced = BY_NAME["emnist-balanced"]
        for file, content in image_sets.idx_files(replace(DIGITS, files=balanced.files), arrays).items():
            (tmp_path / file).write_bytes(content)
        found = load(small(balanced), tmp_path, small(DIGITS), QMNIST)
        assert found.title == "EMNIST digits" and found.classes == DIGITS.info.classes
        assert load(small(DIGITS), write_into(tmp_path / "own", "emnist-digits"), small(balanced)).notes == ()

    @pytest.mark.parametrize(
        ("asked", "here", "below", "words"),
        [
            (
                "mnist",
                ["emnist-letters", "emnist-digits"],
                ".",
                "those of EMNIST letters and EMNIST digits; ",
            ),
            ("mnist", ["kmnist"], "KMNIST/raw", "those of KMNIST; choose the data set kmnist to use them"),
            ("fashion-mnist", ["mnist"], "MNIST/raw", "those of MNIST; choose the data set mnist"),
            ("emnist-digits", ["mnist"], ".", "those of MNIST; choose the data set mnist"),
            ("mnist", ["qmnist"], "QMNIST/raw", "those of QMNIST; choose the data set qmnist"),
            ("kmnist", ["usps"], ".", "those of USPS (usps), which is the data set usps"),
            ("usps", ["mnist"], ".", "holds no USPS files"),
        ],
    )
    def test_a_folder_of_others_is_refused_with_what_it_holds(
        self, asked: str, here: list[str], below: str, words: str, tmp_path: Path
    ) -> None:
        for name in here:
            write(name, tmp_path / below)
        assert not data.available(asked, tmp_path)
        with pytest.raises(DataError) as caught:
            data.load(asked, tmp_path)
        assert words in str(caught.value) and str(tmp_path) in str(caught.value)
        for name in here:
            assert len(data.load(name, tmp_path).train_images) == image_sets.N_TRAIN


def write_into(folder: Path, name: str) -> Path:
    write(name, folder)
    return folder


@pytest.mark.parametrize(
    ("name", "place", "array", "words"),
    [
        ("emnist-letters", 1, np.zeros(248, np.uint8), "the label 0, but EMNIST letters has none below 1"),
        (
            "emnist-letters",
            3,
            np.full(62, 27, np.uint8),
            "the label 27, but EMNIST letters has none above 26",
        ),
        (
            "emnist-digits",
            0,
            np.zeros((248, 32, 32), np.uint8),
            "images of 32×32 where EMNIST digits has 28×28",
        ),
        ("qmnist", 1, np.zeros(248, np.uint8), "of unsigned byte values with 1 dimensions, but int32 values"),
        ("qmnist", 1, np.zeros((248, 7), np.int32), "labels of shape (248, 7) for the 248 images"),
        ("qmnist", 3, np.full((62, 8), 10, np.int32), "the label 10, but QMNIST has none above 9"),
        ("qmnist", 1, np.full((248, 8), -1, np.int32), "the label -1, but QMNIST has none below 0"),
        (
            "kmnist",
            0,
            np.zeros((248, 28, 28), np.int32),
            "of int32 values with 3 dimensions, but unsigned bytes",
        ),
    ],
)
def test_a_file_that_is_not_of_the_set_is_named(
    name: str, place: int, array: np.ndarray, words: str, tmp_path: Path
) -> None:
    import idx2numpy

    write(name, tmp_path)
    path = tmp_path / BY_NAME[name].files[place]
    path.write_bytes(idx2numpy.convert_to_string(array))
    with pytest.raises(DataError) as caught:
        data.load(name, tmp_path)
    assert str(path) in str(caught.value) and words in str(caught.value)


def test_qmnist_can_be_labelled_by_writer(tmp_path: Path) -> None:
    wanted = write("qmnist", tmp_path)
    added = data.Added("qmnist", tmp_path, {"label": "writer"})
    name = registry.add(added)
    try:
        found = data.load(name)
    finally:
        registry.forget(name)
    assert found.classes == ("writer 2000", "writer 2150", "writer 2300")
    numbers = np.array([int(each.split()[1]) for each in found.classes])
    for labels, classes in (
        (found.train_labels, wanted.train_labels),
        (found.test_labels, wanted.test_labels),
    ):
        np.testing.assert_array_equal(numbers[labels], image_sets.writers(classes))
    np.testing.assert_array_equal(found.train_images, wanted.train_images)
    assert data.load("qmnist", tmp_path).classes == QMNIST.info.classes


@pytest.fixture
def serve(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[IdxSet], Mirror]]:
    """``serve(this)``: a mirror on this machine that torchvision's class of ``this`` knows the sums of; empty at first."""
    folder = tmp_path / "served"
    folder.mkdir()
    mirror = Mirror(folder)
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    def start(this: IdxSet) -> Mirror:
        known = getattr(datasets, this.torchvision)
        sums = [(path.name, hashlib.md5(path.read_bytes()).hexdigest()) for path in folder.iterdir()]
        monkeypatch.setenv(this.variable, mirror.url)
        if this.archive:
            monkeypatch.setattr(known, "md5", dict(sums)[this.archive])
        elif isinstance(known.resources, dict):
            monkeypatch.setattr(known, "resources", {"train": sums, "test": []})
        else:
            monkeypatch.setattr(known, "resources", sums)
        return mirror

    yield start
    mirror.close()


class TestDownload:
    @pytest.mark.parametrize("this", mnist_family.SETS, ids=lambda this: this.info.name)
    def test_torchvision_knows_the_files(self, this: IdxSet, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(this.variable, raising=False)
        mirrors, sums = download.published(this.torchvision, this.variable, this.info)
        assert set(sums) == ({this.archive} if this.archive else {f"{file}.gz" for file in this.files})
        assert mirrors and all(mirror.startswith("http") for mirror in mirrors)
        assert this.packed_labels in {"", sums.get(f"{this.files[1]}.gz")}

    @pytest.mark.parametrize("this", [FASHION_MNIST, KMNIST, QMNIST], ids=lambda this: this.info.name)
    def test_the_files_are_fetched_once_and_kept(
        self, this: IdxSet, serve: Callable[[IdxSet], Mirror], tmp_path: Path
    ) -> None:
        wanted = write(this.info.name, tmp_path / "served", packed=True)
        mirror, source = serve(this), idx_loading.source(small(this), mnist_family.SETS)
        assert not source.available(None)
        options = {option.name: option.default for option in source.options}
        for _ in range(2):
            found = source.load(None, options, UNWATCHED)
            assert isinstance(found, Found)
            assert_equal(found.arrays, wanted)
            assert mirror.requests == [f"{file}.gz" for file in this.files]
        assert source.available(None)
        if this.writer:
            by_writer = source.load(None, {"label": "writer"}, UNWATCHED)
            assert isinstance(by_writer, Found) and by_writer.classes is not None
            assert by_writer.classes[1] == "writer 2150"

    def test_one_download_is_enough_for_all_of_emnist(
        self, serve: Callable[[IdxSet], Mirror], tmp_path: Path, own_home: Path
    ) -> None:
        written = write_archive(tmp_path / "served" / "gzip.zip", "emnist-letters", "emnist-byclass")
        mirror = serve(LETTERS)
        for name, wanted in written.items():
            this = small(BY_NAME[name])
            source = idx_loading.source(this, EMNIST)
            found = source.load(None, {}, UNWATCHED)
            assert isinstance(found, Found)
            assert_equal(found.arrays, wanted)
            assert source.available(None) and mirror.requests == ["gzip.zip"]
        kept = sorted(path.name for path in (own_home / "data").iterdir())
        assert kept == ["emnist", "emnist-byclass", "emnist-letters"]
        assert [path.name for path in (own_home / "data" / "emnist").iterdir()] == ["gzip.zip"]

        # A kept file that was damaged is fetched again, and so is said.
        kept_file = idx_archive.kept_file(LETTERS)
        kept_file.write_bytes(kept_file.read_bytes()[:-400])
        watched = Watched()
        balanced = small(BY_NAME["emnist-balanced"])
        with pytest.raises(
            DataError, match=r"gzip.zip does not hold emnist-balanced-train-images-idx3-ubyte.gz"
        ):
            idx_loading.source(balanced, EMNIST).load(None, {}, watched)
        assert any("gzip.zip is truncated or damaged" in text for text in watched.texts)
        assert mirror.requests == ["gzip.zip"] * 2

    @pytest.mark.parametrize("fault", ["altered", "dropped"])
    def test_a_broken_download_of_emnist_leaves_nothing(
        self, fault: str, serve: Callable[[IdxSet], Mirror], tmp_path: Path, own_home: Path
    ) -> None:
        write_archive(tmp_path / "served" / "gzip.zip", "emnist-digits")
        mirror = serve(DIGITS)
        mirror.faults["gzip.zip"] = fault
        with pytest.raises(DataError, match=r"EMNIST digits could not be downloaded: gzip.zip"):
            data.load("emnist-digits")
        assert not [path for path in own_home.rglob("*") if path.is_file()]
        assert not data.available("emnist-digits")

    def test_a_download_of_emnist_can_be_cancelled(
        self, serve: Callable[[IdxSet], Mirror], tmp_path: Path, own_home: Path
    ) -> None:
        write_archive(tmp_path / "served" / "gzip.zip", "emnist-digits")
        serve(DIGITS)
        with pytest.raises(Cancelled):
            data.load("emnist-digits", progress=Watched(lambda: True))
        assert not [path for path in own_home.rglob("*") if path.is_file()]

    def test_a_disk_without_room_for_emnist_is_said(
        self,
        serve: Callable[[IdxSet], Mirror],
        mounted: Callable[[str], Path],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        write_archive(tmp_path / "served" / "gzip.zip", "emnist-byclass")
        serve(DIGITS)
        monkeypatch.setenv("SAEGUI_HOME", str(disk := mounted("64k")))
        with pytest.raises(DataError, match="EMNIST digits needs 562 MB there"):
            data.load("emnist-digits")
        assert not [path for path in disk.rglob("*") if path.is_file()]


class TestArchive:
    def test_the_zip_file_as_it_was_published_is_read_from_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "EMNIST" / "raw").mkdir(parents=True)
        written = write_archive(tmp_path / "EMNIST" / "raw" / "gzip.zip", "emnist-letters")
        assert data.available("emnist-letters", tmp_path)
        assert_equal(data.load("emnist-letters", tmp_path), written["emnist-letters"])

    @pytest.mark.parametrize(
        ("damage", "words"),
        [
            (lambda content: b"", "is truncated or damaged"),
            (lambda content: content[: len(content) // 2], "is truncated or damaged"),
            (lambda content: content[:3000] + bytes(99) + content[3099:], "is truncated or damaged"),
            (lambda content: gzip.compress(content), "is truncated or damaged"),
        ],
    )
    def test_a_damaged_one_is_named(
        self, damage: Callable[[bytes], bytes], words: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "gzip.zip"
        write_archive(path, "emnist-letters")
        path.write_bytes(damage(path.read_bytes()))
        with pytest.raises(DataError) as caught:
            data.load("emnist-letters", tmp_path)
        assert str(path) in str(caught.value) and words in str(caught.value)
