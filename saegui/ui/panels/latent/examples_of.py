"""The inputs of a data set as examples of a latent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.arrays import BYTES, Images, Shape
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.latent.examples import Example
from saegui.ui.panels.latent.section import LatentFacts, Measured
from saegui.ui.widgets.pictures import Shades, shades_of
from saegui.ui.widgets.text import without_common_start


def shape_of_examples(facts: LatentFacts) -> Shape:
    """Of what is shown: the picture that an input was made of, else the input."""
    pictures = facts.alive.dataset.pictures if facts.alive is not None else None
    return facts.snapshot.shape if pictures is None else pictures.shape[1:]


def shades_of_examples(snapshot: Snapshot, measured: Measured) -> Shades:
    """How they are drawn."""
    shades = shades_of(snapshot)
    return shades if measured.dataset.pictures is None else shades._replace(span=BYTES)


def examples_of(
    measured: Measured, indices: NDArray[np.integer[Any]], values: NDArray[np.float32]
) -> tuple[Images, list[Example]]:
    """The training inputs at ``indices (n,)`` with their activations ``values (n,)``; those that are −1 do not exist."""
    dataset, there = measured.dataset, indices >= 0
    found, values = indices[there], values[there]
    labels = dataset.train_labels[found].tolist()
    copies = measured.stats.copies[found].tolist()
    names = dataset.classes if dataset.has_labels else ("",) * len(dataset.classes)
    shorts = without_common_start(names)
    texts = dataset.items.train if dataset.items is not None and dataset.writes else None
    examples = [
        Example(
            index,
            names[label],
            value,
            shorts[label],
            "" if texts is None else str(texts[index]),
            dataset.noun,
            times,
        )
        for index, label, value, times in zip(found.tolist(), labels, values.tolist(), copies, strict=True)
    ]
    shown = dataset.train_images if dataset.pictures is None else dataset.pictures
    return on_disk.taken(shown, found), examples
