"""Names of lines and points on a page, in as many columns as leave every name whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from saegui.core.figures import paper
from saegui.core.figures.paper import MARGIN, SERIES, SMALL, Page

ROW = 11.0
"""Points from one row of names to the next."""
_COLUMNS = 4
_SAMPLE = 30.0
"""Points of a column that are not its text: a piece of line, and gaps."""
_MARKS = ("o", "s", "^", "D", "v", "P", "X")
_DASHES: tuple[Any, ...] = ("-", paper.DASHED, (0, (1, 1.4)), (0, (5, 1.5, 1, 1.5)))
TOLD = len(SERIES) * len(_DASHES)
"""So many lines differ by their colours, marks and dashes; in grey by marks and dashes alone."""


class Name(NamedTuple):
    """What a kind of line or point is called."""

    words: str
    look: Mapping[str, Any]
    """How matplotlib draws it."""
    lined: bool = True
    """Whether a piece of line is shown, or only the mark."""


def look(place: int) -> dict[str, Any]:
    """How the line of the series ``place`` is drawn: a colour, a mark and dashes that no other one has, as far as there are any."""
    again, colour = divmod(place, len(SERIES))
    return {
        "color": SERIES[colour],
        "marker": _MARKS[place % len(_MARKS)],
        "markersize": 4.0,
        "markeredgewidth": 0.8,
        "linestyle": _DASHES[again % len(_DASHES)],
        "linewidth": 1.1,
    }


def columns(words: Sequence[str], room: float) -> int:
    """As many columns as leave all of ``words`` whole in ``room`` points; one where that cannot be."""
    longest = max((paper.text_width(each, SMALL) for each in words), default=0.0)
    for count in range(min(_COLUMNS, len(words)), 1, -1):
        if longest <= room / count - _SAMPLE:
            return count
    return 1


def height(names: Sequence[Name], room: float) -> float:
    """Points that :func:`draw` needs."""
    return ROW * -(-len(names) // columns([name.words for name in names], room)) if names else 0.0


def draw(page: Page, names: Sequence[Name], top: float, room: float) -> None:
    """Row by row, the first with its middle 2 points above ``top``."""
    if not names:
        return
    count = columns([name.words for name in names], room)
    width = room / count
    fitted = page.fitted_apart([name.words for name in names], width - _SAMPLE, SMALL)
    for place, (name, words) in enumerate(zip(names, fitted, strict=True)):
        row, column = divmod(place, count)
        x, y = MARGIN + column * width, top + row * ROW
        points = [x, x + 8, x + 16] if name.lined else [x + 8]
        more = dict(name.look)
        colour = more.pop("color")
        if len(points) == 3 and more.get("marker"):
            more["markevery"] = [1]
        page.line(points, [y - 2] * len(points), colour, **more)
        page.text(x + 20, y, words, size=SMALL)
