"""The codes of the training inputs of a large model are kept on disk: see :mod:`saegui.core.analysis.kept_arrays`."""

from __future__ import annotations

import numpy as np

from saegui.core.analysis import kept_arrays
from saegui.core.analysis.input_codes import MOST_VALUES, InputCodes, input_codes
from saegui.core.analysis.kept_arrays import Arrays
from saegui.core.data import Dataset
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
    if not kept_arrays.worth_it(snapshot, dataset):
        return input_codes(snapshot, dataset, progress=progress)
    snapshot.check_reads(dataset.shape, dataset.title)
    path = kept_arrays.path_of(("codes", RECIPE, MOST_VALUES), snapshot, dataset)
    arrays = kept_arrays.kept(path)
    if arrays is not None and _fits(arrays, snapshot, dataset):
        every = int(arrays.pop("every"))
        return InputCodes(len(dataset.train_images), every, n_latents=snapshot.n_latents, **arrays)
    found = input_codes(snapshot, dataset, progress=progress)
    kept_arrays.keep(path, {name: getattr(found, name) for name in ("every", *_NAMES)})
    return found


def _fits(found: Arrays, snapshot: Snapshot, dataset: Dataset) -> bool:
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
    return in_order and known and bool((values != 0).all()) and bool(np.isfinite(values).all())
