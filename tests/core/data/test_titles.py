"""Titles of added data sets: they tell what was chosen of which file, and options are called as the form calls them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.core.data.options import Option, in_words

ROWS = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    for name in [name for name, source in data.SOURCES.items() if source.added is not None]:
        registry.forget(name)


def title(path: Path, **given: object) -> str:
    return data.title_of(adding.name_of(str(path), given))


def test_no_two_added_data_sets_have_one_title(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for path in (tmp_path / "acts.npy", tmp_path / "other" / "acts.npy"):
        np.save(path, ROWS)
    np.savez(tmp_path / "acts.npz", layer1=ROWS, layer2=ROWS[:, :4])
    (tmp_path / "acts.txt").write_text("one\ntwo\nthree\n")
    found = [
        title(tmp_path / "acts.npy"),
        title(tmp_path / "acts.npz", array="layer1"),
        title(tmp_path / "acts.npz", array="layer2"),
        title(tmp_path / "acts.txt"),
        title(tmp_path / "other" / "acts.npy"),
        title(tmp_path / "acts.npy", scale="range", share=0.25),
    ]
    assert found == [
        "acts.npy",
        "acts.npz, layer1",
        "acts.npz, layer2",
        "acts.txt",
        f"acts.npy (in {tmp_path / 'other'})",
        "acts.npy (scale the least becomes 0, the greatest 1, share for testing 0.25)",
    ]
    assert title(tmp_path / "acts.npz", array="layer1") == found[1], "added again it is the same one"


def test_a_data_set_is_called_the_same_once_it_is_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "acts.npz", layer1=ROWS, layer2=ROWS[:, :4])
    name = adding.name_of(str(tmp_path / "acts.npz"), {"array": "layer2"})
    assert data.load(name).title == data.title_of(name) == "acts.npz, layer2"


def test_how_an_added_data_set_is_read_is_told_in_the_words_of_the_form(tmp_path: Path) -> None:
    np.savez(tmp_path / "acts.npz", layer1=ROWS, layer2=ROWS[:, :4])
    name = adding.name_of(str(tmp_path / "acts.npz"), {"array": "layer2", "scale": "range"})
    chosen = dict(registry.chosen_options(name))
    assert (chosen["Array"], chosen["Kept for testing"]) == ("layer2", "random rows")
    assert chosen["Scale"] == "the least becomes 0, the greatest 1"
    assert registry.chosen_options("digits") == ()


SCALE = Option("scale", "Scale", ".", "auto", ("auto", "bytes"), ("as suggested", "0 to 255"))
COLUMNS = Option("columns", "Columns", ".", "auto")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "Choose the option scale; it is one of auto, bytes.",
            "Choose “Scale”; it is one of as suggested, 0 to 255.",
        ),
        ("The option scale is 'x'.", "“Scale” is 'x'."),
        ("choose scale=bytes, or save others.", "choose “Scale”: 0 to 255, or save others."),
        ("Choose the options scale=bytes, columns=a:c.", "Choose “Scale”: 0 to 255, “Columns”: a:c."),
        ("give --data-option scale=bytes, or leave it", "give “Scale”: 0 to 255, or leave it"),
        ("leave out b with the option columns.", "leave out b with “Columns”."),
        ("grayscale=bytes and the option scaled stay", "grayscale=bytes and the option scaled stay"),
    ],
)
def test_errors_call_options_as_the_form_does(said: str, shown: str) -> None:
    assert in_words(said, (SCALE, COLUMNS)) == shown
