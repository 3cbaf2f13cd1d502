"""Test images beside their reconstructions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.analysis.metrics import image_errors
from saegui.core.data import Dataset
from saegui.core.figures import paper, tiles
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
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
    tile = Tile.within(shape, _SIDE)
    span = tiles.span_of(tile, subject.snapshot.span, x, x_hat)
    width, height = tile.size
    page = Page(
        _LEFT + max(len(chosen) * _COLUMN, _LEAST_WIDTH) - 5 + MARGIN, paper.TOP + 3 * (height + 5) + 82
    )
    page.header(subject, f"Reconstructions: {_choice(dataset, len(chosen))} of {dataset.title}")
    lefts = [_LEFT + column * _COLUMN + (_SIDE / PT - width) / 2 for column in range(len(chosen))]
    top = paper.TOP + 14.0
    for words, values in (
        ("original", x if tile.vector else images),
        ("reconstruction", x_hat),
        ("error", errors),
    ):
        page.text(MARGIN, top + height / 2 + 2, words, size=SMALL, colour=MUTED)
        if tile.vector and words == "original":
            page.text(MARGIN, top + height / 2 + 10, _ends(span), size=TINY, colour=MUTED)
        for left, value in zip(lefts, values, strict=True):
            if words == "error":
                tile.signed(page, value, limit, left, top)
            else:
                tile.plain(page, value, left, top, span)
        if words == "error" or tile.vector:
            page.boxes([tile.box(left, top) for left in lefts])
        top += height + 5
    for words, below in (("L0", 6), ("MSE", 16)):
        page.text(MARGIN, top + below, words, size=SMALL, colour=MUTED)
    for column in range(len(chosen)):
        middle = _LEFT + column * _COLUMN + _SIDE / PT / 2
        name = dataset.classes[int(labels[column])] if dataset.has_labels else f"{chosen[column]}"
        room = _SIDE / PT
        page.text(middle, paper.TOP + 8, name, size=BODY, weight="bold", align="center", room=room)
        page.text(middle, top + 6, str(l0[column]), size=SMALL, align="center")
        page.text(middle, top + 16, f"{mse[column]:.4f}", size=SMALL, align="center")
    names = "label" if dataset.has_labels else f"test {dataset.noun.one}"
    page.text(MARGIN, paper.TOP + 8, names, size=SMALL, colour=MUTED)
    note = "ends at the 99.5th percentile of the errors shown"
    words = f"error: original − reconstruction, {tiles.unit(shape, subject.snapshot.span)}"
    tiles.scale(page, tile, _LEFT, top + 30, limit, words, note)
    return Drawn(page.figure, _table(subject, chosen, x, x_hat, l0, mse))


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
