"""The one-to-one assignment with the largest sum, of matrices that are made block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array
from saegui.core.progress import Progress

SMALL = 1024
"""Up to so many rows and columns, the whole matrix is solved at once."""
CANDIDATES = 48
"""Of the largest values of each row, with which the search begins."""
_SAMPLE = 512
"""Values of a row that tell how large its largest are."""
_MOST_ADDED = 16
"""Of each row, in one round: values that the prices do not explain."""
_TOLERANCE = 1e-6
"""The cosines' own rounding: no pair may be better than the prices say by more."""
_SHIFT = 4.0
"""Makes costs of cosines: a cost of 0 would be no edge of a sparse graph."""

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]


class Blocks(Protocol):
    """A matrix of n rows and m ≥ n columns, values from −1 to 1."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)"""

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """Yields (which rows, their values), the same each time."""


def best_assignment(matrix: Blocks, progress: Progress) -> tuple[Indices, Array, Array]:
    """``(n,)`` the column of each row, none twice, so that the sum is the largest; ``(n,)``, ``(m,)`` maxima of rows, columns.

    A small matrix goes to SciPy's ``linear_sum_assignment`` as it is. Of a larger one the best values of each row are the edges
    of a sparse graph, which ``min_weight_full_bipartite_matching`` solves (R. Jonker & A. Volgenant 1987). The prices of that
    solution prove it to be the best of the whole matrix, or name the pairs that are missing, and these are added. So it is
    exact, to 1e-6 a pair, and needs neither the memory nor the time of the whole.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    from scipy.optimize import linear_sum_assignment

    n, m = matrix.shape
    if not n:
        progress.report(1, 1)
        return np.empty(0, np.intp), np.empty(0, np.float32), np.zeros(m, np.float32)
    if n * m <= SMALL**2:
        values = np.concatenate([block for _, block in matrix.blocks()])
        columns = linear_sum_assignment(values, maximize=True)[1].astype(np.intp)
        progress.report(1, 1)
        return columns, values.max(axis=1), values.max(axis=0)
    graph, best_rows, best_columns = _candidates(matrix, progress)
    rounds = 0
    while True:
        columns = graph.solved()
        prices = graph.prices(columns)
        # Every round tells of all pairs that the prices do not explain; few of them are needed.
        missing = _unexplained(matrix, graph, columns, prices, progress, rounds)
        rounds += 1
        if not len(missing[0]):
            progress.report(1, 1)
            return columns, best_rows, best_columns
        graph = graph.with_edges(*missing)


class _Graph:
    """Some values of a matrix, sorted by column; every row has a column of its own, if only at a bad value."""

    def __init__(self, shape: tuple[int, int], keys: NDArray[np.int64], values: Floats) -> None:
        """``keys``: column · n + row, ascending."""
        self.shape, self.keys, self.values = shape, keys, values
        self.columns, self.rows = np.divmod(keys, shape[0])
        self.starts = np.flatnonzero(np.r_[True, self.columns[1:] != self.columns[:-1]])

    def with_edges(self, rows: NDArray[np.int64], columns: NDArray[np.int64], values: Floats) -> _Graph:
        """With more values."""
        keys, places = np.unique(
            np.concatenate([self.keys, columns * self.shape[0] + rows]), return_index=True
        )
        return _Graph(self.shape, keys, np.concatenate([self.values, values])[places])

    def solved(self) -> Indices:
        """``(n,)``: the column of each row in the best assignment of the graph."""
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import min_weight_full_bipartite_matching

        costs = csr_matrix((_SHIFT - self.values, (self.rows, self.columns)), self.shape)
        found: Indices = min_weight_full_bipartite_matching(costs)[1].astype(np.intp)
        return found

    def value_of(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
        """The values at places that the graph has."""
        found: Floats = self.values[np.searchsorted(self.keys, columns * self.shape[0] + rows)]
        return found

    def prices(self, columns: Indices) -> Floats:
        """``(m,)``: the least prices v ≥ 0 of columns at which no row would rather have another one of the graph."""
        n, m = self.shape
        gain = self.values - self.value_of(np.arange(n), columns)[self.rows]
        price = np.zeros(m)
        named = self.columns[self.starts]
        for _ in range(n + 1):
            wanted = np.maximum.reduceat(gain + price[columns[self.rows]], self.starts)
            grown = np.maximum(price[named], wanted)
            # A chain of rounding errors is no reason for another round.
            if (grown <= price[named] + 1e-12).all():
                break
            price[named] = grown
        return price


def _candidates(matrix: Blocks, progress: Progress) -> tuple[_Graph, Array, Array]:
    """The best values of each row, the best of each column, and a diagonal that gives each row some column."""
    n, m = matrix.shape
    best_rows, best_columns = np.zeros(n, np.float32), np.full(m, -np.inf, np.float32)
    best_of_column = np.zeros(m, np.int64)
    pieces: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]] = []
    for chosen, block in matrix.blocks():
        rows = np.arange(chosen.start, chosen.stop, dtype=np.int64)
        best_rows[chosen] = block.max(axis=1)
        row, column = _largest(block)
        pieces.append((rows[row], column, block[row, column].astype(float)))
        pieces.append((rows, rows, block[rows - chosen.start, rows].astype(float)))
        better, lowest, highest = improved(block, best_columns)
        best_of_column[better], best_columns[better] = lowest + chosen.start, highest
        progress.report(chosen.stop, 3 * n, "Comparing latents")
    pieces.append((best_of_column, np.arange(m, dtype=np.int64), best_columns.astype(float)))
    row, column, value = (np.concatenate(part) for part in zip(*pieces, strict=True))
    keys, first = np.unique(column * n + row, return_index=True)
    return _Graph(matrix.shape, keys, value[first]), best_rows, best_columns


def improved(block: Array, best: Array) -> tuple[Indices, Indices, Array]:
    """The columns of ``block`` that exceed ``best (m,)`` somewhere, the first row where each is largest, and its value there."""
    highest = block.max(axis=0)
    better = np.flatnonzero(highest > best)
    # Down the columns of an array that lies row by row, numpy searches ten times more slowly.
    lowest = np.ascontiguousarray(block[:, better].T).argmax(axis=1)
    return better, lowest, highest[better]


def _largest(block: Array) -> tuple[Indices, Indices]:
    """Places of about :data:`CANDIDATES` of the largest values of each row, at least one of each."""
    rows, m = block.shape
    if m <= 2 * CANDIDATES:
        places = np.arange(rows * m)
        return places // m, places % m
    # A sample says from where on: to sort out each row costs ten times as much.
    step = max(1, m // _SAMPLE)
    sample = np.ascontiguousarray(block[:, ::step])
    place = sample.shape[1] - -(-CANDIDATES // step)
    least = np.partition(sample, place, axis=1)[:, place]
    row, column = np.nonzero(block >= least[:, np.newaxis])
    if len(row) <= 4 * CANDIDATES * rows:
        return row, column
    # Many are equal.
    columns = np.argpartition(block, m - CANDIDATES, axis=1)[:, m - CANDIDATES :]
    return np.repeat(np.arange(rows), CANDIDATES), columns.ravel()


def _unexplained(
    matrix: Blocks, graph: _Graph, columns: Indices, prices: Floats, progress: Progress, rounds: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Rows, columns and values of the whole matrix that are better than the prices allow, the clearest of each row."""
    n, m = matrix.shape
    left = (graph.value_of(np.arange(n), columns) - prices[columns] + _TOLERANCE).astype(np.float32)
    cheap = prices.astype(np.float32)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]] = []
    # Whole rounds are not known beforehand: each fills half of what is left of the bar.
    before = 1 - 2 / 3 * 0.5**rounds
    for chosen, block in matrix.blocks():
        excess = block - cheap
        excess -= left[chosen, np.newaxis]
        some = np.flatnonzero(excess.max(axis=1) > 0)
        if len(some):
            count = min(_MOST_ADDED, m)
            places = np.argpartition(excess[some], m - count, axis=1)[:, m - count :]
            over = np.take_along_axis(excess[some], places, 1) > 0
            rows = np.broadcast_to(some[:, np.newaxis], places.shape)[over]
            found.append(
                (
                    (rows + chosen.start).astype(np.int64),
                    places[over].astype(np.int64),
                    block[rows, places[over]].astype(float),
                )
            )
        part = before + (1 - before) / 2 * chosen.stop / n
        progress.report(int(part * 1000), 1000, "Checking pairs")
    if not found:
        none = np.empty(0, np.int64)
        return none, none, np.empty(0)
    rows, places, values = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, places, values
