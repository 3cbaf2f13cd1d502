"""Which runs differ in the seed alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from saegui.core.config.schema import RunConfig
from saegui.core.runs.run import BrokenRun, Run
from saegui.core.runs.seeds import other_seeds


def run(name: str, **config: object) -> Run:
    return Run(Path(name), name, RunConfig.model_validate(config), "", "finished", 10, 1.0)


def test_only_the_seed_may_differ_and_each_seed_counts_once() -> None:
    own = run("own", seed=3)
    others = [
        own,
        run("later", seed=7),
        run("same seed", seed=3),
        run("again", seed=7),
        run("first", seed=1),
        run("other k", seed=5, k=5),
        replace(run("diverged", seed=8), status="diverged"),
        replace(run("just begun", seed=9), step=0),
        replace(run("other inputs", seed=10), shape=(5,)),
        BrokenRun(Path("broken"), "why"),
    ]
    assert [found.name for found in other_seeds(own, others)] == ["first", "later"]
    assert other_seeds(own, []) == []
