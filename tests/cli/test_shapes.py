"""The command line with data of every kind of shape: trained, listed, measured, encoded, resumed, refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.arrays import shape_text
from saegui.core.data.noun import noun_of_shape
from saegui.core.data.source import Source
from saegui.core.runs.run import open_run
from tests import made_up as sources
from tests.cli.conftest import Program, Result

Here = Callable[..., Result]
Refused = Callable[..., str]


@pytest.mark.slow
@pytest.mark.parametrize("source", sources.ALL, ids=sources.NAMES)
def test_every_shape_from_the_first_command_to_the_last(
    made_up: None, made_up_program: Program, here: Here, source: Source
) -> None:
    """Pictures go through processes of their own, the other shapes through this one."""
    info, folder = source.info, made_up_program.folder
    program = made_up_program if source is sources.GREY else here
    listed = {found["name"]: found for found in program("datasets", "--json").last}
    assert listed[info.name]["shape"] == list(info.shape) and listed[info.name]["available"]
    options = ("--dataset", info.name, "--latents", "16", "--k", "3", "--epochs", "3", "--batch-size", "50")
    trained = program("train", *options, "--out", "run", "--json")
    assert trained.status == 0, trained.err
    measured = program("eval", "run", "--json").last
    assert measured.pop("shape") == list(info.shape)
    assert measured == pytest.approx(trained.last)
    assert shape_text(info.shape) in program("eval", "run").out
    (run,) = program("runs", ".", "--json").last
    assert (run["shape"], run["config"]["dataset"]) == (list(info.shape), info.name)

    encoded = program("encode", "run", "--out", "codes.npz")
    assert encoded.status == 0, encoded.err
    assert f"100 test {noun_of_shape(info.shape).many} of {shape_text(info.shape)}" in encoded.out
    with np.load(folder / "codes.npz") as codes:
        assert codes["images"].shape == codes["reconstructions"].shape == (100, *info.shape)
        error = codes["reconstructions"] - codes["images"].astype(np.float64) / 255
        assert np.square(error).mean() == pytest.approx(measured["mse"], rel=1e-4)
        assert np.count_nonzero(codes["latents"]) / 100 == pytest.approx(measured["l0"])


@pytest.fixture
def grey(made_up: None, here: Here, own_home: Path) -> Path:
    """A run of pictures of 12×20, in the window's list of runs."""
    return sources.train(sources.GREY, own_home / "runs" / "grey")


@pytest.mark.parametrize(
    "command",
    [
        ("encode", "grey", "--out", "codes.npz"),
        ("figure", "grey", "--kind", "activation-pattern", "--out", "a.png"),
    ],
    ids=["encode", "figure"],
)
def test_drawings_are_refused_by_a_run_of_another_shape(
    grey: Path, refused: Refused, drawings: Path, command: tuple[str, ...]
) -> None:
    sentence = refused(*command, "--strokes", drawings)
    assert f"trained on inputs of 12×20, but {drawings} has inputs of 28×28: use data of 12×20" in sentence


def test_data_of_another_shape_are_refused(grey: Path, refused: Refused, digits_in_its_place: None) -> None:
    for command in (("eval", "grey"), ("encode", "grey", "--out", "codes.npz")):
        assert "trained on inputs of 12×20, but Built-in digits has inputs of 28×28" in refused(*command)


@pytest.fixture
def digits_in_its_place(grey: Path) -> None:
    """The run says that it was trained on digits, which have another shape by now."""
    content = json.loads((grey / "run.json").read_text())
    content["config"]["dataset"] = "digits"
    (grey / "run.json").write_text(json.dumps(content))


class TestUnknownDataSet:
    """A run of a data set that only the program that wrote it knows."""

    @pytest.fixture
    def foreign(self, own_home: Path, here: Here) -> Path:
        with sources.added():
            return sources.train(sources.GREY, own_home / "runs" / "foreign")

    def test_it_opens_and_is_listed(self, foreign: Path, here: Here) -> None:
        run = open_run(foreign)
        assert run.latest().shape == (12, 20) and run.config.dataset == "made-up-grey"
        assert "made-up-grey" in here("runs").out

    def test_its_data_are_asked_for_in_a_sentence(self, foreign: Path, refused: Refused) -> None:
        for command in (("eval", "foreign"), ("encode", "foreign", "--out", "a.npz")):
            assert "no data set 'made-up-grey'; choose one of mnist, digits" in refused(*command)

    def test_its_weights_are_drawn(self, foreign: Path, here: Here) -> None:
        drawn = here("figure", "foreign", "--kind", "decoder-grid", "--out", "grid.png")
        assert drawn.status == 0, drawn.err

    @pytest.mark.parametrize("name", ["../up", "", "a b", "x\n", "\x1b[31m", 5, None, ["mnist"]])
    def test_what_cannot_be_a_name_is_refused(self, foreign: Path, here: Here, name: object) -> None:
        content = json.loads((foreign / "run.json").read_text())
        content["config"]["dataset"] = name
        (foreign / "run.json").write_text(json.dumps(content))
        assert "cannot be opened" in here("runs").out


def test_an_unknown_data_set_is_refused_with_those_there_are(refused: Refused) -> None:
    assert f"--dataset is 'cifar'; choose one of {', '.join(data.DATASETS)}." in refused(
        "train", "--dataset", "cifar", "--out", "run"
    )
