"""Every kind draws inputs of every shape: grey and colour pictures that are not square, and vectors."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saegui.core.analysis.latent_stats import analyse
from saegui.core.analysis.matching import match
from saegui.core.analysis.stability import stability
from saegui.core.arrays import Shape
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.data.dataset import NO_LABELS, Arrays
from saegui.core.errors import ExportError
from saegui.core.figures import KINDS, Subject, draw, grids, missing, render
from saegui.core.figures.base import Other
from saegui.core.figures.export import to_csv
from saegui.core.figures.paper import PT
from saegui.core.figures.subject_of_run import completed, measured, obstacle
from saegui.core.figures.tiles import columns
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.runs.densities import Densities
from saegui.core.runs.history import History, StepResult
from saegui.core.runs.run import Run
from tests.core.figures.conftest import history_of, models_of, sweep

SHAPES = ((12, 20), (6, 8, 3), (30,))
LARGE = ((96, 96, 3), (1, 200), (768,))
WITH_INPUTS = (
    *("decoder-grid", "encoder-grid", "reconstruction", "activation-pattern", "latent"),
    *("decoder-beside-encoder", "top-inputs", "atoms-by-k"),
)
CLASSES = ("circle", "square", "triangle", "a shape with a long name")


def inputs(shape: Shape, seed: int = 0) -> Dataset:
    """Ninety training and twenty test inputs of four classes: noisy copies of a pattern for each."""
    rng = np.random.default_rng(seed)
    labels = np.arange(110) % len(CLASSES)
    patterns = rng.random((len(CLASSES), *shape)) ** 3
    images = np.clip(255 * (patterns[labels] * rng.uniform(0.4, 1, (110, *[1] * len(shape)))), 0, 255)
    images, classes = images.astype(np.uint8), labels.astype(np.uint8)
    return Dataset("made-up", "Made up", images[:90], classes[:90], images[90:], classes[90:], CLASSES)


@cache
def subject(shape: Shape) -> Subject:
    """Eight latents, their atoms training inputs less the mean; the last is dead."""
    dataset = inputs(shape)
    x = to_input(dataset.train_images)
    atoms = x[:8] - x.mean(0)
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    b_enc = np.array([0] * 7 + [-1000], np.float32)
    config = RunConfig(n_latents=8, k=3, pre_bias=True)
    weights = (np.ascontiguousarray(atoms.T), b_enc, atoms, x.mean(0), np.zeros(8, np.float32))
    snapshot = Snapshot(config, 60, 20.0, *weights, shape=shape)
    history = History()
    for step in range(1, 9):
        history.add_step(StepResult(step, step / 3, step, 0.1 / step, 0.4, 3, 0, {}, 200))
    whole = Subject("my run", snapshot, history, dataset, analyse(snapshot, dataset))
    kept = np.linspace(0, 1, 24, dtype=np.float32).reshape(3, 8)
    whole = replace(whole, densities=Densities(np.arange(3), np.arange(3.0), kept))
    nobody = np.zeros(8, np.bool_)
    seeds = tuple(
        Run(Path(), f"seed {seed}", RunConfig(seed=seed), "", "finished", 1, 1.0) for seed in (1, 2)
    )
    found = stability(snapshot, [snapshot] * 2, 2)
    matching = match(snapshot, snapshot, nobody, nobody)
    runs = sweep(shape)
    whole = replace(
        whole,
        runs=runs,
        alike={run.path: 0.1 for run in runs},
        histories=tuple((run, history_of(run)) for run in runs),
        models=models_of(runs, snapshot),
    )
    return completed(
        replace(whole, other=Other("another run", snapshot), matching=matching, seeds=seeds, stability=found)
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_draws_every_shape(kind: str, shape: Shape, small_figures: None) -> None:
    drawn = draw(kind, subject(shape))
    with Image.open(io.BytesIO(render(drawn, "png"))) as image:
        # None where there are more colours than that.
        assert image.convert("RGB").getcolors(20) is None
    page = drawn.figure.bbox
    for text in drawn.figure.texts:
        box = text.get_window_extent()
        assert not text.get_text() or (
            box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.x1 and box.y1 <= page.y1
        )
    rows = list(csv.reader(io.StringIO(to_csv(drawn.table))))
    assert {len(row) for row in rows} == {len(drawn.table.header)}


@pytest.mark.parametrize("shape", LARGE, ids=str)
@pytest.mark.parametrize("kind", WITH_INPUTS)
def test_large_and_narrow_inputs_are_drawn_too(kind: str, shape: Shape) -> None:
    width, height = draw(kind, subject(shape)).figure.get_size_inches()
    assert width < 9
    assert height < 11


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_tables_hold_every_value_under_its_name(shape: Shape) -> None:
    whole = subject(shape)
    grid = draw("decoder-grid", whole).table
    assert grid.header[-len(columns(shape)) :] == columns(shape)
    for row in grid.rows:
        found = np.array(row[-len(columns(shape)) :], np.float32).reshape(shape)
        assert np.array_equal(found, whole.snapshot.decoder_images[row[1]])
    rows = draw("latent", whole).table.rows
    assert [row[2] for row in rows if row[0] == "decoder"] == list(columns(shape))
    for kind in ("reconstruction", "activation-pattern"):
        assert draw(kind, whole).table.header[-len(columns(shape)) :] == columns(shape)


def test_the_parts_of_a_pattern_add_up_in_every_shape() -> None:
    for shape in SHAPES:
        rows = draw("activation-pattern", subject(shape)).table.rows
        pictures = {str(row[0]): np.array(row[3:], float) for row in rows if row[0] != "contribution"}
        added = sum(np.array(row[3:], float) for row in rows if row[0] == "contribution")
        assert pictures["bias"] + added == pytest.approx(pictures["reconstruction"], abs=1e-5)


@pytest.mark.parametrize("kind", WITH_INPUTS)
def test_the_scale_of_colour_pictures_says_what_a_channel_is(kind: str) -> None:
    words = " ".join(text.get_text() for text in draw(kind, subject((6, 8, 3))).figure.texts)
    assert "each channel: 0.5 + " in words


@pytest.mark.parametrize("kind", ["decoder-grid", "encoder-grid", "reconstruction", "activation-pattern"])
def test_the_scale_of_plots_says_where_zero_is_and_what_is_cut_off(kind: str) -> None:
    words = " ".join(text.get_text() for text in draw(kind, subject((30,))).figure.texts)
    assert "the grey line is zero" in words
    assert "ends at the" in words or "ends at their" in words


def test_a_drawing_of_another_shape_is_refused_with_what_is_needed() -> None:
    for shape, drawing, needed in (
        ((12, 20), "drawing", "12×20 pictures; load a test image"),
        ((30,), "row", "vectors of 30 numbers; load a test row"),
    ):
        other = replace(subject(shape), drawing=np.zeros((28, 28), np.uint8))
        with pytest.raises(ExportError) as raised:
            draw("activation-pattern", other)
        sentence = str(raised.value)
        assert f"the {drawing} is a 28×28 picture, but the model reads {needed}" in sentence


def test_data_of_another_shape_are_refused_with_what_is_needed() -> None:
    other = replace(subject((12, 20)), dataset=inputs((6, 8, 3)), stats=None, latent=1)
    for kind in ("reconstruction", "latent", "percent-active"):
        for sentence in (missing(kind, other), obstacle(kind, other)):
            assert sentence is not None
            assert "Made up has 6×8 colour pictures, but the model reads 12×20 pictures" in sentence
            assert sentence.endswith("choose the data set that it was trained on.")
    assert measured(other, KINDS) is other
    assert completed(replace(other, drawing=None)).drawing is None


def test_data_without_labels_have_no_classes() -> None:
    whole = subject((12, 20))
    assert whole.dataset is not None
    arrays = Arrays.unlabelled(whole.dataset.train_images, whole.dataset.test_images)
    plain = Dataset("made-up", "Made up", *arrays, classes=NO_LABELS)
    without = replace(whole, dataset=plain, stats=analyse(whole.snapshot, plain))
    for kind in ("latent", "reconstruction"):
        drawn = draw(kind, without)
        words = " ".join(text.get_text() for text in drawn.figure.texts)
        assert not [word for word in (*NO_LABELS, "class", "purity", "label") if word in words]
        assert not [
            row for row in drawn.table.rows if {"class_mean", "purity", *NO_LABELS} & set(map(str, row))
        ]
    words = [text.get_text() for text in draw("reconstruction", without).figure.texts]
    assert any("the first 10 test images of Made up" in line for line in words)


@pytest.mark.parametrize("shape", [(48, 9, 3), (1, 64), (96, 96, 3)], ids=str)
def test_words_of_narrow_and_flat_pictures_are_whole_and_apart(shape: Shape) -> None:
    """Numbers above tiles do not overlap, and no note beside a scale is cut."""
    for kind in WITH_INPUTS:
        drawn = draw(kind, subject(shape))
        texts = [text for text in drawn.figure.texts if text.get_text()]
        cut = [text.get_text() for text in texts if text.get_text().endswith("…")]
        assert not [words for words in cut if not CLASSES[-1].startswith(words[:-1])]
        boxes = [text.get_window_extent().padded(-1) for text in texts]
        for place, box in enumerate(boxes):
            over = [texts[other].get_text() for other in range(place) if box.overlaps(boxes[other])]
            assert not over, (kind, texts[place].get_text(), over)


@pytest.mark.parametrize("shape", [(48, 9, 3), (40, 5), (28, 28), (1, 64)], ids=str)
def test_dead_latents_of_narrow_pictures_have_room_for_their_numbers(shape: Shape) -> None:
    numbered = grids._layout(64, shape)
    smaller = grids._smaller(numbered)
    assert smaller.tile.width + smaller.gap >= 9 * PT and smaller.tile.width <= numbered.tile.width
    assert smaller.place(smaller.columns - 1)[0] + smaller.tile.width <= smaller.width + 1
