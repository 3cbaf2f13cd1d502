"""Steering on many inputs at once: set latents in the code of each, and see what changes on the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.steering import check_values
from saegui.core.arrays import Images
from saegui.core.errors import DataError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

Counts = NDArray[np.int64]
Means = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SteeredAll:
    """What setting latents to fixed activations makes of ``n`` inputs; F latents.

    What reconstructions re-encode to is compared with what those before steering re-encode to, as for a single input
    (:class:`saegui.core.analysis.steering.Steered`), so that every difference is due to steering.
    """

    values: Mapping[int, float]
    """The activation that each latent was set to."""
    n: int
    touched: int
    """Inputs whose code the values change at all."""
    mse_before: float
    mse: float
    """Mean squared error over all inputs, before steering and after."""
    active_before: Counts
    active: Counts
    """(F,): on how many inputs the reconstruction re-encodes to each latent, before and after."""
    mean_before: Means
    mean: Means
    """(F,): mean activation of that over all inputs, before and after."""

    @cached_property
    def moved(self) -> NDArray[np.intp]:
        """Latents whose mean activation changes and that were not set, the largest change first; of equal ones the lower."""
        change = np.abs(self.mean - self.mean_before)
        change[list(self.values)] = 0
        order = np.argsort(-change, kind="stable")
        return order[change[order] > 0]


def steer_all(
    snapshot: Snapshot, inputs: Images, values: Mapping[int, float], progress: Progress = UNWATCHED
) -> SteeredAll:
    """Set the same latents to the same activations in the code of each of ``inputs (N, *shape)``; 0 ablates one.

    Raises:
        DataError: there are no inputs or they have another shape; names the latent that does not exist, or the value that is
            no activation.
        Cancelled: ``progress`` gave the work up.
    """
    check_values(values, snapshot.n_latents)
    if not len(inputs):
        raise DataError("There are no inputs to steer. Choose a data set with a test part.")
    latents = np.array(list(values), np.intp)
    set_to = np.array(list(values.values()), np.float32)
    touched, squares = 0, np.zeros(2)
    active = np.zeros((2, snapshot.n_latents), np.int64)
    sums = np.zeros((2, snapshot.n_latents))
    for rows, x, z in snapshot.batches(inputs):
        steered = z.copy()
        steered[:, latents] = set_to
        touched += int((steered != z).any(axis=1).sum())
        for place, code in enumerate((z, steered)):
            x_hat = snapshot.decode(code, x)
            squares[place] += np.square(x_hat - x, dtype=np.float64).sum()
            again = snapshot.encode(x_hat)
            active[place] += np.count_nonzero(again, axis=0)
            sums[place] += again.sum(axis=0, dtype=np.float64)
        progress.report(rows.stop, len(inputs))
    mse = squares / (len(inputs) * snapshot.d_in)
    means = sums / len(inputs)
    return SteeredAll(
        dict(values),
        len(inputs),
        touched,
        float(mse[0]),
        float(mse[1]),
        active[0],
        active[1],
        means[0],
        means[1],
    )
