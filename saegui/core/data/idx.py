"""The IDX format of the MNIST files: two zero bytes, type, rank, the sizes as big-endian int32, then the
values.

Described at the end of http://yann.lecun.com/exdb/mnist/. Only unsigned bytes (type 8) are read here.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np

from saegui.core.data.dataset import UInt8
from saegui.core.errors import DataError
from saegui.core.files import paths

UNSIGNED_BYTE = 8
GZIP_MAGIC = b"\x1f\x8b"
TYPES = {8: "unsigned byte", 9: "signed byte", 11: "int16", 12: "int32", 13: "float32", 14: "float64"}
"""The types of values that the format has, by their number."""
MAX_RANK = 3
PIECE = 1 << 20
REMEDY = "fetch the file again or choose another folder."


def read(path: Path) -> UInt8:
    """The array in ``path``, read-only; gzip is recognised by content and unpacked, anything else
    memory-mapped.

    Raises:
        DataError: names the file and what is wrong: missing, unreadable, foreign, truncated, too long.
    """
    try:
        paths.check_file(path)
        with path.open("rb") as file:
            if file.read(2) == GZIP_MAGIC:
                file.seek(0)
                with gzip.open(file) as unpacked:
                    return _decode(unpacked, str(path))
            file.seek(0)
            shape, offset = _header(file, str(path))
            _check_length(path.stat().st_size - offset, math.prod(shape), str(path))
        return np.asarray(np.memmap(path, np.uint8, mode="r", offset=offset, shape=shape))
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


def checksum(array: UInt8) -> int:
    """CRC-32 of the unpacked file that holds ``array``; a data set that was published is known by it."""
    header = bytes((0, 0, UNSIGNED_BYTE, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return zlib.crc32(np.ascontiguousarray(array).data, zlib.crc32(header))


def decode_gzip(data: bytes, name: str) -> UInt8:
    """The array in the gzip-packed IDX file ``data``, read-only; ``name`` is what errors call it.

    Raises:
        DataError: names the file and what is wrong with it.
    """
    try:
        with gzip.open(BytesIO(data)) as unpacked:
            return _decode(unpacked, name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _broken_gzip(name, error) from error


def _decode(file: BinaryIO | gzip.GzipFile, name: str) -> UInt8:
    shape, _ = _header(file, name)
    expected = math.prod(shape)
    # One byte more than expected tells a file that is too long, and makes gzip check the sum of others.
    data = _take(file, expected + 1)
    _check_length(len(data), expected, name)
    return np.frombuffer(data, np.uint8).reshape(shape)


def _take(file: BinaryIO | gzip.GzipFile, count: int) -> bytes:
    """At most ``count`` bytes, in pieces: a damaged header may ask for more than there is memory."""
    data = bytearray()
    while len(data) < count and (piece := file.read(min(PIECE, count - len(data)))):
        data += piece
    return bytes(data)


def _header(file: BinaryIO | gzip.GzipFile, name: str) -> tuple[tuple[int, ...], int]:
    magic = file.read(4)
    if not magic:
        raise DataError(f"{name} is empty; {REMEDY}")
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not magic[3]:
        raise DataError(f"{name} is not an IDX file (it starts with {magic.hex(' ')}); {REMEDY}")
    if magic[2] != UNSIGNED_BYTE or magic[3] > MAX_RANK:
        raise DataError(
            f"{name} is an IDX file of {TYPES[magic[2]]} values with {magic[3]} dimensions, but unsigned bytes with at most "
            f"{MAX_RANK} dimensions are needed; convert it, or choose another folder."
        )
    rank = magic[3]
    sizes = file.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise DataError(f"{name} is truncated: it ends within its header; {REMEDY}")
    shape = struct.unpack(f">{rank}I", sizes)
    if 0 in shape:
        raise DataError(f"{name} holds nothing: its sizes are {'×'.join(map(str, shape))}; {REMEDY}")
    return shape, 4 + 4 * rank


def _check_length(found: int, expected: int, name: str) -> None:
    if found < expected:
        raise DataError(f"{name} is truncated: {found:,} of {expected:,} values; {REMEDY}")
    if found > expected:
        raise DataError(f"{name} is longer than the {expected:,} values that its header announces; {REMEDY}")


def _broken_gzip(name: str, error: Exception) -> DataError:
    if isinstance(error, gzip.BadGzipFile) and str(error).startswith("Not a gzipped file"):
        return DataError(f"{name} has other bytes after the end of its gzip data; {REMEDY}")
    return DataError(f"{name} is truncated or damaged ({error}); {REMEDY}")
