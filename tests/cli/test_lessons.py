"""``saegui lessons`` and ``saegui train --lesson``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from saegui.core.config.lessons import LESSONS
from saegui.core.data.noun import IMAGE
from saegui.core.runs.run import open_run
from tests.cli.conftest import Result

TRAIN = ("--dataset", "digits", "--epochs", "1", "--warmup-steps", "0")


def test_lessons_are_listed_and_trained_with_the_options_that_are_given(
    here: Callable[..., Result], tmp_path: Path
) -> None:
    assert [each["name"] for each in json.loads(here("lessons", "--json").out)] == list(LESSONS)
    assert "Dead latents and their cure" in here("lessons").out
    out = tmp_path / "runs"
    done = here("train", "--lesson", "dead", *TRAIN, "--out", out)
    assert done.status == 0, done.err
    plain, cured = (open_run(out / name) for name in LESSONS["dead"].folders)
    assert (plain.preset, cured.preset) == ("seed-k10", "modern")
    assert plain.config.batch_size == cured.config.batch_size == 64 and cured.config.revival == "auxk"
    assert plain.config.epochs == 1 and plain.name != cured.name
    assert IMAGE.instead_of_input(LESSONS["dead"].look) in done.err.replace("\n", " ")


def test_what_does_not_go_with_a_lesson_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    out = tmp_path / "x"
    for words, said in (
        (("--lesson", "zebra", "--out", out), "There is no lesson 'zebra'"),
        (("--lesson", "dead", "--preset", "modern", "--out", out), "leave out --preset"),
        (("--lesson", "dead", "--vary", "k=1,2", "--out", out), "leave out --vary"),
        (("--lesson", "dead", "--resume", "starter"), "leave out --lesson"),
    ):
        assert said in refused("train", *words)
    assert not out.exists()
