"""Which inputs are shown as examples of a latent: chosen while the entries of all codes stream past."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.active_entries import Entries

N_EXAMPLES = 20
"""Most active inputs, and random ones."""
N_INTERVALS, PER_INTERVAL = 10, 5
"""As SAEDashboard and sae_vis show them."""


class Chosen:
    """For each of n groups the ``size`` inputs offered with the highest rank so far, highest first."""

    def __init__(self, n_groups: int, size: int) -> None:
        self.images = np.full((n_groups, size), -1, np.int32)
        """(n, size): −1 where there are fewer."""
        self.values = np.zeros((n_groups, size), np.float32)
        self._ranks = np.full((n_groups, size), -1, np.float32)

    def offer(
        self,
        group: NDArray[np.integer],
        image: NDArray[np.integer],
        values: NDArray[np.float32],
        ranks: NDArray[np.float32],
    ) -> None:
        """Parallel arrays, one entry for each input that is offered to a group."""
        size = self.images.shape[1]
        hopeful = ranks > self._ranks[group, -1]
        group, image, values, ranks = group[hopeful], image[hopeful], values[hopeful], ranks[hopeful]
        # Sorted by group, then best first; ties go to the earlier input, so that the result never depends on batches.
        order = np.lexsort((image, -ranks, group))
        group, image, values, ranks = group[order], image[order], values[order], ranks[order]
        starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.empty(0, int)
        lengths = np.diff(np.r_[starts, len(group)])
        place = np.arange(len(group)) - np.repeat(starts, lengths)
        kept = place < size
        touched = group[starts]
        row, column = np.repeat(np.arange(len(starts)), lengths)[kept], place[kept]
        new_ranks = np.full((len(touched), size), -1, np.float32)
        new_ranks[row, column] = ranks[kept]
        all_ranks = np.concatenate([self._ranks[touched], new_ranks], axis=1)
        winners = np.argsort(-all_ranks, axis=1, kind="stable")[:, :size]
        self._ranks[touched] = np.take_along_axis(all_ranks, winners, 1)
        for mine, theirs, nothing in ((self.images, image, -1), (self.values, values, 0)):
            new = np.full((len(touched), size), nothing, mine.dtype)
            new[row, column] = theirs[kept]
            mine[touched] = np.take_along_axis(np.concatenate([mine[touched], new], axis=1), winners, 1)


class IntervalExamples:
    """Random inputs from each of :data:`N_INTERVALS` equal intervals between a latent's smallest and largest activation.

    They show what weak activations mean, of which the top examples say nothing (as in SAEDashboard and sae_vis).
    """

    def __init__(self, minimum: NDArray[np.float32], maximum: NDArray[np.float32], seed: int) -> None:
        """``minimum`` and ``maximum (F,)``: of the sizes of each latent's activations."""
        self._low = minimum.astype(np.float64)
        widths = (maximum - self._low) / N_INTERVALS
        self._width = np.where(widths > 0, widths, np.inf)
        self._random = np.random.default_rng(seed)
        self._chosen = Chosen(len(minimum) * N_INTERVALS, PER_INTERVAL)
        self.counts = np.zeros((len(minimum), N_INTERVALS), np.int32)
        """(F, N_INTERVALS): inputs in each interval, those that were not offered included."""

    def add(self, entries: Entries, offered: NDArray[np.bool_]) -> None:
        """Count entries, and offer some of them as examples."""
        latent = entries.latent
        places = (np.abs(entries.values) - self._low[latent]) / self._width[latent]
        # Where all are equal they are in the first interval.
        group = latent.astype(np.int64) * N_INTERVALS + np.minimum(places.astype(np.int64), N_INTERVALS - 1)
        self.counts += (
            np.bincount(group, minlength=self.counts.size).reshape(self.counts.shape).astype(np.int32)
        )
        ranks = self._random.random(len(group), np.float32)
        self._chosen.offer(group[offered], entries.image[offered], entries.values[offered], ranks[offered])

    def found(self) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """``(F, N_INTERVALS, PER_INTERVAL)``: inputs, −1 where there are fewer, and their activations, the largest first."""
        images, values = self._chosen.images, self._chosen.values
        order = np.lexsort((images, -np.abs(values)), axis=1)
        shape = (*self.counts.shape, PER_INTERVAL)
        return (
            np.take_along_axis(images, order, 1).reshape(shape),
            np.take_along_axis(values, order, 1).reshape(shape),
        )
