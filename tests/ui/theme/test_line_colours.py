"""Curves of several runs, and ten classes, can be told apart, in both themes, in exported figures, and by colour-blind readers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from saegui.app.overlays import MAX_OVERLAYS
from saegui.core.figures import class_marks, paper
from saegui.ui.theme.line_colours import line_colour
from saegui.ui.theme.tokens import DARK, LIGHT, Tokens
from tests.contrast import contrast, linear

Floats = NDArray[np.float64]

GROUNDS = {"light": (LIGHT, "panel"), "dark": (DARK, "panel")}
TO_XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
SEEN_BY = {
    "most people": np.eye(3),
    # Machado, Oliveira & Fernandes 2009, in linear light.
    "people without red cones": [
        [0.1523, 1.0526, -0.2049],
        [0.1145, 0.7863, 0.0992],
        [-0.0039, -0.0481, 1.052],
    ],
    "people without green cones": [
        [0.3673, 0.8606, -0.228],
        [0.2801, 0.6725, 0.0474],
        [-0.0118, 0.0429, 0.969],
    ],
    "people without blue cones": [
        [1.2555, -0.0767, -0.1788],
        [-0.0784, 0.9308, 0.1476],
        [0.0047, 0.6914, 0.3039],
    ],
}


def lab(light: Floats) -> Floats:
    """CIE Lab of linear light, for white of D65."""
    x = TO_XYZ @ light.clip(0, 1) / TO_XYZ.sum(1)
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def shown(tokens: Tokens) -> list[QColor]:
    return [line_colour(tokens, place) for place in range(MAX_OVERLAYS + 1)]


@pytest.mark.parametrize("what", ["curves", "classes"])
@pytest.mark.parametrize("theme", GROUNDS)
def test_curves_and_classes_stand_out_from_their_ground_and_from_each_other(theme: str, what: str) -> None:
    tokens, ground = GROUNDS[theme]
    colours = shown(tokens) if what == "curves" else [QColor(colour) for colour in tokens.classes]
    assert all(contrast(color, QColor(getattr(tokens, ground))) >= 3 for color in colours)
    for who, matrix in SEEN_BY.items():
        nearest = min(
            float(np.linalg.norm(lab(np.array(matrix) @ linear(a)) - lab(np.array(matrix) @ linear(b))))
            for a, b in combinations(colours, 2)
        )
        # 2 is the least that an eye sees.
        assert nearest >= (40 if who == "most people" else 15), who


def test_figures_draw_runs_in_the_colours_of_the_light_window_on_white() -> None:
    assert [color.name().upper() for color in shown(LIGHT)] == list(paper.SERIES)
    assert all(contrast(QColor(colour), QColor(paper.PAPER)) >= 3 for colour in paper.SERIES)


def test_no_two_classes_have_the_same_mark_and_ten_have_ten_colours() -> None:
    assert len(set(map(class_marks.colour_of, range(10)))) == 10
    marks = {(class_marks.colour_of(label), class_marks.shape_of(label)) for label in range(class_marks.MOST)}
    assert len(marks) == class_marks.MOST
    # Fewer than ten have to be told apart by the colour alone.
    assert class_marks.shape_of(0) != class_marks.shape_of(5)


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_both_themes_have_all_colours_of_classes(tokens: Tokens) -> None:
    assert len(set(tokens.classes)) == len(class_marks.COLOURS)
