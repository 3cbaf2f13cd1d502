"""Where atoms are no pictures, the decoder grid shows what they stand for, as the window's tiles do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saegui.core.analysis.latent_stats import analyse
from saegui.core.analysis.neighbours import Directions
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.data.dataset import NO_LABELS, Items
from saegui.core.figures import Subject, draw
from saegui.core.figures.tiles import Tile
from saegui.core.model.snapshot import Snapshot

WIDTH, F = 6, 4
RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(40, WIDTH)).astype(np.float32)
WORDS = [f"word{place}" for place in range(40)]
PICTURES = RNG.integers(0, 256, (40, 5, 7), dtype=np.uint8)


def dataset(items: Items | None) -> Dataset:
    labels = np.zeros(40, np.uint8)
    return Dataset(
        "made-up-vector", "Rows", ROWS[:30], labels[:30], ROWS[30:], labels[30:], NO_LABELS, items=items
    )


@pytest.fixture
def model(made_up: None) -> Snapshot:
    W = RNG.normal(size=(F, WIDTH)).astype(np.float32)
    zeros = np.zeros
    config = RunConfig(dataset="made-up-vector", n_latents=F, k=2)
    b_enc = zeros(F, np.float32)
    b_enc[3] = -1000
    made = Snapshot(config, 1, 1.0, W.T.copy(), b_enc, W, zeros(WIDTH, np.float32), zeros(F, np.float32))
    return replace(made, shape=(WIDTH,))


def subject(model: Snapshot, items: Items | None) -> Subject:
    data = dataset(items)
    return Subject("run", model, dataset=data, stats=analyse(model, data))


def test_words_stand_for_the_atoms_of_words(model: Snapshot) -> None:
    drawn = draw("decoder-grid", subject(model, Items(WORDS[:30], WORDS[30:])))
    texts = [text.get_text() for text in drawn.figure.texts]
    nearest = Directions(ROWS[:30]).nearest(model.W_dec, 4).rows
    place = drawn.table.header.index("nearest")
    for row in drawn.table.rows:
        words = [WORDS[each] for each in nearest[int(str(row[1]))]]
        assert row[place] == "; ".join(words)
        assert words[0] in texts or row[1] == 3, "a dead latent's tile is small"
    assert any("the texts nearest to each latent's atom" in text for text in texts)
    # What a latent looks for is a direction in numbers all the same.
    assert "nearest" not in draw("encoder-grid", subject(model, Items(WORDS[:30], WORDS[30:]))).table.header


def test_average_pictures_stand_for_the_atoms_of_a_layer(model: Snapshot) -> None:
    made = subject(model, Items(PICTURES[:30], PICTURES[30:]))
    assert made.stats is not None and made.stats.average is not None
    drawn = draw("decoder-grid", made)
    assert any(
        "the average image that activates each latent" in text.get_text() for text in drawn.figure.texts
    )
    first = int(made.order()[0])
    pictures = [np.asarray(image.get_array()) for axes in drawn.figure.axes for image in axes.images]
    pictures += [np.asarray(image.get_array()) for image in drawn.figure.images]
    # The atlas of the living begins with the room for the numbers above its first row.
    atlas = max(pictures, key=len)
    found = any(
        np.array_equal(atlas[above : above + 5 * enlarge, : 7 * enlarge], shown)
        for enlarge in range(4, 60)
        if (shown := Tile((5, 7), enlarge).inks(made.stats.average[first])).shape[1] <= atlas.shape[1]
        for above in range(40)
    )
    assert found


def test_other_vectors_are_plots(model: Snapshot) -> None:
    drawn = draw("decoder-grid", subject(model, None))
    assert "nearest" not in drawn.table.header
    assert any("what each latent draws" in text.get_text() for text in drawn.figure.texts)


def test_words_stand_for_the_atoms_in_the_tree_the_summary_and_beside_the_inputs(model: Snapshot) -> None:
    whole = subject(model, Items(WORDS[:30], WORDS[30:]))
    nearest = Directions(ROWS[:30]).nearest(model.W_dec, 1).rows[:, 0]
    names = {f"#{latent} {WORDS[nearest[latent]]}" for latent in range(3)}
    for kind in ("dendrogram", "summary"):
        texts = {text.get_text() for text in draw(kind, whole).figure.texts}
        assert names <= texts, kind
    drawn = draw("top-inputs", whole)
    texts = {text.get_text() for text in drawn.figure.texts}
    assert {row[3] for row in drawn.table.rows} <= texts and drawn.table.rows
