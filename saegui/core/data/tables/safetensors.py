"""``.safetensors``: several arrays one after the other, mapped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.data.tables.table import BFLOAT16, E4M3, E5M2, ArraysTable, Table
from saegui.core.errors import DataError, reason
from saegui.core.files import paths

_TYPES = {
    "BOOL": "?",
    **{f"U{8 * size}": f"<u{size}" for size in (1, 2, 4, 8)},
    **{f"I{8 * size}": f"<i{size}" for size in (1, 2, 4, 8)},
    **{f"F{8 * size}": f"<f{size}" for size in (2, 4, 8)},
    "BF16": "<u2",
    "F8_E4M3": "u1",
    "F8_E5M2": "u1",
}
"""The format's names of types, and how numpy reads them."""
_SHORT = {"BF16": BFLOAT16, "F8_E4M3": E4M3, "F8_E5M2": E5M2}


class _Safetensors(ArraysTable):
    kind = "tensors in a safetensors file"


def sniff(path: Path, start: bytes) -> bool:
    """By its name, or by the JSON text after the eight bytes of its length."""
    return path.suffix.lower() == ".safetensors" or (len(start) > 9 and start[8:10] == b'{"')


def read(path: Path) -> Table:
    """The arrays, not read yet; the library checks that they lie inside the file, one after the other.

    Raises:
        DataError: it is damaged, or holds none.
    """
    from safetensors import SafetensorError, safe_open

    try:
        paths.check_file(path)
        with safe_open(path, framework="np"):
            pass
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            described = json.loads(file.read(length))
        start = 8 + length
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"{path} cannot be read as safetensors ({reason(error)}); copy it again, or save it with safetensors."
        ) from error
    described.pop("__metadata__", None)
    if {"W_enc", "W_dec"} <= set(described):
        raise DataError(f"{path} holds a model, not data; open it with 'saegui import'.")
    arrays: dict[str, NDArray[Any]] = {}
    dtypes: dict[str, str] = {}
    notes = []
    for name, found in sorted(described.items()):
        kind, shape = found["dtype"], tuple(found["shape"])
        if kind not in _TYPES or not shape or 0 in shape:
            why = (
                f"has the type {kind}, which numpy does not know,"
                if kind not in _TYPES
                else "holds no rows and"
            )
            notes.append(f"{name} {why} is left out.".replace(", is", " and is"))
            continue
        offset = start + found["data_offsets"][0]
        arrays[name] = np.asarray(np.memmap(path, _TYPES[kind], "r", offset, shape))
        if kind in _SHORT:
            dtypes[name] = _SHORT[kind]
    if not arrays:
        told = f" ({notes[0].rstrip('.')})" if notes else ""
        raise DataError(f"{path} holds no array that can be read{told}; save one with rows of numbers.")
    return _Safetensors(path, arrays, dtypes, notes)
