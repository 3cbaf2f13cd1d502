"""Arrays of numbers in the formats that people keep them in; one file for each."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

from saegui.core.data.tables import activations, csv, idx, npy, npz, parquet, safetensors
from saegui.core.data.tables.table import Table
from saegui.core.errors import DataError, reason

__all__ = ["Table", "open_table", "sniff"]

FILES = (npy, npz, safetensors, parquet, csv, idx)
START = 16
"""Bytes at the beginning of a file that say what it is."""
KINDS = ".npy, .npz, .safetensors, .parquet, .csv, .idx, and folders of Hugging Face's datasets"


def sniff(path: Path) -> bool:
    """Whether a file or folder looks like one of :data:`KINDS`. Never raises."""
    try:
        if path.is_dir():
            return activations.sniff(path, b"")
        start = _start(path)
    except OSError:
        return False
    return any(format.sniff(path, start) for format in FILES)


def open_table(path: Path) -> Table:
    """The columns of a file or folder; no numbers are read where the format allows that.

    Raises:
        DataError: names the file, what is wrong with it and what to do.
    """
    try:
        if path.is_dir():
            if not activations.sniff(path, b""):
                raise DataError(f"{path} is a folder without a data set; choose one of {KINDS}.")
            return activations.read(path)
        start = _start(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({reason(error)}); choose another file.") from error
    if not start:
        raise DataError(f"{path} is empty; choose a file with rows.")
    # What the first bytes say comes before what the name says.
    by_content = [format for format in FILES if format.sniff(Path("unnamed"), start)]
    if start.startswith(npz.MAGIC) and zipfile.is_zipfile(path):
        by_content = [npz]
    fitting = by_content or [each for each in FILES if each.sniff(path, start)]
    if not fitting:
        raise DataError(f"{path} is none of {KINDS}; save the numbers in one of these.")
    read: Callable[[Path], Table] = fitting[0].read
    return read(path)


def _start(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(f"{path} is no file")
    with path.open("rb") as file:
        return file.read(START)
