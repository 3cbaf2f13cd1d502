"""Which latents are active together, counted over many inputs.

The sums over inputs are products of the matrix of codes with itself. They are taken for some latents beside all others at a
time, and of each latent only the nearest others are kept: memory does not grow with the square of the number of latents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.input_codes import InputCodes
from saegui.core.progress import UNWATCHED, Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Numbers = NDArray[np.float64]

N_NEAREST = 24
"""Other latents that are kept of each latent."""
MOST_ENTRIES = 2**23
"""Active entries of sparse codes that are compared, with which 300 MB are taken. Where there are more, some of the inputs stand
for all."""
LEAST_SHARED = 0.1
"""Jaccard index from which two latents are linked."""
_VALUES = 2**22
"""Pairs of latents at once: 32 MB in each of a few arrays."""
_FULL = 0.1
"""Share of active latents from which full matrices are multiplied faster than sparse ones."""


class Nearest(NamedTuple):
    """The latents with the largest values beside each latent, largest first."""

    latents: NDArray[np.int32]
    """(F, N_NEAREST): −1 where no other has a value above 0."""
    values: NDArray[np.float32]
    """(F, N_NEAREST)"""


@dataclass(frozen=True, eq=False)
class Coactivation:
    """Which latents are active together; arrays are read-only."""

    n_inputs: int
    """How many inputs were compared."""
    jaccard: Nearest
    pearson: Nearest
    family: NDArray[np.int32]
    """(F,): of the latents of one family the same number, that of the first of them; see :func:`families`."""

    def __post_init__(self) -> None:
        for array in (*self.jaccard, *self.pearson, self.family):
            array.setflags(write=False)

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take."""
        return sum(array.nbytes for array in (*self.jaccard, *self.pearson, self.family))

    def members(self, latent: int) -> NDArray[np.intp]:
        """The latents of the family of ``latent``, itself included, in their order."""
        return np.flatnonzero(self.family == self.family[latent])


def jaccard(together: Numbers, first: Numbers, second: Numbers) -> Numbers:
    """Jaccard index |A ∩ B| / |A ∪ B|: of the inputs on which one of two latents is active, the share with both.

    ``together``, ``first`` and ``second`` are how many inputs both are active on, and each of them; 0 where neither is ever
    active. P. Jaccard 1912, New Phytologist 11.
    """
    either = first + second - together
    return np.divide(together, either, out=np.zeros_like(either), where=either > 0)


class Moments(NamedTuple):
    """Of the activations of latents over the inputs."""

    sums: Numbers
    """Σ z"""
    squares: Numbers
    """Σ z²"""


def pearson(products: Numbers, first: Moments, second: Moments, n: int) -> Numbers:
    """Pearson's correlation of the activations of two latents over all ``n`` inputs, those on which they are 0 included.

    r = (n Σ zᵢzⱼ − Σ zᵢ Σ zⱼ) / √((n Σ zᵢ² − (Σ zᵢ)²)(n Σ zⱼ² − (Σ zⱼ)²)), with ``products`` Σ zᵢzⱼ; 0 where one of them is the
    same on all inputs. K. Pearson 1895, Proceedings of the Royal Society 58.
    """
    one, other = _spread(first, n), _spread(second, n)
    shared = n * products - first.sums * second.sums
    size = np.sqrt(one * other)
    found = np.divide(shared, size, out=np.zeros_like(size), where=size > 0)
    return np.clip(found, -1, 1, out=found)


def _spread(moments: Moments, n: int) -> Numbers:
    """n Σ z² − (Σ z)²; 0 where that is rounding."""
    found = n * moments.squares - moments.sums**2
    return np.where(found > 1e-10 * n * moments.squares, found, 0)


def coactivation(codes: InputCodes, progress: Progress = UNWATCHED) -> Coactivation:
    """Compare all latents over the inputs whose codes are there, or every second, third … one where these are too many.

    ``progress`` counts latents.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    matrix = _matrix(codes)
    n, F = matrix.shape
    counts = np.bincount(matrix.indices, minlength=F).astype(np.float64)
    values = matrix.data.astype(np.float64)
    moments = Moments(
        *(np.asarray(np.bincount(matrix.indices, each, F), np.float64) for each in (values, values**2))
    )
    nearest = {name: _empty(F) for name in ("jaccard", "pearson")}
    for some, together, products in _blocks(matrix):
        rows = np.arange(F)[some]
        shares = jaccard(together, counts[some, np.newaxis], counts)
        column = Moments(*(each[some, np.newaxis] for each in moments))
        correlations = pearson(products, column, moments, n)
        for name, found in (("jaccard", shares), ("pearson", correlations)):
            # Nobody is a neighbour of itself.
            found[np.arange(len(rows)), rows] = 0
            _keep(nearest[name], some, found)
        progress.report(int(rows[-1]) + 1, F)
    return Coactivation(n, nearest["jaccard"], nearest["pearson"], families(nearest["jaccard"]))


def families(nearest: Nearest) -> NDArray[np.int32]:
    """``(F,)``: which latents are one family: those that are connected where each is linked to the one it is most often active
    with, by the Jaccard index, unless that is below :data:`LEAST_SHARED`. Each family is named by its first latent.

    C. O'Neill et al. 2024 (arXiv:2408.00657) read feature families from the maximum spanning tree of the normalised
    co-occurrence graph. A latent's strongest link is always in that tree, and all of these are the first round of O. Borůvka's
    construction of it; the rounds that follow connect everything, and a threshold on all links keeps one giant component.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    F = len(nearest.latents)
    linked = np.flatnonzero(nearest.values[:, 0] >= LEAST_SHARED)
    graph = csr_array((np.ones(len(linked)), (linked, nearest.latents[linked, 0])), shape=(F, F))
    _, part = connected_components(graph, directed=False)
    _, first, place = np.unique(part, return_index=True, return_inverse=True)
    return first[place.reshape(-1)].astype(np.int32)


def _matrix(codes: InputCodes) -> csr_array:
    """``(n, F)``"""
    from scipy.sparse import csr_array

    shape = (len(codes), codes.n_latents)
    matrix = csr_array((codes.values, codes.latents, codes.starts.astype(np.int32)), shape=shape)
    return (
        matrix[:: -(-matrix.nnz // MOST_ENTRIES)] if _sparse(matrix) and matrix.nnz > MOST_ENTRIES else matrix
    )


def _sparse(codes: csr_array) -> bool:
    n, F = codes.shape
    return bool(codes.nnz <= _FULL * n * F)


def _blocks(codes: csr_array) -> Iterator[tuple[slice, Numbers, Numbers]]:
    """For some latents at a time: (which, on how many inputs each is active together with each of all, Σ zᵢzⱼ), ``(B, F)``."""
    F = codes.shape[1]
    size = max(1, _VALUES // F)
    multiply = _sparse_products if _sparse(codes) else _full_products
    return multiply(codes, [slice(start, min(start + size, F)) for start in range(0, F, size)])


def _sparse_products(codes: csr_array, blocks: list[slice]) -> Iterator[tuple[slice, Numbers, Numbers]]:
    from scipy.sparse import csr_array

    turned = codes.T.tocsr()

    def with_data(matrix: csr_array, data: NDArray[Any]) -> csr_array:
        return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)

    ones = np.ones(codes.nnz, np.float32)
    sides = [
        (with_data(turned, ones), with_data(codes, ones)),
        (with_data(turned, turned.data.astype(np.float64)), with_data(codes, codes.data.astype(np.float64))),
    ]
    for some in blocks:
        together, products = (
            (left[some] @ right).toarray().astype(np.float64, copy=False) for left, right in sides
        )
        yield some, together, products


def _full_products(codes: csr_array, blocks: list[slice]) -> Iterator[tuple[slice, Numbers, Numbers]]:
    n, F = codes.shape
    step = max(1, _VALUES // F)
    for some in blocks:
        together, products = np.zeros((2, some.stop - some.start, F))
        for start in range(0, n, step):
            z = codes[start : start + step].toarray()
            on = (z != 0).astype(np.float32)
            together += on[:, some].T @ on
            z = z.astype(np.float64)
            products += z[:, some].T @ z
        yield some, together, products


def _empty(n_latents: int) -> Nearest:
    return Nearest(
        np.full((n_latents, N_NEAREST), -1, np.int32), np.zeros((n_latents, N_NEAREST), np.float32)
    )


def _keep(nearest: Nearest, some: slice, found: Numbers) -> None:
    """Of ``found (B, F)`` the largest values of each row; equals in the order of the latents."""
    count = min(N_NEAREST, found.shape[1])
    places = np.argpartition(-found, count - 1, axis=1)[:, :count]
    places.sort(axis=1)
    values = np.take_along_axis(found, places, 1)
    order = np.argsort(-values, axis=1, kind="stable")
    values = np.take_along_axis(values, order, 1).astype(np.float32)
    there = values > 0
    nearest.latents[some, :count] = np.where(there, np.take_along_axis(places, order, 1), -1)
    nearest.values[some, :count] = np.where(there, values, 0)
