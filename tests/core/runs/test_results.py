"""What comes out of many runs, by hand on tiny data."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from saegui.core.config.schema import RunConfig
from saegui.core.runs import results as results_of
from saegui.core.runs.results import Spread, against_k, dead_by_size, frontier, results, rows
from saegui.core.runs.run import BrokenRun, Run, Status


def run(
    name: str,
    mse: float = 0.02,
    l0: float = 10.0,
    dead: int = 0,
    status: Status = "finished",
    **config: object,
) -> Run:
    metrics: dict[str, float | int | str | None] = {"mse": mse, "fvu": mse * 10, "l0": l0, "dead": dead}
    return Run(Path(name), name, RunConfig.model_validate(config), "", status, 9, 1.0, metrics)


def test_runs_that_diverged_or_were_not_measured_are_left_out_and_counted() -> None:
    sound = run("sound", 0.02, 9.5, 16, n_latents=64)
    found = results(
        [
            run("diverged", status="diverged"),
            run("infinite", math.inf),
            run("not a number", 0.1, math.nan),
            sound,
            replace(sound, path=Path("unfinished"), metrics={}, status="training"),
            BrokenRun(Path("broken"), "why"),
        ],
        {Path("sound"): 0.25},
    )
    assert [one.run.name for one in found.found] == ["sound"]
    assert (found.diverged, found.unmeasured) == (3, 2)
    assert found.note == "3 diverged, 2 not measured: left out"
    assert results([sound]).note == ""
    assert rows(found.found) == [["sound", "topk", 64, 10, "linear", 0, 0.02, 9.5, 0.2, 0.8, 16, 0.25, 0.25]]
    without = results([run("penalty", arch="relu_l1")], {Path("penalty"): math.nan}).found[0]
    assert without.k is None and without.monosemanticity is None


def test_the_frontier_has_what_no_other_run_beats_in_both() -> None:
    found = results(
        [
            run("sparse", 0.05, 2),
            run("as sparse, worse", 0.06, 2),
            run("middle", 0.03, 5),
            run("equal", 0.03, 5),
            run("beaten", 0.035, 6),
            run("same error, less sparse", 0.03, 7),
            run("exact", 0.01, 20),
            run("dense and bad", 0.02, 30),
        ]
    ).found
    assert [one.run.name for one in frontier(found)] == ["sparse", "middle", "equal", "exact"]
    assert frontier([]) == []


def test_a_series_has_the_mean_over_seeds_at_each_k() -> None:
    found = results(
        [
            run("a", 0.02, k=10, seed=0, n_latents=64),
            run("b", 0.03, k=10, seed=1, n_latents=64),
            run("c", 0.01, k=20, seed=0, n_latents=64),
            run("d", 0.04, k=5, seed=4, n_latents=256),
            run("no k", 0.04, arch="relu_l1"),
        ]
    ).found
    small, large = against_k(found, results_of.explained_variance)
    assert (small.label, large.label) == ("64 latents", "256 latents")
    assert [point.x for point in small.points] == [10, 20]
    mean, std, count = small.points[0].y
    assert (mean, std, count) == (pytest.approx(0.75), pytest.approx(0.1 / math.sqrt(2)), 2)
    assert small.points[1].y == Spread(pytest.approx(0.9), None, 1)
    assert [one.run.name for one in small.points[0].results] == ["a", "b"]
    assert large.points[0].y.mean == pytest.approx(0.6)
    assert against_k(found, results_of.monosemanticity) == [], "it was not measured"
    known = results([run("a", k=10), run("c", k=20)], {Path("a"): 0.2, Path("c"): None}).found
    (alone,) = against_k(known, results_of.monosemanticity)
    assert alone.label == "" and [(point.x, point.y.mean) for point in alone.points] == [(10, 0.2)]


def test_values_without_effect_do_not_part_a_series() -> None:
    found = results([run("a", k=5, l1=0.1), run("b", k=9, l1=0.2)]).found
    assert [len(series.points) for series in against_k(found, results_of.explained_variance)] == [2]


def test_dead_shares_by_size_and_initialisation() -> None:
    found = results(
        [
            run("a", dead=16, n_latents=64, init="linear"),
            run("b", dead=32, n_latents=64, init="linear", seed=1),
            run("c", dead=0, n_latents=32, init="data"),
            run("d", dead=256, n_latents=256, init="linear"),
        ]
    ).found
    pivot = dead_by_size(found)
    assert (pivot.sizes, pivot.inits) == ((32, 64, 256), ("linear", "data"))
    spreads = {place: spread for place, (spread, _) in pivot.cells.items()}
    assert spreads == {
        (64, "linear"): Spread(0.375, pytest.approx(0.25 / math.sqrt(2)), 2),
        (32, "data"): Spread(0.0, None, 1),
        (256, "linear"): Spread(1.0, None, 1),
    }
    assert [one.run.name for one in pivot.cells[64, "linear"][1]] == ["a", "b"]
    assert dead_by_size([]).cells == {}
