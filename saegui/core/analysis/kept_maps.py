"""Maps that took long are kept on disk, beside what measuring latents found, so that the same points are placed once."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis import embedding, kept_arrays
from saegui.core.analysis.embedding import Method, embed
from saegui.core.analysis.latent_map import Places, directions, principal_basis
from saegui.core.analysis.latent_order import Mask
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

RECIPE = 1
"""Raised when :func:`~saegui.core.analysis.embedding.embed` finds other places for the same points."""
_LIBRARIES = {"tsne": ("scikit-learn",), "umap": ("umap-learn", "numba")}


def embedded(
    method: Method, rows: NDArray[np.floating], start: NDArray[np.floating], *, progress: Progress = UNWATCHED
) -> NDArray[np.float64]:
    """What :func:`~saegui.core.analysis.embedding.embed` finds: read where it was kept, else computed and kept.

    What cannot be kept is computed again the next time; a damaged file is replaced. With another version of the library
    it is computed again.

    Raises:
        EmbeddingError: as ``embed``.
        Cancelled: ``progress`` gave the work up.
    """
    path = kept_arrays.folder() / f"map-{_key(method, rows, start)}.npz"
    places = (kept_arrays.kept(path) or {}).get("places")
    if places is not None and _fits(places, len(rows)):
        return places
    found = embed(method, rows, start, progress=progress)
    kept_arrays.keep(path, {"places": found})
    return found


def latents_embedded(
    method: Method, snapshot: Snapshot, dead: Mask, progress: Progress = UNWATCHED
) -> Places:
    """Where latents lie by their decoder vectors, without the ``dead (F,)``; as :func:`embedded`."""
    latents, rows = directions(snapshot.W_dec, dead)
    start = principal_basis(rows).places(rows)
    x, y = embedded(method, rows.astype(np.float32), start, progress=progress).T
    return Places(latents, x, y)


def _fits(places: NDArray[np.float64], count: int) -> bool:
    return places.shape == (count, 2) and places.dtype == np.float64 and bool(np.isfinite(places).all())


def _key(method: Method, rows: NDArray[np.floating], start: NDArray[np.floating]) -> str:
    """Of everything that decides what is found."""
    constants = (
        embedding.THREADS,
        embedding.SEED,
        embedding.PERPLEXITY,
        embedding.NEIGHBOURS,
        embedding.ITERATIONS,
    )
    found = hashlib.sha256(json.dumps([RECIPE, method, constants, _versions(method)]).encode())
    for array in (rows, start):
        found.update(f"{array.shape}{array.dtype}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()[:40]


def _versions(method: Method) -> list[str]:
    found = []
    for library in _LIBRARIES[method]:
        try:
            found.append(version(library))
        except PackageNotFoundError:
            found.append("")
    return found
