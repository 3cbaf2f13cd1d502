"""What a data set is: its arrays, and what is known of it before it is loaded."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.arrays import Array, Images, Shape, checked_shape, shape_text
from saegui.core.data.added import Added
from saegui.core.data.duplicates import first_equals
from saegui.core.data.noun import IMAGE, TEXT, Noun, noun_of_shape
from saegui.core.networks.readout import Readout

UInt8 = NDArray[np.uint8]
Labels = NDArray[np.uint8 | np.uint16]

NO_LABELS = ("unlabelled",)
"""The only class of a data set without labels."""
MOST_IN_BYTES = 256
"""Classes that labels of one byte can tell apart; of more, labels have two bytes."""


def label_type(n_classes: int) -> np.dtype[Any]:
    """The type of labels of so many classes, wherever labels are made, written or read."""
    return np.dtype(np.uint8 if n_classes <= MOST_IN_BYTES else np.uint16)


class Arrays(NamedTuple):
    """Inputs ``(N, *shape)`` with their labels ``(N,)``: bytes, in pictures 0 paper to 255 ink, or floating-point numbers."""

    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels

    @classmethod
    def unlabelled(cls, train_images: Images, test_images: Images) -> Arrays:
        """Of a data set that has no labels: everything is of one class."""
        train, test = (np.zeros(len(images), np.uint8) for images in (train_images, test_images))
        return cls(train_images, train, test_images, test)


@dataclass(frozen=True, eq=False)
class Encoder:
    """What makes inputs of other pictures or vectors than those of a data set, such as the network whose layer it is."""

    shape: Shape
    """Of a picture or vector that it takes."""
    dtype: str
    """Of its numbers, as :attr:`DatasetInfo.dtype`."""
    encode: Callable[[Images], Array]
    """``(n, *shape)`` → inputs, float32, one or several for each. Raises :class:`~saegui.core.errors.DataError`."""
    added: Added | None = None
    """How those of the data set were read, where they came from a file or folder of the user's."""


@dataclass(frozen=True, eq=False)
class Items:
    """What each input was made of, where that is what a person looks at: a picture, or a text."""

    train: Images | Sequence[str]
    """For each training input; pictures are bytes ``(N, h, w)`` or ``(N, h, w, 3)``."""
    test: Images | Sequence[str]
    encode: Callable[[Any], Array] | None = None
    """Inputs ``(n, *shape)``, float32, of other pictures or texts, made in the same way; None where that cannot be done.

    Raises :class:`~saegui.core.errors.DataError` for what cannot be encoded, such as an unknown word.
    """

    @property
    def are_texts(self) -> bool:
        """Texts, not pictures."""
        return not isinstance(self.test, np.ndarray)


class Found(NamedTuple):
    """What a source found, where its :class:`DatasetInfo` cannot know it before, or it needs a word."""

    arrays: Arrays
    title: str
    """What to call it."""
    notes: tuple[str, ...] = ()
    """See :attr:`Dataset.notes`."""
    classes: tuple[str, ...] | None = None
    """Names of the labels; None for those of the source."""
    items: Items | None = None
    """See :attr:`Dataset.items`."""
    axes: tuple[str, ...] = ()
    """See :attr:`Dataset.axes`."""
    ink: bool | None = None
    """See :attr:`DatasetInfo.ink`; None for the source's."""
    readout: Readout | None = None
    """See :attr:`Dataset.readout`."""
    encoder: Encoder | None = None
    """See :attr:`Dataset.encoder`; None also where :attr:`items` are pictures and know how to encode others."""
    added: Added | None = None
    """How it was read, where it is made of a file or folder of the user's that another data set is made of."""


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set before it is loaded."""

    name: str
    title: str
    about: str
    """One line for menus and lists."""
    shape: Shape
    """Of one input: ``(h, w)`` a grey picture, ``(h, w, 3)`` a picture in colour, ``(d,)`` a vector."""
    n_train: int
    n_test: int
    classes: tuple[str, ...] = ()
    """Names of the labels; empty for a data set without labels."""
    download_bytes: int = 0
    """What the network has to deliver the first time; 0 when it is never needed."""
    credit: str = ""
    """Who made it."""
    licence: str = ""
    """The terms under which it may be used, as they are stated where it is published."""
    home: str = ""
    """Address of the page where it is published."""
    ink: bool = True
    """Whether pictures show ink on paper, which a theme may draw dark on light; photographs keep their greys."""
    dtype: str = "uint8"
    """Of the inputs, uint8, float16 or float32: bytes are divided by 255 before a model reads them, other numbers are read as they are."""
    called: Noun | None = None
    """What an input is called, where its shape does not say it, such as a word."""

    def __post_init__(self) -> None:
        checked_shape(self.shape)

    @property
    def noun(self) -> Noun:
        """What an input is called."""
        return self.called or noun_of_shape(self.shape)

    @property
    def shape_text(self) -> str:
        """The shape in words, such as ``28×28``."""
        return shape_text(self.shape)

    @property
    def download_text(self) -> str:
        """How much the network has to deliver, such as ``12 MB``; empty when it is never needed."""
        return f"{max(1, round(self.download_bytes / 1e6))} MB" if self.download_bytes else ""

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each array of :class:`Arrays` by name."""
        sizes = (self.n_train, self.n_test)
        images, labels = [(n, *self.shape) for n in sizes], [(n,) for n in sizes]
        return dict(zip(Arrays._fields, (images[0], labels[0], images[1], labels[1]), strict=True))

    @property
    def label_type(self) -> np.dtype[Any]:
        """Of the labels; see :func:`label_type`."""
        return label_type(len(self.classes))

    @property
    def n_bytes(self) -> int:
        """Bytes of the four arrays together."""
        one = math.prod(self.shape) * np.dtype(self.dtype).itemsize + self.label_type.itemsize
        return (self.n_train + self.n_test) * one


@dataclass(frozen=True)
class Origin:
    """Where the images of a run came from, so that they are found again, and others are not taken for them."""

    title: str
    """What the data set was called."""
    folder: Path | None
    """The user's own folder or file that it was read from; None for one that is built in, or was downloaded."""
    checksum: str
    """:attr:`Dataset.checksum`."""
    added: Added | None = None
    """How it is read, where it is one that the user set up."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs ``(N, *shape)``, bytes, in pictures 0 paper to 255 ink, or floating-point numbers, and labels ``(N,)``; nobody
    can write to the arrays."""

    name: str
    title: str
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    classes: tuple[str, ...]
    """``classes[label]`` is the name of a label."""
    folder: Path | None = None
    """The user's own folder or file that it was read from; None for one that is built in, or was downloaded."""
    notes: tuple[str, ...] = ()
    """What the user should know of the files in :attr:`folder`, a sentence each: such as that they are not what they are
    named after, or that one of them is damaged and another copy was read."""
    items: Items | None = None
    """What the inputs were made of; None where the inputs themselves are what is shown."""
    axes: tuple[str, ...] = ()
    """Names of a vector's numbers, in their order; empty where they have none."""
    added: Added | None = None
    """How it is read, where it is one that the user set up."""
    readout: Readout | None = None
    """What the rest of the network does with the inputs, where they are activations of one of its layers."""
    encoder: Encoder | None = None
    """What makes inputs of other pictures or vectors; None where pictures and vectors are inputs themselves, or texts are."""
    called: Noun | None = None
    """See :attr:`DatasetInfo.called`."""

    def __post_init__(self) -> None:
        for name in Arrays._fields:
            getattr(self, name).setflags(write=False)

    @property
    def has_labels(self) -> bool:
        """Whether the labels say anything."""
        return self.classes != NO_LABELS

    @property
    def noun(self) -> Noun:
        """What an input is called: after what it was made of, where it was made of something."""
        if self.called is not None:
            return self.called
        if self.items is not None:
            return TEXT if self.items.are_texts else IMAGE
        return noun_of_shape(self.shape)

    @property
    def writes(self) -> bool:
        """Whether its inputs were made of texts."""
        return self.items is not None and self.items.are_texts

    @property
    def shape(self) -> Shape:
        """Shape of one input: ``(h, w)`` a grey picture, ``(h, w, 3)`` one in colour, ``(d,)`` a vector."""
        return self.train_images.shape[1:]

    @property
    def pictures(self) -> Images | None:
        """Those that the training inputs were made of; None where they were made of none, or are pictures themselves."""
        return (
            None if self.items is None or not isinstance(self.items.train, np.ndarray) else self.items.train
        )

    @cached_property
    def first_equals(self) -> NDArray[np.int32]:
        """``(N,)``: for each training input the index of the first that is equal to it; see :mod:`saegui.core.data.duplicates`."""
        texts = (
            self.items.train
            if self.items is not None and not isinstance(self.items.train, np.ndarray)
            else None
        )
        found = first_equals(self.train_images, texts)
        found.setflags(write=False)
        return found

    @cached_property
    def fingerprint(self) -> int:
        """CRC-32 of all images in their order: equal where a resumed training sees what it saw before.

        Of images that stay on disk it is that of their number and of :func:`saegui.core.on_disk.samples`, 64 MB: a change
        between these places is not noticed.
        """
        found = 0
        for images in (self.train_images, self.test_images):
            found = zlib.crc32(repr(images.shape).encode(), found)
            for sample in on_disk.samples(images):
                found = zlib.crc32(np.ascontiguousarray(sample).data, found)
        return found

    @cached_property
    def checksum(self) -> str:
        """Of all images and labels in their order, such as ``2d6e5f0a-1b2c3d4e``; takes 0.03 s for MNIST."""
        labels = zlib.crc32(self.test_labels.tobytes(), zlib.crc32(self.train_labels.tobytes()))
        return f"{self.fingerprint:08x}-{labels:08x}"

    @property
    def origin(self) -> Origin:
        """What a run keeps of it."""
        return Origin(self.title, self.folder, self.checksum, self.added)

    def changed_since(self, origin: Origin | None) -> str:
        """A sentence for the user where these are not the images of ``origin``; empty where they are, or nothing is known."""
        if origin is None or origin.checksum == self.checksum:
            return ""
        now, then = _place(self.title, self.folder), _place(origin.title, origin.folder)
        others = (
            "have changed since the run was trained"
            if now == then
            else f"are not those of the run, which was trained on {then}"
        )
        many = self.noun.many
        return f"The {many} of {now} {others}; numbers and examples are of the {many} as they are now."


def _place(title: str, folder: Path | None) -> str:
    return title if folder is None else f"{title} in {folder}"
