"""A plain ``.npz`` file: every weight as an array by its name, for numpy and whatever reads it. Nothing is pickled."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from saegui.core.arrays import BYTES
from saegui.core.errors import FormatError, reason
from saegui.core.files import npz, paths
from saegui.core.formats.base import Format, check, damaged, described, snapshot
from saegui.core.model.snapshot import Snapshot

MARK = "saegui model 1"
"""The member ``format``: a later layout gets another number."""
MOST_TEXT = 65_536
"""Characters of a text member that is read; a configuration has about 700."""


def _write(model: Snapshot, path: Path) -> None:
    texts = {"format": MARK, "config": json.dumps(model.config.model_dump(), sort_keys=True)}
    numbers: dict[str, Any] = {
        "step": model.step,
        "epoch": model.epoch,
        "shape": np.array(model.shape, np.int64),
    }
    if model.span != BYTES:
        numbers["span"] = np.array(model.span)
    # In C order, whatever the order in memory: numpy's header would say so, other readers may not look.
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in model.tensors().items()}
    buffer = io.BytesIO()
    # numpy dates every member 1980-01-01, so the bytes depend on nothing but the model.
    members: dict[str, Any] = {**texts, **numbers, **tensors}
    np.savez(buffer, **members)
    paths.write_bytes(path, buffer.getvalue())


def _sniff(path: Path) -> bool:
    try:
        with npz.Archive(path) as archive:
            return _text(archive, "format").startswith("saegui model")
    except (*npz.BROKEN, OSError, KeyError):
        return False


def _read(path: Path) -> Snapshot:
    try:
        with npz.Archive(path) as archive:
            if (mark := _text(archive, "format")) != MARK:
                raise FormatError(
                    f"{path} is a '{mark}', which a newer saegui wrote; update saegui to import it."
                )
            values: dict[str, Any] = {"config": json.loads(_text(archive, "config"))}
            for name in ("step", "epoch", "shape", *({"span"} & set(archive.sizes))):
                if (header := archive.header(name)).shape not in ((), (1,), (2,), (3,)):
                    raise ValueError(f"{name} has the shape {header.shape}")
                values[name] = archive.read(name).tolist()
            stored = described(path, values)
            for name, shape in stored.shapes.items():
                check(path, name, *archive.header(name), shape)
            return snapshot(path, stored, {name: archive.read(name) for name in stored.shapes})
    except KeyError as error:
        raise damaged(path, f"it has no {error.args[0]}") from error
    except (*npz.BROKEN, OSError, RecursionError) as error:
        raise damaged(path, reason(error)) from error


def _text(archive: npz.Archive, name: str) -> str:
    header = archive.header(name)
    if header.dtype.kind != "U" or header.shape != () or header.dtype.itemsize > 4 * MOST_TEXT:
        raise ValueError(f"{name} is {header.dtype} {header.shape}, but must be a short text")
    return str(archive.read(name))


FORMAT = Format(
    name="npz",
    title="NumPy arrays",
    about="Every weight as an array by its name, with the configuration as JSON: for numpy.load and other programs.",
    suffix=".npz",
    sniff=_sniff,
    read=_read,
    write=_write,
)
