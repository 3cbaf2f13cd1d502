"""Arrays that are too large for memory: they stay on disk, memory-mapped, and are read piece by piece.

What was read of a mapped file counts as memory of the process until it is given back, so whoever goes through such an
array gives back every piece after use (:func:`release`); the system may keep it as cache as long as it has room.
"""

from __future__ import annotations

import math
import mmap
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.errors import ConfigError, DataError

LIMIT_VARIABLE = "SAEGUI_MEMORY_MB"
LIMIT_MB = 1000
"""A memory-mapped array of more megabytes stays on disk. One number for all machines, and no share of their memory, so that
equal trainings are equal everywhere; :data:`LIMIT_VARIABLE` in the environment changes it."""
PIECE = 2**20
"""Bytes that are read at once where an array is read from beginning to end."""
SAMPLES, SAMPLE = 256, 2**18
"""Places that are looked at where reading everything would take too long, and bytes at each: 64 MB of any array."""
_AT_ONCE = 2**21
"""Where one page is read, the system may map all of its neighbours between two multiples of this address."""
_TAKEN = 32
"""Single rows that are read before they are released."""
_EXPONENT = {np.dtype(np.float16): (np.uint16, 0x7C00), np.dtype(np.float32): (np.uint32, 0x7F800000)}
"""The bits that are all set in what is infinite or no number."""


def limit() -> int:
    """Bytes of the largest memory-mapped array that is copied into memory.

    Raises:
        ConfigError: the environment says something else than a number of megabytes.
    """
    text = os.environ.get(LIMIT_VARIABLE) or str(LIMIT_MB)
    try:
        megabytes = float(text)
        if not 0 < megabytes < math.inf:
            raise ValueError
    except ValueError as error:
        raise ConfigError(
            f"{LIMIT_VARIABLE} is '{text}'; set it to the megabytes of the largest array that is copied into memory, "
            f"such as {LIMIT_MB}."
        ) from error
    return round(megabytes * 1e6)


def stays_on_disk(array: NDArray[Any]) -> bool:
    """Whether ``array`` is a read-only map of a file, in the file's order, and larger than :func:`limit`."""
    return array.flags.c_contiguous and array.nbytes > limit() and _map_of(array) is not None


def release(array: NDArray[Any]) -> None:
    """Give back the memory that a mapped file's part ``array`` takes; it is read again where it is needed again.

    Nothing happens to an array that is no map of a file, or where the system offers no such thing (Windows).
    """
    found = _map_of(array)
    if found is not None and array.size and hasattr(mmap, "MADV_DONTNEED"):
        _advise(found, array, mmap.MADV_DONTNEED, _AT_ONCE)


def announce(array: NDArray[Any]) -> None:
    """Let the disk read ``array``, which will be needed soon, in the background."""
    found = _map_of(array)
    if found is not None and array.size and hasattr(mmap, "MADV_WILLNEED"):
        _advise(found, array, mmap.MADV_WILLNEED)


def pieces(array: NDArray[Any], most: int = PIECE) -> Iterator[NDArray[Any]]:
    """``array (N, …)`` in its order, about ``most`` bytes at a time; each piece is released when the next one is asked for."""
    size = max(1, most // max(1, array[:1].nbytes))
    for start in range(0, len(array), size):
        piece = array[start : start + size]
        # The disk and the processor work at the same time.
        announce(array[start + size : start + 2 * size])
        yield piece
        release(piece)


def samples(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Of an array on disk, :data:`SAMPLES` places from the first rows to the last, evenly spaced; of another one all of it."""
    if not stays_on_disk(array):
        yield array
        return
    size = max(1, SAMPLE // max(1, array[:1].nbytes))
    if size * SAMPLES >= len(array):
        yield from pieces(array)
        return
    for start in np.unique(np.linspace(0, len(array) - size, SAMPLES).astype(np.int64)).tolist():
        piece = array[start : start + size]
        yield piece
        release(piece)


def taken(array: NDArray[Any], chosen: NDArray[np.integer[Any]]) -> NDArray[Any]:
    """``array[chosen]``, a copy; of an array on disk in its order and a few at a time, so that little memory is taken."""
    if not stays_on_disk(array):
        return np.asarray(array[chosen])
    found = np.empty((len(chosen), *array.shape[1:]), array.dtype)
    order = np.argsort(chosen, kind="stable")
    for start in range(0, len(order), _TAKEN):
        places = order[start : start + _TAKEN]
        found[places] = array[chosen[places]]
        # Between the first and the last of them nothing else was read.
        release(array[chosen[places[0]] : chosen[places[-1]] + 1])
    return found


def check_finite(piece: NDArray[Any], number: int | NDArray[np.int64], title: str) -> None:
    """Check rows that were read from disk; ``number`` is that of their first one in all, or of each of them.

    Raises:
        DataError: names the row that holds what is no number, or is infinite.
    """
    if piece.dtype not in _EXPONENT:
        return
    unsigned, bits = _EXPONENT[piece.dtype]
    values = piece.reshape(len(piece), -1).view(unsigned)
    if not values.size or int((values & unsigned(bits)).max()) != bits:
        return
    row = int(np.flatnonzero(((values & unsigned(bits)) == bits).any(axis=1))[0])
    row = number + row if isinstance(number, int) else int(number[row])
    raise DataError(
        f"{title}: row {row:,} (from 0) holds a value that is no number, or infinite. "
        "Leave such rows out of the file, or replace their values."
    )


def _map_of(array: NDArray[Any]) -> mmap.mmap | None:
    base: Any = array
    while isinstance(base, np.ndarray | memoryview):
        base = base.base if isinstance(base, np.ndarray) else base.obj
    # What can be written to may be a private copy, and giving that back would lose what was written.
    return base if isinstance(base, mmap.mmap) and memoryview(base).readonly else None


def _advise(found: mmap.mmap, array: NDArray[Any], advice: int, around: int = mmap.PAGESIZE) -> None:
    """For the part of the map that holds ``array``, as far as the next multiples of ``around`` on both sides."""
    base, first = _address(np.frombuffer(found, np.uint8)), _address(array)
    start = max(0, first // around * around - base)
    end = min(len(found), -(-(first + array.nbytes) // around) * around - base)
    found.madvise(advice, start, end - start)


def _address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])
