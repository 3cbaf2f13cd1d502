"""Vectors whose numbers have names say which of them a latent is about, in words and in the tables behind figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saegui.core.analysis.named_axes import axes_of, largest_in_words
from saegui.core.figures import draw
from saegui.core.figures.tiles import columns
from tests.core.figures.test_shapes import inputs, subject

AXES = ("petal length", "width", "height")


def test_the_largest_magnitudes_are_named_first() -> None:
    assert largest_in_words(np.array([0.5, -0.914, 0.0]), AXES) == "width −0.91, petal length +0.5"
    assert largest_in_words(np.array([1.0, 2, 3]), AXES, 1) == "height +3"
    assert largest_in_words(np.zeros(3), AXES) == "" == largest_in_words(np.ones(3), ())


def test_names_belong_to_the_inputs_of_their_own_shape() -> None:
    vectors = replace(inputs((3,)), axes=AXES)
    assert axes_of(vectors, (3,)) == AXES
    assert axes_of(vectors, (4,)) == () == axes_of(vectors, (1, 3)) == axes_of(inputs((3,)), (3,))
    assert columns((3,), AXES) == AXES and columns((3,), ()) == ("x0", "x1", "x2")


@pytest.mark.parametrize("kind", ["decoder-grid", "reconstruction", "activation-pattern", "latent"])
def test_figures_of_vectors_have_their_names_in_the_table(kind: str) -> None:
    whole = subject((30,))
    assert whole.dataset is not None
    names = tuple(f"gene {place}" for place in range(30))
    drawn = draw(kind, replace(whole, dataset=replace(whole.dataset, axes=names), latent=0))
    cells = {*drawn.table.header, *(cell for row in drawn.table.rows for cell in row)}
    assert set(names) <= cells and "x0" not in cells
