"""Figures of data with many classes name those that matter, and their tables have all."""

from __future__ import annotations

import string
from dataclasses import replace

import numpy as np
import pytest

from saegui.core.analysis.latent_stats import analyse
from saegui.core.figures import Subject, draw
from saegui.core.figures.reconstruction import examples
from tests.core.figures.test_shapes import subject

SYMBOLS = tuple(string.digits + string.ascii_uppercase + string.ascii_lowercase)


def relabelled(classes: tuple[str, ...]) -> Subject:
    """The subject of other tests with each image in another class than the one before."""
    before = subject((12, 20))
    dataset = before.dataset
    assert dataset is not None
    labels = [
        (np.arange(90) % len(classes)).astype(np.uint8),
        (np.arange(20) * 3 % len(classes)).astype(np.uint8),
    ]
    after = replace(dataset, classes=classes, train_labels=labels[0], test_labels=labels[1])
    return replace(before, dataset=after, stats=analyse(before.snapshot, after))


@pytest.mark.parametrize("classes", [SYMBOLS, SYMBOLS[:26], tuple(f"a writer {n}" for n in range(80))])
def test_the_classes_with_the_largest_means_are_named(classes: tuple[str, ...]) -> None:
    whole = relabelled(classes)
    assert whole.stats is not None and whole.latent is not None
    drawn = draw("latent", whole)
    means = whole.stats.class_means[whole.latent]
    largest = [classes[place] for place in np.argsort(-means, kind="stable")[:10]]
    texts = [text.get_text() for text in drawn.figure.texts]
    title = texts.index(f"mean z per class: 10 of {len(classes)}")
    assert texts[title + 1 : title + 11] == largest
    shown = {row[2]: row[3] for row in drawn.table.rows if row[0] == "class_mean"}
    assert list(shown) == list(classes) and list(shown.values()) == means.tolist()


def test_ten_classes_are_bars_side_by_side() -> None:
    texts = [text.get_text() for text in draw("latent", relabelled(SYMBOLS[:10])).figure.texts]
    assert "mean z per class" in texts


def test_reconstructions_are_of_classes_from_the_first_to_the_last() -> None:
    whole = relabelled(SYMBOLS)
    assert whole.dataset is not None
    chosen = whole.dataset.test_labels[examples(whole.dataset)].tolist()
    there = sorted(set(whole.dataset.test_labels.tolist()))
    assert (
        len(chosen) == 12
        and chosen == sorted(set(chosen))
        and [chosen[0], chosen[-1]] == [there[0], there[-1]]
    )
    texts = " ".join(text.get_text() for text in draw("reconstruction", whole).figure.texts)
    assert "the first test image of each of 12 of the 20 classes" in texts
