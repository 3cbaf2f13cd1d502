"""The columns of the list of runs: few below each name in a narrow list, all beside it in a wide one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRect

from saegui.core.analysis.metrics import HELP
from saegui.core.config.schema import parameter
from saegui.ui.theme.tokens import GAP
from saegui.ui.widgets.run_rows import SORTS

GUTTER = 26
"""px left of the names, for the mark of the current run, and the colours of compared runs."""
ROW, LINE = 44, 30
"""px of a row: of two lines in a narrow list, of one in a wide list."""
WIDE = 720
"""px from which on a list is wide."""
NAME = 170
"""px that a name has at least, beside the columns."""
_SHARES = (0.31, 0.18, 0.16, 0.13, 0.22)
"""How the columns of a narrow list share a row."""


@dataclass(frozen=True)
class Column:
    """One column of a wide list."""

    name: str
    title: str
    help: str
    width: int
    """px that it needs."""
    left: bool = False
    """Words begin at its left; numbers end at its right."""


def _setting(name: str, title: str, width: int, *, left: bool = False) -> Column:
    return Column(name, title, parameter(name).help, width, left)


COLUMNS = (
    Column("name", "name", "The name of the run.", NAME, True),
    Column("preset", "preset", "The preset that the settings began with.", 100, True),
    Column("dataset", "data", "The data that it was trained on.", 84, True),
    _setting("arch", "kind", 104, left=True),
    _setting("n_latents", "latents", 54),
    _setting("k", "k", 36),
    _setting("lr", "lr", 48),
    _setting("epochs", "epochs", 52),
    _setting("seed", "seed", 40),
    Column("mse", "MSE", HELP["mse"], 56),
    Column("fvu", "FVU", HELP["fvu"], 48),
    Column("l0", "L0", HELP["l0"], 44),
    Column("dead", "dead", HELP["dead"], 62),
    Column("seconds", "seconds", "How long it was trained, without pauses.", 58),
    Column("date", "date", "When the training began.", 88, True),
    Column("note", "note", "What you wrote about the run.", 64, True),
)
BY_NAME = {column.name: column for column in COLUMNS}
_SPARE = ("note", "seconds", "seed", "preset", "dataset", "epochs", "lr", "arch")
"""What goes first where there is no room for all."""


def is_wide(width: int) -> bool:
    """Whether a list of ``width`` px shows its columns beside the names."""
    return width >= WIDE


def row_height(width: int) -> int:
    """px of a row in a list of ``width`` px."""
    return LINE if is_wide(width) else ROW


def column_rects(width: int, top: int, height: int) -> dict[str, QRect]:
    """Where the columns of a row of ``width`` px are, by their names; the header and all rows agree."""
    left, found = GUTTER, {}
    room = width - GUTTER - GAP
    if not is_wide(width):
        for name, share in zip(SORTS, _SHARES, strict=True):
            right = left + round(share * room)
            found[name] = QRect(left, top, right - left, height)
            left = right
        return found
    shown = _that_fit(room)
    extra = room - _needed(shown)
    # Half of what is left over goes to the names, the rest to all.
    each = extra // (2 * len(shown))
    for column in shown:
        wide = column.width + each + (extra - each * len(shown) if column.name == "name" else 0)
        found[column.name] = QRect(left, top, wide, height)
        left += wide + GAP
    return found


def _that_fit(room: int) -> list[Column]:
    shown = list(COLUMNS)
    for name in _SPARE:
        if _needed(shown) <= room:
            break
        shown.remove(BY_NAME[name])
    return shown


def _needed(columns: Iterable[Column]) -> int:
    return sum(column.width + GAP for column in columns) - GAP
