"""A fit as a session: its curves, its run on disk, and how it ends, alone and beside trainings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from saegui.core.analysis import matching
from saegui.core.analysis.latent_stats import analyse
from saegui.core.config.kinds import with_kind
from saegui.core.config.schema import RunConfig, make
from saegui.core.config.variants import Variant
from saegui.core.data import Dataset
from saegui.core.errors import DataError, RunError
from saegui.core.runs.run import open_run
from saegui.core.sweeps.estimate import _of_fit
from saegui.core.training.fits.fitter import Fitter
from saegui.core.training.session import Session
from saegui.core.training.sweep import Sweep

pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def data(digits: Dataset) -> Dataset:
    return replace(
        digits,
        train_images=digits.train_images[:200],
        train_labels=digits.train_labels[:200],
        test_images=digits.test_images[:40],
        test_labels=digits.test_labels[:40],
    )


def config(kind: str, **values: object) -> RunConfig:
    return make(with_kind({"arch": kind, "dataset": "digits", "n_latents": 8, **values}))


def test_a_fit_is_a_run_like_any_other(data: Dataset, tmp_path: Path) -> None:
    """Curves, measurements, snapshots and the steps that were really done; then it is matched and measured like others."""
    session = Session(config("kmeans"), data, tmp_path / "run")
    results = []
    while not session.done:
        session.advance()
        results += session.recent
    found = session.close()
    run = open_run(tmp_path / "run")
    assert run.status == "finished" and run.way is not None and run.way.startswith("scikit-learn")
    assert run.step == results[-1].step == found.step < run.config.epochs
    assert found.l0 == 1 and found.dead == 0 and results[-1].l0 == 1
    assert results[-1].loss < results[0].loss
    assert run.history().train["step"][-1] == run.step
    assert len(run.steps()) > 1 and run.steps()[0] == 0
    assert np.array_equal(run.latest().W_dec, session.trainer.snapshot().W_dec)


def test_a_fit_that_is_stopped_still_opens_and_says_that_it_cannot_be_resumed(
    data: Dataset, tmp_path: Path
) -> None:
    session = Session(config("dictionary", batch_size=50, n_nonzero_coefs=3), data, tmp_path / "run")
    session.advance()
    session.close()
    run = open_run(tmp_path / "run")
    assert run.status == "stopped" and run.step == 1 and not run.can_resume
    with pytest.raises(RunError, match="cannot be resumed; train a new run"):
        Session.resume(run, data)


def test_signed_codes_are_measured_by_their_size(data: Dataset) -> None:
    """Density counts what is not 0; the strongest example may be negative, and shows it."""
    trainer = Fitter(config("pca"), data)
    trainer.step()
    model = trainer.snapshot()
    stats = analyse(model, data)
    z = model.encode(data.train_images.reshape(200, -1).astype(np.float32) / 255)
    assert (z < 0).any() and (stats.density == 1).all()
    assert stats.maximum == pytest.approx(np.abs(z).max(axis=0), rel=1e-4)
    assert stats.mean_active == pytest.approx(np.abs(z).mean(axis=0), rel=1e-4)
    strongest = np.take_along_axis(z, np.abs(z).argmax(axis=0)[np.newaxis], 0)[0]
    assert stats.top_values[:, 0] == pytest.approx(strongest, rel=1e-4)
    assert stats.histogram.sum(axis=1).tolist() == [200] * 8
    assert (stats.interval_counts.sum(axis=1) == 200).all()
    assert (stats.purities <= 1).all()


def test_components_are_matched_whatever_their_sign(data: Dataset) -> None:
    trainer = Fitter(config("pca"), data)
    trainer.step()
    model = trainer.snapshot()
    mirrored = replace(model, W_dec=-model.W_dec, W_enc=-model.W_enc)
    none = np.zeros(8, np.bool_)
    for method in ("exact", "greedy"):
        found = matching.match(model, mirrored, none, none, method)  # type: ignore[arg-type]
        assert found.either_sign and found.measure == "|cosine|"
        assert found.cosines == pytest.approx(np.ones(8), abs=1e-5)
        assert all(a == b for a, b in found.pairs.tolist())
    assert matching.best_cosines(model, mirrored, none, none)[1] == pytest.approx(np.ones(8), abs=1e-5)
    centres = replace(model, config=config("kmeans"), W_enc=model.W_dec.T.copy())
    assert not matching.match(centres, centres, none, none).either_sign


def test_a_negative_activation_can_be_set_where_codes_have_signs(data: Dataset) -> None:
    from saegui.core.analysis.steering import Steering

    trainer = Fitter(config("pca"), data)
    trainer.step()
    model, image = trainer.snapshot(), data.test_images[0]
    z = model.encode(image.reshape(1, -1).astype(np.float32) / 255)[0]
    assert Steering(model, image, z).steer({0: -2.0}).z[0] == -2
    plain = replace(model, config=config("nmf"), W_enc=model.W_dec.T.copy())
    with pytest.raises(DataError, match="is 0, which switches the latent off, or more"):
        Steering(plain, image, np.abs(z)).steer({0: -2.0})


def test_baselines_and_autoencoders_are_trained_side_by_side(data: Dataset, tmp_path: Path) -> None:
    """Each ends when it has done its own steps."""
    configs = [config("pca"), config("topk", k=2, epochs=2), config("nmf", epochs=20)]
    variants = [Variant(each, {"arch": each.arch}, each.arch, each.arch, None) for each in configs]
    sweep = Sweep(variants, data, tmp_path / "runs")
    while not sweep.done:
        sweep.advance()
        assert sweep.problems == []
    sweep.close()
    runs = [open_run(tmp_path / "runs" / each.arch) for each in configs]
    assert [run.status for run in runs] == ["finished"] * 3
    assert [run.step for run in runs] == [1, 2, 20]
    assert runs[0].metrics["l0"] == 8
    assert [str(run.way).startswith("scikit-learn") for run in runs] == [True, False, True]
    alone = Fitter(configs[2], data)
    while not alone.done:
        alone.advance(alone.at_once)
    assert np.array_equal(alone.snapshot().W_dec, runs[2].latest().W_dec)
    assert all(
        _of_fit(each, data) > 0 for each in (configs[0], configs[2], config("dictionary", n_nonzero_coefs=3))
    )
