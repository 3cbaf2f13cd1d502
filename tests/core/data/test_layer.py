"""The activations of a hidden layer as a data set: its pictures, its names, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.core.data.sources import layer
from saegui.core.errors import DataError

QUICK = {"images": "digits", "steps": 120}


@pytest.fixture
def loaded(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    names: list[str] = []

    def load(given: Mapping[str, Any]) -> data.Dataset:
        names.append(adding.name_of("layer", given))
        return data.load(names[-1])

    yield load
    for name in names:
        if name in registry.SOURCES:
            registry.forget(name)


def test_rows_are_what_a_layer_does_with_the_pictures_in_their_order(loaded) -> None:  # type: ignore[no-untyped-def]
    digits = data.load("digits")
    dataset = loaded(QUICK)
    assert dataset.shape == (128,) and dataset.train_images.dtype == np.float32
    assert dataset.axes[0] == "unit 1" and len(dataset.axes) == 128
    assert dataset.classes == digits.classes
    np.testing.assert_array_equal(dataset.items.train, digits.train_images)
    np.testing.assert_array_equal(dataset.items.test, digits.test_images)
    np.testing.assert_array_equal(dataset.test_labels, digits.test_labels)
    np.testing.assert_allclose(
        dataset.items.encode(digits.test_images[5:9]), dataset.test_images[5:9], rtol=1e-4, atol=1e-5
    )
    right = dataset.readout.logits(dataset.test_images).argmax(1) == dataset.test_labels
    assert right.mean() == pytest.approx(dataset.readout.accuracy) and right.mean() > 0.85
    assert f"({right.mean():.1%} correct)".replace("%", " %") in dataset.title
    with pytest.raises(DataError, match="reads a 28×28 picture, not a 5×5 picture"):
        dataset.items.encode(np.zeros((1, 5, 5), np.uint8))


def test_every_layer_of_the_cnn_can_be_chosen_and_no_other(loaded) -> None:  # type: ignore[no-untyped-def]
    shapes = [loaded(QUICK | {"network": "cnn", "steps": 0, "layer": number}).shape for number in (1, 2, 3)]
    assert shapes == [(14 * 14 * 8,), (7 * 7 * 16,), (64,)]
    with pytest.raises(DataError, match="mlp has the hidden layers 1 to 2; the option layer is 3"):
        loaded(QUICK | {"layer": 3})


def test_a_network_is_trained_once_and_found_again(loaded) -> None:  # type: ignore[no-untyped-def]
    first = loaded(QUICK | {"steps": 20})
    kept = list((layer.paths.data_cache() / "networks-1").glob("*.safetensors"))
    stamp = kept[0].stat().st_mtime_ns
    second = loaded(QUICK | {"steps": 20, "layer": 1})
    assert len(kept) == 1 and kept[0].stat().st_mtime_ns == stamp
    assert list((layer.paths.data_cache() / "networks-1").glob("*.safetensors")) == kept
    assert first.readout.accuracy == second.readout.accuracy
    assert first.readout.weights is not None and second.readout.weights is None


def test_it_needs_the_network_only_where_its_pictures_do(offline: None) -> None:
    assert not data.available("layer")
    name = adding.name_of("layer", QUICK)
    assert data.available(name)
    registry.forget(name)


def test_pictures_are_read_from_a_folder_too(mnist_dir, loaded) -> None:  # type: ignore[no-untyped-def]
    assert data.available("layer", mnist_dir)
    name = adding.name_of("layer", {"steps": 0, "layer": 2})
    dataset = data.load(name, mnist_dir)
    registry.forget(name)
    assert dataset.train_images.shape == (60_000, 128)
    assert dataset.folder == mnist_dir
