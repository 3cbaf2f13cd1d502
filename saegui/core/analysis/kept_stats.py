"""What measuring the latents of a large model found is kept on disk: see :mod:`saegui.core.analysis.kept_arrays`."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from saegui.core.analysis import kept_arrays, latent_stats
from saegui.core.analysis.example_choice import N_EXAMPLES, N_INTERVALS, PER_INTERVAL
from saegui.core.analysis.kept_arrays import Arrays
from saegui.core.analysis.latent_stats import LatentStats, analyse
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

VERSION = 2
"""Raised when :func:`~saegui.core.analysis.latent_stats.analyse` finds something else of the same model and data."""
_NAMES = tuple(field.name for field in fields(LatentStats))


def measured(snapshot: Snapshot, dataset: Dataset, *, progress: Progress = UNWATCHED) -> LatentStats:
    """What :func:`~saegui.core.analysis.latent_stats.analyse` finds: read where it was kept, else measured and kept.

    What cannot be kept, on a full or read-only disk, is measured again the next time; a damaged file is replaced.

    Raises:
        DataError: when the data set's inputs have another shape than the model reads.
        Cancelled: ``progress`` gave the work up.
    """
    if not kept_arrays.worth_it(snapshot, dataset):
        return analyse(snapshot, dataset, progress=progress)
    snapshot.check_reads(dataset.shape, dataset.title)
    pictures = None if dataset.pictures is None else dataset.pictures.shape
    recipe = (VERSION, _NAMES, N_EXAMPLES, N_INTERVALS, PER_INTERVAL, latent_stats.BINS, pictures)
    path = kept_arrays.path_of(recipe, snapshot, dataset)
    arrays = kept_arrays.kept(path)
    if arrays is not None and _fits(arrays, snapshot, dataset):
        return LatentStats(n_images=int(arrays.pop("n_images")), **arrays)
    found = analyse(snapshot, dataset, progress=progress)
    values = {name: getattr(found, name) for name in _NAMES}
    kept_arrays.keep(path, {name: value for name, value in values.items() if value is not None})
    return found


def _fits(arrays: Arrays, snapshot: Snapshot, dataset: Dataset) -> bool:
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
