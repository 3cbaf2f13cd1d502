"""A run on one page: its parameters, metrics, curves, atoms, densities and reconstructions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from saegui.core import on_disk
from saegui.core.analysis.distributions import of_active, of_density
from saegui.core.analysis.metrics import image_errors
from saegui.core.config.schema import parameter, relevant
from saegui.core.figures import curves, histogram, paper, tiles
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.captions import parameter_text
from saegui.core.figures.curve_panels import PANELS
from saegui.core.figures.drawing import page_width, type_size
from saegui.core.figures.grids import read_atoms
from saegui.core.figures.paper import BODY, MARGIN, MUTED, PT, SERIES, SMALL, TITLE, Page
from saegui.core.figures.reconstruction import examples
from saegui.core.figures.tiles import Tile
from saegui.core.model.snapshot import to_input
from saegui.core.numbers import latent_name

_WIDTH = 480.0
"""Points between the margins, on a screen."""
_WIDE = 360.0
"""Points from which on parts stand beside each other."""
_METRICS = (
    ("mse", "MSE", ".5f"),
    ("fvu", "FVU", ".4f"),
    ("explained_variance", "explained variance", ".4f"),
    ("l0", "L0", ".2f"),
    ("dead", "dead latents", ",.0f"),
    ("dense", "dense latents", ",.0f"),
    ("loss_recovered", "loss recovered", ".3f"),
)
_PITCH = 30.0
"""Points from atom to atom."""
_TEXT = 90.0
"""Points from text to text, where texts stand for atoms."""
_ROWS = 3
"""Of atoms; twice as many on a narrow page."""
_HEAD = 15.0
"""Points of a part's heading."""
_CHART = 62.0
"""Points that a chart is high."""
_BELOW = 26.0
"""Points below a chart for its numbers."""


def draw(subject: Subject) -> Drawn:
    """Parts below each other; those of which there is nothing, such as the curves of an imported model, are left out."""
    room = page_width(_WIDTH + 2 * MARGIN) - 2 * MARGIN
    parts = [
        part
        for part in (
            _Metrics(subject, room),
            _Parameters(subject, room),
            _Curves(subject, room),
            _Atoms(subject, room),
            _Counts(subject, room),
            _Reconstructions(subject, room),
        )
        if part.height
    ]
    page = Page(room + 2 * MARGIN, paper.TOP + sum(part.height for part in parts) + 6)
    page.header(subject, "Summary")
    top: float = paper.TOP
    for part in parts:
        part.draw(page, top)
        top += part.height
    rows: list[list[Cell]] = [
        ["metric", name, float(value)] for name, _, value in _Metrics(subject, room).numbers
    ]
    rows += [["parameter", name, value] for name, value in _values(subject).items()]
    return Drawn(page.figure, Table(("part", "name", "value"), rows))


def _values(subject: Subject) -> dict[str, Any]:
    values = subject.snapshot.config.model_dump()
    return {name: values[name] for name in relevant(values)}


def _heading(page: Page, top: float, words: str, note: str, room: float) -> None:
    page.text(MARGIN, top + 8, words, weight="bold", size=BODY)
    left = MARGIN + paper.text_width(words, type_size(BODY), "bold") + 8
    if note and paper.text_width(note, type_size(SMALL)) <= room + MARGIN - left:
        page.text(left, top + 8, note, size=SMALL, colour=MUTED)


class _Metrics:
    """The final measurement, large."""

    def __init__(self, subject: Subject, room: float) -> None:
        found = subject.run.metrics if subject.run is not None else {}
        self.numbers = [
            (name, title, value)
            for name, title, _ in _METRICS
            if isinstance(value := found.get(name), int | float) and np.isfinite(value)
        ]
        self._across = min(len(self.numbers), 7 if room >= _WIDE else 3) or 1
        self._pitch = room / self._across
        self.height = 31.0 * -(-len(self.numbers) // self._across) + 2 if self.numbers else 0.0

    def draw(self, page: Page, top: float) -> None:
        forms = {name: form for name, _, form in _METRICS}
        for place, (name, title, value) in enumerate(self.numbers):
            row, column = divmod(place, self._across)
            left, upper = MARGIN + column * self._pitch, top + row * 31
            page.text(left, upper + 6, title, size=SMALL, colour=MUTED, room=self._pitch - 4)
            words = format(value, forms[name]).replace("-", "−")
            page.text(left, upper + 19, words, size=TITLE + 1, weight="bold", room=self._pitch - 4)


class _Parameters:
    """All that have an effect, in columns."""

    def __init__(self, subject: Subject, room: float) -> None:
        self._words = [
            (parameter(name).title, parameter_text(name, value)) for name, value in _values(subject).items()
        ]
        self._columns = 4 if room >= _WIDE else 2
        self._pitch, self._room = room / self._columns, room
        self._rows = -(-len(self._words) // self._columns)
        self.height = _HEAD + 9.5 * self._rows + 6

    def draw(self, page: Page, top: float) -> None:
        _heading(page, top, "Parameters", "", self._room)
        for place, (title, value) in enumerate(self._words):
            column, row = divmod(place, self._rows)
            left, y = MARGIN + column * self._pitch, top + _HEAD + 6 + 9.5 * row
            right = left + self._pitch - 12
            page.text(right, y, value, size=SMALL, align="right", room=self._pitch * 0.6)
            shown = min(paper.text_width(value, type_size(SMALL)), self._pitch * 0.6)
            page.text(left, y, title, size=SMALL, colour=MUTED, room=self._pitch - 16 - shown)


class _Curves:
    """Four small panels."""

    def __init__(self, subject: Subject, room: float) -> None:
        self._found = curves.own_curves(subject)
        self._across, self._room = 4 if room >= _WIDE else 2, room
        self.height = _HEAD + 8 + (_CHART + _BELOW) * (4 // self._across) if self._found else 0.0

    def draw(self, page: Page, top: float) -> None:
        assert self._found is not None
        run, span = self._found
        _heading(page, top, "Training", "over epochs; train solid, test dashed", self._room)
        pitch = self._room / self._across
        for place, (column, title) in enumerate(PANELS):
            row, side = divmod(place, self._across)
            left, upper = MARGIN + side * pitch + 27, top + _HEAD + 8 + row * (_CHART + _BELOW)
            axes = page.axes((left, upper, pitch - 36, _CHART))
            curves.draw_panel(axes, [run.within(*span)], column, span)
            paper.ticks(axes.xaxis, 3, integer=span[1] >= 3)
            if axes.get_yscale() != "log":
                paper.ticks(axes.yaxis, 3, integer=column == "dead")
            page.text(left, upper - 3, title.split(" in ")[0], size=SMALL)


class _Atoms:
    """The most often active ones."""

    def __init__(self, subject: Subject, room: float) -> None:
        self._subject, self._room = subject, room
        self._texts = read_atoms(subject).texts
        columns = int((room + 3) // (_PITCH if self._texts is None else _TEXT))
        self._pitch = (room + 3) / columns
        rows = _ROWS if room >= _WIDE and self._texts is None else 2 * _ROWS
        alive = subject.order()[: int(np.count_nonzero(~subject.dead))]
        self._latents = alive[: columns * rows]
        self._columns = columns
        self._tile = Tile.within(subject.snapshot.shape, int((self._pitch - 3) * PT))
        self._down = self._tile.size[1] + 3 if self._texts is None else 9.5
        rows = -(-len(self._latents) // columns)
        self.height = _HEAD + rows * self._down + 8 if rows else 0.0

    def draw(self, page: Page, top: float) -> None:
        subject, n = self._subject, len(self._latents)
        limit = paper.weight_limit(subject, subject.snapshot.decoder_images)
        dead = int(np.count_nonzero(subject.dead))
        words = f"the {n:,} most often active of {subject.snapshot.n_latents:,}, {dead:,} dead; weights "
        ends = (
            f"{paper.number(-limit)} blue to {paper.number(limit)} red"
            if self._colours
            else f"±{paper.number(limit)}"
        )
        if self._texts is not None:
            words, ends = (
                f"the training {subject.noun.one} nearest to each of {words.removesuffix('; weights ')}",
                "",
            )
        _heading(page, top, "Atoms", words + ends, self._room)
        for place, latent in enumerate(self._latents.tolist()):
            row, column = divmod(place, self._columns)
            left, upper = MARGIN + column * self._pitch, top + _HEAD + row * self._down
            if self._texts is not None:
                name = f"{latent_name(latent)} {self._texts[latent][0]}"
                page.text(left, upper + 6, name, size=SMALL, room=self._pitch - 6)
                continue
            self._tile.signed(page, subject.snapshot.decoder_images[latent], limit, left, upper)
            page.boxes([self._tile.box(left, upper)])

    @property
    def _colours(self) -> bool:
        return len(self._subject.snapshot.shape) == 2


class _Counts:
    """How often latents are active, and how many at once."""

    def __init__(self, subject: Subject, room: float) -> None:
        self._subject, self._room = subject, room
        self._densities = of_density(subject.density, subject.dead)
        known = bool(self._densities.counts.sum())
        self._active = None if subject.stats is None else of_active(subject.stats, subject.snapshot.config)
        self._charts = known + (self._active is not None)
        self._beside = room >= _WIDE and self._charts == 2
        rows = 1 if self._beside else self._charts
        self.height = rows * (_HEAD + _CHART + _BELOW) if known else 0.0

    def draw(self, page: Page, top: float) -> None:
        noun = self._subject.noun
        width = self._room / 2 - 40 if self._beside else self._room - 30
        left_out = self._densities.left_out
        dead = f", {left_out:,} dead left out" if left_out else ""
        _heading(page, top, "Densities of latents", f"logarithmic{dead}", self._room / (1 + self._beside))
        axes = page.axes((MARGIN + 27, top + _HEAD + 2, width, _CHART))
        histogram.bars(axes, self._densities, 5)
        paper.ticks(axes.yaxis, 3, integer=True)
        if self._active is None:
            return
        left = MARGIN + 27 + (self._room / 2 + 6 if self._beside else 0)
        upper = top + (0 if self._beside else _HEAD + _CHART + _BELOW)
        page.text(left - 27, upper + 8, f"Active latents per {noun.one}", weight="bold", size=BODY)
        if self._beside and self._active.target is not None:
            page.text(
                MARGIN + self._room, upper + 8, "target dashed", size=SMALL, colour=MUTED, align="right"
            )
        axes = page.axes((left, upper + _HEAD + 2, width, _CHART))
        counts = self._active.counts
        axes.bar(np.arange(len(counts)), counts, width=0.8, color=SERIES[0], linewidth=0)
        axes.set_xlim(max(-1.0, float(np.flatnonzero(counts).min(initial=len(counts))) - 6), len(counts) + 4)
        if self._active.target is not None:
            axes.axvline(self._active.target, color=SERIES[1], linewidth=0.9, linestyle=paper.DASHED)
        paper.ticks(axes.xaxis, 5, integer=True)
        paper.ticks(axes.yaxis, 3, integer=True)


class _Reconstructions:
    """Test inputs above what the model makes of them."""

    def __init__(self, subject: Subject, room: float) -> None:
        self._subject, self._room = subject, room
        dataset = subject.dataset
        usable = dataset is not None and dataset.shape == subject.snapshot.shape and len(dataset.test_images)
        shown = examples(dataset) if dataset is not None and usable else np.zeros(0, np.intp)
        self._columns = max(1, min(len(shown), int((room - 58) // (_PITCH + 3))))
        self._chosen: Sequence[int] = shown[: self._columns].tolist()
        self._pitch = min((room - 58) / self._columns, 44.0)
        self._tile = Tile.within(subject.snapshot.shape, int((self._pitch - 4) * PT))
        self.height = _HEAD + 2 * (self._tile.size[1] + 3) + 14 if self._chosen else 0.0

    def draw(self, page: Page, top: float) -> None:
        dataset, model = self._subject.dataset, self._subject.snapshot
        assert dataset is not None
        images = on_disk.taken(dataset.test_images, np.asarray(self._chosen))
        x = to_input(images).reshape(images.shape)
        x_hat, l0, _ = image_errors(model, images)
        span = tiles.span_of(self._tile, model.span, x, x_hat)
        _heading(page, top, "Reconstructions", f"of test {dataset.noun.many}; L0 below", self._room)
        height = self._tile.size[1] + 3
        for row, (words, values) in enumerate((("original", x), ("reconstruction", x_hat))):
            upper = top + _HEAD + row * height
            page.text(MARGIN, upper + height / 2 + 1, words, size=SMALL, colour=MUTED)
            for column, value in enumerate(values):
                left = MARGIN + 58 + column * self._pitch
                self._tile.plain(page, value, left, upper, span)
                if self._tile.vector:
                    page.boxes([self._tile.box(left, upper)])
        for column, on in enumerate(l0.tolist()):
            middle = MARGIN + 58 + column * self._pitch + self._tile.size[0] / 2
            page.text(middle, top + _HEAD + 2 * height + 6, str(on), size=SMALL, align="center")


KIND = Kind(
    "summary",
    "Summary of the run",
    "A run on one page: parameters, metrics, training curves, atoms, densities of latents, active latents per input and "
    "reconstructions.",
    (),
    draw,
    prefers=("stats", "history", "dataset"),
)
