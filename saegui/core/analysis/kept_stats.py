"""What measuring the latents of a large model found is kept on disk, so that opening it again takes no minute.

One file a model and data set, named after both: other weights or other data have another name. Nobody has to look after them,
and they may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from saegui.core.analysis import latent_stats
from saegui.core.analysis.example_choice import N_EXAMPLES, N_INTERVALS, PER_INTERVAL
from saegui.core.analysis.latent_stats import LatentStats, analyse
from saegui.core.data import Dataset
from saegui.core.files import npz, paths
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

RECIPE = 2
"""Raised when :func:`~saegui.core.analysis.latent_stats.analyse` finds something else of the same model and data."""
WORTH = 5e9
"""Products of an input with all encoders, over all inputs, from which keeping is worth it: about a second."""
MOST_BYTES = 2**26
"""Of one file."""
ALL_BYTES = 2**29
"""Of all files together; those that were not used for longest are removed first."""
_NAMES = tuple(field.name for field in fields(LatentStats))


def folder() -> Path:
    """Where the files are."""
    return paths.home() / "analysis"


def measured(snapshot: Snapshot, dataset: Dataset, *, progress: Progress = UNWATCHED) -> LatentStats:
    """What :func:`~saegui.core.analysis.latent_stats.analyse` finds: read where it was kept, else measured and kept.

    What cannot be kept, on a full or read-only disk, is measured again the next time; a damaged file is replaced.

    Raises:
        DataError: when the data set's inputs have another shape than the model reads.
        Cancelled: ``progress`` gave the work up.
    """
    if len(dataset.train_images) * snapshot.n_latents * snapshot.d_in < WORTH:
        return analyse(snapshot, dataset, progress=progress)
    snapshot.check_reads(dataset.shape, dataset.title)
    path = folder() / f"{key(snapshot, dataset, _recipe(dataset))}.npz"
    found = _read(path, snapshot, dataset)
    if found is None:
        found = analyse(snapshot, dataset, progress=progress)
        if found.nbytes <= MOST_BYTES:
            with suppress(OSError):
                _write(path, found)
                make_room()
    return found


def _recipe(dataset: Dataset) -> tuple[object, ...]:
    pictures = None if dataset.pictures is None else dataset.pictures.shape
    return RECIPE, _NAMES, N_EXAMPLES, N_INTERVALS, PER_INTERVAL, latent_stats.BINS, pictures


def key(snapshot: Snapshot, dataset: Dataset, recipe: tuple[object, ...]) -> str:
    """The name of a file: of everything that decides what is found; ``recipe`` says how."""
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
    return found.hexdigest()[:40]


def _write(path: Path, stats: LatentStats) -> None:
    with paths.replacing(path) as temporary, ZipFile(temporary, "w") as archive:
        for name in _NAMES:
            value = getattr(stats, name)
            if value is not None:
                array = np.asarray(value)
                npz.write(archive, name, array.shape, array.dtype, [array])


def _read(path: Path, snapshot: Snapshot, dataset: Dataset) -> LatentStats | None:
    """None where there is no such file, or it is damaged or does not fit; it is written again then."""
    try:
        with npz.Archive(path) as archive:
            if sum(archive.sizes.values()) > 2 * MOST_BYTES:
                return None
            arrays = {name: archive.read(name) for name in archive.sizes if name in _NAMES}
    except (OSError, *npz.BROKEN):
        return None
    if not _fits(arrays, snapshot, dataset):
        return None
    with suppress(OSError):
        # It was used now.
        os.utime(path)
    n_images = int(arrays.pop("n_images"))
    return LatentStats(n_images=n_images, **arrays)


def _fits(arrays: dict[str, np.ndarray], snapshot: Snapshot, dataset: Dataset) -> bool:
    """Whether these are numbers of the right sizes, and point at inputs that there are."""
    if set(arrays) | {"average"} != {*_NAMES, "average"}:
        return False
    N, F = len(dataset.train_images), snapshot.n_latents
    if arrays["n_images"].shape != () or int(arrays["n_images"]) != N:
        return False
    sizes = {
        **dict.fromkeys(("density", "minimum", "maximum"), (F,)),
        **dict.fromkeys(("active_per_image", "copies"), (N,)),
        "interval_counts": (F, N_INTERVALS),
        "interval_values": (F, N_INTERVALS, PER_INTERVAL),
    }
    if any(arrays[name].shape != shape for name, shape in sizes.items()):
        return False
    few, spread = (F, N_EXAMPLES), (F, N_INTERVALS, PER_INTERVAL)
    return all(
        arrays[name].shape == shape
        and arrays[name].dtype == np.int32
        and -1 <= arrays[name].min(initial=0) <= arrays[name].max(initial=0) < N
        for name, shape in (("top", few), ("sample", few), ("interval_examples", spread))
    )


def make_room() -> None:
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
