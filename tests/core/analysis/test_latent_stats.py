"""What latents do, against the same counted one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kurtosis, skew

from saegui.core.analysis import active_entries
from saegui.core.analysis.example_choice import N_EXAMPLES, N_INTERVALS, PER_INTERVAL
from saegui.core.analysis.latent_stats import BINS, LatentStats, analyse
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled
from saegui.core.model import snapshot as snapshots
from saegui.core.model.snapshot import Snapshot, to_input
from tests.mnist_shape import D_IN
from tests.watched import Watched

F = 30


@pytest.fixture(scope="module")
def some(digits: Dataset) -> Dataset:
    """Four hundred real digits."""
    return replace(digits, train_images=digits.train_images[:400], train_labels=digits.train_labels[:400])


@pytest.fixture(scope="module")
def model() -> Snapshot:
    """Random weights with three dead latents, one always on, and one on for few images."""
    rng = np.random.default_rng(2)
    W_enc = rng.normal(0, 0.08, (D_IN, F)).astype(np.float32)
    b_enc = np.zeros(F, np.float32)
    b_enc[[3, 7, 29]] = -100
    b_enc[5] = 100
    b_enc[11] = -0.9
    W_dec = rng.normal(0, 0.1, (F, D_IN)).astype(np.float32)
    config = RunConfig(n_latents=F, k=8)
    return Snapshot(config, 1, 1.0, W_enc, b_enc, W_dec, np.zeros(D_IN, np.float32), np.zeros(F, np.float32))


@pytest.fixture(scope="module")
def codes(model: Snapshot, some: Dataset) -> np.ndarray:
    return model.encode(to_input(some.train_images))


@pytest.fixture(scope="module")
def stats(model: Snapshot, some: Dataset) -> LatentStats:
    return analyse(model, some)


class TestAgainstCounting:
    def test_density_means_and_maxima(self, stats: LatentStats, codes: np.ndarray) -> None:
        on = codes > 0
        assert stats.n_images == 400
        np.testing.assert_allclose(stats.density, on.mean(0), rtol=1e-6)
        assert list(np.flatnonzero(stats.dead)) == list(np.flatnonzero(~on.any(0)))
        assert set(np.flatnonzero(stats.dead)) >= {3, 7, 29}
        assert stats.density[5] == 1
        np.testing.assert_allclose(stats.maximum, codes.max(0), rtol=1e-6)
        for latent in range(F):
            active = codes[on[:, latent], latent]
            assert stats.mean_active[latent] == pytest.approx(active.mean() if len(active) else 0, rel=1e-5)
        np.testing.assert_array_equal(stats.active_per_image, on.sum(1))

    def test_skew_and_kurtosis_of_the_active_are_those_of_scipy(
        self, stats: LatentStats, codes: np.ndarray
    ) -> None:
        for latent in range(F):
            active = codes[codes[:, latent] > 0, latent].astype(np.float64)
            expected = (skew(active), kurtosis(active)) if len(active) > 1 else (0, 0)
            assert stats.skew[latent] == pytest.approx(expected[0], rel=1e-4, abs=1e-5)
            assert stats.kurtosis[latent] == pytest.approx(expected[1], rel=1e-4, abs=1e-5)

    def test_class_means_and_purity(self, stats: LatentStats, codes: np.ndarray, some: Dataset) -> None:
        for label in range(10):
            expected = codes[some.train_labels == label].mean(0)
            np.testing.assert_allclose(stats.class_means[:, label], expected, rtol=1e-4, atol=1e-6)
        for latent in range(F):
            means = stats.class_means[latent]
            expected = means.max() / means.sum() if means.any() else 0
            assert stats.purity(latent) == pytest.approx(expected)
        assert stats.purity(3) == 0

    def test_histograms_count_every_activation_once(self, stats: LatentStats, codes: np.ndarray) -> None:
        assert stats.histogram.shape == (F, BINS)
        assert (np.diff(stats.edges) > 0).all()
        np.testing.assert_array_equal(stats.histogram.sum(1), (codes > 0).sum(0))
        for latent in range(F):
            active = codes[codes[:, latent] > 0, latent]
            inside = np.clip(active, stats.edges[0], np.nextafter(stats.edges[-1], np.float32(0)))
            expected, _ = np.histogram(inside, stats.edges)
            np.testing.assert_array_equal(stats.histogram[latent], expected)

    def test_the_top_are_the_largest_best_first(self, stats: LatentStats, codes: np.ndarray) -> None:
        for latent in range(F):
            order = np.argsort(-codes[:, latent], kind="stable")
            expected = [image for image in order[:N_EXAMPLES] if codes[image, latent] > 0]
            found = stats.top[latent]
            assert list(found[: len(expected)]) == expected
            assert (found[len(expected) :] == -1).all()
            np.testing.assert_array_equal(stats.top_values[latent, : len(expected)], codes[expected, latent])
            assert not stats.top_values[latent, len(expected) :].any()

    def test_the_sample_is_of_images_that_are_on_each_once(
        self, stats: LatentStats, codes: np.ndarray
    ) -> None:
        for latent in range(F):
            on = np.flatnonzero(codes[:, latent] > 0)
            chosen = stats.sample[latent][stats.sample[latent] >= 0]
            assert len(chosen) == min(N_EXAMPLES, len(on))
            assert len(set(chosen)) == len(chosen)
            assert set(chosen) <= set(on)
            np.testing.assert_array_equal(stats.sample_values[latent, : len(chosen)], codes[chosen, latent])

    def test_the_sample_is_not_the_top(self, stats: LatentStats) -> None:
        assert set(stats.sample[5]) != set(stats.top[5])
        # Uniform over 400 images: twenty of them lie in both halves.
        assert 3 < (stats.sample[5] < 200).sum() < 17

    def test_equals_go_to_the_earlier_image(self, model: Snapshot, some: Dataset) -> None:
        same = replace(some, train_images=np.repeat(some.train_images[:1], 400, axis=0))
        # Each latent reads one pixel, so that equal pixels give equal values to the last bit; another one tells images apart.
        pixels = np.argsort(same.train_images[0].reshape(-1))[-F:]
        same.train_images.setflags(write=True)
        same.train_images.reshape(400, -1)[:, 0] = np.arange(400) % 256
        same.train_images.reshape(400, -1)[:, 1] = np.arange(400) // 256
        copying = replace(
            model, W_enc=np.eye(D_IN, dtype=np.float32)[:, pixels], b_enc=np.zeros(F, np.float32)
        )
        found = analyse(copying, same)
        assert (~found.dead).sum() == 8
        for latent in np.flatnonzero(~found.dead):
            np.testing.assert_array_equal(found.top[latent], np.arange(N_EXAMPLES))
            # All have one activation: there is one interval, which has no width.
            assert found.interval_counts[latent].tolist() == [400, *[0] * (N_INTERVALS - 1)]
            assert len(set(found.interval_examples[latent, 0])) == PER_INTERVAL

    def test_equal_images_are_one_example_that_says_how_many(self, model: Snapshot, some: Dataset) -> None:
        few = replace(
            some,
            train_images=some.train_images[np.r_[0:30, 0:10, 0:10]],
            train_labels=some.train_labels[np.r_[0:30, 0:10, 0:10]],
        )
        found = analyse(model, few)
        assert found.copies.tolist() == [3] * 10 + [1] * 20 + [3] * 20
        assert found.count(5) == 50 and found.n_images == 50
        for examples in (found.top, found.sample, found.interval_examples):
            assert examples.max() < 30
            for latent in range(F):
                shown = examples[latent][examples[latent] >= 0]
                assert len(set(shown.tolist())) == shown.size

    def test_intervals_show_all_strengths(self, stats: LatentStats, codes: np.ndarray) -> None:
        for latent in range(F):
            active = codes[codes[:, latent] > 0, latent]
            if not len(active):
                assert stats.minimum[latent] == 0 and not stats.interval_counts[latent].any()
                assert (stats.interval_examples[latent] == -1).all()
                continue
            assert stats.minimum[latent] == active.min()
            edges = stats.interval_edges(latent)
            assert (edges[0], edges[-1]) == (active.min(), active.max())
            expected, _ = np.histogram(active.astype(np.float64), N_INTERVALS, (active.min(), active.max()))
            np.testing.assert_array_equal(stats.interval_counts[latent], expected)
            for place in range(N_INTERVALS):
                images = stats.interval_examples[latent, place]
                there = images[images >= 0]
                assert len(set(there)) == len(there) == min(PER_INTERVAL, expected[place])
                values = stats.interval_values[latent, place]
                np.testing.assert_array_equal(values[: len(there)], codes[there, latent])
                assert not values[len(there) :].any() and (np.diff(values) <= 0).all()
                inside = values[: len(there)]
                assert ((edges[place] - 1e-6 <= inside) & (inside <= edges[place + 1] + 1e-6)).all()

    def test_too_many_entries_to_remember_are_encoded_again(
        self, model: Snapshot, some: Dataset, stats: LatentStats, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(active_entries, "MOST_REMEMBERED", 10)
        again = analyse(model, some)
        np.testing.assert_array_equal(again.interval_examples, stats.interval_examples)
        np.testing.assert_array_equal(again.interval_counts, stats.interval_counts)


class TestRunning:
    def test_batches_make_no_difference(
        self, model: Snapshot, some: Dataset, stats: LatentStats, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(snapshots, "BATCH", 37)
        found = analyse(model, some)
        for name in ("density", "top", "sample", "interval_examples", "active_per_image"):
            np.testing.assert_array_equal(getattr(found, name), getattr(stats, name))
        for name in ("mean_active", "class_means", "maximum", "skew", "kurtosis"):
            np.testing.assert_allclose(getattr(found, name), getattr(stats, name), rtol=1e-4, atol=1e-6)
        np.testing.assert_array_equal(found.histogram.sum(1), stats.histogram.sum(1))

    def test_says_how_far_it_is(
        self, model: Snapshot, some: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(snapshots, "BATCH", 150)
        watched = Watched()
        analyse(model, some, progress=watched)
        assert watched.reports == [(150, 400, ""), (300, 400, ""), *[(400, 400, "")] * 4]

    def test_can_be_cancelled(self, model: Snapshot, some: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(snapshots, "BATCH", 10)
        asked = iter([False, False, True])
        with pytest.raises(Cancelled):
            analyse(model, some, progress=Watched(lambda: next(asked)))

    def test_nobody_writes_to_it(self, stats: LatentStats) -> None:
        with pytest.raises(ValueError, match="read-only"):
            stats.top[0, 0] = 1

    def test_a_model_that_is_never_on(self, model: Snapshot, some: Dataset) -> None:
        silent = replace(model, b_enc=np.full(F, -1000, np.float32))
        found = analyse(silent, some)
        assert found.dead.all()
        assert not found.histogram.any()
        assert (found.top == -1).all()
        assert (found.sample == -1).all()
