"""Everything about one latent on one page."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_stats import N_EXAMPLES, LatentStats
from saegui.core.arrays import Array
from saegui.core.data import Dataset
from saegui.core.figures import paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.paper import ACTIVE, MARGIN, MUTED, PT, SERIES, SMALL, Page

_LARGE, _SMALL = 12, 6
_SIDE = 28 * _LARGE / PT
_TILE = 28 * _SMALL / PT
_PER_ROW = 10
_WIDTH = _PER_ROW * (_TILE + 8) - 8
_TOP = paper.TOP + 14.0


class _Strip(NamedTuple):
    """Examples, and what they are examples of."""

    part: str
    """What their rows are called in the table."""
    words: str
    indices: NDArray[np.int32]
    values: NDArray[np.float32]

    @property
    def height(self) -> float:
        """pt from the first row to the next strip's."""
        return -(-len(self.indices) // _PER_ROW) * (_TILE + 14) + 18


def draw(subject: Subject) -> Drawn:
    """Encoder, decoder, histogram of activations, mean activation per class, the strongest images and random ones."""
    stats, dataset, latent = subject.stats, subject.dataset, subject.latent
    assert stats is not None
    assert dataset is not None
    assert latent is not None
    strips = _strips(stats, latent)
    # A dead latent has neither charts nor examples; its page ends where its two images do.
    width, below = (_WIDTH, 36 + sum(strip.height for strip in strips)) if strips else (400.0, 36)
    page = Page(width + 2 * MARGIN, _TOP + _SIDE + below)
    page.header(subject, f"Latent {latent}: {_numbers(stats, dataset, latent)}")
    snapshot = subject.snapshot
    left = float(MARGIN)
    for words, images in (("encoder", snapshot.encoder_images), ("decoder", snapshot.decoder_images)):
        _weights(page, subject, words, images, left)
        left += _SIDE + 14
    page.text(MARGIN, _TOP + _SIDE + 26, f"w {paper.limit_note(subject)}", size=SMALL, colour=MUTED, room=196)
    if stats.density[latent] > 0:
        _histogram(page, stats, latent, left + 26)
        _classes(page, stats, dataset, latent, left + 26 + 116 + 34)
    else:
        page.text(left + 10, _TOP + 10, "dead", weight="bold")
        page.text(
            left + 10, _TOP + 22, "On for no training image: there are no activations to show.", colour=MUTED
        )
    top = _TOP + _SIDE + 46
    for strip in strips:
        _examples(page, dataset, strip, top)
        top += strip.height
    return Drawn(page.figure, _table(subject, stats, dataset, latent, strips))


def _strips(stats: LatentStats, latent: int) -> list[_Strip]:
    """The strongest images; and random ones, where there are more of them."""
    on = stats.count(latent)
    shown = min(on, N_EXAMPLES)
    found = [
        _Strip(
            "top_image",
            f"The {shown} training images that activate it most",
            stats.top[latent][:shown],
            stats.top_values[latent][:shown],
        ),
        _Strip(
            "random_image",
            f"{shown} at random of the {on:,} training images on which it is on",
            stats.sample[latent][:shown],
            stats.sample_values[latent][:shown],
        ),
    ]
    return found[: (on > 0) + (on > shown)]


def _numbers(stats: LatentStats, dataset: Dataset, latent: int) -> str:
    if stats.density[latent] == 0:
        return "dead"
    purest = dataset.classes[int(np.argmax(stats.class_means[latent]))]
    return (
        f"on for {paper.percent(float(stats.density[latent]))} of {stats.n_images:,} training images, "
        f"purity {paper.percent(stats.purity(latent))} ({purest})"
    )


def _weights(page: Page, subject: Subject, words: str, images: Array, left: float) -> None:
    """One side's image with the ends of its scale, which all latents of the run share."""
    limit = paper.weight_limit(subject, images)
    assert subject.latent is not None
    page.text(left, _TOP - 4, words)
    page.picture(paper.enlarged(paper.signed(images[subject.latent], limit), _LARGE), left, _TOP)
    page.boxes([(left, _TOP, _SIDE, _SIDE)])
    top = _TOP + _SIDE + 6
    ramp = paper.signed(np.linspace(-limit, limit, int(_SIDE) * PT)[None], limit)
    page.picture(np.repeat(ramp, 4 * PT, axis=0), left, top)
    for x, value, align in ((0.0, -limit, "left"), (_SIDE / 2, 0.0, "center"), (_SIDE, limit, "right")):
        page.text(left + x, top + 11, paper.number(value), size=SMALL, colour=MUTED, align=align)


def _histogram(page: Page, stats: LatentStats, latent: int, left: float) -> None:
    counts, edges = stats.histogram[latent], stats.edges
    box = (left, _TOP, 116.0, _SIDE)
    page.text(left, _TOP - 4, "images by activation z")
    words = f"mean when on {stats.mean_active[latent]:.3g}, max {stats.maximum[latent]:.3g}"
    page.text(left + box[2], _TOP + _SIDE + 17, words, size=SMALL, colour=MUTED, align="right")
    axes = page.axes(box)
    axes.set_xscale("log")
    axes.set_yscale("log")
    used = np.flatnonzero(counts)
    axes.set_xlim(edges[used[0]], edges[used[-1] + 1])
    axes.set_ylim(0.5, counts.max() * 2)
    axes.stairs(counts, edges, baseline=0.5, fill=True, color=ACTIVE, linewidth=0)
    paper.log_ticks(axes.xaxis, (1.0, 3.0), most=6)
    paper.log_ticks(axes.yaxis, (1.0,), most=6)


def _classes(page: Page, stats: LatentStats, dataset: Dataset, latent: int, left: float) -> None:
    means = stats.class_means[latent]
    box = (left, _TOP, MARGIN + _WIDTH - left, _SIDE)
    page.text(left, _TOP - 4, "mean z per class")
    axes = page.axes(box)
    colours = [SERIES[0] if value == means.max() else SERIES[4] for value in means]
    axes.bar(np.arange(len(means)), means, width=0.75, color=colours, linewidth=0)
    axes.set_xlim(-0.6, len(means) - 0.4)
    axes.set_ylim(0, float(means.max()) * 1.08)
    axes.set_xticks(np.arange(len(means)), [name[:6] for name in dataset.classes])
    axes.tick_params(axis="x", length=0)
    paper.ticks(axes.yaxis, 5)


def _examples(page: Page, dataset: Dataset, strip: _Strip, top: float) -> None:
    page.text(MARGIN, top - 4, f"{strip.words}: class, z")
    for place, index in enumerate(strip.indices):
        row, column = divmod(place, _PER_ROW)
        left, upper = MARGIN + column * (_TILE + 8), top + row * (_TILE + 14)
        page.picture(paper.enlarged(paper.grey(np.asarray(dataset.train_images[index])), _SMALL), left, upper)
        name = dataset.classes[int(dataset.train_labels[index])]
        page.text(left, upper + _TILE + 7, name, size=SMALL - 0.5, room=_TILE - 18)
        value = f"{strip.values[place]:#.3g}"
        page.text(left + _TILE, upper + _TILE + 7, value, size=SMALL - 0.5, colour=MUTED, align="right")


def _table(
    subject: Subject, stats: LatentStats, dataset: Dataset, latent: int, strips: list[_Strip]
) -> Table:
    """Long format: ``part`` says what a row is about; ``low`` and ``high`` are a bin's edges."""
    rows: list[list[Cell]] = [
        ["summary", latent, "density", float(stats.density[latent]), None, None],
        ["summary", latent, "mean_active", float(stats.mean_active[latent]), None, None],
        ["summary", latent, "maximum", float(stats.maximum[latent]), None, None],
        ["summary", latent, "purity", stats.purity(latent), None, None],
    ]
    for place, count in enumerate(stats.histogram[latent].tolist()):
        low, high = stats.edges[place : place + 2].tolist()
        rows.append(["histogram", place, "images", count, low, high])
    for place, mean in enumerate(stats.class_means[latent].tolist()):
        rows.append(["class_mean", place, dataset.classes[place], mean, None, None])
    for strip in strips:
        for index, value in zip(strip.indices.tolist(), strip.values.tolist(), strict=True):
            label = dataset.classes[int(dataset.train_labels[index])]
            rows.append([strip.part, index, label, value, None, None])
    snapshot = subject.snapshot
    for part, images in (("encoder", snapshot.encoder_images), ("decoder", snapshot.decoder_images)):
        for place, weight in enumerate(images[latent].ravel().tolist()):
            rows.append([part, place, f"y{place // 28}x{place % 28}", weight, None, None])
    return Table(("part", "index", "name", "value", "low", "high"), rows)


KIND = Kind(
    "latent",
    "One latent",
    "One latent's encoder, decoder, activations and classes, with the training images that activate it most and random "
    "ones.",
    ("latent", "stats", "dataset"),
    draw,
)
