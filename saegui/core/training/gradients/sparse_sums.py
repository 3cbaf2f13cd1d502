"""Codes as lists of entries, one for each latent that an image has on, and sums over these lists.

All indices of latents count through all models that step as one.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import Tensor

PIECE = 1024
"""Latents whose gradients are made at once: what the processor's cache holds."""
STRETCH = 32
"""Entries that CUDA adds up one after the other; see :func:`levels`."""


def hear_warning() -> None:
    """Torch says once that its sparse layouts are in beta; whoever trains does not need to know."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        csr(torch.arange(2), torch.arange(1), torch.ones(1), 1)


def csr(ends: Tensor, columns: Tensor, values: Tensor, width: int) -> Tensor:
    """A sparse matrix of ``width`` columns; row j has the entries from ``ends[j]`` to ``ends[j + 1]``."""
    import torch

    # Torch would look through all indices at every step; they are right by construction.
    return torch.sparse_csr_tensor(ends, columns, values, (len(ends) - 1, width), check_invariants=False)


def evenly(rows: int, count: int, device: torch.device) -> Tensor:
    """Where each of so many ``rows`` begins, and the end, when each has ``count`` entries."""
    import torch

    return torch.arange(0, rows * count + 1, count, device=device)


def rows_of(ends: Tensor, entries: int) -> Tensor:
    """Which row each of so many entries is in."""
    import torch

    rows = torch.arange(len(ends) - 1, device=ends.device)
    return rows.repeat_interleave(ends.diff(), output_size=entries)


def sampled(ends: Tensor, latents: Tensor, x: Tensor, atoms: Tensor) -> Tensor:
    """For each entry, the product of its row of ``x (rows, d_in)`` with its atom of ``atoms (n_latents, d_in)``."""
    import torch

    pattern = csr(ends, latents, x.new_zeros(len(latents)), len(atoms))
    found: Tensor = torch.sparse.sampled_addmm(pattern, x, atoms.t(), beta=0).values()
    return found


def drawn(ends: Tensor, latents: Tensor, values: Tensor, atoms: Tensor) -> Tensor:
    """Row by row, the sum of the ``atoms (n_latents, d_in)`` that are active there, each times its value."""
    import torch

    return torch.nn.functional.embedding_bag(
        latents, atoms, ends, mode="sum", per_sample_weights=values, include_last_offset=True
    )


class ByLatent:
    """Entries in another order, latent by latent: a latent's gradients are sums over the rows in which it is active."""

    def __init__(self, latents: Tensor, n_latents: int, longest: int) -> None:
        """``latents`` of all entries; no latent has more than ``longest`` of them."""
        import torch

        self._latents, self._n_latents = latents, n_latents
        self._order = _order(latents, n_latents)
        self._ends = torch.nn.functional.pad(self.count(torch.ones_like(latents)).cumsum(0), (1, 0))
        on_cpu = latents.device.type == "cpu"
        self._levels = [] if on_cpu else levels(self._ends, len(latents), longest)

    def count(self, what: Tensor) -> Tensor:
        """For each latent, the sum of ``what`` (whole numbers) over its entries."""
        return self._latents.new_zeros(self._n_latents).scatter_add_(0, self._latents, what)

    def sums(self, factors: Tensor) -> Tensor:
        """For each latent, the sum of ``factors`` over its entries."""
        import torch

        if factors.device.type == "cpu":
            return factors.new_zeros(self._n_latents).scatter_add_(0, self._latents, factors)
        # Not added up where they lie: there the order, and so the result, would be another each time.
        return torch.segment_reduce(factors[self._order], "sum", offsets=self._ends, initial=0, unsafe=True)

    def combinations(self, rows: Tensor, factors: Tensor, values: Tensor, out: Tensor | None) -> Tensor:
        """``(n_latents, d_in)``: for each latent Σ ``factors[i]`` · ``values[rows[i]]`` over its entries i.

        Into ``out`` on the processor; on an accelerator it is None.
        """
        rows, factors = rows[self._order], factors[self._order]
        if out is None:
            return sums_by_levels(self._levels, rows, factors, values)
        return sums_in_pieces(self._ends, rows, factors, values, out)


def _order(latents: Tensor, n_latents: int) -> Tensor:
    """``latents.argsort(stable=True)``."""
    import torch

    if latents.device.type != "cpu":
        return latents.int().argsort(stable=True)
    if n_latents > 2**16:
        return latents.argsort(stable=True)
    # numpy sorts numbers this short by their digits, which torch does not.
    return torch.from_numpy(latents.numpy().astype(np.uint16).argsort(kind="stable"))


def sums_in_pieces(ends: Tensor, rows: Tensor, factors: Tensor, values: Tensor, out: Tensor) -> Tensor:
    """Into ``out``: row j is Σ ``factors[i]`` · ``values[rows[i]]`` over the entries i from ``ends[j]`` to ``ends[j + 1]``."""
    import torch

    # Piece by piece: memory for the whole would come from the system, and be filled with zeros, again at every step.
    for start in range(0, len(out), PIECE):
        piece = out[start : start + PIECE]
        begins = ends[start : start + len(piece) + 1]
        entries = slice(int(begins[0]), int(begins[-1]))
        sparse = csr(begins - begins[0], rows[entries], factors[entries], len(values))
        piece.copy_(torch.sparse.mm(sparse, values, "sum"))
    return out


def levels(ends: Tensor, entries: int, longest: int) -> list[Tensor]:
    """Sums of at most ``longest`` ``entries`` from each of ``ends`` to the next, as sums of sums that are short.

    Each level's rows are what the next one adds up. CUDA's sparse product, as far as can be seen from outside, hands 32
    entries at a time to whoever is free, and adds up what comes back as it comes: with long rows results differ from time to
    time. Of two sums the order does not matter, and a row of up to 33 entries needs no more; tests/core/training/test_cuda.py sees
    whether that holds.
    """
    import torch

    found = []
    while longest > STRETCH + 1:
        marks = torch.arange(0, entries, STRETCH, device=ends.device)
        # Where both would be in one ascending list, an end before its equals among the marks.
        of_ends = torch.arange(len(ends), device=ends.device) + (ends + STRETCH - 1) // STRETCH
        of_marks = torch.arange(len(marks), device=ends.device) + torch.searchsorted(ends, marks, right=True)
        bounds = ends.new_empty(len(ends) + len(marks))
        bounds[of_ends], bounds[of_marks] = ends, marks
        found.append(bounds)
        ends, entries, longest = of_ends, len(bounds) - 1, (longest - 2) // STRETCH + 2
    return [*found, ends]


def sums_by_levels(bounds: list[Tensor], rows: Tensor, factors: Tensor, values: Tensor) -> Tensor:
    """What :func:`sums_in_pieces` returns, in an order that is the same each time; ``bounds`` are :func:`levels`."""
    import torch

    for ends in bounds:
        values = csr(ends, rows, factors, len(values)) @ values
        rows, factors = torch.arange(len(values), device=rows.device), factors.new_ones(len(values))
    return values
