"""The codes of the training inputs of a large model are kept on disk, beside what :mod:`kept_stats` keeps there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from saegui.core.analysis import kept_stats
from saegui.core.analysis.input_codes import MOST_VALUES, InputCodes, input_codes
from saegui.core.data import Dataset
from saegui.core.files import npz, paths
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

RECIPE = 1
"""Raised when :func:`~saegui.core.analysis.input_codes.input_codes` finds something else of the same model and data."""
_NAMES = ("starts", "latents", "values")


def measured(snapshot: Snapshot, dataset: Dataset, *, progress: Progress = UNWATCHED) -> InputCodes:
    """What :func:`~saegui.core.analysis.input_codes.input_codes` finds: read where it was kept, else measured and kept.

    What cannot be kept is measured again the next time; a damaged file is replaced.

    Raises:
        DataError: when the data set's inputs have another shape than the model reads.
        Cancelled: ``progress`` gave the work up.
    """
    if len(dataset.train_images) * snapshot.n_latents * snapshot.d_in < kept_stats.WORTH:
        return input_codes(snapshot, dataset, progress=progress)
    snapshot.check_reads(dataset.shape, dataset.title)
    name = kept_stats.key(snapshot, dataset, ("codes", RECIPE, MOST_VALUES))
    path = kept_stats.folder() / f"{name}.npz"
    found = _read(path, snapshot, dataset)
    if found is None:
        found = input_codes(snapshot, dataset, progress=progress)
        if found.nbytes <= kept_stats.MOST_BYTES:
            with suppress(OSError):
                _write(path, found)
                kept_stats.make_room()
    return found


def _write(path: Path, codes: InputCodes) -> None:
    with paths.replacing(path) as temporary, ZipFile(temporary, "w") as archive:
        for name in ("every", *_NAMES):
            array = np.asarray(getattr(codes, name))
            npz.write(archive, name, array.shape, array.dtype, [array])


def _read(path: Path, snapshot: Snapshot, dataset: Dataset) -> InputCodes | None:
    """None where there is no such file, or it is damaged or does not fit; it is written again then."""
    try:
        with npz.Archive(path) as archive:
            if sum(archive.sizes.values()) > 2 * kept_stats.MOST_BYTES:
                return None
            found = {name: archive.read(name) for name in archive.sizes if name in ("every", *_NAMES)}
    except (OSError, *npz.BROKEN):
        return None
    if not _fits(found, snapshot, dataset):
        return None
    with suppress(OSError):
        # It was used now.
        os.utime(path)
    arrays = {name: found[name] for name in _NAMES}
    return InputCodes(len(dataset.train_images), int(found["every"]), n_latents=snapshot.n_latents, **arrays)


def _fits(found: dict[str, np.ndarray], snapshot: Snapshot, dataset: Dataset) -> bool:
    """Whether these are codes of so many inputs, with latents that there are."""
    if set(found) != {"every", *_NAMES} or found["every"].shape != () or found["every"].dtype != np.int64:
        return False
    every, starts, latents, values = (found[name] for name in ("every", *_NAMES))
    if every < 1 or starts.shape != (-(-len(dataset.train_images) // int(every)) + 1,):
        return False
    kinds = [array.dtype for array in (starts, latents, values)]
    if kinds != [np.int64, np.int32, np.float32] or latents.shape != values.shape or latents.ndim != 1:
        return False
    in_order = starts[0] == 0 and starts[-1] == len(latents) and bool((np.diff(starts) >= 0).all())
    known = 0 <= latents.min(initial=0) <= latents.max(initial=0) < snapshot.n_latents
    return in_order and known and bool((values > 0).all()) and bool(np.isfinite(values).all())
