"""Arrays as ``.npy`` files that are written piece by piece, so that they may be larger than memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray


def write_header(file: IO[bytes], shape: tuple[int, ...], dtype: DTypeLike) -> None:
    """What stands before the values of an array in C order."""
    header = {"descr": npy.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(file, header)


@contextmanager
def writing(path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> Iterator[Callable[[NDArray[Any]], None]]:
    """Yields what adds the next values of the array; at the end they are on the disk.

    Written, not mapped, so that a full disk is an error and not the end of the program; and not by ``np.save``, whose
    ``OSError`` lacks the number that tells a full disk.
    """
    with path.open("wb") as file:
        write_header(file, shape, dtype)

        def add(piece: NDArray[Any]) -> None:
            file.write(np.ascontiguousarray(piece, dtype).data)

        yield add
        file.flush()
        os.fsync(file.fileno())
