"""What one input of a data set is called."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saegui.core.data import Items, load, registry
from saegui.core.data.noun import IMAGE, INPUT, PATCH, ROW, TEXT, WORD, Noun


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("digits", IMAGE),
        ("mnist", IMAGE),
        ("olivetti", IMAGE),
        ("patches", PATCH),
        ("words", WORD),
        ("layer", IMAGE),
    ],
)
def test_every_data_set_knows_before_it_is_loaded(name: str, noun: Noun) -> None:
    assert registry.noun_of(name) == noun


def test_a_loaded_one_is_called_after_what_its_inputs_were_made_of() -> None:
    digits = load("digits")
    assert digits.noun == IMAGE
    rows = replace(digits, train_images=digits.train_images.reshape(-1, digits.train_images[0].size).copy())
    assert rows.noun == ROW
    assert replace(rows, items=Items(digits.train_images, digits.test_images)).noun == IMAGE
    assert replace(rows, items=Items(["a"], ["b"])).noun == TEXT
    assert replace(rows, items=Items(["a"], ["b"]), called=WORD).noun == WORD
    assert registry.noun_of("unknown", (5,)) == ROW and registry.noun_of("unknown", (5, 5)) == IMAGE


def test_one_is_counted_in_the_singular() -> None:
    assert [PATCH.counted(count) for count in (0, 1, 1000)] == ["0 patches", "1 patch", "1,000 patches"]
    assert np.unique([noun.many for noun in (IMAGE, PATCH, WORD, TEXT, ROW)]).size == 5


@pytest.mark.parametrize(
    ("text", "word", "image"),
    [
        ("Load an input.", "Load a word.", "Load an image."),
        ("Inputs by activation", "Words by activation", "Images by activation"),
        ("An input, the input's own", "A word, the word's own", "An image, the image's own"),
        ("inputting", "inputting", "inputting"),
    ],
)
def test_a_text_about_inputs_takes_the_noun_of_the_data(text: str, word: str, image: str) -> None:
    assert WORD.instead_of_input(text) == word
    assert IMAGE.instead_of_input(text) == image
    assert INPUT.instead_of_input(text) == text


def test_what_is_shown_is_a_drawing_only_where_inputs_are_images() -> None:
    text = "A drawing, the drawing. Drawing is no drawings."
    assert [noun.instead_of_input(text) for noun in (IMAGE, INPUT)] == [text, text]
    assert WORD.instead_of_input(text) == "A word, the word. Word is no drawings."
