"""Data sets as arrays with labels: loaded from a folder, from the cache, or over the network."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from saegui.core import on_disk
from saegui.core.arrays import Shape
from saegui.core.data import registry
from saegui.core.data.added import Added
from saegui.core.data.dataset import NO_LABELS, Arrays, Dataset, DatasetInfo, Encoder, Found, Items, Origin
from saegui.core.data.options import checked
from saegui.core.data.registry import DATASETS, DEFAULT, READERS, SOURCES, built_in, source, title_of
from saegui.core.data.source import Source
from saegui.core.errors import DataError
from saegui.core.progress import UNWATCHED, Progress

__all__ = [
    "DATASETS",
    "DEFAULT",
    "READERS",
    "SOURCES",
    "Added",
    "Dataset",
    "DatasetInfo",
    "Items",
    "Origin",
    "Source",
    "available",
    "built_in",
    "know",
    "load",
    "place",
    "source",
    "title_of",
]


def load(
    name: str,
    data_dir: Path | None = None,
    *,
    progress: Progress = UNWATCHED,
) -> Dataset:
    """The data set ``name``, a key of :data:`DATASETS`.

    ``data_dir`` is the user's own folder; a data set that reads none ignores it. The files in ``sources/`` say where
    each data set comes from otherwise. ``progress`` counts bytes of a download, several times a second also while the
    network is quiet; the count goes back when one address fails and another is tried.

    Raises:
        DataError: names the file, folder or addresses and what to do; nothing half written is left.
        Cancelled: ``progress`` gave the work up; nothing is left.
    """
    found = source(name)
    info = found.info
    folder = data_dir if found.takes_folder else None
    if folder is None and found.needs_folder:
        raise DataError(f"{info.title} is read from a folder: choose one that holds {found.folder}.")
    loaded = found.load(folder, checked(found.options, {}), progress)
    if not isinstance(loaded, Found):
        loaded = Found(loaded, info.title)
    info = _refined(info, loaded)
    if found.made_of and loaded.items is None:
        # It was fed with arrays: nothing but their shape says what a row was made of.
        info = replace(info, called=None)
    if found.added is None:
        _check_announced(found.info, loaded.arrays)
    else:
        registry.update_info(name, info)
        folder = folder or found.added.path
    return Dataset(
        info.name,
        loaded.title,
        **_checked(info, loaded.arrays)._asdict(),
        classes=info.classes or NO_LABELS,
        folder=None if folder is None else folder.absolute(),
        notes=loaded.notes,
        items=loaded.items,
        axes=loaded.axes,
        readout=loaded.readout,
        added=found.added,
        encoder=loaded.encoder or _encoder(loaded.items),
        called=info.called,
    )


def know(name: str, origin: Origin | None, shape: Shape) -> None:
    """Make the data set ``name`` of a run known, if the user set it up: it may have been done by another program.

    ``origin`` and ``shape`` are what the run says of it. Nothing is read, and what this program cannot read stays unknown.
    """
    if origin is None or origin.added is None or origin.added.name != name:
        return
    if origin.added.source in READERS or origin.added.source in SOURCES:
        registry.add(origin.added, shape=shape)


def place(name: str, origin: Origin | None) -> Path | None:
    """The folder to read the data set ``name`` from, for a run whose images came from ``origin``.

    Their folder, as long as it holds the data set. None stands for the cache, which is next.

    Raises:
        DataError: it does not hold the data set any more, and the cache does not hold it either; says what to do.
    """
    if origin is None or origin.folder is None or not source(name).takes_folder:
        return None
    if available(name, origin.folder):
        return origin.folder
    if available(name):
        return None
    gone = "does not hold it any more" if os.path.lexists(origin.folder) else "is not there any more"
    raise DataError(
        f"The run was trained on {origin.title} from {origin.folder}, which {gone}; "
        "bring it back, or choose the place where it is now."
    )


def available(name: str, data_dir: Path | None = None) -> bool:
    """Whether :func:`load` needs no network: the data set is built in, in the cache, or in the folder ``data_dir``.

    The content of the files in ``data_dir`` is not looked at: whether they are broken, :func:`load` says.

    Raises:
        DataError: there is no data set ``name``.
    """
    found = source(name)
    folder = data_dir if found.takes_folder else None
    return not (folder is None and found.needs_folder) and found.available(folder)


def _encoder(items: Items | None) -> Encoder | None:
    if items is None or items.encode is None or not isinstance(items.train, np.ndarray):
        return None
    return Encoder(items.train.shape[1:], items.train.dtype.name, items.encode)


def _refined(info: DatasetInfo, found: Found) -> DatasetInfo:
    """``info``, with what only the data themselves say."""
    images = found.arrays.train_images
    return replace(
        info,
        shape=images.shape[1:],
        n_train=len(images),
        n_test=len(found.arrays.test_images),
        classes=info.classes if found.classes is None else found.classes,
        dtype=str(images.dtype),
        ink=info.ink if found.ink is None else found.ink,
    )


def _check_announced(info: DatasetInfo, arrays: Arrays) -> None:
    """Raises DataError where ``arrays`` are not what a source of this program announced."""
    images = arrays.train_images
    if images.dtype != info.dtype or images.shape[1:] != info.shape:
        raise DataError(
            f"{info.title} holds {images.dtype} {images.shape} where its source announces {info.dtype} "
            f"{('N', *info.shape)}.".replace("'", "")
        )


def _checked(info: DatasetInfo, arrays: Arrays) -> Arrays:
    """``arrays`` in C order, as everything that flattens inputs expects.

    Raises:
        DataError: when they do not belong together.
    """
    wanted = f"a source gives {info.dtype} arrays of the shape {('N', *info.shape)} with one label for each"
    for images, labels in (
        (arrays.train_images, arrays.train_labels),
        (arrays.test_images, arrays.test_labels),
    ):
        if images.dtype != info.dtype or images.shape[1:] != info.shape or labels.shape != images.shape[:1]:
            raise DataError(
                f"{info.title} holds {images.dtype} {images.shape} with labels {labels.shape}; "
                f"{wanted.replace(chr(39), '')}."
            )
        if not len(images):
            raise DataError(f"{info.title} needs at least one input for training and one for testing.")
        if images.dtype not in (np.uint8, np.float16, np.float32):
            raise DataError(f"{info.title} holds {images.dtype}; a source gives uint8, float16 or float32.")
        # What is not looked at here, because reading all of it takes too long, is checked when it is read.
        if images.dtype != np.uint8 and not all(
            np.isfinite(piece).all() for piece in on_disk.samples(images)
        ):
            raise DataError(f"{info.title} holds values that are no numbers, or infinite.")
        highest = max(1, len(info.classes)) - 1
        if labels.dtype not in (np.uint8, np.uint16) or (len(labels) and int(labels.max()) > highest):
            raise DataError(f"{info.title} holds {labels.dtype} labels that are not from 0 to {highest}.")
    return Arrays(
        np.ascontiguousarray(arrays.train_images),
        np.ascontiguousarray(arrays.train_labels),
        np.ascontiguousarray(arrays.test_images),
        np.ascontiguousarray(arrays.test_labels),
    )
