"""What commands print: tables, JSON, and progress on stderr."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from saegui.core.analysis.metrics import HELP
from saegui.core.progress import UNWATCHED, Progress

if TYPE_CHECKING:
    from rich import progress as rich_progress

_BAR_AFTER, _LINES_AFTER = 0.5, 2.0
"""Seconds: shorter work shows no progress."""


def counted(count: int, noun: str) -> str:
    """``1 epoch``, ``2 epochs``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def print_json(value: object) -> None:
    """One line on stdout. JSON has no infinity and no not-a-number: both become null."""
    print(json.dumps(_finite(value), allow_nan=False), flush=True)


def print_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: frozenset[int] = frozenset()
) -> None:
    """Print rows on stdout: a table on a terminal, aligned columns in a pipe. The columns ``numbers`` align right."""
    if not sys.stdout.isatty():
        _print_plain([header, *rows], numbers)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for place, title in enumerate(header):
        table.add_column(title, justify="right" if place in numbers else "left", overflow="fold")
    for row in rows:
        # As Text, so that brackets in a name are not taken for rich's markup.
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def print_metrics(found: Mapping[str, object]) -> None:
    """Print the metrics with the definition of each."""
    rows = [
        (
            name,
            f"{value:.5g}"
            if isinstance(value, float)
            else f"{value:,}"
            if isinstance(value, int)
            else str(value),
        )
        for name, value in found.items()
    ]
    print_table(
        ("metric", "value", "meaning"), [(*row, HELP.get(row[0], "")) for row in rows], numbers=frozenset({1})
    )


def say(sentence: str) -> None:
    """A line on stderr."""
    print(sentence, file=sys.stderr, flush=True)


@contextmanager
def data_progress() -> Iterator[Progress]:
    """Yields the ``progress`` of :func:`saegui.core.data.load`: a bar on a terminal, a few lines elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.progress import BarColumn, DownloadColumn, TextColumn

    with _bar(TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn()) as progress:
        yield progress


@contextmanager
def count_progress() -> Iterator[Progress]:
    """Yields the ``progress`` of work that is counted: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield UNWATCHED
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    with _bar(TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn()) as progress:
        yield progress


@contextmanager
def _bar(*columns: Any) -> Iterator[Progress]:
    from rich import progress as rich_progress
    from rich.console import Console

    with rich_progress.Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bar(bars)


class _Bar(Progress):
    """A bar of rich's."""

    def __init__(self, bars: rich_progress.Progress) -> None:
        self._bars = bars
        self._task = bars.add_task("", visible=False)
        self._started = time.monotonic()

    def report(self, done: int, total: int, text: str = "") -> None:
        patient = time.monotonic() - self._started > _BAR_AFTER
        self._bars.update(self._task, description=text, completed=done, total=total, visible=patient)


class _Lines(Progress):
    """Prints every new text once, if the work takes longer than a moment."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._last = ""

    def report(self, done: int, total: int, text: str = "") -> None:
        if text != self._last and time.monotonic() - self._started > _LINES_AFTER:
            self._last = text
            say(text)


def _print_plain(rows: Sequence[Sequence[str]], numbers: frozenset[int]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells).rstrip())


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
