"""Vectors whose numbers have names, such as the columns of a table: which of them a latent is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.arrays import Floats, Shape

if TYPE_CHECKING:
    from saegui.core.data import Dataset

MOST = 4
"""Names that are said of one vector."""
MOST_BARS = 24
"""Numbers that are drawn as a bar each, with its name, where there is room; more are a line."""


def axes_of(dataset: Dataset | None, shape: Shape) -> tuple[str, ...]:
    """The names of the numbers of inputs of ``shape``, where ``dataset`` has inputs of that shape and names; else empty."""
    if dataset is None or len(shape) != 1:
        return ()
    return dataset.axes if len(dataset.axes) == shape[0] == dataset.shape[0] else ()


def largest_in_words(values: Floats, axes: Sequence[str], count: int = MOST) -> str:
    """The numbers of ``values (d,)`` with the largest magnitudes, with their names: ``petal length +0.91, width −0.4``.

    Empty where there are no names, or all numbers are zero.
    """
    if not axes:
        return ""
    order = np.argsort(-np.abs(values), kind="stable")[:count]
    named = [f"{axes[place]} {values[place]:+.2g}" for place in order.tolist() if values[place] != 0]
    return ", ".join(named).replace("-", "−")
