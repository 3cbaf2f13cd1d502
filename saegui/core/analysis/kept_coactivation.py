"""Which latents of a large model are active together is kept on disk: see :mod:`saegui.core.analysis.kept_arrays`."""

from __future__ import annotations

import numpy as np

from saegui.core.analysis import coactivation as counting
from saegui.core.analysis import kept_arrays, kept_codes
from saegui.core.analysis.coactivation import N_NEAREST, Coactivation, Nearest, coactivation
from saegui.core.analysis.input_codes import InputCodes
from saegui.core.analysis.kept_arrays import Arrays
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

VERSION = 1
"""Raised when :func:`~saegui.core.analysis.coactivation.coactivation` finds something else of the same model and data."""


def compared(
    snapshot: Snapshot, dataset: Dataset, codes: InputCodes | None = None, progress: Progress = UNWATCHED
) -> Coactivation:
    """What :func:`~saegui.core.analysis.coactivation.coactivation` finds on the training inputs: read where it was kept, else
    counted and kept. ``codes`` are those of the inputs, where they are known; ``progress`` counts inputs, then latents.

    Raises:
        DataError: when the data set's inputs have another shape than the model reads.
        Cancelled: ``progress`` gave the work up.
    """
    snapshot.check_reads(dataset.shape, dataset.title)
    if not kept_arrays.worth_it(snapshot, dataset):
        return _counted(snapshot, dataset, codes, progress)
    recipe = ("coactivation", VERSION, N_NEAREST, counting.LEAST_SHARED, counting.MOST_ENTRIES)
    path = kept_arrays.path_of(recipe, snapshot, dataset)
    arrays = kept_arrays.kept(path)
    if arrays is not None and _fits(arrays, snapshot.n_latents):
        jaccard, pearson = (
            Nearest(arrays[f"{name}_latents"], arrays[f"{name}_values"]) for name in ("jaccard", "pearson")
        )
        return Coactivation(int(arrays["n_inputs"]), jaccard, pearson, arrays["family"])
    found = _counted(snapshot, dataset, codes, progress)
    kept_arrays.keep(
        path,
        {
            "n_inputs": found.n_inputs,
            "jaccard_latents": found.jaccard.latents,
            "jaccard_values": found.jaccard.values,
            "pearson_latents": found.pearson.latents,
            "pearson_values": found.pearson.values,
            "family": found.family,
        },
    )
    return found


def _counted(
    snapshot: Snapshot, dataset: Dataset, codes: InputCodes | None, progress: Progress
) -> Coactivation:
    if codes is None:
        codes = kept_codes.measured(snapshot, dataset, progress=progress.named(dataset.noun.many))
    return coactivation(codes, progress.named("latents"))


def _fits(arrays: Arrays, n_latents: int) -> bool:
    """Whether these are numbers of the right sizes, and point at latents that there are."""
    pairs = (n_latents, N_NEAREST)
    shapes = {
        "n_inputs": (),
        "family": (n_latents,),
        **{f"{name}_{part}": pairs for name in ("jaccard", "pearson") for part in ("latents", "values")},
    }
    if {name: array.shape for name, array in arrays.items()} != shapes:
        return False
    return all(
        array.dtype == np.int32 and -1 <= array.min(initial=0) <= array.max(initial=0) < n_latents
        for array in (arrays["jaccard_latents"], arrays["pearson_latents"], arrays["family"])
    )
