"""A run remembers the folder that its images came from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.config.schema import make
from saegui.core.data.idx_set import MNIST_FILES
from saegui.core.files import paths
from saegui.core.runs.run import open_run
from saegui.core.training.session import Session
from tests.cli.conftest import Program, Result
from tests.core.data.conftest import _idx_bytes

pytestmark = pytest.mark.usefixtures("small_figures")

Here = Callable[..., Result]
OF_DATA = ("percent-active", "reconstruction")
"""Kinds of figures that need measurements of the images, and the images themselves."""
TRAIN = ("train", "--epochs", "1", "--threads", "1", "--batch-size", "10", "--out", "run")


@pytest.fixture
def folder(program: Program, offline: None) -> Path:
    """A folder with a few images in MNIST's files; there is no network, and nothing in the cache."""
    images = np.random.default_rng(0).integers(0, 256, (30, 28, 28), dtype=np.uint8)
    labels = (np.arange(30) % 10).astype(np.uint8)
    made = program.folder / "my data"
    made.mkdir()
    for name, array in zip(MNIST_FILES, (images, labels, images[:10], labels[:10]), strict=True):
        (made / name).write_bytes(_idx_bytes(array))
    return made


@pytest.fixture
def trained(here: Here, folder: Path) -> Path:
    """A run that was trained on the images in ``folder``."""
    assert here(*TRAIN, "--data-dir", "my data").status == 0
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("eval", "run"),
        ("figures", "run", "--kinds", *OF_DATA, "--out", "figures"),
        ("encode", "run", "--out", "codes.npz"),
        ("figure", "run", "--kind", "latent", "--latent", "0", "--out", "latent.svg"),
    ],
    ids=lambda words: words[0],
)
def test_other_commands_look_there_first(here: Here, trained: Path, words: tuple[str, ...]) -> None:
    assert open_run(Path("run")).origin.folder == trained
    result = here(*words)
    assert result.status == 0, result.err


def test_a_folder_that_vanished_is_asked_for(here: Here, refused: Callable[..., str], trained: Path) -> None:
    trained.rename(trained.with_name("moved"))
    sentence = refused("eval", "run")
    assert f"trained on my data (not MNIST) from {trained}, which is not there any more" in sentence
    assert sentence.endswith("choose the place where it is now. Give the file or the folder with --data-dir.")
    assert here("eval", "run", "--data-dir", "moved").status == 0


@pytest.mark.parametrize("given", [False, True])
def test_other_images_than_those_of_the_training_are_said(here: Here, trained: Path, given: bool) -> None:
    result = here("eval", "run")
    assert "not MNIST's" in result.err and "numbers and examples" not in result.err
    images = trained / "t10k-images-idx3-ubyte"
    if given:
        moved = trained.rename(trained.with_name("elsewhere"))
        images = moved / images.name
    content = bytearray(images.read_bytes())
    content[-1] ^= 1
    images.write_bytes(content)
    for words in (
        ("eval", "run"),
        ("encode", "run", "--out", "codes.npz"),
        ("figures", "run", "--kinds", *OF_DATA, "--out", "figures"),
    ):
        result = here(*words, *(("--data-dir", "elsewhere") if given else ()))
        assert result.status == 0, result.err
        told = (
            "are not those of the run, which was trained on"
            if given
            else "have changed since the run was trained"
        )
        assert told in result.err


def test_a_run_is_listed_with_what_was_found(here: Here, trained: Path) -> None:
    assert "my data (not MNIST)" in here("runs", ".").out
    (listed,) = here("runs", ".", "--json").last
    assert listed["data"]["title"] == "my data (not MNIST)"
    assert listed["data"]["folder"] == str(trained)


def test_data_sets_are_listed_with_what_the_folder_holds(here: Here, folder: Path) -> None:
    assert "yes: my data (not MNIST)" in here("datasets", "--data-dir", "my data").out
    found = {row["name"]: row["found"] for row in here("datasets", "--data-dir", "my data", "--json").last}
    assert (found["mnist"], found["digits"]) == ("my data (not MNIST)", "Built-in digits")
    assert found["layer"] == data.title_of("layer")
    assert not list(paths.data_cache().glob("networks-*")), "a list trains no network"
    (folder / MNIST_FILES[0]).write_bytes(b"")
    result = here("datasets", "--data-dir", "my data", "--json")
    assert {row["name"]: row["available"] for row in result.last}["mnist"] is False
    assert f"{MNIST_FILES[0]} is empty" in result.err


def test_what_run_json_says_of_its_images_is_checked(
    here: Here, refused: Callable[..., str], trained: Path
) -> None:
    path = Path("run/run.json")
    content = json.loads(path.read_text())
    for bad in (
        [],
        {"title": "x"},
        {"title": 1, "folder": None, "checksum": ""},
        {"title": "x", "folder": "", "checksum": ""},
    ):
        path.write_text(json.dumps({**content, "data": bad}))
        assert "run.json cannot be read" in refused("eval", "run")


@pytest.mark.parametrize("given", [False, True])
def test_a_resumed_run_looks_there_or_remembers_the_new_folder(here: Here, folder: Path, given: bool) -> None:
    config = make({"dataset": "mnist", "epochs": 2, "batch_size": 10})
    stopped = Session(config, data.load("mnist", folder), Path("run"))
    stopped.advance()
    stopped.close()
    assert open_run(Path("run")).origin.folder == folder
    now = folder
    if given:
        now = folder.rename(folder.with_name("moved"))
    result = here("train", "--resume", "run", "--threads", "1", *(("--data-dir", "moved") if given else ()))
    assert result.status == 0, result.err
    assert open_run(Path("run")).origin.folder == now


@pytest.mark.parametrize(
    "words",
    [
        ("figure", "run", "--kind", "decoder-grid", "--out", "new/folder/f.png"),
        ("figures", "run", "--kinds", *OF_DATA, "--out", "new/folder/figures"),
        ("report", "run", "--out", "new/folder/page.html"),
        ("encode", "run", "--out", "new/folder/codes.npz"),
        ("export", "run", "--format", "npz", "--out", "new/folder/model.npz"),
        ("import", "model.npz", "--out", "new/folder/imported"),
        ("train", "--dataset", "digits", "--epochs", "1", "--threads", "1", "--out", "new/folder/run"),
    ],
    ids=lambda words: words[0],
)
def test_a_folder_of_out_that_does_not_exist_is_made(
    here: Here, trained: Path, words: tuple[str, ...]
) -> None:
    assert here("export", "run", "--format", "npz", "--out", "model.npz").status == 0
    result = here(*words)
    assert result.status == 0, result.err
    assert any(Path("new/folder").iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ("figure", "starter", "--kind", "decoder-grid", "--out", "{}.png"),
        ("figures", "starter", "--out", "{}"),
        ("report", "starter", "--out", "{}.html"),
        ("encode", "starter", "--out", "{}.npz"),
        ("export", "starter", "--format", "npz", "--out", "{}.npz"),
        ("import", "model.npz", "--out", "{}"),
        ("train", "--out", "{}"),
        ("train", "--vary", "k=3,4", "--out", "{}"),
        ("demo", "--exit", "--out", "{}"),
    ],
    ids=lambda words: f"{words[0]}{words[1]}",
)
def test_a_place_that_cannot_be_written_is_refused_at_once_and_nothing_is_left(
    here: Here, refused: Callable[..., str], program: Program, offline: None, words: tuple[str, ...]
) -> None:
    """By one rule in all commands, before any download and any training."""
    assert here("export", "starter", "--format", "npz", "--out", "model.npz").status == 0
    Path("file").write_text("")
    for out in ("file/deeper/out", "/proc/nobody/out", f"new/{'n' * 300}/out"):
        sentence = refused(*(word.format(out) for word in words))
        assert "cannot be written (" in sentence and "choose another folder" in sentence
        assert f"{out.split('/')[0]}/" in sentence
    assert {path.name for path in program.folder.iterdir()} == {"file", "model.npz"}
