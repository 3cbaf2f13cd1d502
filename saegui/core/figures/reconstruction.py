"""Test images beside what the autoencoder makes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.metrics import image_errors
from saegui.core.data import Dataset
from saegui.core.figures import paper
from saegui.core.figures.base import PIXELS, Cell, Drawn, Kind, Subject, Table, pixels
from saegui.core.figures.paper import BODY, MARGIN, MUTED, PT, SMALL, Page
from saegui.core.model.snapshot import to_input

_MOST = 12
_ENLARGE = 6
_TILE = 28 * _ENLARGE / PT
_PITCH = _TILE + 5
_LABELS = 62
_LEFT = MARGIN + _LABELS


def draw(subject: Subject) -> Drawn:
    """A column for the first test image of each class: original, reconstruction, error, L0 and MSE."""
    dataset = subject.dataset
    assert dataset is not None
    chosen = examples(dataset)
    images, labels = np.asarray(dataset.test_images[chosen]), dataset.test_labels[chosen]
    x_hat, l0, mse = image_errors(subject.snapshot, images)
    errors = to_input(images).reshape(images.shape) - x_hat
    limit = paper.robust_limit(errors)
    page = Page(_LEFT + max(len(chosen) * _PITCH, 300) - 5 + MARGIN, paper.TOP + 3 * _PITCH + 82)
    page.header(subject, f"Reconstructions: the first test image of each class of {dataset.title}")
    top = paper.TOP + 14.0
    rows = (("original", paper.grey(images)), ("reconstruction", paper.grey(x_hat)))
    for words, rgb in (*rows, ("error", paper.signed(errors, limit))):
        page.text(MARGIN, top + _TILE / 2 + 2, words, size=SMALL, colour=MUTED)
        for column, image in enumerate(rgb):
            page.picture(paper.enlarged(image, _ENLARGE), _LEFT + column * _PITCH, top)
        if words.startswith("error"):
            page.boxes([(_LEFT + column * _PITCH, top, _TILE, _TILE) for column in range(len(chosen))])
        top += _PITCH
    for words, below in (("L0", 6), ("MSE", 16)):
        page.text(MARGIN, top + below, words, size=SMALL, colour=MUTED)
    for column in range(len(chosen)):
        middle = _LEFT + column * _PITCH + _TILE / 2
        name = dataset.classes[int(labels[column])]
        page.text(middle, paper.TOP + 8, name, size=BODY, weight="bold", align="center", room=_TILE)
        page.text(middle, top + 6, str(l0[column]), size=SMALL, align="center")
        page.text(middle, top + 16, f"{mse[column]:.4f}", size=SMALL, align="center")
    page.text(MARGIN, paper.TOP + 8, "label", size=SMALL, colour=MUTED)
    note = "saturates at the 99.5th percentile of the errors shown"
    page.scale_bar(_LEFT, top + 30, limit, "error: original − reconstruction, pixels in [0, 1]", note)
    return Drawn(page.figure, _table(dataset, chosen, images, x_hat, errors, l0, mse))


def examples(dataset: Dataset) -> NDArray[np.int64]:
    """Indices of the first test image of each class, in the classes' order."""
    _, first = np.unique(dataset.test_labels, return_index=True)
    return first[:_MOST]


def _table(
    dataset: Dataset,
    chosen: NDArray[np.int64],
    images: NDArray[np.uint8],
    x_hat: NDArray[np.float32],
    errors: NDArray[np.float32],
    l0: NDArray[np.int64],
    mse: NDArray[np.float32],
) -> Table:
    rows: list[list[Cell]] = []
    x = to_input(images)
    for place, index in enumerate(chosen):
        label = dataset.classes[int(dataset.test_labels[index])]
        for name, image in (
            ("original", x[place]),
            ("reconstruction", x_hat[place]),
            ("error", errors[place]),
        ):
            rows.append([int(index), label, int(l0[place]), float(mse[place]), name, *pixels(image)])
    return Table(("test_image", "label", "l0", "mse", "picture", *PIXELS), rows)


def _ready(subject: Subject) -> str | None:
    dataset = subject.dataset
    if dataset is not None and not len(dataset.test_images):
        return f"{dataset.title} has no test images; choose another data set."
    return None


KIND = Kind(
    "reconstruction",
    "Reconstructions",
    "The first test image of each class, its reconstruction and the error, with label, L0 and MSE.",
    ("dataset",),
    draw,
    ready=_ready,
)
