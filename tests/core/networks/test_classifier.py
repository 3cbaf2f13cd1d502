"""The small networks: trained in seconds, equal by seed, and their layers and what follows by hand."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data.sources import layer
from saegui.core.networks import readout, train
from saegui.core.networks.classifier import KINDS, Classifier
from saegui.core.progress import UNWATCHED

F32 = np.float32


@pytest.fixture(scope="module")
def pictures() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 240)
    images = random.integers(0, 60, (240, 7, 5), np.uint8)
    for label in range(3):
        images[labels == label, 2 * label : 2 * label + 2] += 120
    return images, labels


def test_a_layer_and_what_follows_it_are_those_computed_by_hand() -> None:
    weights = [np.array([[1, -1], [2, 0.5]], F32), np.array([[1], [-2]], F32), np.array([[3, -3]], F32)]
    network = Classifier(
        "mlp", (1, 2), weights, [np.array([0, 1], F32), np.array([0.5], F32), np.zeros(2, F32)]
    )
    images = np.array([[[255, 51]]], np.uint8)  # 1 and 0.2
    # 1·1 + 0.2·2 = 1.4; 1·(−1) + 0.2·0.5 + 1 = 0.1; then 1.4 − 2·0.1 + 0.5 = 1.7; then ±5.1.
    np.testing.assert_allclose(network.activations(images, 1), [[1.4, 0.1]], rtol=1e-6)
    np.testing.assert_allclose(network.activations(images, 2), [[1.7]], rtol=1e-6)
    np.testing.assert_allclose(network.logits(images), [[5.1, -5.1]], rtol=1e-6)
    np.testing.assert_allclose(network.after(np.array([[1.4, 0.1]], F32), 1), [[5.1, -5.1]], rtol=1e-6)
    np.testing.assert_array_equal(network.readout(2, ("a", "b")).weights, weights[2])
    assert network.readout(1, ("a", "b")).weights is None


def test_a_convolution_is_the_one_computed_by_hand() -> None:
    kernel = np.zeros((3, 3, 1, 1), F32)
    kernel[1, 1], kernel[1, 2] = 1, 10  # the pixel itself, and ten times its right neighbour
    network = Classifier("cnn", (3, 4), [kernel, np.zeros((4, 2), F32)], [np.zeros(1, F32), np.zeros(2, F32)])
    images = np.arange(12, dtype=F32).reshape(1, 3, 4)
    # Stride 2 looks at rows 0, 2 and columns 0, 2.
    np.testing.assert_allclose(network.activations(images, 1), [[0 + 10, 2 + 30, 8 + 90, 10 + 110]])
    assert network.unit_names(1)[1] == "channel 1, row 1, column 2"


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_and_torch_compute_the_same_logits(kind: str, pictures: tuple[np.ndarray, np.ndarray]) -> None:
    import torch

    for images in (pictures[0], np.repeat(pictures[0][..., np.newaxis], 3, axis=3)):
        network = train.untrained(kind, images.shape[1:], 3, seed=1)
        parameters = [torch.from_numpy(array.copy()) for array in (*network.weights, *network.biases)]
        theirs = train._logits(torch.from_numpy(images.astype(F32) / 255), parameters).numpy()
        np.testing.assert_allclose(network.logits(images), theirs, atol=1e-5)
        for hidden in range(1, network.n_hidden + 1):
            inner = network.activations(images, hidden)
            assert inner.shape[1] == len(network.unit_names(hidden))
            np.testing.assert_allclose(network.after(inner, hidden), theirs, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_training_learns_and_is_equal_for_an_equal_seed(
    kind: str, pictures: tuple[np.ndarray, np.ndarray]
) -> None:
    first, again, other = (
        train.trained(kind, pictures, pictures, 3, steps=60, seed=seed) for seed in (0, 0, 1)
    )
    assert first.accuracy > 0.95
    assert train.trained(kind, pictures, pictures, 3, steps=0).accuracy < 0.7
    for mine, same, different in zip(first.weights, again.weights, other.weights, strict=True):
        np.testing.assert_array_equal(mine, same)
        assert not np.array_equal(mine, different)


def test_cross_entropy_is_the_one_computed_by_hand() -> None:
    logits = np.log(np.array([[1, 3], [4, 1]], F32))
    np.testing.assert_allclose(readout.probabilities(logits), [[0.25, 0.75], [0.8, 0.2]], rtol=1e-6)
    np.testing.assert_allclose(
        readout.cross_entropies(logits, np.array([1, 1])), [-np.log(0.75), -np.log(0.2)], rtol=1e-6
    )


@pytest.mark.slow
def test_the_usual_network_reads_at_least_97_percent_of_mnist(mnist_dir) -> None:  # type: ignore[no-untyped-def]
    mnist = data.load("mnist", mnist_dir)
    arrays = data.dataset.Arrays(*(getattr(mnist, name) for name in data.dataset.Arrays._fields))
    network = layer.network_for(arrays, "mlp", 10, train.STEPS, 0, UNWATCHED)
    assert network.accuracy >= 0.97
    assert np.mean(network.logits(mnist.test_images).argmax(1) == mnist.test_labels) == network.accuracy
