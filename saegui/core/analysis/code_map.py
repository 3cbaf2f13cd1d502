"""Codes of test inputs on a plane, and where a further code lies among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.input_codes import InputCodes
from saegui.core.analysis.kept_maps import embedded
from saegui.core.analysis.latent_map import Basis, principal_basis
from saegui.core.analysis.latent_order import Indices
from saegui.core.arrays import Array, Images
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MOST = 3000
"""Test inputs on a map; of more, as many are evenly chosen."""
NEAREST = 10
"""Codes between which a further one is placed where a map has no axes."""
MOST_VALUES = 2**20
"""Activations that are compared with a further code, so that it takes less than 2 ms; else with every second code, and so on."""
DENSE = 512
"""Up to so many latents, or inputs, axes are found from all products; of more, from the sparse codes."""
DIMENSIONS = 50
"""Principal components of the codes that t-SNE is given."""


@dataclass(frozen=True, eq=False)
class CodeMap:
    """Where N test inputs lie; arrays are not written to."""

    inputs: Indices
    """(N,): test inputs, ascending."""
    x: NDArray[np.float64]
    """(N,)"""
    y: NDArray[np.float64]
    basis: Basis | None
    """The directions in the space of codes that it is drawn along; None where it has none."""
    near: InputCodes
    """The codes of every so many of them."""

    def place_of(self, z: Array) -> tuple[float, float] | None:
        """Where the code ``z (F,)`` lies: along the axes, else at the mean place of the :data:`NEAREST` codes by cosine.

        None where no code has a latent in common with it.
        """
        if self.basis is not None:
            x, y = self.basis.places(z[None])[0].tolist()
            return x, y
        places, _ = self.near.nearest(z, NEAREST)
        if not len(places):
            return None
        return float(self.x[places].mean()), float(self.y[places].mean())


def chosen(count: int) -> Indices:
    """Which of ``count`` test inputs are on a map: all, or :data:`MOST`, evenly spaced."""
    if count <= MOST:
        return np.arange(count)
    return np.arange(MOST) * count // MOST


def codes_of(snapshot: Snapshot, inputs: Images, *, progress: Progress = UNWATCHED) -> InputCodes:
    """The codes of ``inputs (N, *shape)``.

    Raises:
        DataError: they have another shape than the model reads.
        Cancelled: ``progress`` gave the work up.
    """
    starts, latents, values = [np.zeros(1, np.int64)], [], []
    for rows, _, z in snapshot.batches(inputs):
        row, latent = np.nonzero(z)
        starts.append(starts[-1][-1] + np.cumsum(np.bincount(row, minlength=len(z))))
        latents.append(latent.astype(np.int32))
        values.append(z[row, latent].astype(np.float32))
        progress.report(rows.stop, len(inputs))
    return InputCodes(
        len(inputs),
        1,
        np.concatenate(starts),
        np.concatenate([*latents, np.zeros(0, np.int32)]),
        np.concatenate([*values, np.zeros(0, np.float32)]),
        snapshot.n_latents,
    )


def by_components(inputs: Indices, codes: InputCodes, basis: Basis | None = None) -> CodeMap:
    """``codes`` of ``inputs (N,)`` along the axes of ``basis``: their first two principal components when None."""
    matrix = _matrix(codes)
    if basis is None:
        basis = _basis(matrix)
    x, y = (matrix @ basis.axes - basis.middle @ basis.axes).T
    return CodeMap(inputs, x, y, basis, _thinned(codes))


def by_neighbours(inputs: Indices, codes: InputCodes, *, progress: Progress = UNWATCHED) -> CodeMap:
    """t-SNE of the codes, each scaled to norm 1, by their first 50 principal components; see :mod:`~saegui.core.analysis.embedding`.

    Raises:
        EmbeddingError: too few codes, or none differs from another.
        Cancelled: ``progress`` gave the work up.
    """
    matrix = _matrix(codes)
    lengths = np.where(codes.lengths > 0, codes.lengths, 1.0)
    matrix.data = matrix.data / np.repeat(lengths, np.diff(codes.starts))
    middle = np.asarray(matrix.mean(axis=0)).ravel()
    _, axes = _components(matrix, middle, DIMENSIONS)
    rows = matrix @ axes - middle @ axes
    if rows.shape[1] < 2:
        rows = np.pad(rows, ((0, 0), (0, 2 - rows.shape[1])))
    places = embedded("tsne", rows.astype(np.float32), rows[:, :2], progress=progress)
    return CodeMap(inputs, places[:, 0], places[:, 1], None, _thinned(codes))


def _thinned(codes: InputCodes) -> InputCodes:
    """Every so many of the codes that few enough activations are left; :attr:`InputCodes.every` leads back to all."""
    every = max(1, -(-len(codes.values) // MOST_VALUES))
    if every == 1:
        return codes.prepare()
    counts = np.diff(codes.starts)
    kept = np.arange(len(counts)) % every == 0
    values = np.repeat(kept, counts)
    starts = np.concatenate([[0], np.cumsum(counts[kept])]).astype(np.int64)
    thin = InputCodes(
        codes.n_inputs, every, starts, codes.latents[values], codes.values[values], codes.n_latents
    )
    return thin.prepare()


def _matrix(codes: InputCodes) -> csr_matrix:
    from scipy.sparse import csr_matrix

    shape = (len(codes), codes.n_latents)
    return csr_matrix((codes.values.astype(np.float64), codes.latents, codes.starts), shape=shape)


def _basis(matrix: csr_matrix) -> Basis:
    if min(matrix.shape) <= DENSE:
        return principal_basis(matrix.toarray())
    middle = np.asarray(matrix.mean(axis=0)).ravel()
    values, axes = _components(matrix, middle, 2)
    total = float(matrix.power(2).sum()) - matrix.shape[0] * float(middle @ middle)
    shares = (values / total if total > 0 else np.zeros(2)).tolist()
    return Basis(middle, axes, (shares[0], shares[1]))


def _components(
    matrix: csr_matrix, middle: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ``count`` largest eigenvalues and eigenvectors (F, count) of the codes' scatter around ``middle (F,)``, largest first.

    The number of largest magnitude in each vector is positive.
    """
    n, width = matrix.shape
    count = min(count, width, max(1, n - 1))
    if width <= DENSE or count >= width:
        seen = matrix.toarray() - middle
        values, vectors = np.linalg.eigh(seen.T @ seen)
    else:
        from scipy.sparse.linalg import LinearOperator, eigsh

        def times(vector: NDArray[np.float64]) -> NDArray[np.float64]:
            along = matrix @ vector
            found: NDArray[np.float64] = matrix.T @ along - middle * (n * float(middle @ vector))
            return found

        operator = LinearOperator((width, width), matvec=times, dtype=np.float64)
        # A fixed vector to begin with: equal codes have equal axes.
        begin = np.random.default_rng(0).normal(size=width)
        values, vectors = eigsh(operator, k=count, v0=begin, which="LA")
        order = np.argsort(values)
        values, vectors = values[order], vectors[:, order]
    values, vectors = values[::-1][:count].clip(0), vectors[:, ::-1][:, :count]
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
    return values, vectors * np.where(largest < 0, -1.0, 1.0)
