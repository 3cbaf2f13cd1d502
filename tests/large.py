"""Small files that count as larger than memory, where the test sets the limit low enough."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.data.dataset import NO_LABELS, Dataset

N_ATOMS = 24


def mapped(path: Path, array: NDArray[Any]) -> NDArray[Any]:
    """``array``, written to ``path`` and mapped read-only."""
    np.save(path, array)
    found: NDArray[Any] = np.load(path, mmap_mode="r")
    return found


def rows(n: int, d: int, seed: int = 0) -> NDArray[np.float16]:
    """Sums of two of :data:`N_ATOMS` atoms each, ordered by the first of them, so that a file of them is badly shuffled."""
    rng = np.random.default_rng(seed)
    atoms = np.random.default_rng(1).normal(0, 1, (N_ATOMS, d))
    first = np.sort(rng.integers(0, N_ATOMS, n))
    found = atoms[first] + rng.uniform(0.3, 0.9, (n, 1)) * atoms[rng.integers(0, N_ATOMS, n)]
    return found.astype(np.float16)


def dataset(folder: Path, n: int = 6001, d: int = 100, n_test: int = 2600) -> Dataset:
    """Rows in two files, of which :data:`N_ATOMS` latents find the atoms."""
    train, test = mapped(folder / "train.npy", rows(n, d)), mapped(folder / "test.npy", rows(n_test, d, 7))
    return Dataset("large", "Large", train, _none(n), test, _none(n_test), NO_LABELS)


def in_memory(large: Dataset) -> Dataset:
    """The same rows in memory."""
    train, test = np.array(large.train_images), np.array(large.test_images)
    return Dataset("large", "Large", train, large.train_labels, test, large.test_labels, NO_LABELS)


def opened(large: Dataset, folder: Path) -> Dataset:
    """What :func:`dataset` wrote into ``folder``, mapped anew as another process does."""
    train, test = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("train", "test"))
    return replace(large, train_images=train, test_images=test)


def replaced(large: Dataset, train: NDArray[Any]) -> Dataset:
    """With other training rows, as many as before."""
    return replace(large, train_images=train, test_images=train[-len(large.test_images) :])


def _none(n: int) -> NDArray[np.uint8]:
    return np.zeros(n, np.uint8)
