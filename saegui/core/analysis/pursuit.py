"""The error of a search with the same atoms: orthogonal matching pursuit instead of the encoder.

An encoder answers in one pass what a search would look for image by image; the error it adds over the search is the
*amortisation gap*. Pursuit (Pati, Rezaiifar & Krishnaprasad 1993): again and again take the atom that is most
correlated with what is left, then refit all coefficients taken so far by least squares. Coefficients may have any sign.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Images
from saegui.core.model import normalisation
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

BATCH = 500
"""Images between two looks at progress and cancel."""


def pursuit_mse(
    snapshot: Snapshot,
    images: Images,
    *,
    progress: Progress = UNWATCHED,
) -> float | None:
    """MSE on ``images (N, *shape)`` when pursuit takes as many atoms for each of them as the encoder did.

    None behind a sigmoid output, where atoms do not add up to the image.

    Raises:
        Cancelled: ``progress``, which counts images, gave the work up.
    """
    from sklearn.decomposition import sparse_encode

    config = snapshot.config
    if config.sigmoid_output:
        return None
    lengths = np.linalg.norm(snapshot.W_dec, axis=1, keepdims=True)
    # An atom without a length draws nothing.
    atoms = (snapshot.W_dec / np.maximum(lengths, 1e-12))[lengths[:, 0] > 0]
    gram = atoms @ atoms.T
    squared, done = 0.0, 0
    for _, x, z in snapshot.batches(images):
        counts = np.minimum(np.count_nonzero(z, axis=1), len(atoms))
        target = normalisation.apply(config.input, x, snapshot.fitted) - snapshot.b_dec
        scale = np.broadcast_to(normalisation.scales(config.input, x, snapshot.fitted), (len(x), 1))[:, 0]
        for some, count in _pieces(counts):
            left = target[some]
            if count:
                with warnings.catch_warnings():
                    # It stops early where an image is drawn completely, or two atoms are the same: as it should.
                    warnings.simplefilter("ignore", RuntimeWarning)
                    codes = sparse_encode(left, atoms, gram=gram, algorithm="omp", n_nonzero_coefs=count)
                left = left - codes @ atoms
            squared += float((np.square(left).sum(1, dtype=np.float64) * scale[some] ** 2).sum())
            done += len(some)
            progress.report(done, len(images))
    return squared / images.size


def _pieces(counts: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Rows that take equally many atoms, at most :data:`BATCH` at a time."""
    for count in np.unique(counts):
        which = np.flatnonzero(counts == count)
        for start in range(0, len(which), BATCH):
            yield which[start : start + BATCH], int(count)
