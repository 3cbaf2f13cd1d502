"""Loss, FVU, L0 and dead latents while a run was trained, with overlays behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from saegui.core.config.changes import Change, marks
from saegui.core.config.changes import text as change_text
from saegui.core.figures import legends, paper
from saegui.core.figures.base import Cell, Drawn, Kind, Subject, Table
from saegui.core.figures.curve_panels import GAP, LEFT, PANELS, WIDTHS, panels, room, scale
from saegui.core.figures.drawing import type_size
from saegui.core.figures.legends import Name
from saegui.core.figures.paper import BODY, MARGIN, MUTED, SMALL, Page
from saegui.core.runs.history import TRAIN_COLUMNS, CurveValues
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.thinning import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS = 400
"""Groups a line is drawn with; when there are more than two points for each, they are averaged, and their range shaded."""
_BESIDE = 0.12
"""Share of a panel's width within which changes share one mark."""
_CHANGE_ROWS = 3
"""Lines of words on which the changes of several runs take turns."""
_MARKS = ("", "o", "s", "^", "D", "v", "P", "X")
"""What stands on the lines of the other runs."""


class CurveOf(NamedTuple):
    """One run's columns, copied: a history keeps growing in another thread while it is drawn."""

    title: str
    train: dict[str, CurveValues]
    test: dict[str, CurveValues]
    changes: tuple[Change, ...]
    """What was changed while it was trained."""
    place: int
    """0 for the subject's own."""
    diverged: bool
    short: str
    """What tells it apart from the others."""

    @staticmethod
    def of(run: Overlay, short: str) -> CurveOf:
        train, test = run.history.train, run.history.test
        return CurveOf(
            run.name,
            {name: column.copy() for name, column in train.items()},
            {name: column.copy() for name, column in test.items()},
            run.history.changes,
            run.place,
            run.diverged,
            short,
        )

    @property
    def aside(self) -> bool:
        """Whether it leaves the axes where they end: another run, whose last points are thousands of times as high as all."""
        return self.diverged and self.place > 0

    @property
    def label(self) -> str:
        """What the legend calls it."""
        return f"{self.short} (diverged)" if self.diverged else self.short

    def within(self, low: float, high: float) -> CurveOf:
        """What lies from epoch ``low`` to ``high``, and a point on both sides, so that lines continue to the edges."""
        return self._replace(train=_cut(self.train, low, high), test=_cut(self.test, low, high))


def _cut(columns: dict[str, CurveValues], low: float, high: float) -> dict[str, CurveValues]:
    epoch = columns["epoch"]
    first, last = np.searchsorted(epoch, low), np.searchsorted(epoch, high, side="right")
    if first == len(epoch) or last == 0:
        return {name: column[:0] for name, column in columns.items()}
    return {name: column[max(0, first - 1) : last + 1] for name, column in columns.items()}


def draw(subject: Subject) -> Drawn:
    """Four panels over epochs: training points solid, test points dashed, other runs behind."""
    assert subject.history is not None
    own = Overlay(Path(), subject.title, subject.history)
    shown = (own, *subject.overlays)
    short = subject.short_titles or [run.name for run in shown]
    runs = [CurveOf.of(run, name) for run, name in zip(shown, short, strict=True)]
    upper = paper.TOP + 26.0 + legends.height(_names(runs), room())
    across, panel = panels()
    page = Page(room() + 2 * MARGIN, upper + -(-len(PANELS) // across) * (panel[1] + GAP[1]) - 10)
    page.header(subject, "Training curves")
    group, span = 1, subject.epochs or (0.0, _last_epoch(runs))
    seen = [run.within(*span) for run in runs]
    for place, (column, title) in enumerate(PANELS):
        row, side = divmod(place, across)
        left, top = LEFT + side * (panel[0] + GAP[0]), upper + row * (panel[1] + GAP[1])
        axes = page.axes((left, top, *panel))
        group = max(group, draw_panel(axes, seen, column, span))
        for row, run in enumerate(run for run in runs if run.changes):
            _mark_changes(axes, run, span, row % _CHANGE_ROWS)
        page.text(left, top - 6, title, weight="bold", size=BODY)
        last = _last(runs[0], column)
        if paper.text_width(title, BODY, "bold") + paper.text_width(last, SMALL) + 6 <= panel[0]:
            page.text(left + panel[0], top - 6, last, size=SMALL, colour=MUTED, align="right")
        page.text(left + panel[0], top + panel[1] + 19, "epoch", size=SMALL, colour=MUTED, align="right")
    _legend(page, runs, group)
    return Drawn(page.figure, _table(runs))


def own_curves(subject: Subject) -> tuple[CurveOf, tuple[float, float]] | None:
    """The subject's own curves, without those of other runs, and the epochs that they reach over; None where there are none."""
    history = subject.history
    if history is None or not (len(history.train["step"]) or len(history.test["step"])):
        return None
    run = CurveOf.of(Overlay(Path(), subject.title, history), subject.title)
    return run, (0.0, _last_epoch([run]))


def draw_panel(axes: Axes, runs: list[CurveOf], column: str, span: tuple[float, float]) -> int:
    """Draw every run, the subject's own on top; returns how many training points make one of the line's."""
    from matplotlib.lines import Line2D

    group = 1
    shown: list[CurveValues] = []
    log = _is_log(runs, column, span)
    for run in reversed(runs):
        colour, mark = _look(run)
        for split, columns in (("train", run.train), ("test", run.test)):
            if column not in columns:
                continue
            curve = Curve(columns["epoch"], columns[column])
            line = curve.seen(*span, _POINTS, log=log)
            look = {"linestyle": paper.DASHED} if split == "test" else {}
            single = {"marker": "o", "markersize": 2.5, "clip_on": run.aside} if len(curve) == 1 else {}
            drawn = Line2D(
                line.x,
                line.mean,
                color=colour,
                linewidth=WIDTHS[split == "test"],
                zorder=3 + (split == "test"),
                **{**_marked(mark, len(line.x)), **look, **single},
            )
            if run.aside:
                axes.add_artist(drawn)
            else:
                axes.add_line(drawn)
                shown += [line.low, line.high]
            if line.thinned and not run.aside:
                axes.fill_between(
                    line.x,
                    line.low,
                    line.high,
                    color=colour,
                    alpha=0.08 if run.place else 0.2,
                    linewidth=0,
                    zorder=2,
                )
                group = max(group, -(-len(curve) // _POINTS)) if not run.place and split == "train" else group
    scale(axes, np.concatenate(shown), column, span, log=log)
    return group


def _mark_changes(axes: Axes, run: CurveOf, span: tuple[float, float], row: int) -> None:
    """A line where a value was changed during the training, with the old and the new one on line ``row`` of words."""
    width = span[1] - span[0]
    colour = _look(run)[0] if run.place else paper.MUTED
    for place, text in marks(run.changes, "epoch", _BESIDE * width):
        if span[0] <= place <= span[1]:
            axes.axvline(place, color=colour, linewidth=0.6, linestyle=":", zorder=2)
            right = place > span[0] + width / 2
            axes.text(
                place,
                0.98 - 0.11 * row,
                f"{text} " if right else f" {text}",
                transform=axes.get_xaxis_transform(),
                ha="right" if right else "left",
                va="top",
                fontsize=type_size(SMALL),
                color=colour,
                zorder=5,
            )


def _look(run: CurveOf) -> tuple[str, str]:
    """The colour of a run, which only the subject's own has where ``place`` is 0, and the mark on its line."""
    if not run.place:
        return paper.SERIES[0], ""
    again, colour = divmod(run.place - 1, len(paper.SERIES) - 1)
    # A mark for each, so that they are told apart in grey, too; after all marks, with other colours again.
    return paper.SERIES[1 + colour], _MARKS[1 + (run.place - 1 + again) % (len(_MARKS) - 1)]


def _marked(mark: str, points: int) -> dict[str, Any]:
    return {"marker": mark, "markersize": 2.5, "markevery": max(1, points // 8)} if mark else {}


def _last_epoch(runs: list[CurveOf]) -> float:
    epochs = [columns["epoch"] for run in runs for columns in (run.train, run.test)]
    return float(np.concatenate(epochs).max(initial=0)) or 1.0


def _is_log(runs: list[CurveOf], column: str, span: tuple[float, float]) -> bool:
    """Whether a logarithmic axis suits what is seen: values above zero that differ much. Others are gaps in the lines then."""
    if column not in ("loss", "fvu"):
        return False
    extents = [
        Curve(columns["epoch"], columns[column]).extent(*span)
        for run in runs
        for columns in (run.train, run.test)
        if not run.aside
    ]
    least, most = min(low for low, _ in extents), max(high for _, high in extents)
    return most > 3 * least


def _last(run: CurveOf, column: str) -> str:
    """The last values in words, so that nobody has to read them off the axes."""
    words = []
    for name, columns in (("train", run.train), ("test", run.test)):
        if column in columns and len(columns[column]):
            value = f"{columns[column][-1]:{'#' if column in ('loss', 'fvu') else ''}.4g}"
            words.append(f"{name} {value}" if column in run.test else value)
    return "last: " + ", ".join(words) if words else ""


def _names(runs: list[CurveOf]) -> list[Name]:
    """Of several runs; one alone is named above the figure."""
    if len(runs) < 2:
        return []
    return [
        Name(run.label, {"color": colour, "linewidth": 2, "marker": mark, "markersize": 2.5})
        for run in runs
        for colour, mark in [_look(run)]
    ]


def _legend(page: Page, runs: list[CurveOf], group: int) -> None:
    """How train and test are drawn, and, where there are several runs, a table of their colours."""
    train = "train" if group == 1 else f"train: mean of {group} points, range shaded"
    for column, (words, dashed) in enumerate(((train, False), ("test", True))):
        first = max(room() / 3, paper.text_width(train, SMALL) + 34)
        x, y = MARGIN + column * first, paper.TOP + 2.0
        page.line([x, x + 16], [y - 2, y - 2], paper.TEXT, dashed=dashed, linewidth=WIDTHS[dashed])
        page.text(x + 20, y, words, size=SMALL)
    legends.draw(page, _names(runs), paper.TOP + 2 + legends.ROW, room())


def _cells(subject: Subject) -> int:
    histories = [run.history for run in subject.overlays]
    if subject.history is not None:
        histories.append(subject.history)
    rows = sum(len(each.train["step"]) + len(each.test["step"]) + len(each.changes) for each in histories)
    return rows * (3 + len(TRAIN_COLUMNS))


def _table(runs: list[CurveOf]) -> Table:
    rows: list[list[Cell]] = []
    for run in runs:
        for split, columns in (("train", run.train), ("test", run.test)):
            values = [columns[name].tolist() if name in columns else None for name in TRAIN_COLUMNS]
            for index in range(len(columns["step"])):
                cells = (None if column is None else column[index] for column in values)
                rows.append([run.title, split, *cells, None])
        for change in run.changes:
            unknown: list[Cell] = [None] * (len(TRAIN_COLUMNS) - 3)
            place: list[Cell] = [change.step, change.epoch, change.seconds]
            rows.append([run.title, "change", *place, *unknown, change_text([change])])
    return Table(("run", "split", *TRAIN_COLUMNS, "change"), rows)


KIND = Kind(
    "curves",
    "Training curves",
    "Loss, FVU, L0 and dead latents during training, with those of compared runs behind.",
    ("history",),
    draw,
    cells=_cells,
)
