"""Data sets as arrays with labels: loaded from a folder, from the cache, or over the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from saegui.core.data.dataset import NO_LABELS, Arrays, Dataset, DatasetInfo, Found, Origin
from saegui.core.data.registry import DATASETS, DEFAULT, SOURCES, built_in, source, title_of
from saegui.core.data.source import Source
from saegui.core.errors import DataError
from saegui.core.progress import UNWATCHED, Progress

__all__ = [
    "DATASETS",
    "DEFAULT",
    "SOURCES",
    "Dataset",
    "DatasetInfo",
    "Origin",
    "Source",
    "available",
    "built_in",
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
    loaded = found.load(folder, progress)
    if not isinstance(loaded, Found):
        loaded = Found(loaded, info.title)
    return Dataset(
        info.name,
        loaded.title,
        **_checked(info, loaded.arrays)._asdict(),
        classes=info.classes or NO_LABELS,
        folder=None if folder is None else folder.absolute(),
        notes=loaded.notes,
    )


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
    raise DataError(
        f"The run was trained on {origin.title} from {origin.folder}, which does not hold it any more; "
        "bring the folder back, or give the one that holds the files now."
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


def _checked(info: DatasetInfo, arrays: Arrays) -> Arrays:
    """``arrays`` in C order, as everything that flattens inputs expects.

    Raises:
        DataError: when they are not what ``info`` announces.
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
        if images.dtype != np.uint8 and not np.isfinite(images).all():
            raise DataError(f"{info.title} holds values that are no numbers, or infinite.")
        highest = max(1, len(info.classes)) - 1
        if labels.dtype != np.uint8 or (len(labels) and int(labels.max()) > highest):
            raise DataError(f"{info.title} holds {labels.dtype} labels that are not from 0 to {highest}.")
    return Arrays(
        np.ascontiguousarray(arrays.train_images),
        np.ascontiguousarray(arrays.train_labels),
        np.ascontiguousarray(arrays.test_images),
        np.ascontiguousarray(arrays.test_labels),
    )
