"""Tables as text for other programs: whatever stands in a cell stays in it."""

from __future__ import annotations

import csv
import io

from saegui.core.runs.table_text import as_html, latex, written

HEADER = ("run", "k")
ROWS = [['a, "b" | 50_50 % \\ {x}', "5"], ["two\nlines", "10"]]


def test_csv_is_read_back_as_it_was() -> None:
    assert list(csv.reader(io.StringIO(written(HEADER, ROWS, "csv")))) == [list(HEADER), *ROWS]


def test_markdown_has_one_line_a_row_and_as_many_cells() -> None:
    assert written(HEADER, ROWS, "markdown", {1}).splitlines() == [
        "| run | k |",
        "| --- | ---: |",
        '| a, "b" \\| 50_50 % \\\\ {x} | 5 |',
        "| two lines | 10 |",
    ]


def test_latex_has_the_rules_of_booktabs_and_prints_every_letter() -> None:
    assert written(HEADER, ROWS, "latex", {1}).splitlines() == [
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"run & k \\",
        r"\midrule",
        r'a, "b" | 50\_50 \% \textbackslash{} \{x\} & 5 \\',
        r"two lines & 10 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
    assert latex("~^&$#") == r"\textasciitilde{}\textasciicircum{}\&\$\#"


def test_html_keeps_what_a_browser_would_read_as_a_tag() -> None:
    assert as_html(HEADER, [["a < b & c", "5"]], {1}).splitlines() == [
        "<table>",
        '<tr><th>run</th><th align="right">k</th></tr>',
        '<tr><td>a &lt; b &amp; c</td><td align="right">5</td></tr>',
        "</table>",
    ]
