"""Points of many numbers on a plane, near each other where they are alike: t-SNE and UMAP, which run in a process of their own.

So they can be cancelled at any moment, and neither their threads nor the compiler that UMAP needs slow the window down.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saegui.core import own_process
from saegui.core.errors import EmbeddingError
from saegui.core.progress import UNWATCHED, Progress

Method = Literal["tsne", "umap"]
TITLES: dict[str, str] = {"tsne": "t-SNE", "umap": "UMAP"}
THREADS = 1
"""One thread count for all machines: with another one t-SNE draws another map of the same points."""
SEED = 0
PERPLEXITY = 30.0
"""Of t-SNE: about how many neighbours each point has; less where there are few points, as it must be below their number."""
NEIGHBOURS = 15
"""Of UMAP, likewise."""
ITERATIONS = 1000
"""Of t-SNE."""
FEWEST = 5
"""Points of which a map is made."""
_POLL_SECONDS = 0.05
_MODULES = {"tsne": "sklearn", "umap": "umap"}
_REACHED = {
    "tsne": (re.compile(r"Iteration (\d+)"), ITERATIONS),
    "umap": (re.compile(r"Epochs completed:\s+(\d+)%"), 100),
}
"""What the libraries print about how far they are, and of how much."""


def unavailable(method: Method) -> str:
    """Why a method cannot be used here, and what to install; empty where it can."""
    if find_spec(_MODULES[method]) is not None:
        return ""
    return f'{TITLES[method]} is computed by umap-learn, which is not installed; install it with: pip install "saegui[umap]".'


def embed(
    method: Method, rows: NDArray[np.floating], start: NDArray[np.floating], *, progress: Progress = UNWATCHED
) -> NDArray[np.float64]:
    """(N, 2): ``rows (N, D)`` on a plane, by their Euclidean distances, beginning at ``start (N, 2)``.

    Equal input gives equal places on one machine. t-SNE: van der Maaten & Hinton 2008, perplexity 30 or a third of the other
    points; UMAP: McInnes, Healy & Melville 2018, 15 neighbours or all others.

    Raises:
        EmbeddingError: too few points, or none differs from another; or the library failed or is not installed.
        Cancelled: ``progress`` gave the work up; the process has ended.
    """
    _check(method, rows)
    with tempfile.TemporaryDirectory(prefix="saegui-map-") as name:
        folder = Path(name)
        np.savez(folder / "in.npz", rows=rows.astype(np.float32), start=_start(method, start))
        _run(method, folder, progress)
        found: NDArray[np.float64] = np.load(folder / "out.npy", allow_pickle=False).astype(np.float64)
    if not np.isfinite(found).all():
        raise EmbeddingError(f"{TITLES[method]} found no places for these points; draw them by PCA.")
    return found


def _check(method: Method, rows: NDArray[np.floating]) -> None:
    title = TITLES[method]
    if missing := unavailable(method):
        raise EmbeddingError(missing)
    if len(rows) < FEWEST:
        raise EmbeddingError(
            f"{title} needs at least {FEWEST} points; there are {len(rows)}. Draw them by PCA."
        )
    if not np.isfinite(rows).all():
        raise EmbeddingError(f"{title} cannot place points with numbers that are not finite.")
    if np.ptp(rows, axis=0).max(initial=0) == 0:
        raise EmbeddingError(f"All {len(rows):,} points are equal, so {title} cannot tell them apart.")


def _start(method: Method, start: NDArray[np.floating]) -> NDArray[np.float32]:
    """Principal components as the methods like to begin with them: tiny for t-SNE, within ±10 for UMAP."""
    centred = start - start.mean(axis=0)
    size = float(centred[:, 0].std()) if method == "tsne" else float(np.abs(centred).max())
    made = centred * ((1e-4 if method == "tsne" else 10.0) / (size or 1.0))
    # Where all lie in one line, the second direction would never come about; and equal points would never part.
    noise = np.random.default_rng(SEED).normal(size=made.shape) * (1e-6 if method == "tsne" else 1e-2)
    found: NDArray[np.float32] = (made + noise).astype(np.float32)
    return found


def _run(method: Method, folder: Path, progress: Progress) -> None:
    """Let the process do it, ask every moment whether it is still wanted, and end it where it is not."""
    threads = {f"{library}_NUM_THREADS": str(THREADS) for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    told = folder / "told.txt"
    pattern, whole = _REACHED[method]
    with told.open("wb") as output:
        process = own_process.start(
            "saegui.core.analysis.embedding_process", method, str(folder),
            environment=threads, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            while process.poll() is None:
                reached = pattern.findall(told.read_text("utf-8", errors="replace"))
                progress.report(int(reached[-1]) if reached else 0, whole, TITLES[method])
                time.sleep(_POLL_SECONDS)
        finally:
            process.kill()
            process.communicate()
    if process.returncode != 0:
        lines = told.read_text("utf-8", errors="replace").strip().splitlines()
        raise EmbeddingError(
            f"{TITLES[method]} failed ({lines[-1] if lines else 'without a word'}); draw the points by PCA."
        )
