"""``.npz``: several arrays of numpy's in a zip archive, unpacked in pieces; medmnist's files are such ones."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from saegui.core.data.tables.table import Block, Column, Table, decoded, rows_at_once, type_name
from saegui.core.errors import DataError, reason
from saegui.core.files import npz
from saegui.core.progress import Progress

MAGIC = b"PK"
STROKES, MODEL = {"points", "stroke_offsets"}, {"W_enc", "W_dec"}


class _Npz(Table):
    kind = "NumPy arrays"

    def blocks(self, names: Sequence[str], progress: Progress) -> Iterator[Block]:
        """Unpacked from the beginning at every call: such a file cannot be read from its middle."""
        n = self.columns[names[0]].shape[0]
        size = rows_at_once([self.columns[name] for name in names])
        try:
            with zipfile.ZipFile(self.path) as archive, ExitStack() as opened:
                members = {name: _Member(opened.enter_context(_open(archive, name))) for name in names}
                for start in range(0, n, size):
                    progress.report(start, n, f"Reading {self.path.name}")
                    yield {
                        name: decoded(member.rows(size), self.columns[name].dtype)
                        for name, member in members.items()
                    }
        except (OSError, *npz.BROKEN) as error:
            raise _damaged(self.path, error) from error
        progress.report(n, n, f"Reading {self.path.name}")


class _Member:
    """An array of which the next rows can be read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        version = npy.read_magic(self._file)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        self._shape, fortran, self._dtype = header(self._file)
        self._place = 0
        self._whole: NDArray[Any] | None = None
        if fortran and len(self._shape) > 1:
            # Its rows lie all over the file.
            flat = np.frombuffer(self._file.read(), self._dtype)
            self._whole = flat.reshape(self._shape, order="F")

    def rows(self, count: int) -> NDArray[Any]:
        count = min(count, self._shape[0] - self._place)
        self._place += count
        if self._whole is not None:
            return self._whole[self._place - count : self._place]
        tail = self._shape[1:]
        needed = count * math.prod(tail) * self._dtype.itemsize
        data = self._file.read(needed)
        if len(data) != needed:
            raise EOFError("it ends early")
        return np.frombuffer(data, self._dtype).reshape(count, *tail)


def _open(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    return archive.open(f"{name}.npy" if f"{name}.npy" in archive.namelist() else name)


def sniff(path: Path, start: bytes) -> bool:
    """By its name, or by what the archive lists."""
    if path.suffix.lower() == ".npz":
        return True
    if not start.startswith(MAGIC):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, *npz.BROKEN):
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


def read(path: Path) -> Table:
    """What the archive lists; no numbers are read yet.

    Raises:
        DataError: it is damaged, or holds something else than arrays.
    """
    notes: list[str] = []
    columns: list[Column] = []
    try:
        with npz.Archive(path) as archive:
            _check_members(path, set(archive.sizes))
            for name in archive.sizes:
                try:
                    header = archive.header(name)
                except npz.MemberError as error:
                    notes.append(f"{str(error).rstrip('.')}: it is left out.")
                    continue
                if header.shape and 0 not in header.shape:
                    columns.append(Column(name, header.shape, type_name(header.dtype)))
                else:
                    notes.append(f"{name} holds no rows and is left out.")
    except (OSError, *npz.BROKEN) as error:
        raise _damaged(path, error) from error
    if not columns:
        told = f" ({notes[0].rstrip('.')})" if notes else ""
        raise DataError(
            f"{path} holds no array that can be read{told}; save numbers with numpy.savez(file, x=array)."
        )
    return _Npz(path, columns, notes)


def _check_members(path: Path, names: set[str]) -> None:
    """Raises DataError for archives that hold something else, with the way to open it."""
    if any(name.endswith(".pkl") for name in names):
        raise DataError(
            f"{path} holds a Python pickle, as torch.save writes it, which is never read, as it can run programs; "
            "save it with safetensors.torch.save_file or numpy.savez."
        )
    if names >= MODEL:
        raise DataError(f"{path} holds a model, not data; open it with 'saegui import'.")
    if names >= STROKES:
        raise DataError(f"{path} holds pen strokes, not data; encode them with 'saegui encode --strokes'.")


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} cannot be read as NumPy arrays ({reason(error)}); copy it again, or save it with numpy.savez."
    )
