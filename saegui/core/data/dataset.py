"""What a data set is: the arrays, their names, and the table of those that saegui knows."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.config.schema import IMAGE_SIDE

UInt8 = NDArray[np.uint8]


class Arrays(NamedTuple):
    """Images uint8 ``(N, 28, 28)``, 0 paper to 255 ink, with their labels uint8 ``(N,)``."""

    train_images: UInt8
    train_labels: UInt8
    test_images: UInt8
    test_labels: UInt8


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set before it is loaded."""

    name: str
    title: str
    about: str
    """One line for menus and lists."""
    n_train: int
    n_test: int
    classes: tuple[str, ...]
    download_bytes: int = 0
    """What the network has to deliver the first time; 0 when it is never needed."""

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each array of :class:`Arrays` by name."""
        side = (IMAGE_SIDE, IMAGE_SIDE)
        sizes = (self.n_train, self.n_test)
        images, labels = [(n, *side) for n in sizes], [(n,) for n in sizes]
        return dict(zip(Arrays._fields, (images[0], labels[0], images[1], labels[1]), strict=True))

    @property
    def n_bytes(self) -> int:
        """Bytes of the four arrays together, one for every pixel and label."""
        return (self.n_train + self.n_test) * (IMAGE_SIDE * IMAGE_SIDE + 1)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images uint8 ``(N, 28, 28)``, 0 paper to 255 ink, and labels uint8 ``(N,)``; nobody can write to the
    arrays."""

    name: str
    title: str
    train_images: UInt8
    train_labels: UInt8
    test_images: UInt8
    test_labels: UInt8
    classes: tuple[str, ...]
    """``classes[label]`` is the name of a label."""

    def __post_init__(self) -> None:
        for name in Arrays._fields:
            getattr(self, name).setflags(write=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one input: ``(h, w)`` a grey picture, ``(h, w, 3)`` one in colour, ``(d,)`` a vector."""
        return self.train_images.shape[1:]

    @cached_property
    def fingerprint(self) -> int:
        """CRC-32 of all images in their order: equal where a training that goes on sees what it saw before."""
        found = 0
        for images in (self.train_images, self.test_images):
            found = zlib.crc32(
                np.ascontiguousarray(images).data, zlib.crc32(repr(images.shape).encode(), found)
            )
        return found


DIGITS = tuple("0123456789")

DATASETS: dict[str, DatasetInfo] = {
    info.name: info
    for info in (
        DatasetInfo(
            "mnist",
            "MNIST",
            "70,000 handwritten digits, 28×28, from 500 writers; fetched once (11 MB) or read from a folder.",
            60_000,
            10_000,
            DIGITS,
            download_bytes=11_594_722,
        ),
        DatasetInfo(
            "digits",
            "Built-in digits",
            "1,797 handwritten digits that come with scikit-learn, 8×8 enlarged to 28×28; no network needed.",
            1_438,
            359,
            DIGITS,
        ),
    )
}
"""The data sets by name, in the order of menus."""
