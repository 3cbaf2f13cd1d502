"""Small made-up data sets, one for each kind of shape, that a test adds to the program for as long as it runs.

In this process, with the fixture of ``tests/conftest.py`` or as a context::

    def test_something(made_up): data.load("made-up-colour") ...
    with added(): ...

On the command line, in a process of its own: ``python -m tests.made_up train --dataset made-up-grey --out run``, which is
``python -m saegui`` with the data sets added.

Every input is a sum of a few of :data:`N_ATOMS` non-negative atoms, so that a small autoencoder learns it in a few epochs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import numpy as np

from saegui.core.arrays import Images
from saegui.core.data.dataset import Arrays, Dataset, DatasetInfo
from saegui.core.data.options import Options
from saegui.core.data.registry import SOURCES
from saegui.core.data.source import Source
from saegui.core.progress import Progress

N_TRAIN, N_TEST = 400, 100
N_ATOMS = 12


def _source(name: str, title: str, shape: tuple[int, ...], n_classes: int, *, signed: bool = False) -> Source:
    return source_of(name, title, shape, tuple(f"class {place}" for place in range(n_classes)), signed=signed)


def source_of(
    name: str, title: str, shape: tuple[int, ...], classes: tuple[str, ...], *, signed: bool = False
) -> Source:
    """Inputs of class c have the atom c modulo :data:`N_ATOMS`, and two others."""
    n_classes = len(classes)
    info = DatasetInfo(
        name,
        title,
        f"Made up for tests: {title}.",
        shape,
        N_TRAIN,
        N_TEST,
        classes,
        ink=not signed,
        dtype="float32" if signed else "uint8",
    )

    def load(folder: Path | None, options: Options, progress: Progress) -> Arrays:
        random = np.random.default_rng(len(shape))
        total, d_in = N_TRAIN + N_TEST, prod(shape)
        atoms = random.random((N_ATOMS, d_in)) * (random.random((N_ATOMS, d_in)) < 0.25)
        labels = random.integers(0, max(1, n_classes), total, dtype=np.uint8)
        z = np.zeros((total, N_ATOMS))
        for row, label in zip(z, labels, strict=True):
            row[random.choice(N_ATOMS, 2, replace=False)] = random.uniform(0.3, 0.8, 2)
            row[label % N_ATOMS] = 1
        sums = (z @ atoms).reshape(total, *shape)
        images: Images = np.clip(255 * sums, 0, 255).astype(np.uint8)
        if signed:
            images = (4 * (sums - sums.mean(axis=0))).astype(np.float32)
        progress.report(total, total, f"Made {title}")
        if not n_classes:
            return Arrays.unlabelled(images[:N_TRAIN], images[N_TRAIN:])
        return Arrays(images[:N_TRAIN], labels[:N_TRAIN], images[N_TRAIN:], labels[N_TRAIN:])

    return Source(info, load)


GREY = _source("made-up-grey", "made-up grey", (12, 20), 4)
"""12 high and 20 wide: not square, and not the drawing's shape."""
COLOUR = _source("made-up-colour", "made-up colour", (6, 8, 3), 3)
VECTOR = _source("made-up-vector", "made-up vector", (30,), 30)
UNLABELLED = _source("made-up-unlabelled", "made-up unlabelled", (5, 7), 0)
"""Without labels."""
SIGNED = _source("made-up-signed", "made-up signed", (9, 7), 4, signed=True)
"""Numbers on both sides of zero in place of bytes; not in :data:`ALL`."""
ALL = (GREY, COLOUR, VECTOR, UNLABELLED)
NAMES = tuple(source.info.name for source in ALL)


@contextmanager
def added(*sources: Source) -> Iterator[None]:
    """Adds ``sources`` (default: all of this file) to those of the program until the context ends."""
    chosen = {source.info.name: source for source in sources or ALL}
    assert not chosen.keys() & SOURCES.keys()
    SOURCES.update(chosen)
    try:
        yield
    finally:
        for name in chosen:
            del SOURCES[name]


def train(source: Source, folder: Path, **options: object) -> Path:
    """A run of 16 latents, k 3, that was trained for a few epochs on ``source``, which has been added; its folder."""
    from saegui.core import data

    return train_on(data.load(source.info.name), folder, **options)


def train_on(dataset: Dataset, folder: Path, /, **options: object) -> Path:
    """As :func:`train`, on a data set of the program's."""
    from saegui.core.config.schema import make
    from saegui.core.training.devices import use_threads
    from saegui.core.training.session import Session

    use_threads(1)
    values = {
        "n_latents": 16,
        "k": 3,
        "epochs": 4,
        "batch_size": 20,
        "lr": 5e-3,
        "init": "data",
        "pre_bias": True,
    }
    config = make({"dataset": dataset.name, **values, **options})
    session = Session(config, dataset, folder)
    while not session.done:
        session.advance()
    session.close()
    return folder


if __name__ == "__main__":
    from saegui.__main__ import main

    with added():
        sys.exit(main(sys.argv[1:]))
