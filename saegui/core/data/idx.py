"""The IDX format of the MNIST files: two zero bytes, type, rank, the sizes as big-endian int32, then the
values.

Described at the end of http://yann.lecun.com/exdb/mnist/. Image sets have unsigned bytes (type 8), and some labels int32
(type 12); a file of a user's own may have any of the six types.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from saegui.core.errors import DataError
from saegui.core.files import paths

UNSIGNED_BYTE, INT32 = 8, 12
GZIP_MAGIC = b"\x1f\x8b"
TYPES = {8: "unsigned byte", 9: "signed byte", 11: "int16", 12: "int32", 13: "float32", 14: "float64"}
"""The types of values that the format has, by their number."""
DTYPES: dict[int, np.dtype[Any]] = {
    type: np.dtype(held) for type, held in zip(TYPES, ("u1", "i1", ">i2", ">i4", ">f4", ">f8"), strict=True)
}
"""How a file holds values of each type."""
MAX_RANK, MOST_RANK = 3, 8
"""Dimensions at most: of an image set, and of any file."""
PIECE = 1 << 20
REMEDY = "fetch the file again, or choose another file or folder."


def read(path: Path, type: int | None = UNSIGNED_BYTE) -> NDArray[Any]:
    """The array in ``path`` of values of the ``type``, a key of :data:`DTYPES`, read-only, in the byte order of files.

    With None, whatever type and number of dimensions it has.

    gzip is recognised by content and unpacked, anything else memory-mapped.

    Raises:
        DataError: names the file and what is wrong: missing, unreadable, foreign, truncated, too long.
    """
    try:
        paths.check_file(path)
        with path.open("rb") as file:
            if file.read(2) == GZIP_MAGIC:
                file.seek(0)
                with gzip.open(file) as unpacked:
                    return decode(unpacked, str(path), type)
            file.seek(0)
            shape, offset, dtype = _header(file, str(path), type)
            _check_length(path.stat().st_size - offset, math.prod(shape), dtype.itemsize, str(path))
        return np.asarray(np.memmap(path, dtype, mode="r", offset=offset, shape=shape))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _broken_gzip(str(path), error) from error
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror or error}); check the file and its permissions."
        ) from error


def is_packed(path: Path) -> bool:
    """Whether the file begins as gzip files do; ``OSError`` where it cannot be read."""
    with path.open("rb") as file:
        return file.read(2) == GZIP_MAGIC


def checksum(array: NDArray[Any]) -> int:
    """CRC-32 of the unpacked file that holds ``array``, as it was read; a data set that was published is known by it."""
    type = next(type for type, dtype in DTYPES.items() if dtype == array.dtype)
    header = bytes((0, 0, type, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data, zlib.crc32(header))


def decode_gzip(data: bytes, name: str, type: int = UNSIGNED_BYTE) -> NDArray[Any]:
    """The array in the gzip-packed IDX file ``data``, read-only; ``name`` is what errors call it.

    Raises:
        DataError: names the file and what is wrong with it.
    """
    return unpack(BytesIO(data), name, type)


def unpack(packed: IO[bytes], name: str, type: int = UNSIGNED_BYTE) -> NDArray[Any]:
    """As :func:`decode_gzip`, of an open file."""
    try:
        with gzip.open(packed) as unpacked:
            return decode(unpacked, name, type)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _broken_gzip(name, error) from error


def decode(file: BinaryIO | gzip.GzipFile, name: str, type: int | None = UNSIGNED_BYTE) -> NDArray[Any]:
    """The array in an open IDX file that is not packed, read-only; ``name`` is what errors call it."""
    shape, _, dtype = _header(file, name, type)
    expected = math.prod(shape)
    # One byte more than expected tells a file that is too long, and makes gzip check the sum of others.
    data = _take(file, expected * dtype.itemsize + 1)
    _check_length(len(data), expected, dtype.itemsize, name)
    return np.frombuffer(data, dtype).reshape(shape)


def _take(file: BinaryIO | gzip.GzipFile, count: int) -> bytes:
    """At most ``count`` bytes, in pieces: a damaged header may ask for more than there is memory."""
    data = bytearray()
    while len(data) < count and (piece := file.read(min(PIECE, count - len(data)))):
        data += piece
    return bytes(data)


def _header(
    file: BinaryIO | gzip.GzipFile, name: str, type: int | None
) -> tuple[tuple[int, ...], int, np.dtype[Any]]:
    """The sizes, where the values begin, and how they are held."""
    magic = file.read(4)
    if not magic:
        raise DataError(f"{name} is empty; {REMEDY}")
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not magic[3]:
        raise DataError(f"{name} is not an IDX file (it starts with {magic.hex(' ')}); {REMEDY}")
    most = MOST_RANK if type is None else MAX_RANK
    if type not in (None, magic[2]) or magic[3] > most:
        needed = {None: "values", UNSIGNED_BYTE: "unsigned bytes"}.get(type) or f"{TYPES[type or 0]} values"
        raise DataError(
            f"{name} is an IDX file of {TYPES[magic[2]]} values with {magic[3]} dimensions, but {needed} with at most "
            f"{most} dimensions are needed; convert it, or choose another file or folder."
        )
    rank = magic[3]
    sizes = file.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise DataError(f"{name} is truncated: it ends within its header; {REMEDY}")
    shape = struct.unpack(f">{rank}I", sizes)
    if 0 in shape:
        raise DataError(f"{name} holds nothing: its sizes are {'×'.join(map(str, shape))}; {REMEDY}")
    return shape, 4 + 4 * rank, DTYPES[magic[2]]


def _check_length(n_bytes: int, expected: int, size: int, name: str) -> None:
    """``expected`` values of ``size`` bytes are ``n_bytes`` long."""
    if n_bytes < expected * size:
        raise DataError(f"{name} is truncated: {n_bytes // size:,} of {expected:,} values; {REMEDY}")
    if n_bytes > expected * size:
        raise DataError(f"{name} is longer than the {expected:,} values that its header announces; {REMEDY}")


def _broken_gzip(name: str, error: Exception) -> DataError:
    if isinstance(error, gzip.BadGzipFile) and str(error).startswith("Not a gzipped file"):
        return DataError(f"{name} has other bytes after the end of its gzip data; {REMEDY}")
    return DataError(f"{name} is truncated or damaged ({error}); {REMEDY}")
