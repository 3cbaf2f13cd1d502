"""Which latent of one dictionary is which of another: pairs by the cosine of the decoder rows, one to one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.assignment import best_assignment, improved
from saegui.core.analysis.latent_order import Indices, Mask, dead_latents
from saegui.core.arrays import Array, shape_text
from saegui.core.errors import DataError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

Method = Literal["exact", "greedy"]
FOUND = 0.9
"""Cosine from which a latent counts as found again in another dictionary."""
PATIENCE = 60.0
"""Seconds that the exact matching may take before the greedy one is offered."""
_QUICK = 1 << 22
"""Pairs of latents that are matched exactly in a few seconds anywhere, so that nothing has to be estimated."""
_VALUES = 1 << 22
"""Cosines that are in memory at once: 16 MB."""
_SLOW = 64
"""A round of the greedy matching that finds fewer than one pair in so many latents is held up by equal cosines."""


class LeftOut(NamedTuple):
    """Latents of one dictionary that take no part."""

    dead: int
    """On for no input."""
    zero: int
    """Alive, but their decoder rows have no direction: they are zero or not finite."""


class Side(NamedTuple):
    """One of the two dictionaries; n latents take part."""

    latents: Indices
    """(n,): those that take part, ascending."""
    best: Array
    """(n,): the largest cosine of each with any latent of the other side; 0 where the other side has none."""
    left_out: LeftOut

    @property
    def mean_best(self) -> float | None:
        """The mean max cosine; None where no latent takes part."""
        return float(self.best.mean(dtype=np.float64)) if len(self.best) else None

    def only(self, least: float = FOUND) -> Indices:
        """Latents that have no counterpart of cosine ``least`` on the other side, the loneliest first; of equals the lower."""
        order = np.argsort(self.best, kind="stable")
        return self.latents[order[self.best[order] < least]]


@dataclass(frozen=True, eq=False)
class Matching:
    """Two dictionaries A and B, matched one to one: P pairs, as many as the smaller one has latents that take part."""

    pairs: Indices
    """(P, 2): a latent of A and its partner of B; the most alike first, equals by A's index."""
    cosines: Array
    """(P,), of the pairs."""
    a: Side
    b: Side
    method: Method
    either_sign: bool = False
    """Whether cosines are their sizes: see :func:`sign_is_arbitrary`."""

    @property
    def measure(self) -> str:
        """What the numbers are: ``cosine``, or ``|cosine|``."""
        return "|cosine|" if self.either_sign else "cosine"

    @property
    def mean(self) -> float | None:
        """The mean cosine of the pairs; None where there are none."""
        return float(self.cosines.mean(dtype=np.float64)) if len(self.cosines) else None

    def found(self, least: float = FOUND) -> int:
        """Pairs whose cosine is at least that."""
        return int((self.cosines >= least).sum())

    def found_in_words(self, least: float) -> str:
        """Such as ``40 of 64 pairs with cosine ≥ 0.9``."""
        return f"{self.found(least):,} of {len(self.cosines):,} pairs with {self.measure} ≥ {least:g}"

    def partner(self, latent: int, side: Literal[0, 1] = 0) -> int | None:
        """The partner of a latent of A (side 0) or of B (side 1); None where it has none."""
        place = np.flatnonzero(self.pairs[:, side] == latent)
        return int(self.pairs[place[0], 1 - side]) if len(place) else None


def match(
    a: Snapshot,
    b: Snapshot,
    dead_a: Mask,
    dead_b: Mask,
    method: Method = "exact",
    progress: Progress = UNWATCHED,
) -> Matching:
    """Match the latents of two models by the cosines of their decoder rows; ``dead (F,)`` and zero ones take no part.

    ``exact``: the pairs with the largest sum of cosines (H. W. Kuhn 1955; see :mod:`saegui.core.analysis.assignment`).
    ``greedy``: the two most alike become a pair, then the two most alike of those that are left, and so on.

    Of a model whose activations have any sign, cosines are taken without theirs.

    Raises:
        DataError: the models read inputs of different sizes.
        Cancelled: ``progress`` gave the work up.
    """
    check_comparable(a, b)
    (rows, latents_a, out_a), (columns, latents_b, out_b) = _directions(a, dead_a), _directions(b, dead_b)
    swapped = len(rows) > len(columns)
    either = sign_is_arbitrary(a, b)
    cosines = Cosines(columns, rows, either) if swapped else Cosines(rows, columns, either)
    if method == "exact":
        partners, best_rows, best_columns = best_assignment(cosines, progress)
    else:
        partners, best_rows, best_columns = _greedy(cosines, progress)
    values = cosines.of_pairs(partners)
    pairs = np.stack([np.arange(len(partners)), partners], axis=1)
    if swapped:
        pairs, best_rows, best_columns = pairs[:, ::-1], best_columns, best_rows
    pairs = np.stack([latents_a[pairs[:, 0]], latents_b[pairs[:, 1]]], axis=1)
    order = np.lexsort((pairs[:, 0], -values))
    return Matching(
        pairs[order],
        values[order],
        Side(latents_a, best_rows, out_a),
        Side(latents_b, best_columns, out_b),
        method,
        either,
    )


EITHER_SIGN = "Cosines are taken without their sign: an atom whose activations have any sign is as good as its negative."
"""What to say of a matching with :attr:`Matching.either_sign`."""


def sign_is_arbitrary(a: Snapshot, b: Snapshot) -> bool:
    """Whether an atom of one of the models draws the same as its negative, as a component of PCA or ICA does."""
    return a.config.signed_codes or b.config.signed_codes


def match_models(
    a: Snapshot, b: Snapshot, method: Method = "exact", progress: Progress = UNWATCHED
) -> Matching:
    """:func:`match` without the latents that were dead in the last epoch of their training."""
    return match(a, b, dead_latents(a), dead_latents(b), method, progress)


def check_comparable(a: Snapshot, b: Snapshot) -> None:
    """Whether the decoder rows of the two can be compared.

    Raises:
        DataError: names the two sizes, and what to do.
    """
    if a.d_in != b.d_in:
        raise DataError(
            f"One model reads {shape_text(a.shape)} and the other {shape_text(b.shape)}, so their latents cannot be "
            "compared. Choose two runs that read inputs of the same size."
        )


def seconds(n_a: int, n_b: int, d_in: int, method: Method = "exact") -> float:
    """About how long :func:`match` takes on this machine, from the time of a small piece of it."""
    size = min(512, max(1, n_a), max(1, n_b))
    random = np.random.default_rng(0)
    piece = random.standard_normal((size, d_in), dtype=np.float32)
    times = []
    for _ in range(3):
        started = time.perf_counter()
        piece @ piece.T
        times.append(time.perf_counter() - started)
    # Found by measuring: how many times all cosines are made, and what is done with them meanwhile.
    return n_a * n_b / size**2 * min(times) * (4 if method == "exact" else 2)


def best_method(a: Snapshot, b: Snapshot) -> Method:
    """``exact`` where that takes at most :data:`PATIENCE`, else ``greedy``."""
    return "exact" if exact_seconds(a, b) <= PATIENCE else "greedy"


def exact_seconds(a: Snapshot, b: Snapshot) -> float:
    """About how long the exact matching takes; 0 where it is quick on any machine."""
    quick = a.n_latents * b.n_latents <= _QUICK
    return 0.0 if quick else seconds(a.n_latents, b.n_latents, a.d_in)


class Cosines:
    """The cosines of n rows with m ≥ n columns, made block by block: all at once would not fit."""

    def __init__(self, rows: Array, columns: Array, either_sign: bool = False) -> None:
        """Directions of length one, ``(n, d)`` and ``(m, d)``; ``either_sign``: take the sizes of the cosines."""
        self.rows, self.columns, self._either_sign = rows, columns, either_sign

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)"""
        return len(self.rows), len(self.columns)

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """Yields (which rows, their cosines with all columns), from the first row to the last; each is overwritten by the next."""
        n, m = self.shape
        step = max(1, _VALUES // max(1, m))
        # The same for all blocks: to be given new memory takes longer than to multiply.
        memory = np.empty((min(n, step), m), np.float32)
        for start in range(0, n, step):
            chosen = slice(start, min(n, start + step))
            block = memory[: chosen.stop - start]
            np.matmul(self.rows[chosen], self.columns.T, out=block)
            np.clip(block, -1, 1, out=block)
            if self._either_sign:
                np.abs(block, out=block)
            yield chosen, block

    def of_pairs(self, partners: Indices) -> Array:
        """``(n,)``: the cosine of each row with its partner among the columns."""
        found = np.einsum("nd,nd->n", self.rows, self.columns[partners], dtype=np.float64)
        values: Array = np.clip(found, -1, 1).astype(np.float32)
        return np.abs(values) if self._either_sign else values

    def left(self, rows: Indices, columns: Indices) -> Cosines:
        """Those of some rows with some columns."""
        return Cosines(self.rows[rows], self.columns[columns], self._either_sign)


class _Best(NamedTuple):
    """For each row its best column, and for each column its best row; of equals the lowest."""

    column: Indices
    of_row: Array
    row: Indices
    of_column: Array


def _bests(cosines: Cosines, report: Callable[[int], None]) -> _Best:
    n, m = cosines.shape
    column, of_row = np.zeros(n, np.intp), np.zeros(n, np.float32)
    row, of_column = np.zeros(m, np.intp), np.full(m, -np.inf if n else 0, np.float32)
    for chosen, block in cosines.blocks():
        column[chosen] = block.argmax(axis=1)
        of_row[chosen] = block[np.arange(len(block)), column[chosen]]
        better, lowest, highest = improved(block, of_column)
        row[better], of_column[better] = lowest + chosen.start, highest
        report(chosen.stop)
    return _Best(column, of_row, row, of_column)


def _greedy(cosines: Cosines, progress: Progress) -> tuple[Indices, Array, Array]:
    """The partner of each row, and the largest cosines of rows and columns.

    Two that are each other's best are a pair of the greedy matching, whatever else is paired: so whole rounds of pairs are
    found at once.
    """
    n, m = cosines.shape
    partners = np.full(n, -1, np.intp)
    rows, columns = np.arange(n), np.arange(m)
    first: _Best | None = None
    while len(rows) or first is None:
        done = n - len(rows)
        share = len(rows) / max(1, n)
        best = _bests(
            cosines if first is None else cosines.left(rows, columns),
            lambda count, done=done, share=share: progress.report(done + int(count * share / 4), max(1, n)),  # type: ignore[misc]
        )
        first = first or best
        if not len(rows):
            break
        mutual = best.row[best.column] == np.arange(len(rows))
        partners[rows[mutual]] = columns[best.column[mutual]]
        columns = np.delete(columns, best.column[mutual])
        rows = rows[~mutual]
        if mutual.sum() * _SLOW < len(mutual):
            order = np.argsort(-best.of_row[~mutual], kind="stable")
            _one_by_one(cosines, partners, rows[order], columns)
            break
    progress.report(max(1, n), max(1, n))
    return partners, first.of_row, first.of_column


def _one_by_one(cosines: Cosines, partners: Indices, rows: Indices, columns: Indices) -> None:
    """Give ``rows``, one after the other, the best of ``columns`` that is left: quick where many cosines are equal."""
    free = np.ones(len(columns), np.bool_)
    for chosen, block in cosines.left(rows, columns).blocks():
        for row, values in zip(rows[chosen].tolist(), block, strict=True):
            place = int(np.where(free, values, -np.inf).argmax())
            partners[row], free[place] = columns[place], False


def _directions(snapshot: Snapshot, dead: Mask) -> tuple[Array, Indices, LeftOut]:
    """The directions ``(n, d)`` of the latents that take part, which they are, and how many others there are."""
    with np.errstate(invalid="ignore", over="ignore"):
        lengths = np.linalg.norm(snapshot.W_dec.astype(np.float64), axis=1)
    zero = ~(np.isfinite(lengths) & (lengths > 0))
    latents = np.flatnonzero(~dead & ~zero)
    rows: Array = (snapshot.W_dec[latents] / lengths[latents, np.newaxis]).astype(np.float32)
    return rows, latents, LeftOut(int(dead.sum()), int((zero & ~dead).sum()))


BINS = 20


def histogram(matching: Matching) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Edges (BINS + 1,) from 0, or from −1 where a best match is negative, to 1; and counts (BINS,) of A's and of B's latents."""
    best = matching.a.best, matching.b.best
    low = -1.0 if min(side.min(initial=0) for side in best) < 0 else 0.0
    edges = np.linspace(low, 1, BINS + 1)
    a, b = (np.histogram(side, edges)[0] for side in best)
    return edges, a, b


def best_cosines(a: Snapshot, b: Snapshot, dead_a: Mask, dead_b: Mask) -> tuple[Indices, Array]:
    """``(n,)`` the latents of ``a`` that take part, and the largest cosine of each with any of ``b`` that does; 0 without any.

    Raises:
        DataError: the models read inputs of different sizes.
    """
    check_comparable(a, b)
    (rows, latents, _), (columns, _, _) = _directions(a, dead_a), _directions(b, dead_b)
    best = np.zeros(len(latents), np.float32)
    if len(columns):
        for chosen, block in Cosines(rows, columns, sign_is_arbitrary(a, b)).blocks():
            best[chosen] = block.max(axis=1)
    return latents, best
