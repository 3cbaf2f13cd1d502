"""From what is drawn or typed to what the model is given: as it is, or through the encoder of the data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from saegui.core.arrays import Images, Shape
from saegui.core.data import Dataset, Items
from saegui.core.errors import DataError
from saegui.core.strokes import Drawing, of_picture, of_text


@dataclass(frozen=True, eq=False)
class Given:
    """What a model of some shape is given of a drawing."""

    values: Images | None = None
    """An input of the model's shape; None where there is none."""
    readable: bool = True
    """Whether drawings of this kind can be made an input of that shape."""
    problem: str = ""
    """Why this one could not, as the encoder of the data set says it."""


def given(drawing: Drawing, shape: Shape, items: Items | None) -> Given:
    """What a model that reads inputs of ``shape`` is given of ``drawing``; ``items`` are those of a data set of that shape.

    In this order: the row that the drawing brings along, the picture itself, and what the data set's encoder makes of it.
    """
    if drawing.row is not None and drawing.row.shape == shape:
        return Given(drawing.row)
    if not drawing.text and drawing.image.shape == shape:
        return Given(None if drawing.blank else drawing.image)
    if items is None or items.encode is None or not _of_kind(drawing, items):
        return Given(readable=False)
    if drawing.blank:
        return Given()
    try:
        rows = items.encode([drawing.text] if drawing.text else drawing.image[np.newaxis])
    except DataError as error:
        return Given(problem=str(error))
    return Given(rows[0])


def _of_kind(drawing: Drawing, items: Items) -> bool:
    """Whether the encoder takes such drawings: texts, or pictures of one shape."""
    if items.are_texts:
        return bool(drawing.text) or drawing.empty
    assert isinstance(items.test, np.ndarray)
    return not drawing.text and drawing.image.shape == items.test.shape[1:]


class ModelInput:
    """:func:`given`, of the drawing, shape and items that were asked for last: nothing is encoded twice."""

    def __init__(self) -> None:
        self.given = Given()
        self._asked: tuple[Drawing, Shape, Items | None] | None = None

    def find(self, drawing: Drawing, shape: Shape | None, items: Items | None) -> Images | None:
        """What a model that reads inputs of ``shape`` is given; None for no model: whatever shape the drawing has."""
        asked = drawing, drawing.image.shape if shape is None else shape, items
        if asked != self._asked:
            self._asked, self.given = asked, given(*asked)
        return self.given.values


def drawn_from(dataset: Dataset, part: Literal["train", "test"], index: int, title: str) -> Drawing:
    """An input of ``dataset`` as a drawing: the picture or text that it was made of, or the input itself."""
    row = (dataset.train_images if part == "train" else dataset.test_images)[index]
    if dataset.items is None:
        return of_picture(row, title)
    item = (dataset.items.train if part == "train" else dataset.items.test)[index]
    return of_text(item, title, row) if isinstance(item, str) else of_picture(item, title, row)
