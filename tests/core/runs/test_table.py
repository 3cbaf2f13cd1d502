"""Runs as a table: values, order and filter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from saegui.core.config.schema import RunConfig
from saegui.core.errors import RunError
from saegui.core.runs import table
from saegui.core.runs.run import BrokenRun, Run, note_run, open_run, starter_run
from saegui.core.runs.table import COLUMNS, EVERY, ordered, read_filter, text, value


def run(name: str, created: str = "", note: str = "", mse: float | None = None, **config: object) -> Run:
    settings = RunConfig.model_validate({"dataset": "digits", "lr": 0.001, "epochs": 50, **config})
    metrics: dict[str, float | int | str | None] = {} if mse is None else {"mse": mse, "dead": 1234}
    return Run(Path(name), name, settings, created, "finished", 10, 1.0, metrics, note=note)


RUNS = [
    run("A", "2025-01-02T10:30:00+00:00", mse=0.02, k=10, n_latents=2048),
    run("b", "2025-01-03", "looks Good", mse=0.01, k=5, seed=3),
    run("c", arch="relu_l1"),
]


def names(runs: list[Run]) -> list[str]:
    return [each.name for each in runs]


def test_every_column_has_a_text_and_what_does_not_apply_is_empty() -> None:
    assert {column: text(RUNS[0], column) for column in COLUMNS} == {
        "name": "A",
        "status": "finished",
        "preset": "own settings",
        "dataset": "Built-in digits",
        "arch": "TopK",
        "n_latents": "2,048",
        "k": "10",
        "lr": "0.001",
        "epochs": "50",
        "seed": "0",
        "mse": "0.02000",
        "fvu": "",
        "l0": "",
        "dead": "1,234",
        "seconds": "",
        "date": "2025-01-02 10:30",
        "note": "",
    }
    assert value(RUNS[2], "k") is None and text(RUNS[2], "k") == ""


def test_numbers_are_sorted_as_numbers_and_runs_without_one_are_last_both_ways() -> None:
    assert names(ordered(RUNS, "k")) == ["b", "A", "c"]
    assert names(ordered(RUNS, "k", reverse=True)) == ["A", "b", "c"]
    assert names(ordered(RUNS, "mse")) == ["b", "A", "c"]
    assert names(ordered(RUNS, "name", reverse=True)) == ["c", "b", "A"]
    assert names(ordered(RUNS, "date")) == ["b", "A", "c"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("", ["A", "b", "c"]),
        ("good", ["b"]),
        ("topk digits", ["A", "b"]),
        ("k<=5", ["b"]),
        ("k>5 mse<0.03", ["A"]),
        ("latents=2,048", ["A"]),
        ("kind=topk seed!=0", ["b"]),
        ("mse>=0.5", []),
        ("nothing-like-this", []),
    ],
)
def test_words_and_comparisons_must_all_hold(words: str, wanted: list[str]) -> None:
    found = read_filter(words)
    assert [each.name for each in RUNS if found.passes(each)] == wanted
    assert found.passes(BrokenRun(Path("x"), "why")) == (not words)
    assert EVERY.passes(RUNS[0])


def test_a_comparison_that_means_nothing_says_what_can_be_compared() -> None:
    with pytest.raises(RunError, match="There is no column 'size'; compare one of name, status"):
        read_filter("size>3")
    with pytest.raises(RunError, match="'k<few' compares k with 'few', which is no number; write k<10"):
        read_filter("k<few")


def test_a_note_is_kept_in_the_file_and_taken_away_again(small_run: Path) -> None:
    noted = note_run(open_run(small_run), "the best\nso far")
    assert open_run(small_run) == noted and noted.note == "the best so far"
    assert '"note"' not in (note_run(noted, " ").path / "run.json").read_text()
    with pytest.raises(RunError, match="at most 2,000 characters"):
        note_run(noted, "x" * 2001)
    with pytest.raises(RunError, match="starter run belongs to the program"):
        note_run(starter_run(), "mine")
    assert table.value(replace(noted, note=""), "note") is None
