"""Inputs of every kind of shape through the engine: trained, saved, read, measured, resumed; another shape is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core import data
from saegui.core.analysis import metrics
from saegui.core.analysis.latent_stats import analyse
from saegui.core.analysis.pursuit import pursuit_mse
from saegui.core.arrays import checked_shape, shape_text
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, make
from saegui.core.config.variants import variants
from saegui.core.data import Dataset
from saegui.core.data.source import Source
from saegui.core.errors import DataError
from saegui.core.files.tensors import save_tensors
from saegui.core.model import snapshot_file
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.runs.run import Run, open_run
from saegui.core.training.session import Session
from saegui.core.training.sweep import Sweep
from tests import made_up as sources

pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("made_up", "one_thread")

KINDS: dict[str, dict[str, Any]] = {
    "topk": {},
    "many": {"n_latents": 200, "k": 4, "revival": "auxk", "dead_after": 0.5},
    "batch_topk": {"arch": "batch_topk", "refinements": 2, "refit": True},
    "refined": {"n_latents": 256, "refinements": 1, "k": 4},
    "relu_l1": {"arch": "relu_l1", "revival": "resample", "input": "standardised"},
    "matryoshka": {"arch": "matryoshka", "input": "unit"},
    "kl": {"arch": "kl", "input": "raw", "pre_bias": False},
}
"""Every way of computing gradients, of treating the input, and of reviving latents."""


def by_preset(name: str) -> dict[str, Any]:
    """What a preset sets, for a small data set."""
    values = PRESETS[name].config.model_dump()
    return {**values, "n_latents": 32, "k": min(values["k"], 8), "epochs": 3, "batch_size": 50}


KINDS |= {name: by_preset(name) for name in ("modern", "best")}


@pytest.fixture(params=sources.ALL, ids=sources.NAMES)
def source(request: pytest.FixtureRequest) -> Source:
    found: Source = request.param
    return found


@pytest.fixture
def dataset(source: Source) -> Dataset:
    return data.load(source.info.name)


@pytest.fixture
def run(source: Source, tmp_path: Path) -> Run:
    return open_run(sources.train(source, tmp_path / "run"))


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_trained_and_opens_again(source: Source, dataset: Dataset, kind: str, tmp_path: Path) -> None:
    run = open_run(sources.train(source, tmp_path / "run", **{**KINDS[kind], "dataset": source.info.name}))
    model, d = run.latest(), prod(dataset.shape)
    assert run.status == "finished" and run.shape == model.shape == dataset.shape
    F = run.config.n_latents
    assert (model.W_enc.shape, model.W_dec.shape, model.b_dec.shape) == ((d, F), (F, d), (d,))
    for images, flat in ((model.encoder_images, model.W_enc.T), (model.decoder_images, model.W_dec)):
        assert images.shape == (F, *dataset.shape) and images.flags.c_contiguous
        np.testing.assert_array_equal(images.reshape(F, d), flat)
    assert metrics.evaluate(model, dataset).to_dict() == pytest.approx(run.metrics)


def test_it_learns_and_its_numbers_are_the_definitions(run: Run, dataset: Dataset) -> None:
    model = run.latest()
    x = dataset.test_images.reshape(sources.N_TEST, -1).astype(np.float64) / 255
    pre = (x - model.b_dec) @ model.W_enc + model.b_enc
    z = np.maximum(pre, 0) * (pre >= np.sort(pre, axis=1)[:, [-run.config.k]])
    error = z @ model.W_dec + model.b_dec - x
    found = metrics.reconstruction(model, dataset.test_images)
    assert found.mse == pytest.approx(np.square(error).mean(), rel=1e-4)
    variance = np.square(x - x.mean(0)).sum()
    assert found.fvu == pytest.approx(np.square(error).sum() / variance, rel=1e-4)
    assert found.fvu < 0.6, "an autoencoder that learnt nothing has 1"
    assert found.l0 == pytest.approx((z > 0).sum(1).mean(), abs=0.02)
    reconstructed, _, _ = metrics.image_errors(model, dataset.test_images)
    assert reconstructed.shape == dataset.test_images.shape
    searched = pursuit_mse(model, dataset.test_images)
    assert searched is not None and 0 < searched < found.mse


def test_its_latents_are_measured(run: Run, dataset: Dataset) -> None:
    stats = analyse(run.latest(), dataset)
    z = run.latest().encode(to_input(dataset.train_images))
    np.testing.assert_allclose(stats.density, (z > 0).mean(0), atol=0.005)
    assert stats.class_means.shape == (16, len(dataset.classes))
    for label in range(len(dataset.classes)):
        of_class = z[dataset.train_labels == label]
        np.testing.assert_allclose(stats.class_means[:, label], of_class.mean(0), rtol=1e-3, atol=1e-3)


def test_a_stopped_training_is_resumed_bit_for_bit(source: Source, dataset: Dataset, tmp_path: Path) -> None:
    config = make({"dataset": source.info.name, "n_latents": 16, "k": 3, "epochs": 3, "input": "centred"})
    through = finished(Session(config, dataset, tmp_path / "through"))
    session = Session(config, dataset, tmp_path / "stopped")
    session.advance()
    session.close()
    resumed = finished(Session.resume(open_run(tmp_path / "stopped"), dataset))
    np.testing.assert_array_equal(resumed.W_dec, through.W_dec)
    assert resumed.shape == dataset.shape


def finished(session: Session) -> Snapshot:
    while not session.done:
        session.advance()
    session.close()
    return session.run.latest()


def test_several_are_trained_together(source: Source, dataset: Dataset, tmp_path: Path) -> None:
    config = make({"dataset": source.info.name, "n_latents": 24, "epochs": 2})
    sweep = Sweep(variants({"k": [2, 3]}, lambda values: make(values, config)), dataset, tmp_path / "runs")
    while not sweep.done:
        sweep.advance()
    sweep.close()
    assert sweep.problems == []
    for checkpointer in sweep.checkpointers:
        assert open_run(checkpointer.run.path).shape == checkpointer.run.latest().shape == dataset.shape


class TestAnotherShape:
    """One sentence names both shapes and what to do."""

    WORDS = r"trained on inputs of {own}, but {title} has inputs of {other}: use data of {own}, or a run that was trained on {other}"

    @pytest.fixture
    def other(self, source: Source) -> Dataset:
        found = sources.GREY if source is not sources.GREY else sources.VECTOR
        return data.load(found.info.name)

    @pytest.fixture
    def sentence(self, source: Source, other: Dataset) -> str:
        return self.WORDS.format(
            own=shape_text(source.info.shape), title=other.title, other=shape_text(other.shape)
        )

    def test_is_not_measured(self, run: Run, other: Dataset, sentence: str) -> None:
        for measure in (metrics.evaluate, analyse):
            with pytest.raises(DataError, match=sentence):
                measure(run.latest(), other)

    def test_is_not_encoded(self, run: Run, other: Dataset) -> None:
        with pytest.raises(DataError, match=r"trained on inputs of .*, but the data has inputs of"):
            metrics.reconstruction(run.latest(), other.test_images)

    def test_is_not_trained_on(
        self, source: Source, dataset: Dataset, other: Dataset, sentence: str, tmp_path: Path
    ) -> None:
        config = make({"dataset": source.info.name, "n_latents": 16, "k": 3, "epochs": 3})
        session = Session(config, dataset, tmp_path / "run")
        session.advance()
        session.close()
        with pytest.raises(DataError, match=sentence):
            Session.resume(open_run(tmp_path / "run"), other)
        # Nothing keeps the run from being resumed with its own data.
        finished(Session.resume(open_run(tmp_path / "run"), dataset))


class TestRunsFromBefore:
    """Shapes were not saved: every input was a square grey picture."""

    def test_a_run_without_a_shape_opens_as_it_was(self, small_run: Path) -> None:
        written = open_run(small_run)
        model = written.latest()
        strip(small_run)
        again = open_run(small_run)
        assert again == written
        assert again.latest().shape == model.shape == (28, 28)
        np.testing.assert_array_equal(again.latest().W_enc, model.W_enc)

    @pytest.mark.parametrize(("d_in", "shape"), [(9, (3, 3)), (784, (28, 28)), (30, (30,))])
    def test_the_shape_is_the_square_of_as_many_values(
        self, d_in: int, shape: tuple[int, ...], tmp_path: Path
    ) -> None:
        zeros = np.zeros
        config = RunConfig(n_latents=2, k=1)
        W = zeros((2, d_in), np.float32)
        model = Snapshot(
            config, 0, 0.0, W.T, zeros(2, np.float32), W, zeros(d_in, np.float32), zeros(2, np.float32)
        )
        assert model.shape == shape
        metadata = {
            "format": "saegui",
            "step": "0",
            "epoch": "0.0",
            "config": json.dumps(config.model_dump()),
        }
        save_tensors(tmp_path / "file", model.tensors(), metadata)
        assert snapshot_file.load(tmp_path / "file").shape == shape

    def test_weights_do_not_take_a_shape_of_another_size(self, small_run: Path) -> None:
        with pytest.raises(ValueError, match="784 inputs cannot have the shape"):
            replace(open_run(small_run).latest(), shape=(12, 20))


def strip(run: Path) -> None:
    """Take the shape out of the run's files, as if they had been written before."""
    for file in (run / "weights.safetensors", *(run / "snapshots").iterdir()):
        model = snapshot_file.load(file)
        metadata = {"format": "saegui", "step": str(model.step), "epoch": repr(model.epoch)}
        metadata["config"] = json.dumps(model.config.model_dump(), sort_keys=True)
        save_tensors(file, model.tensors(), metadata)
    content = json.loads((run / "run.json").read_text())
    del content["shape"]
    (run / "run.json").write_text(json.dumps(content))


@pytest.mark.parametrize("shape", [[28, 28], (6, 8, 3), [30]])
def test_a_shape_in_a_file_is_read(shape: Any) -> None:
    assert checked_shape(shape) == tuple(shape)


@pytest.mark.parametrize(
    "shape", [[], [0], [28, 28, 4], [2, 2, 3, 1], [2.0, 2], "28", None, [True, 2], {"a": 1}]
)
def test_what_is_no_shape_is_refused(shape: Any) -> None:
    with pytest.raises(ValueError, match="shape is"):
        checked_shape(shape)
