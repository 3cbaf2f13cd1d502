"""Pictures that were read once are kept as arrays, until the folder that they came from changes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.data import cache, picture_folder, picture_rows
from saegui.core.data.dataset import Arrays, DatasetInfo, Labels, UInt8
from saegui.core.data.picture_folder import Entry, Listing
from saegui.core.data.picture_rows import Look
from saegui.core.errors import DataError
from saegui.core.files import leftovers, npy, paths, picture_file
from saegui.core.files.picture_file import PictureFault
from saegui.core.progress import Progress

Indices = NDArray[np.intp]

RECIPE = 1
"""Names the kept arrays; raised when pictures are read in another way."""
MOST_KEPT = 4
"""Versions of one folder, each with options of its own, that are kept; the oldest makes room for the next."""
MOST_IN_MEMORY = 1 << 30
"""Bytes of pictures that are read into memory where nothing can be written."""
_BLOCK = 64
"""Pictures between two reports, and rows that are copied at once."""
_ABOUT = "about.json"
_ROWS = "rows"


class Read(NamedTuple):
    """What came of reading pictures, in their order."""

    good: Indices
    """Places of those that could be read."""
    faults: tuple[str, ...]
    """``NAME why`` for each of the others."""


class Chosen(NamedTuple):
    """What becomes of the rows that were read."""

    train: Indices
    test: Indices
    """Places of rows."""
    labels: Labels
    """Of each row."""
    about: Mapping[str, Any]
    """What is kept beside the arrays."""


def folder_for(kind: str, place: Path, options: Mapping[str, Any]) -> Path:
    """Where the arrays of ``place`` with these options are kept; ``kind`` is what is made of the pictures."""
    where = hashlib.blake2b(os.fsencode(place.absolute()), digest_size=6).hexdigest()
    words = json.dumps({name: options[name] for name in sorted(options)})
    how = hashlib.blake2b(f"{RECIPE} {words}".encode(), digest_size=6).hexdigest()
    return paths.data_cache() / f"{kind}-{where}-{how}"


def kept_or_made(
    folder: Path, listing: Listing, make: Callable[[], tuple[Arrays, dict[str, Any]]]
) -> tuple[Arrays, dict[str, Any], tuple[str, ...]]:
    """The arrays in ``folder`` and what is kept beside them, or what ``make`` makes, and notes for the user.

    They are made again where the pictures of ``listing`` are not those that they were made of.
    """
    found, notes = _kept(folder), []
    if found is not None and found[1].get("fingerprint") != listing.fingerprint:
        notes.append(
            f"The pictures in {listing.place} have changed since they were read; they were read again."
        )
        found = None
    arrays, about = make() if found is None else found
    return arrays, about, (*notes, *about["notes"])


def made(
    folder: Path,
    listing: Listing,
    entries: Sequence[Entry],
    look: Look,
    choose: Callable[[Read], Chosen],
    progress: Progress,
) -> tuple[Arrays, dict[str, Any]]:
    """Read ``entries``, and keep what ``choose`` makes of them in ``folder``; only a few pictures are in memory at a time.

    Where nothing can be written they are read into memory, as long as they are not too large for that.

    Raises:
        DataError: no room on the disk, or what ``choose`` raises.
        Cancelled: ``progress`` gave the work up; nothing is left.
    """
    size = len(entries) * prod(look.shape)
    title = f"the pictures of {listing.place}"
    info = DatasetInfo("pictures", title, "", look.shape, len(entries), 0)
    try:
        paths.check_can_make(folder)
    except OSError as error:
        if size > MOST_IN_MEMORY:
            raise DataError(cache.cannot_write(folder.parent, info, error)) from error
        return _in_memory(listing, entries, look, choose, progress)
    with cache.replacing(folder, info) as temporary:
        _check_room(folder, 2 * size, title)
        with (temporary / _ROWS).open("wb") as sink:
            read = _read(listing, entries, look, sink, progress)
        chosen = choose(read)
        shape = (len(read.good), *look.shape)
        rows = np.memmap(temporary / _ROWS, np.uint8, "r", shape=shape) if len(read.good) else None
        assert rows is not None
        shapes = {}
        for part, places in (("train", chosen.train), ("test", chosen.test)):
            for name, source in ((f"{part}_images", rows), (f"{part}_labels", chosen.labels)):
                _gather(temporary / f"{name}.npy", source, places, progress)
                shapes[name] = [len(places), *source.shape[1:]]
        del rows
        (temporary / _ROWS).unlink()
        about = {**chosen.about, "shapes": shapes}
        paths.write_text(temporary / _ABOUT, json.dumps(about))
    forget_old(folder)
    found = _kept(folder)
    assert found is not None
    return found


def keep(folder: Path, title: str, arrays: Arrays, about: Mapping[str, Any], progress: Progress) -> None:
    """Write arrays that are in memory into ``folder``; where that cannot be done, ``progress`` says so."""
    images = arrays.train_images
    n_train, n_test = len(images), len(arrays.test_images)
    info = DatasetInfo("pictures", title, "", images.shape[1:], n_train, n_test, dtype=str(images.dtype))
    shapes = {name: list(array.shape) for name, array in arrays._asdict().items()}
    try:
        with cache.replacing(folder, info) as temporary:
            cache.write(temporary, arrays)
            paths.write_text(temporary / _ABOUT, json.dumps({**about, "shapes": shapes}))
    except DataError as error:
        progress.report(
            info.n_bytes, info.n_bytes, f"{error} Until then {title} are prepared again at every start."
        )
    forget_old(folder)


def in_memory(listing: Listing, look: Look, progress: Progress) -> tuple[UInt8, tuple[str, ...]]:
    """``(n, *look.shape)``: those pictures of ``listing`` that can be read, and why the others cannot; nothing is kept.

    Raises:
        DataError: they are too large for the memory.
    """
    if len(listing.pictures) * prod(look.shape) > MOST_IN_MEMORY:
        raise DataError(
            f"The {len(listing.pictures):,} pictures in {listing.place} are more than {MOST_IN_MEMORY / 1e9:.0f} GB of pixels; "
            "choose a folder with fewer."
        )
    sink = BytesIO()
    read = _read(listing, listing.pictures, look, sink, progress)
    return np.frombuffer(sink.getbuffer(), np.uint8).reshape(len(read.good), *look.shape), read.faults


def _kept(folder: Path) -> tuple[Arrays, dict[str, Any]] | None:
    """The arrays in ``folder``, memory-mapped, and what is kept beside them; None where they are not there, or damaged."""
    leftovers.sweep(folder.parent)
    try:
        about = json.loads(paths.read_text(folder / _ABOUT, 1 << 26))
        arrays = Arrays(*(_mapped(folder / f"{name}.npy", about["shapes"][name]) for name in Arrays._fields))
    except (OSError, ValueError, KeyError, TypeError, EOFError, SyntaxError):
        return None
    return arrays, about


def _read(listing: Listing, entries: Sequence[Entry], look: Look, sink: BinaryIO, progress: Progress) -> Read:
    """Write the rows of ``entries`` into ``sink``; those that cannot be read are left out."""
    picture_file.guard()
    good, faults = [], []
    # In bytes of the files, as all progress with data.
    done, total, words = 0, sum(entry.size for entry in entries), f"Reading {len(entries):,} pictures"
    with picture_folder.opener(listing) as opened, ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:

        def one(entry: Entry) -> UInt8 | str:
            try:
                return picture_rows.row(opened(entry), look)
            except PictureFault as fault:
                return f"{entry.name} {fault.why}"

        for start in range(0, len(entries), _BLOCK):
            progress.report(done, total, words)
            block = entries[start : start + _BLOCK]
            done += sum(entry.size for entry in block)
            for place, found in enumerate(pool.map(one, block), start):
                if isinstance(found, str):
                    faults.append(found)
                else:
                    good.append(place)
                    sink.write(np.ascontiguousarray(found).data)
    return Read(np.array(good, np.intp), tuple(faults))


def _in_memory(
    listing: Listing,
    entries: Sequence[Entry],
    look: Look,
    choose: Callable[[Read], Chosen],
    progress: Progress,
) -> tuple[Arrays, dict[str, Any]]:
    sink = BytesIO()
    read = _read(listing, entries, look, sink, progress)
    chosen = choose(read)
    rows = np.frombuffer(sink.getbuffer(), np.uint8).reshape(len(read.good), *look.shape)
    labels = chosen.labels
    arrays = Arrays(rows[chosen.train], labels[chosen.train], rows[chosen.test], labels[chosen.test])
    return arrays, dict(chosen.about)


def _gather(path: Path, rows: NDArray[Any], places: Indices, progress: Progress) -> None:
    """Write ``rows[places]`` as an ``.npy`` file, a few at a time; ``OSError`` when the disk is full."""
    row = rows[:1].nbytes
    with npy.writing(path, (len(places), *rows.shape[1:]), rows.dtype) as add:
        for start in range(0, len(places), _BLOCK):
            if start % (_BLOCK * 64) == 0:
                progress.report(start * row, len(places) * row, "Keeping the pictures")
            add(rows[places[start : start + _BLOCK]])


def _mapped(path: Path, shape: Sequence[int]) -> Any:
    paths.check_file(path)
    array = np.lib.format.open_memmap(path, mode="r")
    if (
        array.dtype not in (np.uint8, np.uint16, np.float32)
        or list(array.shape) != list(shape)
        or array.ndim not in (1, 3, 4)
    ):
        raise ValueError(f"{path} holds {array.dtype} {array.shape}")
    return np.asarray(array)


def _check_room(folder: Path, size: int, title: str) -> None:
    free = shutil.disk_usage(folder.parent).free
    if size > free:
        raise DataError(
            f"{title[0].upper()}{title[1:]} need {size / 1e9:.1f} GB in {folder.parent}, where {free / 1e9:.1f} GB are "
            "free; choose a smaller height and width, or free some space."
        )


def forget_old(folder: Path) -> None:
    """Remove the versions of the same data, but for :data:`MOST_KEPT`, that have not been made for the longest time."""
    with suppress(OSError):
        prefix = folder.name.rpartition("-")[0]
        others = sorted(folder.parent.glob(f"{prefix}-*"), key=lambda each: each.stat().st_mtime)
        for each in [each for each in others if each != folder][: -(MOST_KEPT - 1) or None]:
            leftovers.remove(each)
