"""A fit as a session: its curves, its run on disk, and how it ends, alone and beside trainings."""

from __future__ import annotations

import math
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
from saegui.core.errors import Cancelled, DataError, RunError
from saegui.core.progress import Interruptible
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
    with pytest.raises(RunError, match="is a fit by scikit-learn, which cannot be resumed; train a new run"):
        Session.resume(run, data)


class Watching(Interruptible):
    """Has enough after ``enough_after`` reports, and gives up after ``cancel_after``."""

    def __init__(self, *, enough_after: float = math.inf, cancel_after: float = math.inf) -> None:
        self.enough_after, self.cancel_after = enough_after, cancel_after
        self.said: list[tuple[int, int, str]] = []

    @property
    def enough(self) -> bool:
        return len(self.said) >= self.enough_after

    def report(self, done: int, total: int, text: str = "") -> None:
        self.said.append((done, total, text))
        if len(self.said) > self.cancel_after:
            raise Cancelled


def test_the_first_centres_of_k_means_are_given_up_in_their_middle_and_change_nothing(
    data: Dataset, tmp_path: Path
) -> None:
    session = Session(config("kmeans"), data, tmp_path / "run")
    watching = Watching(cancel_after=2)
    session.watch(watching)
    with pytest.raises(Cancelled):
        session.advance()
    assert watching.said == [(each, 8, "first centres") for each in (1, 2, 3)]
    assert session.trainer.steps == 0
    session.watch(Watching())
    session.advance()
    undisturbed = Fitter(config("kmeans"), data)
    undisturbed.advance(5)
    assert np.array_equal(session.trainer.snapshot().W_dec, undisturbed.snapshot().W_dec)
    session.close()
    assert open_run(tmp_path / "run").status == "stopped"


@pytest.mark.parametrize("kind", ["nmf", "ica"])
def test_a_fit_returns_the_iterations_that_are_done_when_somebody_has_enough(
    kind: str, data: Dataset
) -> None:
    """What follows is what would have followed, and is measured at the same iterations."""
    trainer = Fitter(config(kind, epochs=20, tol=0), data)
    watching = Watching(enough_after=3)
    trainer.watch(watching)
    assert trainer.advance(trainer.at_once)[0].step == 3
    assert watching.said == [(each, 20, "iterations") for each in (1, 2, 3)]
    trainer.watch(Watching())
    assert [trainer.advance(trainer.at_once)[0].step for _ in range(2)] == [10, 20]
    # Whoever gives up when iterations are done loses none of them.
    hasty = Fitter(config(kind, epochs=20, tol=0), data)
    hasty.watch(Watching(cancel_after=0))
    while not hasty.done:
        assert hasty.advance(hasty.at_once)[0].step == hasty.steps
    assert np.array_equal(trainer.snapshot().W_dec, hasty.snapshot().W_dec)


def test_a_fit_in_a_sweep_is_given_up_in_the_middle_of_a_step(data: Dataset, tmp_path: Path) -> None:
    variant = Variant(config("kmeans"), {}, "kmeans", "kmeans", None)
    sweep = Sweep([variant], data, tmp_path / "runs")
    sweep.watch(Watching(cancel_after=0))
    assert sweep.advance() == [[]] and not sweep.problems and not sweep.done
    sweep.watch(Watching())
    assert sweep.advance()[0][0].step == 5
    sweep.close()


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
