"""One latent on one page: its weights, activations, classes and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.analysis.example_choice import N_EXAMPLES
from saegui.core.analysis.latent_order import dead_where
from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.analysis.named_axes import largest_in_words
from saegui.core.arrays import BYTES, Array, Span
from saegui.core.data import Dataset
from saegui.core.data.noun import Noun
from saegui.core.figures import paper, tiles
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.drawing import now, page_width, type_size
from saegui.core.figures.paper import ACTIVE, MARGIN, MUTED, PT, SERIES, SMALL, TINY, Page
from saegui.core.figures.tiles import Tile
from saegui.core.model.snapshot import to_input
from saegui.core.numbers import latent_name
from saegui.core.runs.latent_notes import NOTHING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LARGE, _SMALL = 336, 168
"""Device pixels that the weights and the examples may be wide and high."""
_SIDE, _ROOM = _LARGE / PT, _SMALL / PT
_PALE = "#56B4E9"
"""Of the bars of classes that are not the strongest."""
_PER_ROW = 10
_UPRIGHT = 30
"""Points that a class's name may be high."""
_ROWS = 10
"""Classes that are named where there is no room for all."""
_WIDTH = _PER_ROW * (_ROOM + 8) - 8
_HISTOGRAM = 116.0
"""Points across, at most."""
_BESIDE = 440.0
"""Points of width from which the charts have room beside the weights."""
_TOP = paper.TOP + 14.0


def _per_row() -> int:
    """Examples beside each other."""
    return int((page_width(_WIDTH + 2 * MARGIN) - 2 * MARGIN + 8) // (_ROOM + 8))


def _histogram_width() -> float:
    return min(_HISTOGRAM, round(0.35 * _width()))


def _width() -> float:
    """Points between the margins."""
    return page_width(_WIDTH + 2 * MARGIN) - 2 * MARGIN


class _Strip(NamedTuple):
    """Examples, and what they are examples of."""

    part: str
    """What their rows are called in the table."""
    words: str
    indices: NDArray[np.int32]
    values: NDArray[np.float32]
    tile: Tile

    @property
    def pitch(self) -> float:
        """Points from a row to the next."""
        return self.tile.size[1] + 14

    @property
    def height(self) -> float:
        """Points from the first row to the first row of the next strip."""
        return -(-len(self.indices) // _per_row()) * self.pitch + 18


def draw(subject: Subject) -> Drawn:
    """Encoder, decoder, histogram of activations, mean activation per class, the strongest images and random ones."""
    stats, dataset, latent = subject.stats, subject.dataset, subject.latent
    assert stats is not None
    assert dataset is not None
    assert latent is not None
    pictures = dataset.pictures
    shape = subject.snapshot.shape if pictures is None else pictures.shape[1:]
    strips = _strips(stats, latent, Tile.within(shape, _SMALL), dataset.noun)
    # A dead latent has neither charts nor examples; its page ends where its two images do.
    width, below = (_width(), 36 + sum(strip.height for strip in strips)) if strips else (400.0, 36)
    # Where the charts have no room beside the weights they stand below.
    charts = _SIDE + 40 if strips and _width() < _BESIDE else 0.0
    notes = _scale_notes(subject)
    more = 8 * (len(notes) - 1) + charts
    page = Page(page_width(width + 2 * MARGIN), _TOP + _SIDE + below + more)
    name = (
        f"{latent_name(latent)} {note.label}"
        if (note := subject.notes.get(latent, NOTHING)).label
        else latent_name(latent)
    )
    page.header(subject, f"Latent {name}: {_numbers(stats, dataset, latent)}")
    snapshot = subject.snapshot
    left = float(MARGIN)
    for words, images in (("encoder", snapshot.encoder_images), ("decoder", snapshot.decoder_images)):
        _weights(page, subject, words, images, left)
        left += _SIDE + 14
    for place, words in enumerate(notes):
        # Below the charts, up to the names of classes; low pictures leave no room beside the first chart.
        page.text(
            MARGIN, _TOP + _SIDE + 26 + 8 * place, words, size=SMALL, colour=MUTED, room=min(360.0, _width())
        )
    if stats.density[latent] > 0:
        start, height = (MARGIN, _TOP + charts + 8 * len(notes)) if charts else (left, _TOP)
        _histogram(page, stats, latent, start + 26, height, dataset.noun)
        if dataset.has_labels:
            _classes(page, stats, dataset, latent, start + 26 + _histogram_width() + 34, height)
    else:
        page.text(left + 10, _TOP + 10, "dead", weight="bold")
        page.text(
            left + 10,
            _TOP + 22,
            f"It is active on no training {dataset.noun.one}.",
            colour=MUTED,
        )
    top = _TOP + _SIDE + 46 + more
    for strip in strips:
        _examples(page, dataset, strip, top, snapshot.span if pictures is None else BYTES)
        top += strip.height
    return Drawn(page.figure, _table(subject, stats, dataset, latent, strips))


def _strips(stats: LatentStats, latent: int, tile: Tile, noun: Noun) -> list[_Strip]:
    """The strongest inputs; and random ones, where there are more of them."""
    on = stats.count(latent)
    # On paper two lines of each are enough.
    shown = min(on, N_EXAMPLES if now().width is None else 2 * _per_row())
    found = [
        _Strip(
            "top_image",
            f"The {shown} training {noun.many} that activate it most",
            stats.top[latent][:shown],
            stats.top_values[latent][:shown],
            tile,
        ),
        _Strip(
            "random_image",
            f"{shown} random ones of the {on:,} training {noun.many} that activate it",
            stats.sample[latent][:shown],
            stats.sample_values[latent][:shown],
            tile,
        ),
    ]
    return found[: (on > 0) + (on > shown)]


def _numbers(stats: LatentStats, dataset: Dataset, latent: int) -> str:
    if stats.density[latent] == 0:
        return f"dead {dead_where(stats, dataset.noun)}"
    share = f"active on {paper.percent(float(stats.density[latent]))} of {stats.n_images:,} training {dataset.noun.many}"
    if not dataset.has_labels:
        return share
    purest = dataset.classes[int(np.argmax(stats.class_means[latent]))]
    return f"{share}, purity {paper.percent(stats.purity(latent))} ({purest})"


def _weights(page: Page, subject: Subject, words: str, images: Array, left: float) -> None:
    """One side's image with the ends of its scale, which all latents of the run share."""
    limit = paper.weight_limit(subject, images)
    assert subject.latent is not None
    tile = Tile.within(subject.snapshot.shape, _LARGE)
    # Names have more room below each other; where they have none all the same, it is a plot like the others.
    tall = replace(tile, square=True)
    tile = tall if tall.named(subject.axes) else tile
    height = tile.size[1]
    page.text(left, _TOP - 4, words)
    tile.signed(page, images[subject.latent], limit, left, _TOP, subject.axes)
    page.boxes([tile.box(left, _TOP)])
    if tile.vector:
        ends = f"from {paper.number(-limit)} to {paper.number(limit)}"
        page.text(left, _TOP + height + 9, ends, size=SMALL, colour=MUTED)
        return
    top = _TOP + height + 6
    ramp = tiles.ramp(tile.shape)(np.linspace(-limit, limit, _LARGE)[None], limit)
    page.picture(np.repeat(ramp, 4 * PT, axis=0), left, top)
    for x, value, align in ((0.0, -limit, "left"), (_SIDE / 2, 0.0, "center"), (_SIDE, limit, "right")):
        page.text(left + x, top + 11, paper.number(value), size=SMALL, colour=MUTED, align=align)


def _scale_notes(subject: Subject) -> list[str]:
    """What the scale of the weights is; in colour, for the two limits of encoder and decoder at once."""
    notes = [f"The scale of w {paper.limit_note(subject)}"]
    if subject.latent is not None and subject.axes:
        atom = subject.snapshot.decoder_images[subject.latent]
        notes.append(f"decoder: {largest_in_words(atom, subject.axes)}")
    return [*notes, "each channel: 0.5 + w/(2·limit)"] if len(subject.snapshot.shape) == 3 else notes


def _histogram(page: Page, stats: LatentStats, latent: int, left: float, top: float, noun: Noun) -> None:
    counts, edges = stats.histogram[latent], stats.edges
    box = (left, top, _histogram_width(), _SIDE)
    page.text(left, top - 4, f"{noun.many} by activation z")
    when = " when active" if box[2] >= _HISTOGRAM else ""
    words = f"mean{when} {stats.mean_active[latent]:.3g}, max {stats.maximum[latent]:.3g}"
    page.text(left + box[2], top + _SIDE + 17, words, size=SMALL, colour=MUTED, align="right")
    axes = page.axes(box)
    axes.set_xscale("log")
    axes.set_yscale("log")
    used = np.flatnonzero(counts)
    axes.set_xlim(edges[used[0]], edges[used[-1] + 1])
    axes.set_ylim(0.5, counts.max() * 2)
    axes.stairs(counts, edges, baseline=0.5, fill=True, color=ACTIVE, linewidth=0)
    low, high = axes.get_xlim()
    if high < 10 * low:
        # There might be no multiple of a power of ten in sight.
        paper.ticks(axes.xaxis, 4)
    else:
        paper.log_ticks(axes.xaxis, (1.0, 3.0), most=6)
    paper.log_ticks(axes.yaxis, (1.0,), most=6)


def _classes(page: Page, stats: LatentStats, dataset: Dataset, latent: int, left: float, top: float) -> None:
    means, names = stats.class_means[latent], dataset.classes
    box = (left, top, MARGIN + _width() - left, _SIDE)
    if not _have_room(names, box[2]):
        _largest_classes(page, means, names, box)
        return
    page.text(left, top - 4, "mean z per class")
    axes = page.axes(box)
    colours = [SERIES[0] if value == means.max() else _PALE for value in means]
    axes.bar(np.arange(len(means)), means, width=0.75, color=colours, linewidth=0)
    axes.set_xlim(-0.6, len(means) - 0.4)
    axes.set_ylim(0, float(means.max()) * 1.08)
    axes.tick_params(axis="x", length=0)
    _class_names(page, axes, box[2], names)
    paper.ticks(axes.yaxis, 5)


def _have_room(names: Sequence[str], width: float) -> bool:
    """Whether every class can be named below its bar, upright where that is needed."""
    room = width / (len(names) + 0.2)
    return room > type_size(TINY) + 1 or max(paper.text_width(name, SMALL) for name in names) < room


def _largest_classes(page: Page, means: Array, names: Sequence[str], box: paper.Box) -> None:
    """The classes for which the latent is most active, a named row each; the table beside the figure has all."""
    order = np.argsort(-means, kind="stable")[:_ROWS]
    left, top, width, height = box
    page.text(left, top - 4, f"mean z per class: {len(order)} of {len(names)}", room=width)
    named = min(max(paper.text_width(names[place], SMALL) for place in order) + 4, 0.45 * width)
    axes = page.axes((left + named, top, width - named, height))
    colours = [SERIES[0], *[_PALE] * (len(order) - 1)]
    axes.barh(np.arange(len(order)), means[order], height=0.75, color=colours, linewidth=0)
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlim(0, float(means.max()) * 1.08)
    axes.set_yticks([])
    paper.ticks(axes.xaxis, 4)
    pitch = height / (len(order) + 0.2)
    for row, place in enumerate(order):
        below = top + (row + 0.6) * pitch + SMALL / 3
        page.text(left, below, names[place], size=SMALL, room=named - 4)


def _class_names(page: Page, axes: Axes, width: float, names: Sequence[str]) -> None:
    """Every class below its bar, upright where names are long."""
    room, places = width / (len(names) + 0.2), range(len(names))
    if max(paper.text_width(name, SMALL) for name in names) < room:
        page.names_below(axes, places, names)
    else:
        short = page.fitted_apart(names, _UPRIGHT, TINY)
        page.names_below(axes, places, short, rotation=90, fontsize=type_size(TINY))


def _examples(page: Page, dataset: Dataset, strip: _Strip, top: float, drawn_over: Span) -> None:
    shown = dataset.train_images if dataset.pictures is None else dataset.pictures
    tile, images = strip.tile, on_disk.taken(shown, strip.indices)
    x = to_input(images).reshape(images.shape)
    span = tiles.span_of(tile, drawn_over, x)
    note = f"; {tiles.span_words(span)}" if tile.vector else ""
    page.text(MARGIN, top - 4, f"{strip.words}: {'class, z' if dataset.has_labels else 'z'}{note}")
    for place, index in enumerate(strip.indices):
        row, column = divmod(place, _per_row())
        left, upper = MARGIN + column * (_ROOM + 8), top + row * strip.pitch
        middle = left + (_ROOM - tile.size[0]) / 2
        tile.plain(page, x[place] if tile.vector else images[place], middle, upper, span)
        if tile.vector:
            page.boxes([tile.box(middle, upper)])
        below = upper + tile.size[1] + 7
        name = name_of(dataset, int(index))
        if name is not None:
            page.text(left, below, name, size=SMALL - 0.5, room=_ROOM - 18)
        value = f"{strip.values[place]:#.3g}"
        if name is not None:
            page.text(left + _ROOM, below, value, size=SMALL - 0.5, colour=MUTED, align="right")
        else:
            page.text(left + _ROOM / 2, below, value, size=SMALL - 0.5, colour=MUTED, align="center")


def name_of(dataset: Dataset, index: int) -> str | None:
    """The text that a training input was made of, or its class; None where it has neither."""
    if dataset.items is not None and dataset.writes:
        return str(dataset.items.train[index])
    return dataset.classes[int(dataset.train_labels[index])] if dataset.has_labels else None


def _table(
    subject: Subject, stats: LatentStats, dataset: Dataset, latent: int, strips: list[_Strip]
) -> Table:
    """Long format: ``part`` says what a row is about; ``low`` and ``high`` are a bin's edges."""
    rows: list[list[Cell]] = [
        ["summary", latent, "density", float(stats.density[latent]), None, None],
        ["summary", latent, "mean_active", float(stats.mean_active[latent]), None, None],
        ["summary", latent, "skew", float(stats.skew[latent]), None, None],
        ["summary", latent, "kurtosis", float(stats.kurtosis[latent]), None, None],
        ["summary", latent, "maximum", float(stats.maximum[latent]), None, None],
    ]
    if note := subject.notes.get(latent):
        rows.append(["summary", latent, "star", int(note.starred), None, None])
        rows.append(["summary", latent, "label", note.label, None, None])
    if dataset.has_labels:
        rows.append(["summary", latent, "purity", stats.purity(latent), None, None])
    for place, count in enumerate(stats.histogram[latent].tolist()):
        low, high = stats.edges[place : place + 2].tolist()
        rows.append(["histogram", place, "images", count, low, high])
    for place, mean in enumerate(stats.class_means[latent].tolist() if dataset.has_labels else ()):
        rows.append(["class_mean", place, dataset.classes[place], mean, None, None])
    for strip in strips:
        for index, value in zip(strip.indices.tolist(), strip.values.tolist(), strict=True):
            rows.append([strip.part, index, name_of(dataset, index), value, None, None])
    snapshot = subject.snapshot
    for part, images in (("encoder", snapshot.encoder_images), ("decoder", snapshot.decoder_images)):
        weights = zip(tiles.columns(snapshot.shape, subject.axes), tiles.cells(images[latent]), strict=True)
        rows += [[part, place, name, weight, None, None] for place, (name, weight) in enumerate(weights)]
    return Table(("part", "index", "name", "value", "low", "high"), rows)


KIND = Kind(
    "latent",
    "One latent",
    "One latent's encoder, decoder, activations and classes, with the training inputs that activate it most and random "
    "ones.",
    ("latent", "stats", "dataset"),
    draw,
)
