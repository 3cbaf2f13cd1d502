"""What each fit finds: by hand on tiny data, and what scikit-learn itself finds."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saegui.core.analysis.metrics import reconstruction
from saegui.core.arrays import Array
from saegui.core.config.kinds import with_kind
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError
from saegui.core.families.registry import BASELINES
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.training.fits import inputs, kmeans
from saegui.core.training.fits.fitter import Fitter

pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")


def vectors(rows: object, classes: int = 1) -> Dataset:
    """A data set of these vectors, for training and for tests."""
    x = np.array(rows, np.float32)
    labels = np.zeros(len(x), np.uint8)
    names = tuple(str(each) for each in range(classes))
    return Dataset("digits", "Made up", x, labels, x.copy(), labels.copy(), names)


def fitter(kind: str, dataset: Dataset, **values: Any) -> Fitter:
    made = Fitter(make(with_kind({"arch": kind, "dataset": "digits", **values})), dataset)
    while not made.done:
        made.advance(made.at_once)
    return made


def fitted(kind: str, dataset: Dataset, **values: Any) -> Snapshot:
    return fitter(kind, dataset, **values).snapshot()


def few(digits: Dataset, count: int = 300) -> Dataset:
    return replace(
        digits,
        train_images=digits.train_images[:count],
        train_labels=digits.train_labels[:count],
        test_images=digits.test_images[:50],
        test_labels=digits.test_labels[:50],
    )


def inputs_of(dataset: Dataset) -> Array:
    return to_input(dataset.train_images)


CROSS = [[3, 1], [-3, 1], [0, 2], [0, 0]]
"""Around their mean (0, 1) they vary 9 times as much along the first axis."""


def test_pca_by_hand() -> None:
    """Codes have both signs, the mean is the bias, and L0 is all."""
    dataset = vectors(CROSS)
    model = fitted("pca", dataset, n_latents=1)
    assert model.W_dec == pytest.approx(np.array([[1, 0]]), abs=1e-6)
    assert model.b_dec == pytest.approx(np.array([0, 1]), abs=1e-6)
    z = model.encode(np.array(CROSS, np.float32))
    assert z[:, 0] == pytest.approx(np.array([3, -3, 0, 0]), abs=1e-5)
    assert model.decode(z, np.array(CROSS, np.float32)) == pytest.approx(
        np.array([[3, 1], [-3, 1], [0, 1], [0, 1]]), abs=1e-5
    )
    both = fitted("pca", dataset, n_latents=2, n_nonzero_coefs=1)
    # The larger of the two scores of each input stays, whatever its sign.
    assert both.encode(np.array([[2, 2], [-3, 0]], np.float32)) == pytest.approx(
        np.array([[2, 0], [-3, 0]]), abs=1e-5
    )


@pytest.mark.parametrize("pre_bias", [True, False])
def test_k_means_by_hand(pre_bias: bool) -> None:
    """One latent is on, with activation 1, and draws the nearest centre."""
    dataset = vectors([[0, 0], [0, 2], [10, 0], [10, 2]])
    for kind in ("kmeans", "minibatch_kmeans"):
        model = fitted(kind, dataset, n_latents=2, batch_size=4, pre_bias=pre_bias)
        assert sorted(model.W_dec.tolist()) == [[0, 1], [10, 1]]
        x = np.array([[1, 5], [8, -3]], np.float32)
        z = model.encode(x)
        assert np.count_nonzero(z, axis=1).tolist() == [1, 1] and z.max() == 1
        assert model.decode(z, x).tolist() == [[0, 1], [10, 1]]
        # Pursuit draws what is left without the mean, (5, 1), by what the centres are beside it.
        model = fitted(kind, dataset, n_latents=2, batch_size=4, pre_bias=pre_bias, n_nonzero_coefs=1)
        assert np.abs(model.W_dec).round(6).tolist() == [[1, 0], [1, 0]]
        z = model.encode(x)
        assert np.abs(z).max(axis=1) == pytest.approx([4, 3], abs=1e-5)
        assert model.decode(z, x) == pytest.approx(np.array([[1, 1], [8, 1]], np.float32), abs=1e-5)


def test_nmf_by_hand() -> None:
    """Two parts that are never negative: every input is a sum of them."""
    dataset = vectors([[1, 1, 0, 0], [0, 0, 2, 2], [1, 1, 1, 1], [3, 3, 1, 1]])
    model = fitted("nmf", dataset, n_latents=2, epochs=100)
    z = model.encode(inputs_of(dataset))
    assert (z >= 0).all() and (model.W_dec >= 0).all() and not model.b_dec.any()
    assert model.decode(z, inputs_of(dataset)) == pytest.approx(inputs_of(dataset), abs=0.01)
    # Each part alone draws the first two inputs.
    assert np.count_nonzero(z[:2] > 0.01, axis=1).tolist() == [1, 1]
    with pytest.raises(ConfigError, match="nowhere negative, and these go down to -3"):
        fitted("nmf", vectors(CROSS), n_latents=1)


def test_pca_keeps_its_solver_and_is_scikit_learn_s(digits: Dataset) -> None:
    from sklearn.decomposition import PCA

    data = few(digits, 200)
    x = inputs_of(data)
    theirs = PCA(12, svd_solver="full").fit(x)
    ours = fitted("pca", data, n_latents=12)
    assert np.allclose(ours.encode(x), theirs.transform(x), atol=1e-3)
    assert np.allclose(ours.W_dec, theirs.components_, atol=1e-3)


@pytest.mark.parametrize("fun", ["logcosh", "cube"])
def test_ica_draws_exactly_what_pca_draws(digits: Dataset, fun: str) -> None:
    """scikit-learn's own whitening loses components here: the first pixel is 0 in every image."""
    data = few(digits, 800)
    assert not data.train_images[:, 0, 0].any()
    found = {
        kind: reconstruction(fitted(kind, data, n_latents=16, epochs=30, fun=fun), data.test_images)
        for kind in ("pca", "ica")
    }
    assert found["ica"].mse == pytest.approx(found["pca"].mse, abs=1e-4)
    assert found["ica"].l0 == 16
    model = fitted("ica", data, n_latents=16, epochs=30, fun=fun)
    z = model.encode(inputs_of(data))
    assert z.std(axis=0) == pytest.approx(np.ones(16), abs=0.01)
    largest = np.take_along_axis(model.W_dec, np.abs(model.W_dec).argmax(1)[:, None], 1)
    assert (largest > 0).all()


def test_ica_refuses_what_does_not_vary() -> None:
    flat = vectors([[3, 1, 0], [-3, 1, 0], [0, 1, 0], [1, 1, 0]])
    with pytest.raises(ConfigError, match="vary along 1 directions only, and 2 latents"):
        fitted("ica", flat, n_latents=2)


def test_k_means_is_scikit_learn_s_from_the_same_start(digits: Dataset) -> None:
    """Though it is fitted a few iterations at a time; it ends where nothing moves any more, and says after how many."""
    from sklearn.cluster import KMeans

    data = few(digits)
    x = inputs_of(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = KMeans(8, init="k-means++", n_init=1, tol=1e-4, random_state=3).fit(x)
    made = fitter("kmeans", data, n_latents=8, seed=3)
    model = made.snapshot()
    assert np.allclose(model.W_dec, theirs.cluster_centers_, atol=1e-4)
    assert np.array_equal(model.encode(x).argmax(axis=1), theirs.predict(x))
    assert theirs.n_iter_ <= made.steps <= theirs.n_iter_ + 1
    assert made.total_steps == made.steps == model.step < made.config.epochs


@pytest.mark.parametrize("at_once", [1, 2])
def test_k_means_ends_at_the_same_centres_where_one_call_takes_fewer_iterations(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    data = few(digits)
    whole = fitter("kmeans", data, n_latents=8, seed=3)
    monkeypatch.setattr(kmeans, "TOGETHER", at_once * len(data.train_images) * 784 * 8)
    pieces = fitter("kmeans", data, n_latents=8, seed=3)
    assert np.allclose(pieces.snapshot().W_dec, whole.snapshot().W_dec, atol=1e-4)
    assert abs(pieces.steps - whole.steps) <= 1 < pieces.steps < pieces.config.epochs
    # It also ends where the tolerance alone ends it.
    loose = fitter("kmeans", data, n_latents=8, seed=3, tol=1)
    assert loose.steps < pieces.steps
    monkeypatch.undo()
    assert abs(loose.steps - fitter("kmeans", data, n_latents=8, seed=3, tol=1).steps) <= 1


def test_nmf_is_scikit_learn_s_though_it_is_fitted_in_pieces(digits: Dataset) -> None:
    from sklearn.decomposition import NMF

    data = few(digits)
    x = inputs_of(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = NMF(6, max_iter=40, tol=0, random_state=0).fit(x)
        codes = theirs.transform(x)
    model = fitted("nmf", data, n_latents=6, epochs=40)
    lengths = np.linalg.norm(theirs.components_, axis=1, keepdims=True)
    assert np.allclose(model.W_dec * lengths, theirs.components_, atol=1e-3)
    # Their lengths are what codes make up for: without them activations of latents can be compared.
    assert np.linalg.norm(model.W_dec, axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    error = np.square(x - model.decode(model.encode(x), x)).mean()
    assert error == pytest.approx(np.square(x - codes @ theirs.components_).mean(), rel=1e-3)


def test_dictionary_learning_is_scikit_learn_s_batch_by_batch_and_takes_all_steps(digits: Dataset) -> None:
    data = few(digits, 128)
    made = fitter("dictionary", data, n_latents=10, epochs=2, batch_size=32, n_nonzero_coefs=3)
    assert (made.steps, made.total_steps, made.epoch) == (8, 8, 2.0)
    model = made.snapshot()
    assert np.linalg.norm(model.W_dec, axis=1) == pytest.approx(np.ones(10), abs=1e-4)
    z = model.encode(inputs_of(data))
    assert np.count_nonzero(z, axis=1).max() == 3 and z.min() < 0
    assert model.b_dec == pytest.approx(inputs_of(data).mean(axis=0), abs=1e-5)


@pytest.mark.parametrize("kind", BASELINES)
def test_every_baseline_can_use_pursuit_on_atoms_of_length_one(kind: str, digits: Dataset) -> None:
    data = few(digits, 128)
    model = fitted(kind, data, n_latents=10, n_nonzero_coefs=4, epochs=2, batch_size=64)
    lengths = np.linalg.norm(model.W_dec, axis=1)
    assert lengths[lengths > 0] == pytest.approx(np.ones((lengths > 0).sum()), abs=1e-4)
    assert np.count_nonzero(model.encode(inputs_of(data)), axis=1).max() == 4
    assert model.b_dec.any() == (kind not in ("nmf", "minibatch_nmf"))


@pytest.mark.parametrize("kind", BASELINES)
def test_equal_configurations_give_equal_atoms_and_before_the_first_step_there_are_none(
    kind: str, digits: Dataset
) -> None:
    data = few(digits, 128)
    values = {"n_latents": 8, "epochs": 2, "batch_size": 64, "seed": 5}
    made = Fitter(make(with_kind({"arch": kind, "dataset": "digits", "n_nonzero_coefs": 2, **values})), data)
    before = made.snapshot()
    assert not before.W_dec.any() and before.step == 0
    assert not before.encode(inputs_of(data)).any()
    values["n_nonzero_coefs"] = 2
    first, again = fitted(kind, data, **values), fitted(kind, data, **values)
    for name, tensor in first.tensors().items():
        assert np.array_equal(tensor, again.tensors()[name]), name


def test_too_many_latents_are_refused(digits: Dataset) -> None:
    data = few(digits, 40)
    with pytest.raises(ConfigError, match="PCA can have at most 40 latents"):
        fitted("pca", data, n_latents=41)
    with pytest.raises(ConfigError, match="k-means can have at most 40 latents here, one for each input"):
        fitted("kmeans", data, n_latents=41)
    with pytest.raises(ConfigError, match="first batch, which has 8 inputs and cannot give 9"):
        fitted("minibatch_kmeans", data, n_latents=9, batch_size=8)


@pytest.mark.parametrize("kind", ["pca", "ica"])
def test_inputs_that_do_not_differ_are_refused(kind: str, digits: Dataset) -> None:
    with pytest.raises(ConfigError, match=r"\(1\) do not differ: raise --max-samples"):
        fitted(kind, digits, n_latents=1, max_samples=1)
    with pytest.raises(ConfigError, match=r"\(3\) do not differ"):
        fitted(kind, vectors([[1, 2], [1, 2], [1, 2]]), n_latents=1)


def test_three_inputs_vary_along_two_directions(digits: Dataset) -> None:
    """Whatever float32 makes of the third."""
    with pytest.raises(ConfigError, match="vary along 2 directions only, and 3 latents"):
        fitted("ica", few(digits, 3), n_latents=3)


def test_a_sample_is_fitted_where_one_is_asked_for(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    config = make(with_kind({"arch": "nmf", "dataset": "digits", "max_samples": 30}))
    found = inputs.Inputs(config, digits).together()
    assert found.shape == (30, 784)
    assert np.array_equal(found, inputs.Inputs(config, digits).together())
    monkeypatch.setattr(inputs, "MOST_BYTES", 784 * 4 * 20)
    with pytest.raises(ConfigError, match="set --max-samples to 20 or less"):
        inputs.Inputs(config, digits).together()
