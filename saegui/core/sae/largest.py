"""The k largest of each row, found faster than by looking at every value."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

SHARE = 4
"""Grouping pays where there are at least this many times more groups than k."""


def largest(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """``torch.topk(values, k, dim=1, sorted=False)`` of ``values (batch, n)``; among equal values any may be chosen.

    The columns are folded into groups, and only the k groups with the largest maxima are searched. No value is missed:
    fewer than k groups can hold one that is larger than the k-th largest, so all of them are among the k.
    """
    batch, n = values.shape
    depth = _depth(n, k)
    if depth == 1:
        return values.topk(k, dim=1, sorted=False)
    groups = n // depth
    # A group is every groups-th column, so that maxima are taken of whole stretches of memory at once.
    folded = values.view(batch, depth, groups)
    _, best = folded.amax(1).topk(k, dim=1, sorted=False)
    candidates = folded.gather(2, best.unsqueeze(1).expand(-1, depth, -1)).view(batch, -1)
    found, places = candidates.topk(k, dim=1, sorted=False)
    return found, best.gather(1, places % k).add_(places.div_(k, rounding_mode="floor").mul_(groups))


def _depth(n: int, k: int) -> int:
    """How many columns a group has; 1 where grouping does not pay."""
    return next((depth for depth in (8, 4) if n % depth == 0 and n // depth >= SHARE * k), 1)
