"""A file with images, their codes and their reconstructions, written as they are made: it may be larger than memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.arrays import Array, Images
from saegui.core.files import npz, paths
from saegui.core.model.snapshot import Snapshot

IN_MEMORY = 2**26
"""Bytes of reconstructions that need no temporary file."""


def write(path: Path, snapshot: Snapshot, images: Images, lines: NDArray[np.intp] | None = None) -> float:
    """Replace ``path`` by an ``.npz`` file of ``images (N, *shape)``, ``latents`` float32 (N, F) and ``reconstructions``
    float32 (N, *shape), and ``lines`` int64 (N,) where they are given, as :func:`numpy.savez` writes it; returns L0. Equal arrays give equal files.

    Raises:
        DataError: the images have another shape than the model reads.
        OSError: the file cannot be written.
    """
    active = 0
    # An archive takes one array after the other, so what is made together waits beside it.
    with (
        paths.replacing(path) as temporary,
        tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(temporary.parent)) as later,
    ):

        def latents() -> Iterator[Array]:
            nonlocal active
            for _, x, z in snapshot.batches(images):
                active += int(np.count_nonzero(z))
                later.write(np.ascontiguousarray(snapshot.decode(z, x), np.float32).tobytes())
                yield z

        with ZipFile(temporary, "w") as archive:
            npz.write(archive, "images", images.shape, images.dtype, on_disk.pieces(images))
            npz.write(archive, "latents", (len(images), snapshot.n_latents), np.dtype(np.float32), latents())
            later.seek(0)
            npz.write(archive, "reconstructions", images.shape, np.dtype(np.float32), _read(later))
            if lines is not None:
                npz.write(archive, "lines", lines.shape, np.dtype(np.int64), [lines.astype(np.int64)])
    return active / len(images)


def _read(file: IO[bytes]) -> Iterator[NDArray[Any]]:
    while piece := file.read(on_disk.PIECE):
        yield np.frombuffer(piece, np.uint8)
