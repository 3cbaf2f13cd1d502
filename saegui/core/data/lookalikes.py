"""Data sets that are taken for MNIST: what is known of their files, so that what a folder holds can be called by its name."""

from __future__ import annotations

import hashlib
from itertools import chain
from pathlib import Path
from typing import NamedTuple

LABELS = {
    (0x741A4657, 0x80142C1F): "Fashion-MNIST",
}
"""Data sets by the CRC-32 of the unpacked files of their training and test labels (github.com/zalandoresearch/fashion-mnist)."""
PACKED_LABELS = {
    "25c81989df183df01b3e8a0aad5dffbe": "Fashion-MNIST",
    "e144d726b3acfaa3e44228e80efcd344": "KMNIST",
}
"""Data sets by the MD5 of the packed file of their training labels, as torchvision checks it."""
MOST_BYTES = 1 << 20
"""No packed file of labels is larger."""


class Other(NamedTuple):
    """How files of another data set are recognised by their names."""

    title: str
    patterns: tuple[str, ...]
    """Globs, below the folder that the user named."""
    why: str
    """Completes ``the files of TITLE, …``."""


_SAME_NAMES = "which have MNIST's names but are not MNIST"
OTHERS = (
    Other("Fashion-MNIST", ("FashionMNIST/raw", "fashion-mnist/data/fashion"), _SAME_NAMES),
    Other("KMNIST", ("KMNIST/raw",), _SAME_NAMES),
    Other(
        "EMNIST",
        ("emnist-*-images-idx3-ubyte*", "EMNIST/raw", "raw/emnist-*-images-idx3-ubyte*"),
        "which stores its pictures transposed and is not read by saegui",
    ),
    Other(
        "QMNIST",
        ("qmnist-*-idx3-ubyte*", "QMNIST/raw", "raw/qmnist-*-idx3-ubyte*"),
        "which has labels of another type and is not read by saegui",
    ),
    Other("USPS", ("usps", "usps.bz2", "usps.t.bz2"), "which has smaller pictures and is not read by saegui"),
    Other(
        "a data set as NumPy arrays",
        ("*mnist*.npz", "*mnist*.npy"),
        "which are not read here: MNIST's own files are",
    ),
    Other(
        "MNIST as an old torchvision kept it",
        ("processed/*.pt", "MNIST/processed/*.pt"),
        "which could run code when they are opened and are not read",
    ),
)


class Seen(NamedTuple):
    """Files of another data set in a folder."""

    title: str
    path: Path
    """The first of them, or the folder that holds them."""
    why: str


def look(folder: Path) -> Seen | None:
    """The first of :data:`OTHERS` of which ``folder`` holds files; only names are looked at. ``OSError`` where it cannot be read."""
    for other in OTHERS:
        found = sorted(chain.from_iterable(folder.glob(pattern) for pattern in other.patterns))
        if found:
            return Seen(other.title, found[0], other.why)
    return None


def by_labels(train: int, test: int, packed: Path) -> str:
    """The data set whose labels these are, or empty: by the CRC-32 of both unpacked files, or by the MD5 of ``packed``, the training file."""
    if known := LABELS.get((train, test)):
        return known
    if packed.stat().st_size > MOST_BYTES:
        return ""
    return PACKED_LABELS.get(hashlib.md5(packed.read_bytes(), usedforsecurity=False).hexdigest(), "")
