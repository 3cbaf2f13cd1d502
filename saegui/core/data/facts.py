"""What people want to know of a data set before they use it, as names with values: rows, shape, range, size, licence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saegui.core.arrays import Images
from saegui.core.data.dataset import Dataset, DatasetInfo

MOST_CLASSES = 12
"""Names of classes that are listed; of more it is said how many there are."""
SAMPLE = 2048
"""Inputs that a range is taken from, evenly spread over all."""

Facts = tuple[tuple[str, str], ...]


def facts(info: DatasetInfo, dataset: Dataset | None = None) -> Facts:
    """What is known of a data set; with ``dataset``, once it is loaded, also what its numbers say."""
    found = [
        ("rows", rows_text(info)),
        ("shape", info.shape_text),
        ("range", "" if dataset is None else range_text(dataset.train_images)),
        ("classes", classes_text(info.classes)),
        ("size", size_text(info.n_bytes) if info.n_train else ""),
        ("download", info.download_text),
        ("licence", info.licence),
        ("source", info.credit),
        ("published at", info.home),
    ]
    if dataset is not None and dataset.folder is not None:
        found.append(("read from", str(dataset.folder)))
    return tuple((name, value) for name, value in found if value)


def merged(known: Facts, newer: Facts) -> Facts:
    """``known``, with the values of those in ``newer`` in place of their own, and after them what ``newer`` knows alone."""
    values = dict(newer)
    names = [name for name, _ in known]
    return (
        *((name, values.get(name, value)) for name, value in known),
        *((name, value) for name, value in newer if name not in names),
    )


def rows_text(info: DatasetInfo) -> str:
    """How many inputs there are; empty while that is not known."""
    return counts_text(info.n_train, info.n_test) if info.n_train else ""


def counts_text(n_train: int, n_test: int) -> str:
    """How many inputs there are for training, and for testing."""
    return f"{n_train:,} for training, {n_test:,} for testing"


def classes_text(classes: Sequence[str]) -> str:
    """The names of a few classes, or how many there are."""
    if not classes:
        return "none"
    if len(classes) <= MOST_CLASSES:
        return ", ".join(classes)
    return f"{len(classes):,}: {', '.join(classes[:3])} … {classes[-1]}"


def size_text(n_bytes: int) -> str:
    """Bytes in words: ``812 kB``, ``55 MB``, ``10.2 GB``."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n_bytes >= size:
            value = n_bytes / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    return f"{n_bytes} bytes"


def range_text(images: Images) -> str:
    """The smallest and the largest number; of many inputs, of a part that is spread over all, which is said."""
    step = -(-len(images) // SAMPLE)
    part = np.asarray(images[::step])
    low, high = part.min(), part.max()
    if images.dtype == np.uint8:
        return f"{int(low)} to {int(high)}, whole numbers"
    about = "about " if step > 1 else ""
    return f"{about}{float(low):.3g} to {float(high):.3g}".replace("-", "−")
