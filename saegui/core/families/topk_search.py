"""The k largest of each row, found faster than by looking at every value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saegui.core.arrays import Array

if TYPE_CHECKING:
    from torch import Tensor

SHARE = 4
"""Grouping pays where there are at least this many times more groups than k."""
NARROW = 256
"""Up to so many columns numpy's search, which today's processors do without branches, is faster than torch's."""


def largest(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """``torch.topk(values, k, dim=1, sorted=False)`` of ``values (batch, n)``; among equal values any may be chosen.

    The columns are folded into groups, and only the k groups with the largest maxima are searched. No value is missed:
    fewer than k groups can hold one that is larger than the k-th largest, so all of them are among the k.
    """
    batch, n = values.shape
    depth = _depth(n, k)
    if depth == 1:
        return _search(values, k)
    groups = n // depth
    # A group is every groups-th column, so that maxima are taken of whole stretches of memory at once.
    folded = values.view(batch, depth, groups)
    _, best = _search(folded.amax(1), k)
    candidates = folded.gather(2, best.unsqueeze(1).expand(-1, depth, -1)).view(batch, -1)
    found, places = _search(candidates, k)
    return found, best.gather(1, places % k).add_(places.div_(k, rounding_mode="floor").mul_(groups))


def _search(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    import torch

    n = values.shape[1]
    if n > NARROW or k == n or values.dtype != torch.float32 or values.device.type != "cpu":
        return values.topk(k, dim=1, sorted=False)
    places = torch.from_numpy(values.numpy().argpartition(n - k, axis=1)[:, n - k :])
    return values.gather(1, places), places


def _depth(n: int, k: int) -> int:
    """How many columns a group has; 1 where grouping does not pay."""
    return next((depth for depth in (8, 4) if n % depth == 0 and n // depth >= SHARE * k), 1)


def keep_largest(values: Tensor, k: int) -> Tensor:
    """``values (batch, n_latents)`` with all but the k largest of each row set to zero."""
    if k >= values.shape[1]:
        return values
    _, indices = largest(values.detach(), k)
    return values.new_zeros(values.shape).scatter(1, indices, values.gather(1, indices))


def keep_largest_array(z: Array, k: int) -> Array:
    """:func:`keep_largest` in numpy, in place; ``z`` is nowhere negative, and among equal values the first stay."""
    F = z.shape[1]
    if k >= F:
        return z
    least = np.partition(z, F - k, axis=1)[:, F - k, None]
    smaller = z < least
    full = int(np.count_nonzero(least))
    # In a row with fewer than k positive values the k-th largest is zero, and nothing is smaller. Counting row by row takes
    # longer than all the rest.
    if np.count_nonzero(smaller) != full * (F - k):
        crowded = np.flatnonzero(np.count_nonzero(z >= least, axis=1) > k)
        for row in crowded[least[crowded, 0] > 0]:
            ties = np.flatnonzero(z[row] == least[row])
            z[row, ties[k - np.count_nonzero(z[row] > least[row]) :]] = 0
    z *= ~smaller
    return z
