"""A table as text for other programs: CSV, Markdown, or LaTeX with the rules of the package booktabs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Container, Sequence
from html import escape

FORMATS = ("csv", "markdown", "latex")
ENDINGS = {".csv": "csv", ".md": "markdown", ".tex": "latex"}
"""The format of a file, by the ending of its name."""
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
}
_ANY = re.compile("|".join(map(re.escape, _SPECIAL)))


def written(
    header: Sequence[str], rows: Sequence[Sequence[str]], form: str, numbers: Container[int] = ()
) -> str:
    """The table in one of :data:`FORMATS`, with a line end; the columns ``numbers`` align right where that can be said."""
    if form == "csv":
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows([header, *rows])
        return buffer.getvalue()
    if form == "markdown":
        marks = ["---:" if place in numbers else "---" for place in range(len(header))]
        cells = ([_markdown(cell) for cell in row] for row in rows)
        return "".join(f"| {' | '.join(row)} |\n" for row in (header, marks, *cells))
    columns = "".join("r" if place in numbers else "l" for place in range(len(header)))
    first, *others = (" & ".join(map(latex, row)) + r" \\" for row in (header, *rows))
    lines = (rf"\begin{{tabular}}{{{columns}}}", r"\toprule", first, r"\midrule", *others, r"\bottomrule")
    return "\n".join((*lines, r"\end{tabular}", ""))


def as_html(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: Container[int] = ()) -> str:
    """The table as office programs paste it."""
    lines = []
    for tag, row in (("th", header), *(("td", row) for row in rows)):
        sides = (' align="right"' if place in numbers else "" for place in range(len(row)))
        cells = (f"<{tag}{side}>{escape(cell)}</{tag}>" for side, cell in zip(sides, row, strict=True))
        lines.append(f"<tr>{''.join(cells)}</tr>\n")
    return f"<table>\n{''.join(lines)}</table>\n"


def latex(words: str) -> str:
    """``words`` as LaTeX prints them."""
    return _ANY.sub(lambda found: _SPECIAL[found[0]], " ".join(words.split()))


def _markdown(cell: str) -> str:
    return " ".join(cell.split()).replace("\\", "\\\\").replace("|", "\\|")
