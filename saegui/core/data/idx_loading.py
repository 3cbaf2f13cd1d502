"""Loading any data set in four IDX files: from a folder of the user's, from the cache, or from the network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.data import cache, copies, idx, idx_archive, idx_folder, idx_identity
from saegui.core.data.dataset import Arrays, Found, Labels, label_type
from saegui.core.data.idx_set import TRAIN_LABELS, IdxSet
from saegui.core.data.options import Option, Options
from saegui.core.data.source import Source
from saegui.core.errors import DataError
from saegui.core.files import paths
from saegui.core.progress import Progress

Raw = Sequence[NDArray[Any]]
"""What the four files hold."""

CLASS, WRITER = "class", "writer"
LABEL = Option(
    "label",
    "Label",
    "What the label of a picture says: which class it shows, or who wrote it.",
    CLASS,
    (CLASS, WRITER),
    ("Class", "Writer"),
)


def source(this: IdxSet, sets: Sequence[IdxSet]) -> Source:
    """The source of the data set ``this``, one of ``sets``, with which a folder may be confused."""
    return Source(
        this.info,
        partial(load, this, sets),
        partial(available, this, sets),
        folder=f"the {this.info.title} files (raw or .gz, there or in {this.torchvision}/raw below it)",
        options=(LABEL,) if this.writer else (),
    )


def load(
    this: IdxSet, sets: Sequence[IdxSet], folder: Path | None, options: Options, progress: Progress
) -> Arrays | Found:
    """The arrays from, in this order: ``folder`` if it is given; the cache; the network, after which they are cached.

    A folder holds the four IDX files, raw or ``.gz``, there or in one of :attr:`IdxSet.places`. Raw files are
    memory-mapped, any number of images is taken, and nothing is downloaded. Where it holds another data set in the same
    form, that is said and it is called by its own name. A damaged cache is downloaded again, and ``progress`` says so.
    The addresses are torchvision's, or those in the environment variable :attr:`IdxSet.variable`.
    """
    if folder is None:
        fetch = partial(_fetched, this)
        kept = cache.kept_or_fetched(cache_folder(this), this.info, fetch, progress, this.columns)
        found = Found(kept, this.info.title)
    else:
        found = _from_folder(this, sets, folder, progress)
    return _with_writers(this, found) if options.get(LABEL.name) == WRITER else _with_classes(this, found)


def available(this: IdxSet, sets: Sequence[IdxSet], folder: Path | None) -> bool:
    """True when :func:`load` needs no network: the folder holds the files, or the cache is there and whole."""
    return cache.is_here(
        folder,
        lambda place: idx_folder.locate(place, this, sets),
        lambda: (
            cache.read(cache_folder(this), this.info, this.columns)
            or (this.archive and idx_archive.is_kept(this))
        ),
    )


def cache_folder(this: IdxSet) -> Path:
    """Where the data set is kept once it was downloaded."""
    return paths.data_cache() / this.info.name


def _fetched(this: IdxSet, progress: Progress) -> Arrays:
    if this.archive:
        raw: Raw = idx_archive.fetched(this, progress)
    else:
        from saegui.core.data import (
            download,  # the network's modules take longer to import than the cache to map
        )

        raw = download.fetch(this, progress)
    return _arranged(this, raw)


def _from_folder(this: IdxSet, sets: Sequence[IdxSet], folder: Path, progress: Progress) -> Found:
    located = idx_folder.locate(folder, this, sets)
    if isinstance(located, Path):
        raw: Raw = idx_archive.read(located, this, progress)
        _check(this, raw, [f"{name}.gz in {located}" for name in this.files])
        return Found(_arranged(this, raw), this.info.title)
    chosen = [
        copies.choose(files, known, type)
        for files, known, type in zip(located, this.sums, this.types, strict=True)
    ]
    sizes = [copy.path.stat().st_size for copy in chosen]
    raw = []
    for index, (copy, type) in enumerate(zip(chosen, this.types, strict=True)):
        progress.report(sum(sizes[:index]), sum(sizes), f"Reading {copy.path.name}")
        raw.append(idx.read(copy.path, type))
    progress.report(sum(sizes), sum(sizes), f"Read {folder}")
    _check(this, raw, [str(copy.path) for copy in chosen])
    labels = [chosen[TRAIN_LABELS].path, *located[TRAIN_LABELS]]
    title, note, classes = idx_identity.identify(idx_identity.Files(raw, labels), this, sets)
    notes = tuple(each for each in (note, *(copy.note for copy in chosen)) if each)
    return Found(_arranged(this, raw), title, notes, classes)


def _check(this: IdxSet, raw: Raw, names: Sequence[str]) -> None:
    """Raises DataError where the files, called ``names``, do not have the form of ``this``."""
    title = this.info.title
    for images, labels in ((0, 1), (2, 3)):
        found, its_labels = raw[images], raw[labels]
        if found.ndim != 3 or found.shape[1:] != this.info.shape:
            sizes = "×".join(str(size) for size in found.shape[1:]) or "single values"
            raise DataError(
                f"{names[images]} holds images of {sizes} where {title} has {this.info.shape_text}; "
                f"choose a folder with the files of {title}."
            )
        if its_labels.shape != ((len(found), this.columns) if this.columns else (len(found),)):
            raise DataError(
                f"{names[labels]} holds labels of shape {its_labels.shape} for the {len(found):,} images of "
                f"{names[images].rpartition('/')[2]}; both must come from the same data set."
            )
        classes = its_labels[:, 0] if this.columns else its_labels
        lowest, highest = this.first_label, this.first_label + len(this.info.classes) - 1
        for label, wrong, limit in (
            (int(classes.min()), int(classes.min()) < lowest, f"none below {lowest}"),
            (int(classes.max()), int(classes.max()) > highest, f"none above {highest}"),
        ):
            if wrong:
                raise DataError(
                    f"{names[labels]} holds the label {label}, but {title} has {limit}; "
                    f"choose a folder with the files of {title}."
                )


def _arranged(this: IdxSet, raw: Raw) -> Arrays:
    """What the files hold, with upright pictures, and labels that begin at 0 or have :attr:`IdxSet.columns`."""
    arrays = list(raw)
    for images, labels in ((0, 1), (2, 3)):
        if this.transposed:
            arrays[images] = np.ascontiguousarray(raw[images].transpose(0, 2, 1))
        if this.columns:
            arrays[labels] = raw[labels].astype(np.int32)
        elif this.first_label:
            arrays[labels] = raw[labels] - np.uint8(this.first_label)
    return Arrays(*arrays)


def _with_classes(this: IdxSet, found: Found) -> Found:
    if not this.columns:
        return found
    train, test = (
        labels[:, 0].astype(np.uint8) for labels in (found.arrays.train_labels, found.arrays.test_labels)
    )
    return found._replace(arrays=found.arrays._replace(train_labels=train, test_labels=test))


def _with_writers(this: IdxSet, found: Found) -> Found:
    """With the writers as classes, in the order of their numbers."""
    columns = [labels[:, this.writer] for labels in (found.arrays.train_labels, found.arrays.test_labels)]
    writers, places = np.unique(np.concatenate(columns), return_inverse=True)
    labels: Labels = places.astype(label_type(len(writers)))
    cut = len(columns[0])
    return found._replace(
        arrays=found.arrays._replace(train_labels=labels[:cut], test_labels=labels[cut:]),
        classes=tuple(f"writer {writer}" for writer in writers),
    )
