"""The Olivetti faces: from scikit-learn's file, from the published one, and over the network."""

from __future__ import annotations

import hashlib
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from saegui.core import data
from saegui.core.analysis import metrics
from saegui.core.config.schema import make
from saegui.core.data.sources import olivetti
from saegui.core.errors import DataError
from saegui.core.runs.run import open_run
from saegui.core.training.devices import use_threads
from saegui.core.training.session import Session
from tests.mirror import Mirror


@pytest.fixture
def folder(shared_data: Path) -> Path:
    return shared_data / "olivetti"


@pytest.fixture
def columns(folder: Path) -> np.ndarray:
    """``(400, 4096)`` uint8, as the files hold them."""
    return olivetti._packed((folder / olivetti.PACKED).read_bytes(), "the file")


@pytest.fixture
def published(tmp_path: Path, columns: np.ndarray) -> Path:
    """A folder with a file of the kind that is published, and what else it holds."""
    place = tmp_path / "published"
    place.mkdir()
    savemat(place / olivetti.MATLAB, {"faces": columns.T, "p": np.full((1, 40), 0.25)}, do_compression=True)
    return place


def test_scikit_learn_s_file_holds_the_faces_that_scikit_learn_shows(folder: Path) -> None:
    from sklearn.datasets import fetch_olivetti_faces

    faces = fetch_olivetti_faces(data_home=folder, download_if_missing=False)
    found = data.load("olivetti", folder)
    assert {name: getattr(found, name).shape for name in found_shapes()} == found_shapes()

    levels = np.concatenate([found.train_images, found.test_images])
    labels = np.concatenate([found.train_labels, found.test_labels])
    order, theirs = np.lexsort(levels.reshape(400, -1).T), np.lexsort(faces.data.T)
    np.testing.assert_array_equal(levels[order] / np.float32(242), faces.images[theirs])
    np.testing.assert_array_equal(labels[order], faces.target[theirs])
    assert (np.bincount(found.test_labels) == 2).all()


def found_shapes() -> dict[str, tuple[int, ...]]:
    return data.DATASETS["olivetti"].shapes


@pytest.mark.parametrize("kind", [np.uint8, np.float64])
def test_the_published_file_holds_the_same(kind, published, folder, columns) -> None:
    savemat(published / olivetti.MATLAB, {"faces": columns.T.astype(kind)})
    ours, theirs = data.load("olivetti", published), data.load("olivetti", folder)
    np.testing.assert_array_equal(ours.train_images, theirs.train_images)
    np.testing.assert_array_equal(ours.test_labels, theirs.test_labels)
    assert ours.fingerprint == theirs.fingerprint


def test_over_the_network_they_are_checked_and_kept(published, folder, monkeypatch) -> None:
    body = (published / olivetti.MATLAB).read_bytes()
    server = Mirror(published)
    monkeypatch.setattr(olivetti, "ADDRESS", f"{server.url}{olivetti.MATLAB}")
    try:
        with pytest.raises(DataError, match=r"SHA-256.*from a folder"):
            data.load("olivetti")
        assert not data.available("olivetti")
        monkeypatch.setattr(olivetti, "SHA256", hashlib.sha256(body).hexdigest())
        first = data.load("olivetti")
    finally:
        server.close()
    assert data.available("olivetti")
    assert data.load("olivetti").fingerprint == first.fingerprint == data.load("olivetti", folder).fingerprint


def _damaged(packed: bytes) -> dict[str, tuple[str, bytes, str]]:
    plain = zlib.decompress(packed)
    other = BytesIO()
    savemat(other, {"pictures": np.zeros((4096, 400), np.uint8)})
    small = BytesIO()
    savemat(small, {"faces": np.zeros((100, 400), np.uint8)})
    halves = BytesIO()
    savemat(halves, {"faces": np.full((4096, 400), 0.5)})
    return {
        "empty": (olivetti.PACKED, b"", "not scikit-learn's file"),
        "cut off": (olivetti.PACKED, packed[:-1000], "bytes where"),
        "not packed": (olivetti.PACKED, plain, "not scikit-learn's file"),
        "too short": (olivetti.PACKED, zlib.compress(plain[:-5]), "bytes where"),
        "too long": (olivetti.PACKED, zlib.compress(plain + b"more"), "bytes where"),
        "another type": (olivetti.PACKED, zlib.compress(plain.replace(b"u1", b"u2", 1)), "lacks u1"),
        "no array": (olivetti.PACKED, zlib.compress(b"\x80\x05N."), "describes no array"),
        "text": (olivetti.MATLAB, b"a page that asks you to sign in", "not a MATLAB file"),
        "no faces": (olivetti.MATLAB, other.getvalue(), "faces"),
        "smaller": (olivetti.MATLAB, small.getvalue(), r"\(400, 100\)"),
        "halves": (olivetti.MATLAB, halves.getvalue(), "whole numbers"),
    }


def test_a_damaged_file_is_refused_with_its_reason(folder: Path, tmp_path: Path) -> None:
    for kind, (name, content, reason) in _damaged((folder / olivetti.PACKED).read_bytes()).items():
        place = tmp_path / kind
        place.mkdir()
        (place / name).write_bytes(content)
        with pytest.raises(DataError, match=reason) as caught:
            data.load("olivetti", place)
        assert str(place / name) in str(caught.value)
        assert olivetti.REMEDY in str(caught.value)


def test_a_folder_without_them_says_what_it_should_hold(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing"):
        with pytest.raises(DataError, match=olivetti.PACKED):
            data.load("olivetti", place)
        assert not data.available("olivetti", place)


def test_an_autoencoder_learns_them_and_its_run_finds_the_folder_again(folder: Path, tmp_path: Path) -> None:
    found = data.load("olivetti", folder)
    assert found.classes[0] == "person 1" and len(found.classes) == 40
    use_threads(1)
    config = make(
        {
            "dataset": "olivetti",
            "n_latents": 48,
            "k": 12,
            "epochs": 4,
            "batch_size": 20,
            "lr": 3e-3,
            "init": "data",
            "pre_bias": True,
        }
    )
    session = Session(config, found, tmp_path / "run")
    while not session.done:
        session.advance()
    session.close()
    run = open_run(tmp_path / "run")
    assert metrics.reconstruction(run.latest(), found.test_images).fvu < 0.4
    again = data.load("olivetti", data.place("olivetti", run.origin))
    assert again.folder == folder and not again.changed_since(run.origin)
