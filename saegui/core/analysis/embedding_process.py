"""The process in which :func:`saegui.core.analysis.embedding.embed` runs: ``… METHOD FOLDER``, files in and out."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.embedding import ITERATIONS, NEIGHBOURS, PERPLEXITY, SEED, THREADS


def tsne(rows: NDArray[np.float32], start: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 2)"""
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    found: NDArray[np.float32] = TSNE(
        perplexity=perplexity,
        max_iter=ITERATIONS,
        init=start,
        random_state=SEED,
        n_jobs=THREADS,
        verbose=2,
    ).fit_transform(rows)
    return found


def umap(rows: NDArray[np.float32], start: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 2)"""
    from umap import UMAP

    found: NDArray[np.float32] = UMAP(
        n_neighbors=min(NEIGHBOURS, len(rows) - 1),
        init=start,
        random_state=SEED,
        n_jobs=THREADS,
        verbose=True,
    ).fit_transform(rows)
    return found


def _end_with_parent() -> None:
    """Nobody wants the result of a program that has ended: its end of the pipe closes then."""
    # Without Python's buffer, whose lock would be held when the process ends.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


def main() -> None:
    """Read, embed, write."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    method, folder = sys.argv[1], Path(sys.argv[2])
    with np.load(folder / "in.npz", allow_pickle=False) as arrays:
        rows, start = arrays["rows"], arrays["start"]
    np.save(folder / "out.npy", {"tsne": tsne, "umap": umap}[method](rows, start))


if __name__ == "__main__":
    main()
