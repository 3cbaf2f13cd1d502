"""Loss, FVU, L0 and dead latents while a run was trained, with overlays behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.figures import paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.paper import BODY, MARGIN, MUTED, SMALL, Page
from saegui.core.runs.history import TRAIN_COLUMNS, CurveValues
from saegui.core.runs.overlay import Overlay

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANELS = (("loss", "Loss"), ("fvu", "FVU"), ("l0", "L0"), ("dead", "Dead latents"))
_PANEL = (206.0, 104.0)
_GAP = (40.0, 40.0)
_LEFT = MARGIN + 22
_LEGEND_ROW = 11.0
_LEGEND_COLUMNS = 3
_WIDTH = _LEFT + 2 * _PANEL[0] + _GAP[0] + MARGIN
_SAMPLE = 30.0
"""Points of a column of the legend that are not its text: a piece of line, and gaps."""
_POINTS = 400
"""Training points a line is drawn with; more are averaged in equal groups, and their range shaded."""

_TRAIN = 0.6
"""Opacity of a training line that has a test line beside it."""


class _Run(NamedTuple):
    """One run's columns, copied: a history keeps growing in another thread while it is drawn."""

    title: str
    train: dict[str, CurveValues]
    test: dict[str, CurveValues]
    place: int
    """0 for the subject's own."""
    diverged: bool

    @staticmethod
    def of(run: Overlay) -> _Run:
        train, test = run.history.train, run.history.test
        return _Run(
            run.name,
            {name: column.copy() for name, column in train.items()},
            {name: column.copy() for name, column in test.items()},
            run.place,
            run.diverged,
        )

    @property
    def aside(self) -> bool:
        """Whether it leaves the axes where they end: another run, whose last points are thousands of times as high as all."""
        return self.diverged and self.place > 0

    @property
    def label(self) -> str:
        """What the legend calls it."""
        return f"{self.title} (diverged)" if self.diverged else self.title

    def within(self, low: float, high: float) -> _Run:
        """What lies from epoch ``low`` to ``high``, and a point on both sides, so that lines continue to the edges."""
        return self._replace(train=_cut(self.train, low, high), test=_cut(self.test, low, high))


def _cut(columns: dict[str, CurveValues], low: float, high: float) -> dict[str, CurveValues]:
    epoch = columns["epoch"]
    first, last = np.searchsorted(epoch, low), np.searchsorted(epoch, high, side="right")
    if first == len(epoch) or last == 0:
        return {name: column[:0] for name, column in columns.items()}
    return {name: column[max(0, first - 1) : last + 1] for name, column in columns.items()}


class _Line(NamedTuple):
    """What is drawn of one column."""

    x: CurveValues
    mean: CurveValues
    low: CurveValues
    high: CurveValues
    group: int


def draw(subject: Subject) -> Drawn:
    """Four panels over epochs: training points solid, test points dashed, other runs faint."""
    assert subject.history is not None
    own = Overlay(Path(), subject.title, subject.history)
    runs = [_Run.of(run) for run in (own, *subject.overlays)]
    upper = paper.TOP + 26.0 + (_LEGEND_ROW * -(-len(runs) // _columns(runs)) if len(runs) > 1 else 0)
    page = Page(_WIDTH, upper + 2 * (_PANEL[1] + _GAP[1]) - 10)
    page.header(subject, "Training curves")
    group, span = 1, subject.epochs or (0.0, _last_epoch(runs))
    seen = [run.within(*span) for run in runs]
    for place, (column, title) in enumerate(_PANELS):
        row, side = divmod(place, 2)
        left, top = _LEFT + side * (_PANEL[0] + _GAP[0]), upper + row * (_PANEL[1] + _GAP[1])
        axes = page.axes((left, top, *_PANEL))
        group = max(group, _panel(axes, seen, column, span))
        page.text(left, top - 6, title, weight="bold", size=BODY)
        page.text(left + _PANEL[0], top - 6, _last(runs[0], column), size=SMALL, colour=MUTED, align="right")
        page.text(left + _PANEL[0], top + _PANEL[1] + 19, "epoch", size=SMALL, colour=MUTED, align="right")
    _legend(page, runs, group)
    return Drawn(page.figure, _table(runs))


def _panel(axes: Axes, runs: list[_Run], column: str, span: tuple[float, float]) -> int:
    """Draw every run, the subject's own on top; returns how many training points make one of the line's."""
    from matplotlib.lines import Line2D

    group, colours = 1, _colours(runs)
    shown: list[CurveValues] = []
    for run, colour in reversed(list(zip(runs, colours, strict=True))):
        alpha = paper.OVERLAY_STRENGTH if run.place else 1.0
        # Paler than the test line, which mostly lies on it.
        pale = alpha * _TRAIN if column in run.test else alpha
        line = _line(run.train["epoch"], run.train[column])
        lines = [
            Line2D(
                line.x,
                line.mean,
                color=colour,
                alpha=pale,
                linewidth=1.1,
                zorder=3,
                **_dot(line.x, clip_on=run.aside),
            )
        ]
        values = [line.low, line.high]
        if column in run.test:
            x, y = run.test["epoch"], run.test[column]
            dashed = {"linestyle": paper.DASHED, "linewidth": 0.9, **_dot(x, clip_on=run.aside)}
            lines.append(Line2D(x, y, color=colour, alpha=alpha, zorder=4, **dashed))
            values.append(y)
        if not run.place:
            axes.fill_between(line.x, line.low, line.high, color=colour, alpha=0.15, linewidth=0, zorder=2)
            group = line.group
        for drawn in lines:
            if run.aside:
                axes.add_artist(drawn)
            else:
                axes.add_line(drawn)
        shown += [] if run.aside else values
    _scale(axes, np.concatenate(shown), column, span)
    return group


def _colours(runs: list[_Run]) -> list[str]:
    """One for each: the window's, or, of more overlays than it shows, a scale from dark to light."""
    if all(run.place < len(paper.SERIES) for run in runs):
        return [paper.SERIES[run.place] for run in runs]
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    others = colormaps["viridis"](np.linspace(0, 0.9, len(runs) - 1))
    return [paper.SERIES[0], *map(to_hex, others)]


def _dot(x: CurveValues, *, clip_on: bool) -> dict[str, Any]:
    # A line through one point is invisible.
    return {"marker": "o", "markersize": 2.5, "clip_on": clip_on} if len(x) == 1 else {}


def _line(x: CurveValues, y: CurveValues) -> _Line:
    group = -(-len(x) // _POINTS) or 1
    if group == 1:
        return _Line(x, y, y, y, 1)
    whole = len(x) // group * group
    starts = np.arange(0, whole, group)
    values = y[:whole].reshape(-1, group)
    # The last, incomplete group is left to the one before it: its mean would rest on a few steps.
    return _Line(x[starts + group - 1], values.mean(1), values.min(1), values.max(1), group)


def _last_epoch(runs: list[_Run]) -> float:
    epochs = [columns["epoch"] for run in runs for columns in (run.train, run.test)]
    return float(np.concatenate(epochs).max(initial=0)) or 1.0


def _scale(axes: Axes, values: NDArray[np.float64], column: str, span: tuple[float, float]) -> None:
    finite = values[np.isfinite(values)]
    axes.set_xlim(*span)
    paper.ticks(axes.xaxis, 6, integer=span[1] - span[0] >= 5)
    axes.grid(axis="y", color=paper.LINE, linewidth=0.4, zorder=0)
    axes.set_axisbelow(True)
    if column in ("loss", "fvu") and len(finite) and finite.min() > 0 and finite.max() > 3 * finite.min():
        axes.set_yscale("log")
        narrow = finite.max() < 10 * finite.min()
        paper.log_ticks(axes.yaxis, (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0) if narrow else (1.0, 2.0, 5.0))
    else:
        paper.ticks(axes.yaxis, 5, integer=column == "dead")
        if column == "l0" and len(finite):
            _at_least_a_latent(axes)
        if column == "dead":
            axes.set_ylim(bottom=0, top=max(1.0, finite.max(initial=0) * 1.08))


def _at_least_a_latent(axes: Axes) -> None:
    """One latent more or less is the least that a change of L0 means; differences far below would fill the panel."""
    low, high = axes.get_ylim()
    short = max(0.0, 1.2 - (high - low)) / 2
    axes.set_ylim(low - short, high + short)


def _last(run: _Run, column: str) -> str:
    """The last values in words, so that nobody has to read them off the axes."""
    words = []
    for name, columns in (("train", run.train), ("test", run.test)):
        if column in columns and len(columns[column]):
            value = f"{columns[column][-1]:{'#' if column in ('loss', 'fvu') else ''}.4g}"
            words.append(f"{name} {value}" if column in run.test else value)
    return "last: " + ", ".join(words) if words else ""


def _legend(page: Page, runs: list[_Run], group: int) -> None:
    """How train and test are drawn, and, where there are several runs, a table of their colours."""
    columns = _columns(runs)
    width = (_WIDTH - 2 * MARGIN) / columns
    train = "train" if group == 1 else f"train: mean of {group} points, range shaded"
    for column, (words, dashed) in enumerate(((train, False), ("test", True))):
        x, y = MARGIN + column * (page.width - 2 * MARGIN) / _LEGEND_COLUMNS, paper.TOP + 2.0
        alpha = 1.0 if dashed else _TRAIN
        page.line([x, x + 16], [y - 2, y - 2], paper.TEXT, dashed=dashed, linewidth=1, alpha=alpha)
        page.text(x + 20, y, words, size=SMALL)
    colours = _colours(runs)
    names = page.fitted_apart([run.label for run in runs], width - _SAMPLE, SMALL)
    for place, name in enumerate(names if len(runs) > 1 else ()):
        row, column = divmod(place, columns)
        x, y = MARGIN + column * width, paper.TOP + 2 + (row + 1) * _LEGEND_ROW
        alpha = paper.OVERLAY_STRENGTH if place else 1.0
        page.line([x, x + 16], [y - 2, y - 2], colours[place], linewidth=2, alpha=alpha)
        page.text(x + 20, y, name, size=SMALL)


def _columns(runs: list[_Run]) -> int:
    """As many columns as leave every name of ``runs`` whole."""
    longest = max(paper.text_width(run.label, SMALL) for run in runs)
    for columns in range(_LEGEND_COLUMNS, 1, -1):
        if longest <= (_WIDTH - 2 * MARGIN) / columns - _SAMPLE:
            return columns
    return 1


def _table(runs: list[_Run]) -> Table:
    rows: list[list[Cell]] = []
    for run in runs:
        for split, columns in (("train", run.train), ("test", run.test)):
            values = [columns[name].tolist() if name in columns else None for name in TRAIN_COLUMNS]
            for index in range(len(columns["step"])):
                cells = (None if column is None else column[index] for column in values)
                rows.append([run.title, split, *cells])
    return Table(("run", "split", *TRAIN_COLUMNS), rows)


KIND = Kind(
    "curves",
    "Training curves",
    "Loss, FVU, L0 and dead latents during training, with those of compared runs behind.",
    ("history",),
    draw,
)
