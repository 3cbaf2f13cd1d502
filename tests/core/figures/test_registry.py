"""Which figures there are, and what each says when it cannot be drawn."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core import figures
from saegui.core.config.schema import RunConfig
from saegui.core.errors import ExportError
from saegui.core.figures import KINDS, Subject, completed, draw, missing
from saegui.core.figures.needs import NEEDS
from saegui.core.figures.subject_of_run import obstacle
from saegui.core.model.snapshot import to_input
from saegui.core.runs.history import History
from tests.core.figures.conftest import sweep

NAMES = (
    "decoder-grid",
    "encoder-grid",
    "decoder-beside-encoder",
    "dendrogram",
    "curves",
    "reconstruction",
    "activation-pattern",
    "percent-active",
    "density-histogram",
    "activation-histogram",
    "mean-activation",
    "density-raster",
    "density-scatter",
    "latent-map",
    "code-map",
    "matches",
    "stability",
    "mse-by-l0",
    "explained-variance-by-k",
    "monosemanticity-by-k",
    "dead-by-size",
    "mean-curves",
    "atoms-by-k",
    "summary",
    "top-inputs",
    "latent",
)


def test_the_kinds_have_the_names_scripts_rely_on() -> None:
    assert tuple(KINDS) == NAMES
    assert all(kind.title and kind.about.endswith(".") for kind in KINDS.values())


def test_no_file_with_a_kind_is_left_out() -> None:
    """A kind's file has a ``KIND``; the others in the folder are what kinds share."""
    folder = Path(figures.__file__).parent
    there = {path.stem for path in folder.glob("*.py") if "\nKIND = Kind(" in path.read_text()}
    listed = {kind.draw.__module__.rpartition(".")[2] for kind in KINDS.values()}
    assert listed == there
    for name, kind in KINDS.items():
        module = import_module(f"saegui.core.figures.{name.replace('-', '_')}")
        assert module.KIND is kind, "a kind and its file have one name"


def test_kinds_need_only_what_the_table_of_needs_knows() -> None:
    for kind in KINDS.values():
        assert set(kind.needs) <= set(NEEDS)
        assert set(kind.prefers) <= {"stats", "history", "dataset"} - set(kind.needs)
    assert set(NEEDS) <= {field.name for field in fields(Subject)}


def test_listing_the_kinds_imports_nothing_heavy() -> None:
    code = "import sys, saegui.core.figures as f; list(f.KINDS); print([m for m in %r if m in sys.modules])"
    heavy = ["matplotlib", "torch", "torchvision", "sklearn", "PySide6"]
    done = subprocess.run([sys.executable, "-c", code % heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_kind_is_answered_with_those_there_are(subject: Subject) -> None:
    for ask in (draw, missing):
        with pytest.raises(
            ExportError, match=r"no figure 'decodergrid'.*decoder-grid, encoder-grid, decoder-beside-encoder"
        ):
            ask("decodergrid", subject)


OTHER_DATA = replace(sweep()[1], name="other", config=RunConfig())
ALONE = tuple(run for run in sweep() if run.config.seed == 0)
UNMEASURED = tuple(replace(run, metrics={}) for run in sweep())


@pytest.mark.parametrize(
    ("kind", "change", "sentence"),
    [
        ("curves", {"history": None}, "no training curves; train it"),
        ("curves", {"history": History()}, "no training curves; train it"),
        ("reconstruction", {"dataset": None}, "no data is loaded; choose a data set"),
        ("activation-pattern", {"drawing": None}, "no drawing yet; draw something or load a test image"),
        ("percent-active", {"stats": None}, "not been measured yet; load the data set"),
        ("density-scatter", {"stats": None}, "not been measured yet; load the data set"),
        ("density-raster", {"densities": None}, "no training of this model is kept; open a run"),
        ("density-raster", {"listed": np.empty(0, np.intp)}, "no latent is shown; clear the filter"),
        ("mse-by-l0", {"runs": ()}, "several runs are needed; compare runs in the window, or name them"),
        ("mse-by-l0", {"runs": sweep()[:1]}, "several runs are needed"),
        ("dead-by-size", {"runs": (sweep()[0], OTHER_DATA)}, "trained on Built-in digits and other on MNIST"),
        ("dead-by-size", {"runs": UNMEASURED}, "none of these runs was measured at the end of its training"),
        ("mse-by-l0", {"runs": UNMEASURED}, "none of these runs was measured at the end of its training"),
        ("explained-variance-by-k", {"runs": UNMEASURED}, "none of these runs has a k and was measured"),
        ("mean-curves", {"histories": ()}, "none of these runs has training curves"),
        ("mean-curves", {"runs": ALONE}, "no two of these runs differ in the seed alone; train one"),
        ("atoms-by-k", {"models": ()}, "none of these runs has a model whose atoms could be drawn"),
        (
            "monosemanticity-by-k",
            {"alike": {Path("12-2-0"): None}},
            "no latent of these runs is active on two",
        ),
        ("monosemanticity-by-k", {"alike": None}, "has not been measured yet; load their data set"),
        ("latent", {"latent": None}, "no latent is selected; click a tile"),
        ("latent", {"stats": None}, "not been measured yet; load the data set"),
        ("latent", {"dataset": None}, "no data is loaded; choose a data set"),
        ("latent", {"latent": 12}, "There is no latent #12; choose one from #0 to #11"),
        ("latent", {"latent": -1}, "There is no latent #-1; choose one from #0 to #11"),
    ],
)
def test_what_is_missing_is_said_with_the_remedy(
    subject: Subject, kind: str, change: dict[str, Any], sentence: str
) -> None:
    without = replace(subject, **change)
    said = missing(kind, without)
    assert said is not None
    assert sentence in said
    assert said.startswith(KINDS[kind].title)
    with pytest.raises(ExportError) as raised:
        draw(kind, without)
    assert str(raised.value) == said


@pytest.mark.parametrize("kind", NAMES)
def test_what_is_read_or_measured_for_a_figure_is_no_obstacle_before(subject: Subject, kind: str) -> None:
    run = subject.runs[0]
    trained = replace(subject.snapshot, density=np.full(12, 0.2, np.float32))
    before = replace(
        subject, snapshot=trained, run=run, stats=None, densities=None, alike=None, histories=(), models=()
    )
    assert obstacle(kind, before) is None


@pytest.mark.parametrize("kind", NAMES)
def test_a_full_subject_lacks_nothing(subject: Subject, kind: str) -> None:
    assert missing(kind, subject) is None


def test_a_data_set_without_test_images_is_said(subject: Subject) -> None:
    assert subject.dataset is not None
    empty = replace(
        subject.dataset, test_images=np.empty((0, 28, 28), np.uint8), test_labels=np.empty(0, np.uint8)
    )
    assert "has no test images" in str(missing("reconstruction", replace(subject, dataset=empty)))


def test_only_weights_are_needed_for_the_grids_and_the_map(subject: Subject) -> None:
    bare = Subject(subject.title, subject.snapshot)
    drawable = [kind for kind in NAMES if missing(kind, bare) is None]
    assert drawable == [
        *("decoder-grid", "encoder-grid", "decoder-beside-encoder"),
        *("density-histogram", "latent-map", "summary"),
    ], "no latent of these weights is known to live, so there is no tree"


def test_completing_chooses_the_first_test_image_and_its_strongest_latent(subject: Subject) -> None:
    assert subject.dataset is not None
    whole = completed(replace(subject, drawing=None, latent=None))
    assert whole.drawing is not None
    assert np.array_equal(whole.drawing, subject.dataset.test_images[0])
    z = subject.snapshot.encode(to_input(subject.dataset.test_images[:1]))[0]
    assert whole.latent == int(np.argmax(z))


def test_completing_keeps_what_was_chosen_and_needs_no_data(subject: Subject) -> None:
    assert completed(subject) is subject
    bare = completed(Subject("bare", subject.snapshot))
    assert bare.drawing is None
    assert bare.latent == int(bare.order()[0])


def test_dead_latents_come_last(subject: Subject) -> None:
    order = subject.order()
    assert order[-3:].tolist() == [2, 5, 11]
    assert np.all(np.diff(subject.density[order]) <= 0)


def test_nothing_is_dead_before_an_epoch_has_passed(subject: Subject) -> None:
    early = replace(subject.snapshot, epoch=0.4)
    assert not Subject("early", early).dead.any()
    assert Subject("later", subject.snapshot).dead.all()
