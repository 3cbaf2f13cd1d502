"""The codes of a data set's training inputs, in little memory: where an activation lies among its latent's own, and which
inputs have a code that is like another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MOST_VALUES = 2**25
"""Activations that are not 0 and are kept: 256 MB with the numbers of their latents. Where there are more, every second input is
left out, then every second of those that are left, and so on."""


@dataclass(frozen=True, eq=False)
class InputCodes:
    """Activations that are not 0 on the training inputs, input by input; arrays are read-only."""

    n_inputs: int
    """Training inputs of the data set."""
    every: int
    """Every how many of them is here: 1 unless they have too many activations."""
    starts: NDArray[np.int64]
    """(n + 1,): where the activations of each input begin in the two arrays below; the last is their number."""
    latents: NDArray[np.int32]
    """(m,): latents that are active, ascending within an input."""
    values: NDArray[np.float32]
    """(m,): their z."""
    n_latents: int

    def __post_init__(self) -> None:
        for array in (self.starts, self.latents, self.values):
            array.setflags(write=False)

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take, with what :meth:`prepare` makes of them."""
        return 2 * self.starts.nbytes + self.latents.nbytes + 2 * self.values.nbytes

    def __len__(self) -> int:
        return len(self.starts) - 1

    def prepare(self) -> InputCodes:
        """Do now, as on another thread, what questions need; returns itself."""
        _ = self.lengths, self._by_latent, self._matrix
        return self

    @cached_property
    def lengths(self) -> NDArray[np.float64]:
        """(n,): Euclidean length of each code."""
        squares = np.concatenate([[0.0], np.cumsum(np.square(self.values, dtype=np.float64))])
        found: NDArray[np.float64] = np.sqrt(np.maximum(np.diff(squares[self.starts]), 0))
        return found

    @cached_property
    def _by_latent(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Where each latent's activations begin, (F + 1,), and all activations, ascending within a latent."""
        # By latent in one pass, then each latent's own: several times as fast as sorting everything.
        columns = self._matrix.tocsc()
        starts, values = columns.indptr.astype(np.int64), columns.data
        for first, last in pairwise(starts.tolist()):
            values[first:last].sort()
        return starts, values

    def positives(self, latent: int) -> NDArray[np.float32]:
        """The activations of one latent that are not 0, ascending."""
        starts, values = self._by_latent
        return values[starts[latent] : starts[latent + 1]]

    def quantiles(self, z: Array, latents: Sequence[int] | NDArray[np.integer]) -> NDArray[np.float64]:
        """``(n,)``: for each of the ``latents`` the share of its activations other than 0 that are at most that in ``z (F,)``.

        Exact over the inputs that are here; not a number for a latent that is inactive on all of them.
        """
        found = np.full(len(latents), np.nan)
        for place, latent in enumerate(latents):
            own = self.positives(int(latent))
            if len(own):
                found[place] = np.searchsorted(own, z[latent], side="right") / len(own)
        return found

    def cosines(self, z: Array) -> NDArray[np.float64]:
        """``(n,)``: the cosine of the angle between each input's code and ``z (F,)``; 0 where one of them is zeros."""
        # Not by BLAS, whose threads would have to be woken for every movement of the pen.
        length = math.sqrt(float(np.square(z, dtype=np.float64).sum()))
        # Of one type with the activations, which would else be copied each time.
        products = self._matrix @ z.astype(np.float32)
        found: NDArray[np.float64] = products / np.where(
            self.lengths > 0, self.lengths * (length or 1.0), 1.0
        )
        return found

    def shared(self, row: int, z: Array) -> int:
        """Latents that are active both on the training input ``row``, which is here, and in ``z (F,)``."""
        place = row // self.every
        return int(np.count_nonzero(z[self.latents[self.starts[place] : self.starts[place + 1]]]))

    @cached_property
    def _matrix(self) -> csr_matrix:
        from scipy.sparse import csr_matrix

        shape = (len(self), self.n_latents)
        return csr_matrix((self.values, self.latents, self.starts), shape=shape, copy=False)

    def nearest(self, z: Array, count: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Training inputs whose codes have the largest cosine with ``z (F,)``, nearest first, and these cosines.

        Equals come in the order of the inputs; those whose code shares no latent with ``z`` are left out.
        """
        cosines = self.cosines(z)
        few = min(len(cosines), count)
        # Equals at the end of the list are decided by their order, too.
        least = -np.partition(-cosines, few - 1)[few - 1] if few else 0.0
        found = np.flatnonzero((cosines >= least) & (cosines > 0))
        found = found[np.argsort(-cosines[found], kind="stable")][:count]
        return found * self.every, cosines[found]


Piece = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]
"""Inputs, latents and activations: an entry for each activation that is not 0."""


def input_codes(snapshot: Snapshot, dataset: Dataset, *, progress: Progress = UNWATCHED) -> InputCodes:
    """Encode the training inputs of ``dataset``, which ``progress`` counts.

    Raises:
        DataError: they have another shape than the model reads.
        Cancelled: ``progress`` gave the work up.
    """
    snapshot.check_reads(dataset.shape, dataset.title)
    images = dataset.train_images
    pieces: list[Piece] = []
    every, kept = 1, 0
    for rows, _, z in snapshot.batches(images):
        pieces.append(_active(z, np.arange(rows.start, rows.stop), every))
        kept += len(pieces[-1][1])
        while kept > MOST_VALUES and every < len(images):
            every *= 2
            pieces = [_thinned(piece, every) for piece in pieces]
            kept = sum(len(latents) for _, latents, _ in pieces)
        progress.report(rows.stop, len(images))
    inputs = np.concatenate([piece[0] for piece in pieces]) if pieces else np.zeros(0, np.int64)
    counts = np.bincount(inputs // every, minlength=-(-len(images) // every))
    return InputCodes(
        len(images),
        every,
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        _joined([piece[1] for piece in pieces], np.int32),
        _joined([piece[2] for piece in pieces], np.float32),
        snapshot.n_latents,
    )


def _active(z: Array, rows: NDArray[np.int64], every: int) -> Piece:
    chosen = rows % every == 0
    z, rows = z[chosen], rows[chosen]
    inputs, latents = np.nonzero(z)
    return rows[inputs], latents.astype(np.int32), z[inputs, latents].astype(np.float32)


def _thinned(piece: Piece, every: int) -> Piece:
    kept = piece[0] % every == 0
    return piece[0][kept], piece[1][kept], piece[2][kept]


def _joined(arrays: list[NDArray[Any]], kind: type[Any]) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.zeros(0, kind)
