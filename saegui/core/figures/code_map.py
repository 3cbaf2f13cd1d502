"""Test inputs by their codes, in the colours of their classes."""

from __future__ import annotations

import numpy as np

from saegui.core.analysis.code_map import CodeMap, by_components, chosen, codes_of
from saegui.core.figures import class_marks, paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import page_width
from saegui.core.figures.paper import MARGIN, MUTED, SMALL, Page

_LEFT, _TOP, _SIDE = MARGIN + 0.0, paper.TOP + 14.0, 300.0
"""Points; the side is that of a screen, or the largest on paper."""
_NAMES = 100.0
"""Points that the names of classes take beside the map."""
_MARKERS, _SIGNS = ("o", "s", "D", "X"), ("●", "■", "◆", "✖")
"""Of matplotlib, and in the list of names, for each of :data:`saegui.core.figures.class_marks.SHAPES`."""
_APART = 10.5


def draw(subject: Subject) -> Drawn:
    """A dot for each test input, at most 3,000: along two principal components of the codes unless another map is shown."""
    dataset = subject.dataset
    assert dataset is not None
    found = subject.coded
    if found is None:
        inputs = chosen(len(dataset.test_images))
        found = by_components(inputs, codes_of(subject.snapshot, dataset.test_images[inputs]))
    labels = dataset.test_labels[found.inputs].astype(np.intp)
    classes = dataset.classes if dataset.has_labels else ()
    width = page_width(_LEFT + _SIDE + _NAMES + MARGIN) - _LEFT - _NAMES - MARGIN
    # The names of all classes stand beside it.
    height = max(min(width, _SIDE), min(len(classes), class_marks.MOST) * _APART + 8)
    page = Page(_LEFT + width + _NAMES + MARGIN, _TOP + height + 24)
    page.header(subject, f"Codes of test {dataset.noun.many}")
    _dots(page, found, labels, classes, (width, height))
    if found.basis is None:
        across, up = "t-SNE: alike codes are near; distances between groups say little", ""
    else:
        first, second = (f"{100 * share:.3g} %" for share in found.basis.shares)
        across, up = f"first component ({first} of the variance)", f"second component ({second})"
    page.text(MARGIN, paper.TOP + 6, up, size=SMALL)
    page.text(_LEFT + width + _NAMES, _TOP + height + 12, across, size=SMALL, align="right")
    page.text(
        _LEFT + width + _NAMES,
        paper.TOP + 6,
        f"{len(labels):,} test {dataset.noun.many}",
        size=SMALL,
        colour=MUTED,
        align="right",
    )
    rows: list[list[Cell]] = [
        [int(number), dataset.classes[label] if classes else None, float(x), float(y)]
        for number, label, x, y in zip(found.inputs, labels, found.x, found.y, strict=True)
    ]
    return Drawn(page.figure, Table(("test_input", "class", "x", "y"), rows))


def _dots(
    page: Page, found: CodeMap, labels: np.ndarray, classes: tuple[str, ...], size: tuple[float, float]
) -> None:
    axes = page.axes((_LEFT, _TOP, *size))
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xticks([])
    axes.set_yticks([])
    told = len(classes) <= class_marks.MOST
    for label in sorted(set(labels.tolist())):
        which = labels == label
        colour = class_marks.COLOURS[class_marks.colour_of(label)] if told and classes else MUTED
        marker = _MARKERS[class_marks.shape_of(label)] if told and classes else "o"
        axes.scatter(
            found.x[which],
            found.y[which],
            s=5.0,
            color=colour,
            marker=marker,
            alpha=0.8,
            linewidths=0,
            rasterized=True,
        )
    if not classes or not told:
        return
    for place, name in enumerate(classes):
        y = _TOP + 8 + place * _APART
        words = page.fitted(name, _NAMES - 18, SMALL)
        colour = class_marks.COLOURS[class_marks.colour_of(place)]
        sign = _SIGNS[class_marks.shape_of(place)]
        page.text(_LEFT + size[0] + 10, y, sign, size=SMALL, colour=colour)
        page.text(_LEFT + size[0] + 20, y, words, size=SMALL)


def _ready(subject: Subject) -> str | None:
    dataset = subject.dataset
    if dataset is not None and not len(dataset.test_images):
        return f"{dataset.title} has no test {dataset.noun.many}; choose another data set."
    return None


KIND = Kind(
    "code-map",
    "Map of codes",
    "Test inputs by their codes, along two principal components, in the colours of their classes.",
    ("dataset",),
    draw,
    _ready,
)
