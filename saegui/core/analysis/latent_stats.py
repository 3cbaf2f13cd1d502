"""Statistics of the latents of a snapshot over a whole set of images."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.active_moments import ActiveMoments
from saegui.core.arrays import Array, full
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

N_EXAMPLES = 20
BINS = 32
MOST_AVERAGES = 1 << 26
"""Pixels of the average pictures of all latents together: 256 MB."""
_SAMPLE_SEED = 0


@dataclass(frozen=True, eq=False)
class LatentStats:
    """Statistics of every latent over ``n_images`` training images; F latents, C classes. Arrays are read-only."""

    n_images: int
    density: NDArray[np.float32]
    """(F,): share of images on which z > 0."""
    mean_active: NDArray[np.float32]
    """(F,): mean of z over the images on which it is active; 0 if there are none."""
    maximum: NDArray[np.float32]
    """(F,): largest z; 0 for a dead latent."""
    skew: NDArray[np.float32]
    """(F,): skew of z over the images on which it is active; 0 where all are equal, or there are none. With the zeros of the
    others it would say little more than the density does."""
    kurtosis: NDArray[np.float32]
    """(F,): excess kurtosis of the same values."""
    edges: NDArray[np.float32]
    """(BINS + 1,): logarithmic bin edges of the histograms, shared by all latents."""
    histogram: NDArray[np.int64]
    """(F, BINS): how many images have z between two edges; z = 0 is left out, z beyond the edges counts at the end."""
    class_means: NDArray[np.float32]
    """(F, C): mean of z per class."""
    top: NDArray[np.int32]
    """(F, N_EXAMPLES): indices of the training images with the largest z, best first; −1 where there are fewer."""
    top_values: NDArray[np.float32]
    """(F, N_EXAMPLES): their z."""
    sample: NDArray[np.int32]
    """(F, N_EXAMPLES): random training images on which the latent is active, each equally likely; −1 where there are fewer."""
    sample_values: NDArray[np.float32]
    """(F, N_EXAMPLES): their z."""
    active_per_image: NDArray[np.int32]
    """(N,): latents with z > 0 on each image."""
    average: NDArray[np.float32] | None = None
    """(F, h, w) or (F, h, w, 3), in [0, 1]: mean of the pictures that the inputs were made of, each weighted by z; zeros for
    a dead latent. None where the inputs were not made of pictures."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def dead(self) -> NDArray[np.bool_]:
        """(F,): latents that are inactive on all training images."""
        dead: NDArray[np.bool_] = self.density == 0
        return dead

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take."""
        values = (getattr(self, field.name) for field in fields(self))
        return sum(value.nbytes for value in values if isinstance(value, np.ndarray))

    def count(self, latent: int) -> int:
        """Number of images on which the latent is active."""
        return round(float(self.density[latent]) * self.n_images)

    @cached_property
    def class_shares(self) -> NDArray[np.float32]:
        """(F, C): each class's share in the latent's mean activations; zeros for a dead latent."""
        totals = self.class_means.sum(axis=1, keepdims=True)
        shares = (self.class_means / np.where(totals > 0, totals, 1)).astype(np.float32)
        shares.setflags(write=False)
        return shares

    @cached_property
    def purities(self) -> NDArray[np.float32]:
        """(F,): class purity, the largest share of one class in the latent's mean activations; 0 for a dead latent."""
        found: NDArray[np.float32] = self.class_shares.max(axis=1, initial=0)
        found.setflags(write=False)
        return found

    def purity(self, latent: int) -> float:
        """Of one latent: see :attr:`purities`."""
        return float(self.purities[latent])


def analyse(
    snapshot: Snapshot,
    dataset: Dataset,
    *,
    progress: Progress = UNWATCHED,
) -> LatentStats:
    """Measure every latent over the training images, which ``progress`` counts.

    Raises:
        DataError: when the data set's inputs have another shape than the model reads.
        Cancelled: ``progress`` gave the work up.
    """
    snapshot.check_reads(dataset.shape, dataset.title)
    images, labels = dataset.train_images, dataset.train_labels
    F, C, N = snapshot.n_latents, len(dataset.classes), len(images)
    counts = np.zeros(F, np.int64)
    sums = np.zeros(F)
    class_sums = np.zeros((F, C))
    active = np.empty(N, np.int32)
    best, chosen = _Examples(F), _Examples(F)
    edges = _edges(snapshot, dataset)
    histogram = np.zeros((F, BINS), np.int64)
    rng = np.random.default_rng(_SAMPLE_SEED)
    one_hot = np.eye(C, dtype=np.float32)
    average, moments = _Average(F, dataset), ActiveMoments(F)
    for rows, _, z in snapshot.batches(images):
        on = z > 0
        active[rows] = on.sum(1)
        counts += on.sum(0)
        sums += z.sum(0, dtype=np.float64)
        class_sums += z.T @ one_hot[labels[rows]]
        average.add(rows, z)
        image, latent = np.nonzero(on)
        values = z[image, latent]
        moments.add(latent, values)
        bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BINS - 1)
        histogram += np.bincount(latent * BINS + bins, minlength=F * BINS).reshape(F, BINS)
        image += rows.start
        best.offer(latent, image, values, values)
        # A uniform sample of what streams past: the images with the largest of one random number each.
        chosen.offer(latent, image, values, rng.random(len(values), np.float32))
        progress.report(rows.stop, N)
    per_class = np.bincount(labels, minlength=C)[:C]
    skew, kurtosis = moments.found()
    return LatentStats(
        n_images=N,
        density=(counts / N).astype(np.float32),
        mean_active=(sums / np.maximum(counts, 1)).astype(np.float32),
        maximum=np.maximum(best.values[:, 0], 0),
        skew=skew,
        kurtosis=kurtosis,
        edges=edges,
        histogram=histogram,
        class_means=(class_sums / np.maximum(per_class, 1)).astype(np.float32),
        top=best.images,
        top_values=best.values,
        sample=chosen.images,
        sample_values=chosen.values,
        active_per_image=active,
        average=average.found(sums),
    )


class _Average:
    """For each latent the sum of the pictures that activate it, each multiplied by its z."""

    def __init__(self, n_latents: int, dataset: Dataset) -> None:
        items = dataset.items
        pictures = None if items is None or items.are_texts else np.asarray(items.train)
        # More would not fit beside everything else; thousands of latents on large pictures are looked at by their examples.
        too_large = pictures is not None and n_latents * math.prod(pictures.shape[1:]) > MOST_AVERAGES
        self._pictures = None if too_large else pictures
        if self._pictures is not None:
            self._sums = np.zeros((n_latents, math.prod(self._pictures.shape[1:])), np.float32)

    def add(self, rows: slice, z: Array) -> None:
        if self._pictures is None:
            return
        from scipy.sparse import csr_matrix

        pictures = self._pictures[rows]
        # Few latents are active on a picture: a sparse product costs hundreds of times less than a full one.
        self._sums += csr_matrix(z.T) @ pictures.reshape(len(pictures), -1).astype(np.float32)

    def found(self, sums: NDArray[np.float64]) -> NDArray[np.float32] | None:
        """Divided by the latents' ``sums (F,)`` of z."""
        if self._pictures is None:
            return None
        weights = np.where(sums > 0, sums, 1) * full(self._pictures)
        means: NDArray[np.float32] = (self._sums / weights[:, np.newaxis]).astype(np.float32)
        return means.reshape(-1, *self._pictures.shape[1:])


class _Examples:
    """For each latent the N_EXAMPLES images offered with the highest rank so far, highest first."""

    def __init__(self, n_latents: int) -> None:
        shape = (n_latents, N_EXAMPLES)
        self.images = np.full(shape, -1, np.int32)
        self.values = np.zeros(shape, np.float32)
        self._ranks = np.full(shape, -1, np.float32)

    def offer(
        self,
        latent: NDArray[np.int64],
        image: NDArray[np.int64],
        values: NDArray[np.float32],
        ranks: NDArray[np.float32],
    ) -> None:
        """Active entries of one batch: parallel arrays, one entry per active (image, latent)."""
        hopeful = ranks > self._ranks[latent, -1]
        latent, image, values, ranks = latent[hopeful], image[hopeful], values[hopeful], ranks[hopeful]
        # Sorted by latent, then best first; ties go to the earlier image, so that the result never depends on batches.
        order = np.lexsort((image, -ranks, latent))
        latent, image, values, ranks = latent[order], image[order], values[order], ranks[order]
        starts = np.flatnonzero(np.r_[True, latent[1:] != latent[:-1]]) if len(latent) else np.empty(0, int)
        place = np.arange(len(latent)) - np.repeat(starts, np.diff(np.r_[starts, len(latent)]))
        kept = place < N_EXAMPLES
        touched = latent[starts]
        row = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(latent)]))[kept]
        new_shape = (len(touched), N_EXAMPLES)
        new_ranks, new_images = np.full(new_shape, -1, np.float32), np.full(new_shape, -1, np.int32)
        new_values = np.zeros(new_shape, np.float32)
        new_ranks[row, place[kept]] = ranks[kept]
        new_images[row, place[kept]] = image[kept]
        new_values[row, place[kept]] = values[kept]
        all_ranks = np.concatenate([self._ranks[touched], new_ranks], axis=1)
        winners = np.argsort(-all_ranks, axis=1, kind="stable")[:, :N_EXAMPLES]
        self._ranks[touched] = np.take_along_axis(all_ranks, winners, 1)
        for mine, theirs in ((self.images, new_images), (self.values, new_values)):
            mine[touched] = np.take_along_axis(np.concatenate([mine[touched], theirs], axis=1), winners, 1)


def _edges(snapshot: Snapshot, dataset: Dataset) -> NDArray[np.float32]:
    """Three decades below the largest activation of a first batch, with room for larger ones above it."""
    _, _, z = next(snapshot.batches(dataset.train_images))
    largest = float(z.max()) or 1.0
    return np.geomspace(largest / 1000, largest * 1.5, BINS + 1).astype(np.float32)
