"""Which latents of a run are found again in runs that differ from it in the seed alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_order import Indices, dead_latents
from saegui.core.analysis.matching import FOUND, best_cosines
from saegui.core.arrays import Array
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress


@dataclass(frozen=True, eq=False)
class Stability:
    """How well each of F latents is found in n other models; nobody writes to the arrays."""

    best: Array
    """(n, F): the largest cosine with any living latent of each of them; 0 for a latent that takes no part."""
    latents: Indices
    """Those that take part: not dead, and not of zeros."""

    @property
    def n_others(self) -> int:
        """Models that were looked through."""
        return len(self.best)

    def counts(self, least: float = FOUND) -> NDArray[np.intp]:
        """(F,): in how many of the others each latent is found again, with a cosine of at least ``least``."""
        found: NDArray[np.intp] = (self.best >= least).sum(axis=0)
        return found

    def keys(self, least: float = FOUND) -> NDArray[np.float64]:
        """(F,): what latents are sorted by: how many others have each, and among equals the mean of the best cosines."""
        means = self.best.mean(axis=0, dtype=np.float64) if len(self.best) else np.zeros(self.best.shape[1])
        return self.counts(least) + np.clip(means, 0, 1) / 2

    def share(self, least: float = FOUND) -> float | None:
        """The mean share of the others in which a latent is found again; None where none takes part."""
        if not self.best.size or not len(self.latents):
            return None
        return float((self.best[:, self.latents] >= least).mean())


def stability(
    snapshot: Snapshot, others: Iterable[Snapshot], count: int, progress: Progress = UNWATCHED
) -> Stability:
    """Look for each latent of ``snapshot`` in ``count`` others by the cosine of the decoder rows.

    Latents that were dead in the last epoch of training take no part, on either side.

    Raises:
        DataError: one of the others reads inputs of another size.
        Cancelled: ``progress`` gave the work up.
    """
    best = np.zeros((count, snapshot.n_latents), np.float32)
    dead, latents = dead_latents(snapshot), np.empty(0, np.intp)
    for place, other in enumerate(others):
        progress.report(place, count, "runs")
        latents, found = best_cosines(snapshot, other, dead, dead_latents(other))
        best[place, latents] = found
    progress.report(count, count, "runs")
    best.setflags(write=False)
    return Stability(best, latents)
