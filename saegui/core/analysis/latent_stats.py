"""Statistics of the latents of a snapshot over a whole set of images."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.active_entries import ActiveEntries
from saegui.core.analysis.active_moments import ActiveMoments
from saegui.core.analysis.example_choice import N_EXAMPLES, N_INTERVALS, Chosen, IntervalExamples
from saegui.core.arrays import Array, full
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

BINS = 32
MOST_AVERAGES = 1 << 26
"""Pixels of the average pictures of all latents together: 256 MB."""
_SAMPLE_SEED, _INTERVAL_SEED = 0, 1


@dataclass(frozen=True, eq=False)
class LatentStats:
    """Statistics of every latent over ``n_images`` training images; F latents, C classes. Arrays are read-only.

    Of a baseline whose activations may be negative, z stands for their size |z|; only the values of examples have their sign.
    """

    n_images: int
    density: NDArray[np.float32]
    """(F,): share of images on which z ≠ 0."""
    mean_active: NDArray[np.float32]
    """(F,): mean of z over the images on which it is active; 0 if there are none."""
    minimum: NDArray[np.float32]
    """(F,): smallest z > 0; 0 for a dead latent."""
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
    """(F, N_EXAMPLES): indices of the training images with the largest z, best first; −1 where there are fewer. Of images that
    are equal only the first is an example, here and below; :attr:`copies` says how many it stands for."""
    top_values: NDArray[np.float32]
    """(F, N_EXAMPLES): their z."""
    sample: NDArray[np.int32]
    """(F, N_EXAMPLES): random training images on which the latent is active, each equally likely; −1 where there are fewer."""
    sample_values: NDArray[np.float32]
    """(F, N_EXAMPLES): their z."""
    interval_counts: NDArray[np.int32]
    """(F, N_INTERVALS): how many images have z in each of the equal intervals between :attr:`minimum` and :attr:`maximum`; all
    are in the first one where these are equal."""
    interval_examples: NDArray[np.int32]
    """(F, N_INTERVALS, PER_INTERVAL): random training images of each interval, the largest z first; −1 where there are fewer."""
    interval_values: NDArray[np.float32]
    """(F, N_INTERVALS, PER_INTERVAL): their z."""
    copies: NDArray[np.int32]
    """(N,): how many training images are equal to each, itself included."""
    active_per_image: NDArray[np.int32]
    """(N,): latents with z ≠ 0 on each image."""
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

    def interval_edges(self, latent: int) -> NDArray[np.float32]:
        """(N_INTERVALS + 1,): where the intervals begin, and where the last one ends."""
        return np.linspace(self.minimum[latent], self.maximum[latent], N_INTERVALS + 1, dtype=np.float32)

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
    minimum = np.full(F, np.inf, np.float32)
    class_sums = np.zeros((F, C))
    active = np.empty(N, np.int32)
    best, chosen = Chosen(F, N_EXAMPLES), Chosen(F, N_EXAMPLES)
    edges = _edges(snapshot, dataset)
    histogram = np.zeros((F, BINS), np.int64)
    rng = np.random.default_rng(_SAMPLE_SEED)
    one_hot = np.eye(C, dtype=np.float32)
    average, moments = _Average(F, dataset), ActiveMoments(F)
    is_first = dataset.first_equals == np.arange(N)
    every = ActiveEntries(snapshot, images)
    for rows, _, z, (image, latent, values) in every.batches():
        active[rows] = (z != 0).sum(1)
        signed = values
        if snapshot.config.signed_codes:
            z, values = np.abs(z), np.abs(values)
        counts += np.bincount(latent, minlength=F)
        sums += z.sum(0, dtype=np.float64)
        np.minimum.at(minimum, latent, values)
        class_sums += z.T @ one_hot[labels[rows]]
        average.add(rows, z)
        moments.add(latent, values)
        bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BINS - 1)
        histogram += np.bincount(latent.astype(np.int64) * BINS + bins, minlength=F * BINS).reshape(F, BINS)
        # A uniform sample of what streams past: the images with the largest of one random number each.
        ranks, offered = rng.random(len(values), np.float32), is_first[image]
        latent, image, values, signed = latent[offered], image[offered], values[offered], signed[offered]
        best.offer(latent, image, signed, values)
        chosen.offer(latent, image, signed, ranks[offered])
        progress.report(rows.stop, N)
    maximum = np.abs(best.values[:, 0])
    minimum[counts == 0] = 0
    intervals = IntervalExamples(minimum, maximum, _INTERVAL_SEED)
    for done, entries in every.again():
        progress.report(done, N)
        intervals.add(entries, is_first[entries.image])
    interval_examples, interval_values = intervals.found()
    per_class = np.bincount(labels, minlength=C)[:C]
    skew, kurtosis = moments.found()
    return LatentStats(
        n_images=N,
        density=(counts / N).astype(np.float32),
        mean_active=(sums / np.maximum(counts, 1)).astype(np.float32),
        minimum=minimum,
        maximum=maximum,
        skew=skew,
        kurtosis=kurtosis,
        edges=edges,
        histogram=histogram,
        class_means=(class_sums / np.maximum(per_class, 1)).astype(np.float32),
        top=best.images,
        top_values=best.values,
        sample=chosen.images,
        sample_values=chosen.values,
        interval_counts=intervals.counts,
        interval_examples=interval_examples,
        interval_values=interval_values,
        copies=np.bincount(dataset.first_equals, minlength=N)[dataset.first_equals].astype(np.int32),
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


def _edges(snapshot: Snapshot, dataset: Dataset) -> NDArray[np.float32]:
    """Three decades below the largest activation of a first batch, with room for larger ones above it."""
    _, _, z = next(snapshot.batches(dataset.train_images))
    largest = float(np.abs(z).max()) or 1.0
    return np.geomspace(largest / 1000, largest * 1.5, BINS + 1).astype(np.float32)
