"""A file of a data set that lies in a folder more than once: as it is and packed with gzip, or under two spellings of its name."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.data import idx
from saegui.core.errors import DataError

PIECE = 1 << 22
_TRAILER = struct.Struct("<II")
"""Of a gzip file: CRC-32 and length of what it unpacks to (RFC 1952)."""


class Copy(NamedTuple):
    """The copy that is read."""

    path: Path
    note: str = ""
    """What the user should know of the others; empty while they are equal."""


def choose(copies: Sequence[Path], original: int | None = None, type: int = idx.UNSIGNED_BYTE) -> Copy:
    """The one of ``copies`` (at least one) to read: the first while all hold the same values of the ``type``.

    Where they differ, one is taken only if it is proven: by the checksum that gzip keeps, while the others are damaged, or
    by ``original``, the CRC-32 of the unpacked file that was published. The note then names the others.

    Raises:
        DataError: nothing proves which copy is right, or none can be read; names them and says what to do.
    """
    first, *others = copies
    if not others or all(_packs(other, first) for other in others):
        return Copy(first)
    arrays: dict[Path, NDArray[Any]] = {}
    broken: dict[Path, DataError] = {}
    for path in copies:
        try:
            arrays[path] = idx.read(path, type)
        except DataError as error:
            broken[path] = error
    if not arrays:
        raise broken[first]
    if not broken and _all_equal(list(arrays.values())):
        return Copy(first)
    published = [path for path, array in arrays.items() if idx.checksum(array) == original]
    if published:
        return Copy(published[0], _note(published[0], arrays, broken, "which is as it was published"))
    packed = [path for path in arrays if idx.is_packed(path)]
    if packed and _all_equal(list(arrays.values())):
        return Copy(packed[0], _note(packed[0], arrays, broken, "whose checksum is right"))
    raise DataError(_undecided(copies, broken))


def _note(chosen: Path, arrays: dict[Path, NDArray[Any]], broken: dict[Path, DataError], why: str) -> str:
    reasons = [str(error).split("; ")[0] for error in broken.values()]
    reasons += [
        f"{path} holds something else"
        for path, array in arrays.items()
        if not np.array_equal(array, arrays[chosen])
    ]
    return f"{' and '.join(reasons)}: {chosen.name}, {why}, is read instead."


def _undecided(copies: Sequence[Path], broken: dict[Path, DataError]) -> str:
    names = " and ".join(path.name for path in copies)
    damage = "".join(f" ({str(error).split('; ')[0]})" for error in broken.values())
    return (
        f"{copies[0].parent} holds {names}, which differ{damage}, and nothing shows which is right; "
        "remove the wrong one, or choose another folder."
    )


def _all_equal(arrays: Sequence[NDArray[Any]]) -> bool:
    return all(np.array_equal(arrays[0], array) for array in arrays[1:])


def _packs(packed: Path, unpacked: Path) -> bool:
    """Whether the gzip file ``packed`` says of what it unpacks to that it is ``unpacked``; quick, as it is not unpacked."""
    try:
        if not idx.is_packed(packed) or idx.is_packed(unpacked):
            return False
        with packed.open("rb") as file:
            file.seek(-_TRAILER.size, 2)
            checksum, length = _TRAILER.unpack(file.read())
        return bool(length == unpacked.stat().st_size % 2**32 and checksum == _checksum(unpacked))
    except OSError:
        # Too short for a trailer, or not readable: reading it whole says what is wrong.
        return False


def _checksum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found = zlib.crc32(piece, found)
    return found
