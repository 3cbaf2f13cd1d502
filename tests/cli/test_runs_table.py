"""``saegui runs`` as a table: columns, order and filter."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from saegui.core.runs.run import note_run, open_run
from saegui.core.runs.table import COLUMNS
from tests.cli.conftest import Result

Here = Callable[..., Result]


def test_columns_are_chosen_sorted_and_filtered(here: Here, small_run: Path) -> None:
    note_run(open_run(small_run), "worth a look")
    lines = here("runs", "--columns", "all").out.splitlines()
    assert lines[0].split() == ["run", *" ".join(COLUMNS.values()).split()]
    assert len(lines) == 3 and "worth a look" in lines[1]
    assert here("runs", "--columns", "k", "note", "--filter", "k<=4").out.splitlines() == [
        "run    k  note",
        "small  4  worth a look",
    ]
    found = here("runs", "--sort", "n_latents", "--reverse", "--json").last
    assert [run["run"] for run in found] == ["starter", "small"]
    assert json.loads(here("runs", "--json", "--filter", "worth", "look").out)[0]["note"] == "worth a look"
    nothing = here("runs", "--filter", "k>1000")
    assert nothing.status == 0 and nothing.err == "None of 2 runs passes the filter.\n"


def test_a_filter_that_means_nothing_is_refused(here: Here, small_run: Path) -> None:
    assert "There is no column 'size'" in here("runs", "--filter", "size>3").sentence
