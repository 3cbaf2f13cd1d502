"""Each metric against its formula on arrays small enough to see through."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from saegui.core.analysis import metrics
from saegui.core.analysis.metrics import HELP, Variation
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.runs.run import open_run
from tests.mnist_shape import D_IN
from tests.watched import Watched

IMAGES = np.random.default_rng(0).integers(0, 256, (50, 28, 28), np.uint8)


def two_pixel_model(k: int = 1) -> Snapshot:
    """Latent 0 copies pixel 0, latent 1 copies pixel 1, latent 2 is dead; every other pixel is drawn as 0.5."""
    W_enc, W_dec = np.zeros((D_IN, 3), np.float32), np.zeros((3, D_IN), np.float32)
    W_enc[0, 0] = W_enc[1, 1] = W_dec[0, 0] = W_dec[1, 1] = 1
    b_dec = np.full(D_IN, 0.5, np.float32)
    b_dec[:2] = 0
    b_enc = np.array([0, 0, -1], np.float32)
    return Snapshot(RunConfig(n_latents=3, k=k), 7, 0.5, W_enc, b_enc, W_dec, b_dec, np.zeros(3, np.float32))


def dataset(train: NDArray[np.uint8], test: NDArray[np.uint8]) -> Dataset:
    labels = [np.arange(len(images), dtype=np.uint8) % 2 for images in (train, test)]
    return Dataset("digits", "Two pixels", train, labels[0], test, labels[1], ("even", "odd"))


def pixels(*pairs: tuple[int, int]) -> NDArray[np.uint8]:
    """Images that are black but for their first two pixels."""
    images = np.zeros((len(pairs), 28, 28), np.uint8)
    images[:, 0, :2] = pairs
    return images


class TestByHand:
    def test_reconstruction(self) -> None:
        # The first pixel of the brighter pair is copied, the other is lost; 782 pixels are off by one half each.
        images = pixels((255, 51), (0, 255), (102, 0))
        found = metrics.reconstruction(two_pixel_model(), images)
        squared = 3 * 782 * 0.25 + 0.2**2
        assert found.mse == pytest.approx(squared / (3 * 784))
        mean = np.array([1.4, 1.2]) / 3
        around_image = ((np.array([[1, 0.2], [0, 1], [0.4, 0]]) - mean) ** 2).sum()
        assert found.fvu == pytest.approx(squared / around_image)
        assert found.explained_variance == pytest.approx(1 - squared / around_image)
        around_pixel = 1 + 0.04 + 1 + 0.16 - 2.6**2 / (3 * 784)
        assert found.fvu_pooled == pytest.approx(squared / around_pixel)
        assert found.l0 == pytest.approx(1.0)

    def test_density_dead_and_dense_are_of_the_training_images_the_rest_of_the_test_images(self) -> None:
        train = pixels((9, 0), (9, 0), (9, 5), (0, 5))
        test = pixels((0, 0), (255, 255))
        model = two_pixel_model(k=2)
        np.testing.assert_array_equal(metrics.density(model, train), [0.75, 0.5, 0])
        found = metrics.evaluate(model, dataset(train, test))
        assert (found.dead, found.dense, found.n_latents, found.k) == (1, 1, 3, 2)
        assert found.to_dict()["k"] == 2
        without = replace(model, config=RunConfig(n_latents=3, arch="relu_l1"))
        assert "k" not in metrics.evaluate(without, dataset(train, test)).to_dict()
        assert (found.n_train_images, found.n_test_images, found.dataset) == (4, 2, "digits")
        assert (found.step, found.epoch) == (7, 0.5)
        assert found.l0 == 1.0
        assert found.mse == pytest.approx(782 * 0.25 / 784)

    def test_of_single_images(self) -> None:
        images = pixels((255, 51), (0, 0))
        x_hat, l0, mse = metrics.image_errors(two_pixel_model(), images)
        np.testing.assert_allclose(x_hat[0, 0, :3], [1, 0, 0.5])
        np.testing.assert_array_equal(l0, [1, 0])
        np.testing.assert_allclose(mse, [(0.04 + 782 * 0.25) / 784, 782 * 0.25 / 784], rtol=1e-6)

    def test_a_perfect_reconstruction_of_images_that_are_all_alike_leaves_nothing_unexplained(self) -> None:
        model = two_pixel_model()
        perfect = replace(model, b_dec=np.zeros(D_IN, np.float32))
        assert metrics.reconstruction(perfect, pixels((0, 0), (0, 0))).fvu == 0
        assert metrics.reconstruction(model, pixels((0, 0), (0, 0))).fvu == float("inf")


class TestAgainstPlainNumpy:
    def test_on_real_images(self, digits: Dataset) -> None:
        rng = np.random.default_rng(1)
        F = 40
        config = RunConfig(n_latents=F, k=5, pre_bias=True)
        shapes = {"W_enc": (D_IN, F), "b_enc": (F,), "W_dec": (F, D_IN), "b_dec": (D_IN,), "density": (F,)}
        arrays_ = {name: rng.normal(0, 0.05, shape).astype(np.float32) for name, shape in shapes.items()}
        model = Snapshot(config, 0, 0.0, **arrays_)
        found = metrics.evaluate(model, digits)
        x = to_input(digits.test_images).astype(np.float64)
        z = model.encode(to_input(digits.test_images)).astype(np.float64)
        error = x - (z @ model.W_dec.astype(np.float64) + model.b_dec)
        assert found.mse == pytest.approx((error**2).mean(), rel=1e-6)
        assert found.fvu == pytest.approx((error**2).sum() / ((x - x.mean(0)) ** 2).sum(), rel=1e-6)
        assert found.fvu_pooled == pytest.approx((error**2).sum() / ((x - x.mean()) ** 2).sum(), rel=1e-6)
        assert found.l0 == pytest.approx((z > 0).sum(1).mean())
        on = model.encode(to_input(digits.train_images)) > 0
        assert found.dead == int((on.mean(0) == 0).sum())
        assert found.dense == int((on.mean(0) > 0.5).sum())
        np.testing.assert_array_equal(metrics.density(model, digits.train_images), on.mean(0))

    def test_the_sum_of_millions_of_squares_is_exact_to_six_digits(self) -> None:
        """Summed in single precision it would come out 1 in 20,000 too small."""
        model = replace(two_pixel_model(), b_dec=np.full(D_IN, 0.1, np.float32))
        images = np.zeros((4096, 28, 28), np.uint8)
        assert metrics.reconstruction(model, images).mse == pytest.approx(
            float(np.float32(0.1)) ** 2, rel=1e-6
        )


class TestVariation:
    @given(arrays(np.uint8, st.tuples(st.integers(1, 6), st.just(2), st.just(3))))
    def test_is_exact(self, images: Any) -> None:
        flat = images.reshape(len(images), -1).astype(object)
        n, size = len(flat), flat.size
        squares = sum(value * value for value in flat.ravel())
        around_image = squares - sum(Fraction(int(sum(column)) ** 2, n) for column in flat.T)
        around_pixel = squares - Fraction(int(flat.sum()) ** 2, size)
        found = Variation.of(images)
        assert found.n_images == n
        assert found.around_mean_image == pytest.approx(float(around_image / 255**2), rel=1e-12, abs=0)
        assert found.around_mean_pixel == pytest.approx(float(around_pixel / 255**2), rel=1e-12, abs=0)

    def test_is_zero_for_images_that_are_all_alike(self) -> None:
        assert Variation.of(np.repeat(IMAGES[:1], 5000, axis=0)).around_mean_image == 0

    def test_is_the_sum_of_squared_distances(self) -> None:
        x = IMAGES.reshape(len(IMAGES), -1) / 255
        found = Variation.of(IMAGES)
        assert found.around_mean_image == pytest.approx(((x - x.mean(0)) ** 2).sum(), rel=1e-10)
        assert found.around_mean_pixel == pytest.approx(((x - x.mean()) ** 2).sum(), rel=1e-10)

    def test_does_not_depend_on_the_pieces_it_is_summed_in(self) -> None:
        many = np.repeat(IMAGES, 100, axis=0)
        assert Variation.of(many).around_mean_image == pytest.approx(
            100 * Variation.of(IMAGES).around_mean_image
        )


def test_every_metric_has_its_sentence() -> None:
    found = metrics.evaluate(two_pixel_model(), dataset(IMAGES, IMAGES)).to_dict()
    for name in ("mse", "fvu", "fvu_pooled", "explained_variance", "l0", "dead", "dense"):
        assert name in found
        assert HELP[name].endswith(".")


@pytest.mark.parametrize("known", [False, True])
def test_a_measurement_counts_all_images_that_it_looks_at(
    known: bool, digits: Dataset, small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saegui.core.model.snapshot.BATCH", 100)
    snapshot = open_run(small_run).latest()
    train, test = len(digits.train_images), len(digits.test_images)
    watched = Watched()
    shares = metrics.density(snapshot, digits.train_images) if known else None
    found = metrics.evaluate(snapshot, digits, watched, shares=shares)
    assert found == metrics.evaluate(snapshot, digits)
    before = 0 if known else train
    starts = [*range(0, before, 100), *(before + start for start in range(0, test, 100))]
    assert watched.reports == [(start, before + test, "") for start in starts]
