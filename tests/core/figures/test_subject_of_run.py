"""What figures of a run are drawn of."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from saegui.core import figures
from saegui.core.analysis.latent_stats import analyse
from saegui.core.config.run_names import run_name
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.errors import RunError
from saegui.core.figures import KINDS
from saegui.core.figures.subject_of_run import needs, subject_of
from saegui.core.runs.run import open_run
from tests.watched import Watched


def test_needs_are_those_of_the_kinds() -> None:
    assert needs(["decoder-grid"]) == set()
    assert needs(["curves", "latent"]) == {"history", "latent", "stats", "dataset"}


def test_with_data_every_kind_can_be_drawn(small_run: Path, digits: Dataset) -> None:
    run = open_run(small_run)
    other = Path(shutil.copytree(small_run, small_run.parent / "seed-1"))
    content = json.loads((other / "run.json").read_text())
    content["config"]["seed"] = 1
    (other / "run.json").write_text(json.dumps(content))
    subject = subject_of(run, KINDS, dataset=digits, other=run, together=[open_run(other)])
    assert [figures.missing(kind, subject) for kind in KINDS] == [None] * len(KINDS)
    assert subject.title == "small run"
    assert subject.stats is not None
    np.testing.assert_array_equal(subject.stats.top, analyse(run.latest(), digits).top)


def test_what_was_chosen_is_kept(small_run: Path, digits: Dataset) -> None:
    drawing = digits.test_images[7]
    subject = subject_of(open_run(small_run), KINDS, dataset=digits, drawing=drawing, latent=5)
    assert subject.latent == 5
    assert subject.drawing is drawing


def test_another_snapshot_than_the_latest(small_run: Path) -> None:
    run = open_run(small_run)
    assert subject_of(run, ["decoder-grid"], snapshot=run.at(0)).snapshot.step == 0


def test_only_what_is_needed_is_read(small_run: Path, digits: Dataset) -> None:
    (small_run / "history.npz").unlink()
    run = open_run(small_run)
    assert subject_of(run, ["decoder-grid"]).history is None
    with pytest.raises(RunError, match="history"):
        subject_of(run, ["curves"])


def test_curves_alone_measure_nothing(small_run: Path, digits: Dataset) -> None:
    few = replace(digits, train_images=digits.train_images[:10], train_labels=digits.train_labels[:10])
    watched = Watched()
    subject = subject_of(open_run(small_run), ["curves"], dataset=few, progress=watched)
    assert subject.stats is None
    assert watched.reports == []


def test_other_runs_have_their_colours_in_order_and_are_known_to_have_diverged(small_run: Path) -> None:
    others = []
    for name, status in (("one", "finished"), ("two", "diverged")):
        path = Path(shutil.copytree(small_run, small_run.with_name(name)))
        content = json.loads((path / "run.json").read_text())
        (path / "run.json").write_text(json.dumps({**content, "name": name, "status": status}))
        others.append(open_run(path))
    found = subject_of(open_run(small_run), ["curves"], overlays=others).overlays
    assert [(other.name, other.place, other.diverged) for other in found] == [
        ("one", 1, False),
        ("two", 2, True),
    ]


def test_the_legend_names_runs_by_what_tells_them_apart_and_the_numbers_by_their_whole_names(
    small_run: Path,
) -> None:
    base = json.loads((small_run / "run.json").read_text())
    runs = []
    for folder, k, seed, given in (
        ("a", 4, 0, ""),
        ("b", 9, 0, ""),
        ("c", 4, 7, ""),
        ("d", 4, 0, "my own name"),
    ):
        path = Path(shutil.copytree(small_run, small_run.with_name(folder)))
        config = make({**base["config"], "k": k, "seed": seed})
        name = given or run_name(config, "modern")
        content = {**base, "name": name, "config": config.model_dump(), "preset": "modern"}
        (path / "run.json").write_text(json.dumps(content))
        runs.append(open_run(path))
    # The weights of another k are none of this test's.
    subject = subject_of(runs[0], ["curves"], snapshot=runs[0].latest(), overlays=runs[1:])
    assert subject.short_titles == ("k 4, seed 0", "k 9, seed 0", "k 4, seed 7", "my own name")
    drawn = figures.draw("curves", subject)
    shown = [text.get_text() for text in drawn.figure.texts]
    assert set(subject.short_titles) <= set(shown)
    assert {row[0] for row in drawn.table.rows} == {run.name for run in runs}
