"""Writes safetensors files tensor by tensor, in one order and without a copy in memory.

The library's own writer first makes one string of everything, while every other thread waits: with thousands of latents a
tenth of a second, in which a pen draws nothing. It also orders its header differently every time. Reading is the library's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.files import paths

_TYPES = {
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
    "int64": "I64",
    "int32": "I32",
    "uint8": "U8",
    "bool": "BOOL",
}
"""numpy's names of the types and the format's."""


def save_tensors(
    path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str], *, staged: bool = False
) -> None:
    """Replace ``path`` in one step; equal tensors and metadata give equal files. ``staged`` as in :func:`paths.replacing`.

    Raises:
        OSError: when it cannot be written; what was there before stays.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    place = 0
    # The widest types first, so that each tensor begins at a multiple of its items' size.
    names = sorted(tensors, key=lambda name: (-tensors[name].itemsize, name))
    for name in names:
        tensor = tensors[name]
        header[name] = {
            "dtype": _TYPES[tensor.dtype.name],
            "shape": list(tensor.shape),
            "data_offsets": [place, place + tensor.nbytes],
        }
        place += tensor.nbytes
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with paths.replacing(path, staged=staged) as temporary, temporary.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in names:
            # The format is little-endian and in C order, whatever the array is.
            tensor = tensors[name]
            file.write(np.ascontiguousarray(tensor, tensor.dtype.newbyteorder("<")).data)
