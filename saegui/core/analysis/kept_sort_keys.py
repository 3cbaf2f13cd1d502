"""What latents of a large model are sorted by is kept on disk where measuring it takes long: see
:mod:`saegui.core.analysis.kept_arrays`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis import kept_arrays, sort_keys
from saegui.core.analysis.latent_order import Mask
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

VERSION = 1
"""Raised when :mod:`saegui.core.analysis.sort_keys` finds other numbers for the same model and data."""
WORTH_CLUSTERING = 2048
"""Living latents from which their cluster order is worth keeping."""

Values = NDArray[np.floating]


def ablation_errors(snapshot: Snapshot, dataset: Dataset, progress: Progress = UNWATCHED) -> Values:
    """``(F,)``: :func:`saegui.core.analysis.sort_keys.ablation_errors` of the test inputs: read where it was kept, else
    measured and kept.

    Raises:
        DataError, Cancelled: as there.
    """
    snapshot.check_reads(dataset.shape, dataset.title)

    def measure() -> Values:
        return sort_keys.ablation_errors(
            snapshot, dataset.test_images, progress.named(f"test {dataset.noun.many}")
        )

    if len(dataset.test_images) * snapshot.n_latents * snapshot.d_in < kept_arrays.WORTH:
        return measure()
    path = kept_arrays.path_of(("ablation errors", VERSION), snapshot, dataset)
    return _found(path, snapshot.n_latents, measure)


def cluster_keys(snapshot: Snapshot, dead: Mask, progress: Progress = UNWATCHED) -> Values:
    """``(F,)``: :func:`saegui.core.analysis.sort_keys.cluster_keys`: read where it was kept, else found and kept.

    Raises:
        ValueError, Cancelled: as there.
    """

    def measure() -> Values:
        return sort_keys.cluster_keys(snapshot, dead, progress)

    if int((~dead).sum()) < WORTH_CLUSTERING:
        return measure()
    return _found(
        kept_arrays.folder() / f"clusters-{_clustered(snapshot, dead)}.npz", snapshot.n_latents, measure
    )


def _clustered(snapshot: Snapshot, dead: Mask) -> str:
    """Of everything that decides the order."""
    found = hashlib.sha256(json.dumps([VERSION, sort_keys.MOST_LEAVES, snapshot.W_dec.shape]).encode())
    for array in (snapshot.W_dec, dead):
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()[:40]


def _found(path: Path, count: int, measure: Callable[[], Values]) -> Values:
    values = (kept_arrays.kept(path) or {}).get("values")
    fits = values is not None and values.shape == (count,) and values.dtype.kind == "f"
    if values is not None and fits and np.isfinite(values).all():
        return values
    found = measure()
    kept_arrays.keep(path, {"values": found})
    return found
