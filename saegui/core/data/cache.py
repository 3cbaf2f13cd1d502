"""Data sets as four uncompressed ``.npy`` files in a folder of their own: all four or none, memory-mapped
when read."""

from __future__ import annotations

import shutil
import tokenize
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from saegui.core.data.dataset import Arrays, DatasetInfo
from saegui.core.errors import DataError, reason
from saegui.core.files import leftovers, npy, paths, refusals
from saegui.core.files.paths import HOME_VARIABLE
from saegui.core.progress import Progress


def read(folder: Path, info: DatasetInfo, columns: int = 0) -> Arrays | None:
    """The cached arrays, read-only and memory-mapped; None when ``folder`` is not there.

    With ``columns`` a label is so many int32, the class the first of them, in place of one number.

    What processes left beside it that were killed while they stored a data set is removed.

    Checked are each file's length, dtype and shape, and the range of the labels: enough to notice whatever a
    crash or a full disk leaves, and done without reading the images.

    Raises:
        DataError: names the file that is damaged, or the folder that cannot be looked into.
    """
    leftovers.sweep(folder.parent)
    try:
        if not folder.exists():
            return None
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror or error}).") from error
    wanted = {
        name: ((*shape, columns), "int32") if columns else (shape, info.label_type.name)
        for name, shape in info.shapes.items()
        if name.endswith("labels")
    }
    arrays = Arrays(
        *(
            mapped(folder / f"{name}.npy", *wanted.get(name, (shape, info.dtype)))
            for name, shape in info.shapes.items()
        )
    )
    highest = max(1, len(info.classes)) - 1
    for name in ("train_labels", "test_labels"):
        labels = getattr(arrays, name)
        if (labels[:, 0] if columns else labels).max() > highest:
            raise DataError(f"{folder / name}.npy is damaged: a label is above {highest}.")
    return arrays


def is_here(folder: Path | None, locate: Callable[[Path], object], kept: Callable[[], object]) -> bool:
    """Whether a data set that is read from a user's folder, or downloaded and kept, needs no network.

    ``locate`` finds its files in ``folder``; where there is none, ``kept`` gives what was downloaded, if it was. Both raise
    :class:`DataError` for what cannot be used.
    """
    try:
        return bool(kept()) if folder is None else bool(locate(folder))
    except DataError:
        return False


def store(folder: Path, info: DatasetInfo, arrays: Arrays) -> None:
    """Replace ``folder`` by one that holds ``arrays``.

    Raises:
        DataError: the disk is full or cannot be written; nothing is left behind.
    """
    with replacing(folder, info) as temporary:
        train, test = (
            labels.astype(info.label_type, copy=False) for labels in (arrays.train_labels, arrays.test_labels)
        )
        write(temporary, arrays._replace(train_labels=train, test_labels=test))


def kept_or_made(
    folder: Path, info: DatasetInfo, words: str, make: Callable[[Progress], Arrays], progress: Progress
) -> Arrays:
    """The arrays in ``folder``, or those that ``make`` makes, which are then kept there; ``words`` name them in sentences.

    A damaged cache is made again, and ``progress`` says so; so it does where no cache can be written.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    total = info.n_bytes
    try:
        if arrays := read(folder, info):
            return arrays
    except DataError as error:
        progress.report(0, total, f"{error} Preparing {words} again.")
    arrays = make(progress)
    try:
        store(folder, info, arrays)
    except DataError as error:
        # What needs no network is what is left when nothing else works: it does not depend on a disk.
        progress.report(total, total, f"{error} Until then {words} are prepared again at every start.")
    return arrays


def kept_or_fetched(
    folder: Path,
    info: DatasetInfo,
    fetch: Callable[[Progress], Arrays],
    progress: Progress,
    columns: int = 0,
) -> Arrays:
    """The arrays in ``folder``, or those that ``fetch`` brings over the network, which are then kept there.

    ``columns`` are those of the labels, as :func:`read` takes them.

    A damaged cache is downloaded again, and ``progress`` says so. Nothing is downloaded where nothing can be kept.

    Raises:
        DataError: they could not be had or kept; says what was wrong with the cache, too.
        Cancelled: ``progress`` gave the work up; nothing is left.
    """
    damage = ""
    try:
        if arrays := read(folder, info, columns):
            return arrays
    except DataError as error:
        damage = f"{error} "
        progress.report(0, info.download_bytes, f"{error} Downloading {info.title} again.")
    try:
        with replacing(folder, info) as temporary:
            write(temporary, fetch(progress))
    except DataError as error:
        raise DataError(f"{damage}{error}") from error
    kept = read(folder, info, columns)
    assert kept is not None
    return kept


@contextmanager
def replacing(folder: Path, info: DatasetInfo) -> Iterator[Path]:
    """Yield a temporary folder; on success it replaces ``folder``, on any error it is removed.

    Raises:
        DataError: for every ``OSError``, with the folder, what it needs and what to do.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        outer = folder.with_name(leftovers.name_for(folder.name))
        outer.mkdir()
        try:
            new = outer / "new"
            new.mkdir()
            yield new
            if folder.exists():
                folder.replace(outer / "old")  # a folder that is not empty cannot be replaced in one step
            new.replace(folder)
        finally:
            shutil.rmtree(outer, ignore_errors=True)
    except OSError as error:
        raise DataError(cannot_write(folder.parent, info, error)) from error


def write(folder: Path, arrays: Arrays) -> None:
    """Write the four files into ``folder``; ``OSError`` when the disk is full."""
    for name, array in arrays._asdict().items():
        with npy.writing(folder / f"{name}.npy", array.shape, array.dtype) as add:
            add(array)


def mapped(path: Path, shape: tuple[int, ...], dtype: str) -> Any:
    try:
        paths.check_file(path)
        array = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing.") from error
    except (OSError, ValueError, TypeError, SyntaxError, tokenize.TokenError) as error:
        # What numpy raises for a header that is garbage depends on where the garbage is.
        raise DataError(f"{path} is damaged ({reason(error)}).") from error
    if array.dtype != np.dtype(dtype) or array.shape != shape or not array.flags.c_contiguous:
        raise DataError(f"{path} is damaged: {array.dtype} {array.shape}, but must be {dtype} {shape}.")
    if path.stat().st_size != array.offset + array.nbytes:
        raise DataError(f"{path} is damaged: it is longer than its {array.nbytes:,} values.")
    return np.asarray(array)


def cannot_write(folder: Path, info: DatasetInfo, error: OSError, n_bytes: int = 0) -> str:
    """Why a data set cannot be kept in ``folder``, or ``n_bytes`` of what it is made from, and what to do."""
    size = f"{(n_bytes or info.n_bytes) / 1e6:.0f} MB"
    if error.errno in refusals.NO_ROOM:
        return (
            f"The disk that holds {folder} is full: {info.title} needs {size} there. Free some space, "
            f"or set {HOME_VARIABLE} to a folder on another disk."
        )
    return (
        f"{folder} cannot be written ({error.strerror or error}): {info.title} keeps {size} there. "
        f"Make it writable, or set {HOME_VARIABLE} to another folder."
    )
