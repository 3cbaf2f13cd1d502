"""Which runs are looked at together."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from saegui.core.config.schema import RunConfig
from saegui.core.runs.run import STARTER_PATH, BrokenRun, Run, open_run
from saegui.core.runs.together import (
    beside,
    not_together,
    runs_in,
    shared_and_varied,
    varied_in_words,
)


def run(path: Path, **config: object) -> Run:
    return Run(path, path.name, RunConfig.model_validate(config), "", "finished", 10, 1.0)


def test_a_folder_of_runs_is_all_of_them_by_name_and_a_run_is_none(small_run: Path) -> None:
    folder = small_run.parent
    for name in ("b", "a"):
        shutil.copytree(small_run, folder / name)
    (folder / "broken").mkdir()
    (folder / "broken" / "run.json").write_text("{")
    assert [found.path.name for found in runs_in(folder)] == ["a", "b", "small"]
    assert runs_in(small_run) == [] and runs_in(folder / "nothing") == []


def test_runs_are_beside_those_that_are_compared_or_were_trained_with_them_or_all_of_their_data(
    own_home: Path,
) -> None:
    top, sweep = own_home / "runs", own_home / "runs" / "sweep"
    alone, other, second, first = run(top / "x"), run(top / "y"), run(sweep / "b"), run(sweep / "a", k=5)
    digits, starter = run(top / "digits", dataset="digits"), run(STARTER_PATH)
    broken = BrokenRun(top / "broken", "why")
    known = [alone, digits, other, second, broken, first, starter, replace(other, path=top / "z", shape=(5,))]
    assert beside(alone, known) == (alone, other, second, first)
    assert beside(second, known) == (second, first)
    assert beside(second, known, [other.path, digits.path]) == (second, other)
    assert beside(alone, [alone]) == (alone,)


def test_errors_on_different_data_are_not_compared(small_run: Path) -> None:
    digits = open_run(small_run)
    assert not_together([digits, digits]) is None and not_together([]) is None
    said = not_together([digits, digits, run(Path("mnist"))])
    assert said is not None and "small run was trained on Built-in digits and mnist on MNIST" in said


def test_what_runs_share_and_in_what_they_differ() -> None:
    runs = [run(Path("a"), k=5, seed=1), run(Path("b"), k=10), run(Path("c"), arch="relu_l1", k=3)]
    found = shared_and_varied(runs)
    assert found["k"] == [5, 10], "of a kind without k its value says nothing"
    assert found["seed"] == [0, 1] and found["batch_size"] == [256] and "rho" not in found
    assert varied_in_words(runs[:2]) == "k and seed vary"
    assert varied_in_words(runs[:1]) == "" and varied_in_words([runs[1], run(Path("d"))]) == ""
