"""A run remembers the folder that its images came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.config.schema import make
from saegui.core.data.sources import mnist
from saegui.core.runs.run import open_run
from saegui.core.training.session import Session
from tests.cli.conftest import Program, Result
from tests.core.data.conftest import _idx_bytes

Here = Callable[..., Result]
TRAIN = ("train", "--epochs", "1", "--threads", "1", "--batch-size", "10", "--out", "run")


@pytest.fixture
def folder(program: Program, offline: None) -> Path:
    """A folder with a few images in MNIST's files; there is no network, and nothing in the cache."""
    images = np.random.default_rng(0).integers(0, 256, (30, 28, 28), dtype=np.uint8)
    labels = (np.arange(30) % 10).astype(np.uint8)
    made = program.folder / "my data"
    made.mkdir()
    for name, array in zip(mnist.FILES, (images, labels, images[:10], labels[:10]), strict=True):
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
        ("figures", "run", "--out", "figures"),
        ("encode", "run", "--out", "codes.npz"),
        ("figure", "run", "--kind", "latent", "--latent", "0", "--out", "latent.svg"),
    ],
    ids=lambda words: words[0],
)
def test_other_commands_look_there_first(here: Here, trained: Path, words: tuple[str, ...]) -> None:
    assert open_run(Path("run")).data_folder == trained
    result = here(*words)
    assert result.status == 0, result.err


def test_a_folder_that_vanished_is_asked_for(here: Here, refused: Callable[..., str], trained: Path) -> None:
    trained.rename(trained.with_name("moved"))
    sentence = refused("eval", "run")
    assert f"trained on MNIST from {trained}, which does not hold it any more" in sentence
    assert sentence.endswith("Give the folder with --data-dir.")
    assert here("eval", "run", "--data-dir", "moved").status == 0


@pytest.mark.parametrize("given", [False, True])
def test_a_resumed_run_looks_there_or_remembers_the_new_folder(here: Here, folder: Path, given: bool) -> None:
    config = make({"dataset": "mnist", "epochs": 2, "batch_size": 10})
    stopped = Session(config, data.load("mnist", folder), Path("run"))
    stopped.advance()
    stopped.close()
    assert open_run(Path("run")).data_folder == folder
    now = folder
    if given:
        now = folder.rename(folder.with_name("moved"))
    result = here("train", "--resume", "run", "--threads", "1", *(("--data-dir", "moved") if given else ()))
    assert result.status == 0, result.err
    assert open_run(Path("run")).data_folder == now


@pytest.mark.parametrize(
    "words",
    [
        ("figure", "run", "--kind", "decoder-grid", "--out", "new/folder/f.png"),
        ("figures", "run", "--out", "new/folder/figures"),
        ("encode", "run", "--out", "new/folder/codes.npz"),
        ("export", "run", "--format", "npz", "--out", "new/folder/model.npz"),
        ("train", "--dataset", "digits", "--epochs", "1", "--threads", "1", "--out", "new/folder/run"),
    ],
    ids=lambda words: words[0],
)
def test_a_folder_of_out_that_does_not_exist_is_made(
    here: Here, trained: Path, words: tuple[str, ...]
) -> None:
    result = here(*words)
    assert result.status == 0, result.err
    assert any(Path("new/folder").iterdir())
