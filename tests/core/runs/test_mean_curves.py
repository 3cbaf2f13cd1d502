"""Curves as means over seeds, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from saegui.core.config.changes import Change
from saegui.core.config.schema import RunConfig
from saegui.core.runs import history as kept
from saegui.core.runs.history import History, StepResult
from saegui.core.runs.mean_curves import mean_curves
from saegui.core.runs.run import Run


def run(name: str, **config: object) -> Run:
    return Run(Path(name), name, RunConfig.model_validate(config), "", "finished", 10, 1.0)


def history(*losses: float, first: int = 1, apart: int = 1) -> History:
    made = History()
    for place, loss in enumerate(losses):
        step = first + place * apart
        made.add_step(StepResult(step, step / 2, step, loss, loss * 4, 3, place, {}, 10))
    made.add_test(kept.TestResult(2, 1.0, 2.0, losses[0], 0.5, 3))
    return made


def test_the_mean_and_the_deviation_over_seeds_at_every_step_that_all_have() -> None:
    shorter, thinned = history(0.4, 0.2, 0.1), history(0.6, 0.3, first=1, apart=2)
    found = mean_curves(
        [
            (run("a", seed=0), shorter),
            (run("b", seed=1), thinned),
            (run("other k", k=5), history(1.0)),
            (replace(run("diverged", seed=2), status="diverged"), history(9.0)),
            (run("untrained", seed=3), History()),
        ]
    )
    assert (found.diverged, found.empty) == (1, 1)
    alone, both = found.groups
    assert (alone.label, both.label) == ("k 5", "k 10")
    assert [one.name for one in both.runs] == ["a", "b"]
    loss = both.train["loss"]
    assert loss.epoch.tolist() == [0.5, 1.5]
    assert loss.mean == pytest.approx([0.5, 0.2])
    assert loss.std == pytest.approx([0.2 / np.sqrt(2), 0.2 / np.sqrt(2)])
    assert both.train["dead"].mean == pytest.approx([0, 1.5])
    assert both.test["loss"].mean == pytest.approx([0.5]) and "dead" not in both.test
    assert alone.train["loss"].std.tolist() == [0.0]


def test_runs_that_were_changed_otherwise_are_apart_and_nothing_gives_nothing() -> None:
    changed = history(0.4, 0.2)
    changed.add_change(Change(1, 0.5, 1.0, "k", 10, 5))
    found = mean_curves([(run("a"), history(0.4, 0.2)), (run("b", seed=1), changed)])
    assert [len(group.runs) for group in found.groups] == [1, 1]
    assert mean_curves([]).groups == ()
