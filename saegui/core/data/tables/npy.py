"""``.npy``: one array of numpy's, mapped."""

from __future__ import annotations

import math
import tokenize
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from saegui.core.data.tables.table import ArraysTable, Table
from saegui.core.errors import DataError, reason
from saegui.core.files import paths

MAGIC = npy.MAGIC_PREFIX
BROKEN = (ValueError, TypeError, SyntaxError, tokenize.TokenError, EOFError, RecursionError, OverflowError)
"""What a header that is garbage makes numpy raise depends on where the garbage is."""
NAME = "array"
"""Of the only array of such a file."""


class _Npy(ArraysTable):
    kind = "a NumPy array"


def sniff(path: Path, start: bytes) -> bool:
    """By its first bytes, or its name."""
    return start.startswith(MAGIC) or path.suffix.lower() == ".npy"


def read(path: Path) -> Table:
    """The array, not read yet.

    Raises:
        DataError: it is damaged, or holds Python objects.
    """
    try:
        size = paths.check_file(path).st_size
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise ValueError("it does not begin as numpy's files do")
            file.seek(0)
            version = npy.read_magic(file)
            header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = header(file)
            start = file.tell()
    except (OSError, *BROKEN) as error:
        raise DataError(
            f"{path} cannot be read as a NumPy array ({reason(error)}); save it again with numpy.save."
        ) from error
    if dtype.hasobject:
        raise DataError(
            f"{path} holds Python objects, which are never read, as they can run programs; "
            "save it as numbers, such as numpy.save(file, array.astype('float32'))."
        )
    needed, there = math.prod(shape) * dtype.itemsize, size - start
    if there < needed:
        raise DataError(
            f"{path} ends early: its array of {dtype} {shape} has {needed:,} bytes, of which {there:,} are there; "
            "copy or save it again."
        )
    notes = []
    if there > needed:
        notes.append(f"{path.name} has {there - needed:,} bytes after its array, which are not read.")
    if needed == 0:
        raise DataError(f"{path} holds an empty array {shape}; save one with rows.")
    array = np.memmap(path, dtype, "r", start, shape, "F" if fortran else "C")
    return _Npy(path, {NAME: np.asarray(array)}, notes=notes)
