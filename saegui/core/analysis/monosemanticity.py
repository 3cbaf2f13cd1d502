"""How alike the inputs are that activate a latent most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis import kept_arrays
from saegui.core.analysis.example_choice import Chosen
from saegui.core.analysis.latent_order import Indices
from saegui.core.arrays import Images
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.progress import UNWATCHED, Progress

TOP = 100
"""Most active test inputs of a latent that are compared with one another."""
VERSION = 1
"""Raised when :func:`monosemanticity` finds other numbers for the same model and data."""
WORTH = 1e8
"""Products of an input with all encoders from which the numbers are kept: they are small, and asked for of many runs at once."""


@dataclass(frozen=True, eq=False)
class Monosemanticity:
    """Of the latents that are active on at least two test inputs; the others have none."""

    latents: Indices
    """(N,): ascending."""
    values: NDArray[np.float64]
    """(N,): mean cosine of two of a latent's most active inputs, minus :attr:`by_chance`."""
    by_chance: float
    """Mean cosine of two different test inputs."""

    @property
    def mean(self) -> float | None:
        """Over the latents; None where there are none."""
        return float(self.values.mean()) if len(self.values) else None


def monosemanticity(snapshot: Snapshot, images: Images, progress: Progress = UNWATCHED) -> Monosemanticity:
    """Mean pairwise cosine of the :data:`TOP` inputs that activate a latent most, minus that of all pairs of ``images (N, *shape)``.

    Without the second term the number says little: two MNIST images have a cosine of 0.4 by chance. Of a latent that is
    active on fewer inputs, these are compared. The cosine with an input of zeros counts as 0.

    Raises:
        DataError: the images have another shape than the model reads.
        Cancelled: ``progress`` gave the work up.
    """
    chosen = Chosen(snapshot.n_latents, TOP)
    total, units = np.zeros(snapshot.d_in), 0
    for rows, x, z in snapshot.batches(images):
        progress.report(rows.start, len(images))
        image, latent = np.nonzero(z > 0)
        values = z[image, latent].astype(np.float32)
        chosen.offer(latent, image + rows.start, values, values)
        directions = _directions(x)
        total += directions.sum(axis=0)
        units += int(directions.any(axis=1).sum())
    progress.report(len(images), len(images))
    by_chance = _mean_cosine(total, units, len(images))
    latents = np.flatnonzero(chosen.images[:, 1] >= 0)
    found = np.empty(len(latents))
    for place, top in enumerate(chosen.images[latents]):
        directions = _directions(to_input(images[top[top >= 0]]))
        units = int(directions.any(axis=1).sum())
        found[place] = _mean_cosine(directions.sum(axis=0), units, len(directions)) - by_chance
    return Monosemanticity(latents, found, by_chance)


def measured(snapshot: Snapshot, dataset: Dataset, *, progress: Progress = UNWATCHED) -> Monosemanticity:
    """:func:`monosemanticity` on the test inputs: read where it was kept, else measured and, unless that takes no time, kept.

    Raises:
        DataError, Cancelled: as there.
    """
    snapshot.check_reads(dataset.shape, dataset.title)
    images = dataset.test_images
    if len(images) * snapshot.n_latents * snapshot.d_in < WORTH:
        return monosemanticity(snapshot, images, progress)
    path = kept_arrays.path_of(("monosemanticity", VERSION, TOP), snapshot, dataset)
    kept = kept_arrays.kept(path)
    if kept is not None and set(kept) == {"latents", "values", "by_chance"}:
        latents, values, by_chance = kept["latents"], kept["values"], kept["by_chance"]
        known = latents.dtype == np.intp and 0 <= latents.min(initial=0) <= latents.max(initial=0)
        fits = (
            latents.shape == values.shape
            and latents.ndim == 1
            and latents.max(initial=0) < snapshot.n_latents
        )
        if (
            known
            and fits
            and values.dtype == np.float64
            and np.isfinite(values).all()
            and by_chance.shape == ()
        ):
            return Monosemanticity(latents, values, float(by_chance))
    found = monosemanticity(snapshot, images, progress)
    kept_arrays.keep(path, {"latents": found.latents, "values": found.values, "by_chance": found.by_chance})
    return found


def _directions(x: NDArray[np.float32]) -> NDArray[np.float64]:
    """``x (n, d)`` at length one; rows of zeros stay."""
    wide = x.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    found: NDArray[np.float64] = np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 0)
    return found


def _mean_cosine(total: NDArray[np.float64], units: int, count: int) -> float:
    """Over all pairs of ``count`` vectors, ``units`` of them of length one and the others zero, which add up to ``total``.

    ‖Σu‖² is the sum over all pairs, each twice, and of each vector with itself.
    """
    pairs = count * (count - 1)
    return (float(total @ total) - units) / pairs if pairs else 0.0
