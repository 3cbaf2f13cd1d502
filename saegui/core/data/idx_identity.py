"""Which data set four IDX files hold: told by their bytes, as many data sets have MNIST's names and shapes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.data import idx
from saegui.core.data.idx_set import TEST_LABELS, TRAIN_LABELS, IdxSet

MOST_BYTES = 1 << 20
"""No packed file of labels is larger."""


class Identity(NamedTuple):
    """What files hold."""

    title: str
    note: str = ""
    """A sentence where it is not what was asked for, or cannot be told; else empty."""
    classes: tuple[str, ...] | None = None
    """Names of the labels, where they are another data set's than the one that was asked for."""


@dataclass(frozen=True)
class Files:
    """Four files as they were read."""

    arrays: Sequence[NDArray[Any]]
    labels: Sequence[Path]
    """All copies of the training labels, the one that was read first."""

    @cached_property
    def _sums(self) -> dict[int, int]:
        return {}

    def sum(self, place: int) -> int:
        """CRC-32 of a file, unpacked; computed once."""
        if place not in self._sums:
            self._sums[place] = idx.checksum(self.arrays[place])
        return self._sums[place]

    @cached_property
    def packed_sums(self) -> frozenset[str]:
        """MD5 of every small copy of the training labels."""
        small = [path for path in self.labels if path.stat().st_size <= MOST_BYTES]
        return frozenset(hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() for path in small)


def identify(files: Files, wanted: IdxSet, sets: Sequence[IdxSet]) -> Identity:
    """What ``files`` hold, which have the form of ``wanted``, one of ``sets``."""
    folder = files.labels[0].absolute().parent
    verdict = is_published(wanted, files)
    if verdict:
        return Identity(wanted.info.title)
    alike = [each for each in sets if each.types == wanted.types and each is not wanted]
    if known := next((each for each in alike if is_published(each, files)), None):
        return _other(known, wanted, folder)
    if verdict is None:
        unsure = wanted.packed_labels and (
            f"{folder} holds as many images and labels as {wanted.info.title}; whether they are the same, only its packed file "
            f"{wanted.files[TRAIN_LABELS]}.gz would show."
        )
        return Identity(wanted.info.title, unsure)
    kin = [each for each in alike if each.archive and each.archive == wanted.archive]
    if known := next((each for each in kin if is_published(each, files) is None), None):
        return _other(known, wanted, folder)
    return _unknown(files, wanted, folder)


def _other(known: IdxSet, wanted: IdxSet, folder: Path) -> Identity:
    title = known.info.title
    note = f"{folder} holds {title}, not {wanted.info.title}: its labels show it."
    return Identity(title, note, known.info.classes)


def _unknown(files: Files, wanted: IdxSet, folder: Path) -> Identity:
    named = folder.parent.name if folder.name == "raw" else folder.name
    different = [
        name
        for place, (name, known) in enumerate(zip(wanted.files, wanted.sums, strict=True))
        if known is not None and files.sum(place) != known
    ]
    few = 0 < len(different) < sum(known is not None for known in wanted.sums)
    verb = "is" if len(different) == 1 else "are"
    part = f": {' and '.join(different)} {verb} not as published" if few else ""
    theirs = wanted.info.title + ("'" if wanted.info.title.endswith("s") else "'s")
    count, size = len(files.arrays[0]), math.prod(wanted.info.shape)
    return Identity(
        f"{named} (not {wanted.info.title})",
        f"{folder} holds {count:,} training {'image' if count == 1 else 'images'} of {size} values that are not "
        f"{theirs}{part}.",
    )


def is_published(this: IdxSet, files: Files) -> bool | None:
    """Whether the files hold ``this``; None where everything that can be compared is as published, and that is no proof."""
    known = [place for place, found in enumerate(this.sums) if found is not None]
    # The labels first: they are small, and other data sets have others.
    known.sort(key=lambda place: place not in (TRAIN_LABELS, TEST_LABELS))
    if known:
        return all(files.sum(place) == this.sums[place] for place in known)
    if this.packed_labels in files.packed_sums:
        return True
    return None if _has_numbers_of(this, files) else False


def _has_numbers_of(this: IdxSet, files: Files) -> bool:
    if [len(array) for array in files.arrays] != [shape[0] for shape in this.info.shapes.values()]:
        return False
    labels = np.arange(len(this.info.classes)) + this.first_label
    return all(
        np.array_equal(np.unique(files.arrays[place]), labels) for place in (TRAIN_LABELS, TEST_LABELS)
    )
