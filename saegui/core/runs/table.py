"""Runs as a table: its columns, what runs are sorted by, and which of them are shown."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from saegui.core.config.schema import RunConfig, parameter, relevant
from saegui.core.errors import RunError
from saegui.core.runs.run import STARTER_NAME, STARTER_PATH, BrokenRun, Run

WORDS = ("name", "status", "preset", "dataset", "arch", "date", "note")
"""Columns of text."""
COLUMNS: dict[str, str] = {
    "name": "name",
    "status": "status",
    "preset": "preset",
    "dataset": "data",
    "arch": "kind",
    "n_latents": "latents",
    "k": "k",
    "lr": "learning rate",
    "epochs": "epochs",
    "seed": "seed",
    "mse": "MSE",
    "fvu": "FVU",
    "l0": "L0",
    "dead": "dead",
    "seconds": "seconds",
    "date": "date",
    "note": "note",
}
"""What the columns are called in the window, by the names that the command line takes."""
_ALSO = {"latents": "n_latents", "data": "dataset", "kind": "arch", "learning_rate": "lr"}
_FORMS = {"mse": ".5f", "fvu": ".4f", "l0": ".2f", "dead": ",.0f", "seconds": ",.1f", "lr": "g"}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": le,
    ">=": ge,
    "!=": ne,
    "=": eq,
    "<": lt,
    ">": gt,
}
_COMPARED = re.compile(r"(\w+)(<=|>=|!=|=|<|>)(.+)")


def value(run: Run, column: str) -> Any:
    """A number or a text of a run; None where it has none, such as k for a kind without one."""
    config = run.config
    texts: dict[str, Callable[[], str]] = {
        "name": lambda: run.name,
        "status": lambda: run.status_text,
        "preset": lambda: run.preset_title,
        "dataset": lambda: run.data_title,
        "arch": lambda: parameter("arch").title_of(config.arch),
        "date": lambda: run.created,
        "note": lambda: run.note,
    }
    if column in texts:
        return texts[column]() or None
    if column == "seconds":
        return run.seconds
    if column in RunConfig.model_fields:
        return getattr(config, column) if column in relevant(config.model_dump()) else None
    return measured(run, column)


def measured(run: Run, name: str) -> float | None:
    """A number of the final measurement; None where there is none, or something else stands in its place."""
    found = run.metrics.get(name)
    usable = isinstance(found, int | float) and math.isfinite(found)
    return float(found) if usable and found is not None else None


def text(run: Run, column: str) -> str:
    """A cell in words; empty where there is nothing."""
    found = value(run, column)
    if found is None:
        return ""
    if column == "date":
        return str(found)[:16].replace("T", " ")
    if isinstance(found, str):
        return found
    return format(found, _FORMS.get(column, "," if isinstance(found, int) else "g"))


def word(run: Run | BrokenRun) -> str:
    """The word that commands take for a run."""
    return STARTER_NAME if run.path == STARTER_PATH else run.path.name


def header(columns: Sequence[str]) -> list[str]:
    """What the columns of :func:`rows` are called."""
    return ["run", *(COLUMNS[column] for column in columns)]


def rows(runs: Iterable[Run | BrokenRun], columns: Sequence[str]) -> list[list[str]]:
    """A row for each run: the word for it, and its cells. One that cannot be opened has only its status."""
    return [[word(run), *(_cell(run, column) for column in columns)] for run in runs]


def numbers(columns: Sequence[str]) -> frozenset[int]:
    """Places of the columns of :func:`rows` that hold numbers."""
    return frozenset(place for place, name in enumerate(columns, 1) if name not in WORDS)


def _cell(run: Run | BrokenRun, column: str) -> str:
    if isinstance(run, BrokenRun):
        return "broken" if column == "status" else ""
    return text(run, column)


def sort_value(run: Run, column: str) -> Any:
    """What a run is sorted by in a column: a number, or a text in which capitals do not count; None where it has none."""
    found = value(run, column)
    return found.casefold() if isinstance(found, str) else found


def ordered(runs: Iterable[Run], column: str, *, reverse: bool = False) -> list[Run]:
    """Sorted by a column, small before large; what has nothing to be sorted by comes last.

    Dates go from new to old. ``reverse`` turns the order round. Equals keep theirs.
    """
    known: list[tuple[Any, Run]] = []
    unknown: list[Run] = []
    for run in runs:
        found = sort_value(run, column)
        if found is None:
            unknown.append(run)
        else:
            known.append((found, run))
    known.sort(key=lambda pair: pair[0], reverse=reverse != (column == "date"))
    return [run for _, run in known] + unknown


@dataclass(frozen=True)
class Filter:
    """Which runs are shown: those that fulfil every part."""

    parts: tuple[Callable[[Run], bool], ...] = ()

    def passes(self, run: Run | BrokenRun) -> bool:
        """Whether ``run`` is shown; one that cannot be opened is where there are no parts."""
        if isinstance(run, BrokenRun):
            return not self.parts
        return all(part(run) for part in self.parts)


EVERY = Filter()


def read_filter(words: str) -> Filter:
    """Words that a run's texts contain, and comparisons such as ``k<=10`` or ``mse<0.02``, of which all must hold.

    Raises:
        RunError: a comparison names no column, or no number where the column has numbers.
    """
    return Filter(tuple(_part(word) for word in words.split()))


def _part(word: str) -> Callable[[Run], bool]:
    found = _COMPARED.fullmatch(word)
    if found is None:
        wanted = word.casefold()
        return lambda run: any(wanted in text(run, column).casefold() for column in COLUMNS)
    name, sign, given = found.groups()
    column = _ALSO.get(name.casefold(), name.casefold())
    if column not in COLUMNS:
        raise RunError(f"There is no column '{name}'; compare one of {', '.join(COLUMNS)}.")
    compare = _COMPARISONS[sign]
    wanted_value: Any = given.casefold()
    if column not in WORDS:
        try:
            wanted_value = float(given.replace(",", ""))
        except ValueError as error:
            raise RunError(
                f"'{word}' compares {column} with '{given}', which is no number; write {column}{sign}10."
            ) from error

    def holds(run: Run) -> bool:
        own = sort_value(run, column)
        return own is not None and compare(own, wanted_value)

    return holds
