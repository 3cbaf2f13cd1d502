"""Arrays that were measured of a large model on a data set are kept on disk, so that opening it again takes no minute.

One file for each kind of measurement, model and data set, named after all of them: other weights or other data have another
name. Nobody has to look after the files, and they may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from saegui.core.data import Dataset
from saegui.core.files import npz, paths
from saegui.core.model.snapshot import Snapshot

Arrays = dict[str, np.ndarray]

WORTH = 5e9
"""Products of an input with all encoders, over all inputs, from which keeping is worth it: about a second."""
MOST_BYTES = 2**26
"""Of one file."""
ALL_BYTES = 2**29
"""Of all files together; those that were not used for longest are removed first."""


def folder() -> Path:
    """Where the files are."""
    return paths.home() / "analysis"


def worth_it(snapshot: Snapshot, dataset: Dataset) -> bool:
    """Whether measuring takes so long that what was found should be kept."""
    return len(dataset.train_images) * snapshot.n_latents * snapshot.d_in >= WORTH


def path_of(recipe: object, snapshot: Snapshot, dataset: Dataset) -> Path:
    """Named after everything that decides what is found; ``recipe`` says what is measured, and how."""
    known = {
        "recipe": recipe,
        "config": snapshot.config.model_dump(),
        "shape": snapshot.shape,
        "data": (dataset.checksum, len(dataset.classes)),
    }
    found = hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode())
    for name, tensor in sorted(snapshot.tensors().items()):
        found.update(f"{name}{tensor.shape}".encode())
        found.update(np.ascontiguousarray(tensor).data)
    return folder() / f"{found.hexdigest()[:40]}.npz"


def keep(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write numbers and arrays, unless they are too large or the disk takes nothing: then they are measured again."""
    whole = {name: np.asarray(value) for name, value in arrays.items()}
    if sum(array.nbytes for array in whole.values()) > MOST_BYTES:
        return
    with suppress(OSError):
        with paths.replacing(path) as temporary, ZipFile(temporary, "w") as archive:
            for name, array in whole.items():
                npz.write(archive, name, array.shape, array.dtype, [array])
        _make_room()


def kept(path: Path) -> Arrays | None:
    """What was written there; None where there is no such file, or it is damaged: it is written again then."""
    try:
        with npz.Archive(path) as archive:
            if sum(archive.sizes.values()) > 2 * MOST_BYTES:
                return None
            arrays = {name: archive.read(name) for name in archive.sizes}
    except (OSError, *npz.BROKEN):
        return None
    with suppress(OSError):
        # It was used now.
        os.utime(path)
    return arrays


def _make_room() -> None:
    """Remove the files that were not used for longest, as long as all together are too large."""
    known = []
    for path in folder().glob("*.npz"):
        with suppress(OSError):
            found = path.stat()
            known.append((found.st_mtime_ns, found.st_size, path))
    total = math.fsum(size for _, size, _ in known)
    for _, size, path in sorted(known):
        if total <= ALL_BYTES:
            break
        with suppress(OSError):
            path.unlink()
            total -= size
