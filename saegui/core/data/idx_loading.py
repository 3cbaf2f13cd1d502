"""Loading any data set in four IDX files: from a folder of the user's, from the cache, or from the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.data import cache, copies, idx, idx_archive, idx_folder, idx_identity
from saegui.core.data.dataset import Arrays, Found, UInt8
from saegui.core.data.idx_set import IdxSet
from saegui.core.data.source import Source
from saegui.core.errors import DataError
from saegui.core.files import paths
from saegui.core.progress import Progress

Raw = Sequence[NDArray[Any]]
"""What the four files hold."""


def source(this: IdxSet, sets: Sequence[IdxSet]) -> Source:
    """The source of the data set ``this``, one of ``sets``, with which a folder may be confused."""
    return Source(
        this.info,
        partial(load, this, sets),
        partial(available, this, sets),
        folder=f"the {this.info.title} files (raw or .gz, there or in {this.torchvision}/raw below it)",
    )


def load(this: IdxSet, sets: Sequence[IdxSet], folder: Path | None, progress: Progress) -> Arrays | Found:
    """The arrays from, in this order: ``folder`` if it is given; the cache; the network, after which they are cached.

    A folder holds the four IDX files, raw or ``.gz``, there or in one of :attr:`IdxSet.places`. Raw files are
    memory-mapped, any number of images is taken, and nothing is downloaded. Where it holds another data set in the same
    form, that is said and it is called by its own name. A damaged cache is downloaded again, and ``progress`` says so.
    The addresses are torchvision's, or those in the environment variable :attr:`IdxSet.variable`.
    """
    if folder is not None:
        return _from_folder(this, sets, folder, progress)
    fetched = partial(_fetched, this)
    return _classes(this, cache.kept_or_fetched(cache_folder(this), this.info, fetched, progress, this.columns))


def available(this: IdxSet, sets: Sequence[IdxSet], folder: Path | None) -> bool:
    """True when :func:`load` needs no network: the folder holds the files, or the cache is there and whole."""
    try:
        if folder is None:
            kept = cache.read(cache_folder(this), this.info, this.columns) is not None
            return kept or bool(this.archive and idx_archive.kept(this))
        idx_folder.locate(folder, this, sets)
    except DataError:
        return False
    return True


def cache_folder(this: IdxSet) -> Path:
    """Where the data set is kept once it was downloaded."""
    return paths.data_cache() / this.info.name


def _from_folder(this: IdxSet, sets: Sequence[IdxSet], folder: Path, progress: Progress) -> Found:
    found = idx_folder.locate(folder, this, sets)
    if isinstance(found, Path):
        raw = idx_archive.read(found, this, progress)
        return Found(_classes(this, _arranged(this, raw, [f"{found}: {name}" for name in this.files])), this.info.title)
    chosen = [
        copies.choose(files, known, type)
        for files, known, type in zip(found, this.sums, this.types, strict=True)
    ]
    raw = _read([copy.path for copy in chosen], this, progress)
    progress.report(1, 1, f"Read {folder}")
    arrays = _arranged(this, raw, [str(copy.path) for copy in chosen])
    labels = [chosen[idx_set.TRAIN_LABELS].path, *found[idx_set.TRAIN_LABELS]]
    title, note, classes = idx_identity.identify(idx_identity.Files(raw, labels), this, sets)
    notes = tuple(each for each in (note, *(copy.note for copy in chosen)) if each)
    return Found(_classes(this, arrays), title, notes)
