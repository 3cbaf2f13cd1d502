"""Files that people take for a data set in four IDX files, known by their names, so that a refusal can say what they are."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import NamedTuple


class Other(NamedTuple):
    """How files of another data set are recognised by their names."""

    title: str
    patterns: tuple[str, ...]
    """Globs, below the folder that the user named."""
    why: str
    """Completes ``the files of TITLE, …``."""


_PART = "of which some are missing"
OTHERS = (
    Other("Fashion-MNIST", ("FashionMNIST/raw/*-ubyte*", "fashion-mnist/data/fashion/*-ubyte*"), _PART),
    Other("KMNIST", ("KMNIST/raw/*-ubyte*",), _PART),
    Other(
        "EMNIST",
        ("emnist-*-idx*-ubyte*", "EMNIST/raw/emnist-*", "raw/emnist-*-idx*-ubyte*"),
        "which is the data sets emnist-letters, emnist-digits and four others",
    ),
    Other(
        "QMNIST",
        ("qmnist-*-idx*", "QMNIST/raw/qmnist-*", "raw/qmnist-*-idx*"),
        "which is the data set qmnist",
    ),
    Other("USPS", ("usps", "usps.bz2", "usps.t", "usps.t.bz2"), "which is the data set usps"),
    Other(
        "a data set as NumPy arrays",
        ("*mnist*.npz", "*mnist*.npy"),
        "which are not read here: the files as they were published are",
    ),
    Other(
        "MNIST as an old torchvision kept it",
        ("processed/*.pt", "*/processed/*.pt"),
        "which could run code when they are opened and are not read",
    ),
)


class Seen(NamedTuple):
    """Files of another data set in a folder."""

    title: str
    path: Path
    """The first of them."""
    why: str


def look(folder: Path) -> Seen | None:
    """The first of :data:`OTHERS` of which ``folder`` holds files; only names are looked at. ``OSError`` where it cannot be read."""
    for other in OTHERS:
        found = sorted(chain.from_iterable(folder.glob(pattern) for pattern in other.patterns))
        if found:
            return Seen(other.title, found[0], other.why)
    return None
