"""Test images beside their reconstructions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.analysis.metrics import image_errors
from saegui.core.arrays import Shape
from saegui.core.data import Dataset
from saegui.core.figures import paper, tiles
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import now, page_width
from saegui.core.figures.paper import BODY, MARGIN, MUTED, PT, SMALL, TINY, Page
from saegui.core.figures.tiles import Tile
from saegui.core.model.snapshot import to_input

_MOST = 12
_UNLABELLED = 10
"""Test images that are shown of a data set without labels."""
_SIDE = 168
"""Device pixels that a picture may be wide and high."""
_COLUMN = _SIDE / PT + 5
_LEFT = MARGIN + 62
_NARROWEST = 33.0
"""Points of a column on paper: below it numbers would touch."""
_LEAST_WIDTH = 325
"""Points that the words beside the scale need, with the scale."""


def draw(subject: Subject) -> Drawn:
    """A column for the first test image of each class: original, reconstruction, error, L0 and MSE."""
    dataset, shape = subject.dataset, subject.snapshot.shape
    assert dataset is not None
    chosen = examples(dataset)
    images, labels = on_disk.taken(dataset.test_images, chosen), dataset.test_labels[chosen]
    x = to_input(images).reshape(images.shape)
    x_hat, l0, mse = image_errors(subject.snapshot, images)
    errors = x - x_hat
    limit = paper.robust_limit(errors)
    look = _Look.of(len(chosen), shape)
    span = tiles.span_of(look.tile, subject.snapshot.span, x, x_hat)
    natural = _LEFT + max(look.columns * look.pitch, _LEAST_WIDTH) - 5 + MARGIN
    rows = -(-len(chosen) // look.columns)
    page = Page(page_width(natural), paper.TOP + rows * look.block + 46)
    page.header(subject, f"Reconstructions: {_choice(dataset, len(chosen))} of {dataset.title}")
    pictures = (("original", x if look.tile.vector else images), ("reconstruction", x_hat), ("error", errors))
    names = [
        dataset.classes[int(label)] if dataset.has_labels else f"{index}"
        for index, label in zip(chosen, labels, strict=True)
    ]
    heading = "label" if dataset.has_labels else f"test {dataset.noun.one}"
    for row in range(rows):
        some = slice(row * look.columns, (row + 1) * look.columns)
        top = paper.TOP + row * look.block
        _side_words(page, look, top, heading, span)
        for words, values in pictures:
            _row(page, look, words, values[some], top, limit, span)
        below = top + 14 + 3 * (look.height + 5)
        for column, (name, on, error) in enumerate(zip(names[some], l0[some], mse[some], strict=True)):
            middle = _LEFT + column * look.pitch + look.side / 2
            page.text(middle, top + 8, name, size=BODY, weight="bold", align="center", room=look.side)
            page.text(middle, below + 6, str(on), size=SMALL, align="center")
            page.text(middle, below + 16, f"{error:.4f}", size=SMALL, align="center")
    note = "ends at the 99.5th percentile of the errors shown"
    words = f"error: original − reconstruction, {tiles.unit(shape, subject.snapshot.span)}"
    left = _LEFT
    if not now().header:
        words, left = "error", MARGIN + 12
    tiles.scale(page, look.tile, left, paper.TOP + rows * look.block - 1, limit, words, note)
    return Drawn(page.figure, _table(subject, chosen, x, x_hat, l0, mse))


@dataclass(frozen=True)
class _Look:
    """How the columns stand. Lengths are in points."""

    tile: Tile
    columns: int
    """In a row of the page."""
    pitch: float
    """From one column to the next."""

    @classmethod
    def of(cls, count: int, shape: Shape) -> _Look:
        """As many columns beside each other as there is room for."""
        room = page_width(_LEFT + count * _COLUMN + MARGIN) - _LEFT - MARGIN + 5
        least = _COLUMN if now().width is None else _NARROWEST
        columns = max(1, min(count, int(room // least)))
        columns = -(-count // -(-count // columns))
        pitch = min(_COLUMN, room / columns)
        return cls(Tile.within(shape, int((pitch - 5) * PT)), columns, pitch)

    @property
    def side(self) -> float:
        """That a picture may be wide."""
        return self.pitch - 5

    @property
    def height(self) -> float:
        """Of a picture."""
        return self.tile.size[1]

    @property
    def block(self) -> float:
        """From one row of columns to the next."""
        return 3 * (self.height + 5) + 45

    def left(self, column: int) -> float:
        """Of a picture, in the middle of its column."""
        return _LEFT + column * self.pitch + (self.side - self.tile.size[0]) / 2


def _side_words(page: Page, look: _Look, top: float, heading: str, span: tiles.Range) -> None:
    """What stands in each line, left of the pictures."""
    page.text(MARGIN, top + 8, heading, size=SMALL, colour=MUTED)
    middle = top + 14 + look.height / 2 + 2
    for place, words in enumerate(("original", "reconstruction", "error")):
        page.text(MARGIN, middle + place * (look.height + 5), words, size=SMALL, colour=MUTED)
    if look.tile.vector:
        page.text(MARGIN, middle + 8, _ends(span), size=TINY, colour=MUTED)
    below = top + 14 + 3 * (look.height + 5)
    for words, down in (("L0", 6), ("MSE", 16)):
        page.text(MARGIN, below + down, words, size=SMALL, colour=MUTED)


def _row(
    page: Page,
    look: _Look,
    words: str,
    values: NDArray[Any],
    top: float,
    limit: float,
    span: tiles.Range,
) -> None:
    """The originals, the reconstructions or the errors of one row of columns."""
    place = ("original", "reconstruction", "error").index(words)
    upper = top + 14 + place * (look.height + 5)
    lefts = [look.left(column) for column in range(len(values))]
    for left, value in zip(lefts, values, strict=True):
        if words == "error":
            look.tile.signed(page, value, limit, left, upper)
        else:
            look.tile.plain(page, value, left, upper, span)
    if words == "error" or look.tile.vector:
        page.boxes([look.tile.box(left, upper) for left in lefts])


def _ends(span: tiles.Range) -> str:
    """What the plots of a vector and its reconstruction reach over."""
    return f"{paper.number(span[0])} to {paper.number(span[1])}"


def _choice(dataset: Dataset, shown: int) -> str:
    """Which test images are shown, in words."""
    if not dataset.has_labels:
        return f"the first {shown} test {dataset.noun.many}"
    there = len(np.unique(dataset.test_labels))
    each = "each class" if shown == there else f"each of {shown} of the {there} classes"
    return f"the first test {dataset.noun.one} of {each}"


def examples(dataset: Dataset) -> NDArray[np.int64]:
    """Indices of the first test image of each class, in the order of the classes; without labels, of the first few.

    Of more than :data:`_MOST` classes, so many are chosen evenly, from the first to the last.
    """
    if not dataset.has_labels:
        return np.arange(min(len(dataset.test_images), _UNLABELLED))
    _, first = np.unique(dataset.test_labels, return_index=True)
    chosen = np.unique(np.linspace(0, len(first) - 1, min(_MOST, len(first))).round().astype(np.intp))
    return first[chosen]


def _table(
    subject: Subject,
    chosen: NDArray[np.int64],
    x: NDArray[np.float32],
    x_hat: NDArray[np.float32],
    l0: NDArray[np.int64],
    mse: NDArray[np.float32],
) -> Table:
    dataset = subject.dataset
    assert dataset is not None
    rows: list[list[Cell]] = []
    for place, index in enumerate(chosen):
        label = dataset.classes[int(dataset.test_labels[index])] if dataset.has_labels else None
        pictures = (
            ("original", x[place]),
            ("reconstruction", x_hat[place]),
            ("error", x[place] - x_hat[place]),
        )
        for name, image in pictures:
            rows.append([int(index), label, int(l0[place]), float(mse[place]), name, *tiles.cells(image)])
    header = (
        "test_image",
        "label",
        "l0",
        "mse",
        "picture",
        *tiles.columns(subject.snapshot.shape, subject.axes),
    )
    return Table(header, rows)


def _ready(subject: Subject) -> str | None:
    dataset = subject.dataset
    if dataset is not None and not len(dataset.test_images):
        return f"{dataset.title} has no test {dataset.noun.many}; choose another data set."
    return None


KIND = Kind(
    "reconstruction",
    "Reconstructions",
    "The first test input of each class with its reconstruction and error, label, L0 and MSE.",
    ("dataset",),
    draw,
    ready=_ready,
)
