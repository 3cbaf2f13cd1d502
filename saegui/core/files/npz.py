"""Reads arrays of an ``.npz`` file without trusting it: headers and sizes are checked first, and nothing is unpickled."""

from __future__ import annotations

import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from saegui.core.files import paths
from saegui.core.files.npy import write_header

BROKEN = (zipfile.BadZipFile, zlib.error, tokenize.TokenError, EOFError, ValueError, RuntimeError, TypeError)
"""What reading a damaged or foreign file may raise."""


class MemberError(ValueError):
    """An array that is not read; the message says why, without the file's name."""


class ArrayHeader(NamedTuple):
    """What a member says of itself."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Archive:
    """The members of an open ``.npz`` file."""

    def __init__(self, path: Path) -> None:
        """Raises ``OSError``, and one of :data:`BROKEN` for a file that is no zip archive."""
        paths.check_file(path)
        self._zip = zipfile.ZipFile(path)
        self._members = {info.filename.removesuffix(".npy"): info for info in self._zip.infolist()}

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each member once it is unpacked, as the archive's list says."""
        return {name: info.file_size for name, info in self._members.items()}

    def header(self, name: str) -> ArrayHeader:
        """Shape and type of one member; they agree with its size, so reading allocates no more than there is.

        Raises:
            KeyError: there is no such member.
            MemberError: it holds Python objects, is packed in a way that numpy does not use, or its size is another.
        """
        info = self._members[name]
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise MemberError(
                f"{info.filename} is packed in a way numpy does not use; save it with numpy.savez"
            )
        with self._zip.open(info) as file:
            version = npy.read_magic(file)
            read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = read_header(file)
            if dtype.hasobject:
                raise MemberError(
                    f"{info.filename} holds Python objects, which are not read; save it as numbers"
                )
            claimed = math.prod(shape) * dtype.itemsize
            if claimed != info.file_size - file.tell():
                raise MemberError(f"{info.filename} claims {claimed:,} bytes of data but has another size")
        return ArrayHeader(shape, dtype)

    def read(self, name: str) -> NDArray[Any]:
        """The array ``name``; raises as :meth:`header` does, which is asked first."""
        self.header(name)
        with self._zip.open(self._members[name]) as file:
            return np.asarray(npy.read_array(file, allow_pickle=False))


def write(
    archive: zipfile.ZipFile,
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    pieces: Iterable[NDArray[Any]],
) -> None:
    """Add the array ``name`` of this shape and type, whose bytes are those of ``pieces`` in their order.

    Raises ``OSError`` when the file cannot be written.
    """
    # Dated 1980-01-01, as numpy does, so that equal arrays give equal files.
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
        write_header(file, shape, dtype)
        for piece in pieces:
            file.write(np.ascontiguousarray(piece).data)
