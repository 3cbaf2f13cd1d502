"""From what is drawn or typed to what the model is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.app.model_input import given
from saegui.app.services import Services
from saegui.core.arrays import Array
from saegui.core.data import Dataset, Items
from saegui.core.errors import DataError
from saegui.core.strokes import BLANK_DRAWING, Drawing, of_picture, of_strokes, of_text

STROKES = of_strokes([np.array([[0.5, 0.1], [0.5, 0.9]])])
PICTURES = Items(
    np.zeros((2, 28, 28), np.uint8),
    np.zeros((1, 28, 28), np.uint8),
    lambda pictures: pictures.reshape(len(pictures), 784)[:, :30].astype(np.float32),
)


def lengths(texts: list[str]) -> Array:
    """The number of letters, 30 times."""
    if "nonsense" in texts:
        raise DataError("'nonsense' is no known word.")
    return np.array([[len(text)] * 30 for text in texts], np.float32)


TEXTS = Items(("one", "two"), ("three",), lengths)


def test_a_drawing_goes_through_the_encoder_of_a_data_set_that_is_made_of_such_pictures() -> None:
    found = given(STROKES, (30,), PICTURES)
    assert PICTURES.encode is not None and found.values is not None and found.readable
    np.testing.assert_array_equal(found.values, PICTURES.encode(STROKES.image[None])[0])
    assert given(of_picture(np.ones((9, 9), np.uint8), ""), (30,), PICTURES).readable is False
    assert given(of_text("one"), (30,), PICTURES).readable is False
    blank = given(BLANK_DRAWING, (30,), PICTURES)
    assert blank.readable and blank.values is None


def test_a_text_goes_through_the_encoder_of_texts_and_what_it_refuses_is_said() -> None:
    found = given(of_text("four"), (30,), TEXTS)
    assert found.values is not None and found.values.tolist() == [4.0] * 30
    assert given(of_text("nonsense"), (30,), TEXTS).problem == "'nonsense' is no known word."
    assert given(of_text("nonsense"), (30,), TEXTS).values is None
    for nothing in (BLANK_DRAWING, of_text("   ")):
        blank = given(nothing, (30,), TEXTS)
        assert blank.values is None and blank.readable and not blank.problem
    assert not given(STROKES, (30,), TEXTS).readable


def test_a_row_that_a_data_set_made_is_taken_as_it_is() -> None:
    row = np.arange(30, dtype=np.float32)
    for drawing in (of_text("nonsense", "test text 1", row), of_picture(np.zeros((5, 5), np.uint8), "", row)):
        found = given(drawing, (30,), None)
        assert found.values is drawing.row and found.readable
        np.testing.assert_array_equal(drawing.row, row)
        assert not given(drawing, (31,), None).readable


@pytest.mark.parametrize("drawing", [STROKES, of_picture(np.ones((3, 4), np.uint8), "")])
def test_what_has_the_model_s_shape_is_taken_as_it_is(drawing: Drawing) -> None:
    assert given(drawing, drawing.image.shape, None).values is drawing.image


def test_another_data_set_encodes_what_is_drawn_again(
    services: Services, small_run: Path, digits: Dataset, qtbot: QtBot
) -> None:
    assert services.library.open(small_run)
    state = services.state
    state.set_strokes([np.array([[0.5, 0.1], [0.5, 0.9]])])
    before = state.code
    state.set_dataset(digits)
    assert state.code is before is not None
    items = Items(
        ["a"] * len(digits.train_images),
        ["b"] * len(digits.test_images),
        lambda texts: np.full((len(texts), 28, 28), 0.5, np.float32),
    )
    with qtbot.waitSignal(state.dataset_changed):
        state.set_dataset(replace(digits, items=items))
    assert state.writes
    with qtbot.waitSignals([state.image_changed, state.code_changed]):
        state.set_drawing(of_text("a letter"))
    typed = state.model_input
    assert state.code is not None and typed is not None and typed.shape == (28, 28)
    with qtbot.waitSignals([state.dataset_changed, state.code_changed]):
        state.set_dataset(digits)
    assert state.code is None and state.model_input is None
    assert not state.readable and not state.writes
    with qtbot.waitSignal(state.code_changed):
        state.set_dataset(replace(digits, items=items))
    assert state.code is not None


def test_an_input_of_the_data_set_is_shown_as_what_it_was_made_of(
    services: Services, small_run: Path, digits: Dataset
) -> None:
    assert services.library.open(small_run)
    state = services.state
    state.show_input("test", 3, "test image 3")  # there is no data set yet: nothing happens
    assert state.drawing.empty
    state.set_dataset(digits)
    state.show_input("test", 3, "test image 3")
    np.testing.assert_array_equal(state.image, digits.test_images[3])
    texts = Items([f"train {i}" for i in range(5)], [f"test {i}" for i in range(5)])
    state.set_dataset(replace(digits, items=texts))
    state.show_input("train", 2, "training text 2")
    assert (state.drawing.text, state.drawing.title) == ("train 2", "training text 2")
    np.testing.assert_array_equal(state.model_input, digits.train_images[2])
    pictures = Items(np.ones((5, 8, 8, 3), np.uint8), np.ones((5, 8, 8, 3), np.uint8))
    state.set_dataset(replace(digits, items=pictures))
    state.show_input("test", 4, "test image 4")
    assert state.image.shape == (8, 8, 3)
    np.testing.assert_array_equal(state.model_input, digits.test_images[4])
    assert state.code is not None
