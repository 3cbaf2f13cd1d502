"""A folder that holds another data set than MNIST is refused with the name of what it holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import lookalikes
from saegui.core.errors import DataError


def refusal(folder: Path) -> str:
    assert not data.available("mnist", folder)
    with pytest.raises(DataError) as caught:
        data.load("mnist", folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "title"),
    [
        ("emnist-letters-train-images-idx3-ubyte.gz", "EMNIST"),
        ("EMNIST/raw/emnist-digits-train-images-idx3-ubyte", "EMNIST"),
        ("qmnist-train-images-idx3-ubyte.gz", "QMNIST"),
        ("QMNIST/raw/qmnist-train-labels-idx2-int", "QMNIST"),
        ("usps.bz2", "USPS"),
        ("mnist.npz", "a data set as NumPy arrays"),
        ("pathmnist.npz", "a data set as NumPy arrays"),
        ("MNIST/processed/training.pt", "MNIST as an old torchvision kept it"),
    ],
)
def test_is_known_by_the_names_of_its_files(file: str, title: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_bytes(b"")
    sentence = refusal(tmp_path)
    assert f"{tmp_path} holds no MNIST files, but those of {title} (" in sentence
    assert "choose a folder that holds train-images-idx3-ubyte" in sentence


@pytest.mark.parametrize("name", ["FashionMNIST", "KMNIST"])
def test_one_with_mnists_names_below_is_offered_and_never_taken_in_its_place(
    name: str, small: dict[str, np.ndarray], write_folder: Callable[..., Path]
) -> None:
    folder = write_folder(small, f"{name}/raw")
    sentence = refusal(folder)
    called, title = {"FashionMNIST": ("fashion-mnist", "Fashion-MNIST"), "KMNIST": ("kmnist", "KMNIST")}[name]
    assert f"but those of {title}; choose the data set {called} to use them, or choose a folder" in sentence
    assert len(data.load(called, folder).train_images) == 30
    # Who names its own folder means it.
    assert data.load("mnist", folder / name).title == f"{name} (not MNIST)"


def test_mnist_beside_others_is_what_is_read(
    small: dict[str, np.ndarray], write_folder: Callable[..., Path]
) -> None:
    write_folder(small, "FashionMNIST/raw")
    folder = write_folder({name: array[:5] for name, array in small.items()}, "MNIST/raw")
    assert len(data.load("mnist", folder).train_images) == 5


def test_the_table_names_no_data_set_twice() -> None:
    titles = [other.title for other in lookalikes.OTHERS]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling", "loop"])
def test_what_only_has_the_name_of_a_file_is_described(
    kind: str, small: dict[str, np.ndarray], write_folder: Callable[..., Path]
) -> None:
    folder = write_folder(small)
    path = folder / "t10k-labels-idx1-ubyte"
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path.name if kind == "loop" else "nowhere")
    words = {
        "folder": "a folder",
        "pipe": "a named pipe",
        "dangling": "a link to a file that does not exist",
        "loop": "a link that leads back to itself",
    }
    assert f"{path} is {words[kind]}; bring the file itself" in refusal(folder)
