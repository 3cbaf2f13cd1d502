"""``saegui data`` says what a file is; ``--dataset`` takes a path, ``--data-option`` how it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import registry
from saegui.core.runs.run import open_run
from tests.cli.conftest import Result
from tests.squares import reading

Here = Callable[..., Result]
QUICK = (
    "--epochs",
    "1",
    "--threads",
    "1",
    "--batch-size",
    "10",
    "--latents",
    "8",
    "--k",
    "2",
    "--out",
    "run",
)


@pytest.fixture(autouse=True)
def _reader() -> Iterator[None]:
    with reading():
        yield


@pytest.fixture
def file(here: Here) -> Path:
    path = Path("my cats.squares")
    path.write_bytes(b"cats")
    return path


def test_it_says_what_a_file_is_and_what_must_be_given(here: Here, file: Path) -> None:
    result = here("data", file)
    assert result.status == 0
    for words in ("a file of squares", "rows", "40", "must be given", "one of dark, bright", "from 2 to 16"):
        assert words in result.out
    assert "saegui train --dataset 'my cats.squares' --data-option ink=dark --out RUN" in result.err
    found = here("data", file, "--json").last
    assert (found["reader"], found["facts"]["rows"]) == ("squares", "40")
    assert [option["must_be_given"] for option in found["options"]] == [False, True]


def test_it_shows_the_data_as_they_are_read_with_the_options_that_are_given(
    here: Here, refused: Callable[..., str], file: Path
) -> None:
    result = here("data", file, "--data-option", "ink=dark", "--data-option", "side=8")
    assert result.status == 0, result.err
    assert "must be given" not in result.out and "8×8" in result.out
    assert "--data-option ink=dark --data-option side=8 --out RUN" in result.err
    found = here("data", file, "--data-option", "side=8", "--json").last
    assert {option["name"]: option["value"] for option in found["options"]}["side"] == 8
    assert "--data-option ink=dark" in here("data", file, "--data-option", "side=8").err
    assert "option side is '99'" in refused("data", file, "--data-option", "side=99")
    for words in (("data", file), ("train", "--dataset", file, *QUICK)):
        sentence = refused(*words, "--data-option", "side=8", "--data-option", "side=9")
        assert "--data-option gives side twice, as '8' and as '9'" in sentence


def test_what_was_added_is_known_by_its_name_at_the_next_start(here: Here, file: Path) -> None:
    assert here("train", "--dataset", file, "--data-option", "ink=dark", *QUICK).status == 0
    name = open_run(Path("run")).config.dataset

    def forget() -> None:
        for each in [each for each, source in data.SOURCES.items() if source.added is not None]:
            registry.forget(each)

    forget()
    rows = {row["name"]: row for row in here("datasets", "--json").last}
    assert rows[name]["available"] and rows[name]["shape"] == [4, 4]
    forget()
    described = here("datasets", name).out
    assert "my cats" in described and "option ink" in described and "dark" in described
    forget()
    assert here("train", "--dataset", name, *QUICK[:-1], "again").status == 0
    file.unlink()
    forget()
    assert "my cats.squares is not there" in here("datasets").out


def test_what_cannot_be_trained_on_is_said_and_not_suggested(here: Here) -> None:
    np.save("nan.npy", np.full((40, 6), np.nan, np.float32))
    result = here("data", "nan.npy")
    assert result.status != 0 and "40" in result.out
    assert "holds no number in row 1, as 39 of the next rows do; remove these rows" in result.err
    assert "saegui train" not in result.err
    assert "holds no number" in here("data", "nan.npy", "--json").last["problem"]


def test_a_file_is_trained_on_by_its_path_and_found_again(here: Here, file: Path) -> None:
    assert here("train", "--dataset", file, "--data-option", "ink=dark", *QUICK).status == 0
    run = open_run(Path("run"))
    assert run.data_title == "my cats" and run.shape == (4, 4)
    for words in (
        ("eval", "run"),
        ("figures", "run", "--out", "figures"),
        ("encode", "run", "--out", "codes.npz"),
    ):
        result = here(*words)
        assert result.status == 0, result.err


def test_what_must_be_given_and_what_is_wrong_is_named(refused: Callable[..., str], file: Path) -> None:
    train = ("train", "--dataset", file, *QUICK)
    assert "Choose the option ink; it is one of dark, bright" in refused(*train)
    assert "option side is '99'" in refused(*train, "--data-option", "side=99", "--data-option", "ink=dark")
    assert "--data-option is 'ink'; write it as NAME=VALUE" in refused(*train, "--data-option", "ink")
    assert "nowhere.npy cannot be read" in refused("train", "--dataset", "./nowhere.npy", *QUICK)
    assert "--data-option" in refused("train", "--resume", "run", "--data-option", "a=b")
