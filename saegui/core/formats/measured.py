"""What an imported model does on a data set, and whether that is what its file says."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from saegui.core.analysis import metrics
from saegui.core.analysis.metrics import Metrics
from saegui.core.data import Dataset
from saegui.core.families.registry import KINDS, WITH_K
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

NEAR = 0.1
"""An L0 that differs from k by a larger share is worth a warning."""


class Measured(NamedTuple):
    """A model with the densities of its latents, and its metrics."""

    model: Snapshot
    metrics: Metrics


def measured(model: Snapshot, dataset: Dataset, progress: Progress = UNWATCHED) -> Measured:
    """``model`` on ``dataset``, whose inputs have its shape; ``progress`` counts inputs.

    Raises:
        DataError: they have another shape.
        Cancelled: ``progress`` gave the work up.
    """
    model.check_reads(dataset.shape, dataset.title)
    shares = metrics.density(model, dataset.train_images, progress)
    found = metrics.evaluate(model, dataset, progress, shares=shares)
    return Measured(replace(model, density=shares.astype(np.float32)), found)


def beside_k(l0: float, k: float | None, title: str) -> str:
    """The L0 that was measured on the data set ``title``, beside the k of the file."""
    said = f", and the file says k {k:g}" if k is not None else ""
    return f"Its L0 is {l0:.4g} on the test inputs of {title}{said}."


def warning(l0: float, k: float | None, arch: str) -> str:
    """A sentence where the L0 of a model of the family ``arch`` differs from k by more than a tenth; else empty."""
    if k is None or abs(l0 - k) <= NEAR * k:
        return ""
    if arch in WITH_K and not KINDS[arch].measured:
        return (
            f"An L0 of {l0:.4g} is far from k {k:g}: on most inputs fewer than k latents respond. The data set may be another than "
            "the one it was trained on, its inputs may be scaled otherwise, or the training was short."
        )
    return (
        f"An L0 of {l0:.4g} is far from k {k:g}: the threshold in the file may come from an early step of the training, the data set may be another, "
        "or its inputs are scaled otherwise; import the model with k given to keep the k largest activations of each input."
    )
