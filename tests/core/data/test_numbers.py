"""Inputs that are numbers of any range: trained on as they are, measured in their own unit, drawn over their span."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.analysis.metrics import Variation, reconstruction
from saegui.core.arrays import BYTES, checked_span, span_of
from saegui.core.data import cache
from saegui.core.data.dataset import Arrays
from saegui.core.errors import DataError
from saegui.core.formats.registry import FORMATS
from saegui.core.model import snapshot_file
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.runs.run import open_run
from tests import made_up
from tests.made_up import SIGNED, added, train

NAME = SIGNED.info.name


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with added(SIGNED):
        return train(SIGNED, tmp_path_factory.mktemp("numbers") / "run")


@pytest.fixture
def snapshot(run: Path) -> Snapshot:
    return snapshot_file.load(open_run(run).path / "weights.safetensors")


@pytest.fixture
def dataset() -> data.Dataset:
    with added(SIGNED):
        return data.load(NAME)


def test_a_model_reads_them_as_they_are(dataset: data.Dataset) -> None:
    assert dataset.train_images.dtype == np.float32
    np.testing.assert_array_equal(to_input(dataset.train_images[:5]), dataset.train_images[:5].reshape(5, -1))
    assert to_input(np.full((1, 2, 2), 255, np.uint8)).tolist() == [[1, 1, 1, 1]]


def test_their_variation_is_summed_around_the_means(dataset: data.Dataset) -> None:
    images = dataset.train_images + np.float32(1000)
    found = Variation.of(images)
    flat = images.reshape(len(images), -1).astype(np.float64)
    assert found.around_mean_image == pytest.approx(np.square(flat - flat.mean(0)).sum())
    assert found.around_mean_pixel == pytest.approx(np.square(flat - flat.mean()).sum())


def test_a_training_on_them_learns(run: Path, snapshot: Snapshot, dataset: data.Dataset) -> None:
    found = reconstruction(snapshot, dataset.test_images)
    assert found.fvu < 0.6
    assert open_run(run).metrics["mse"] == pytest.approx(found.mse, rel=1e-4)


def test_the_span_is_on_both_sides_of_zero_where_there_are_numbers_below_it() -> None:
    values = np.linspace(-1, 3, 10_001, dtype=np.float32)
    low, high = span_of(values)
    assert low == -high and high == pytest.approx(3, rel=0.01)
    assert span_of(abs(values))[0] == 0
    assert span_of(np.zeros((2, 3), np.float32)) == (0, 1)
    assert span_of(np.zeros((0, 3), np.float32)) == span_of(np.zeros(3, np.uint8)) == BYTES
    outlier = np.append(np.ones(99_999, np.float32), np.float32(1e6))
    assert span_of(outlier) == (0, 1)


@pytest.mark.parametrize("bad", [None, [1], [1, 2, 3], [2, 1], [1, 1], [0, float("inf")], [float("nan"), 1]])
def test_a_span_that_is_none_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="span"):
        checked_span(bad)


def test_the_span_is_kept_with_the_weights_and_in_every_format(
    run: Path, snapshot: Snapshot, dataset: data.Dataset, tmp_path: Path
) -> None:
    assert snapshot.span == span_of(dataset.train_images)
    for name, form in FORMATS.items():
        if not form.exact:
            continue
        path = tmp_path / f"model{form.suffix}"
        assert form.write is not None and form.read is not None
        form.write(snapshot, path)
        assert form.read(path).span == snapshot.span, name


def test_the_cache_keeps_them(dataset: data.Dataset, tmp_path: Path) -> None:
    arrays = Arrays(*(getattr(dataset, name) for name in Arrays._fields))
    cache.store(tmp_path / "kept", SIGNED.info, arrays)
    found = cache.read(tmp_path / "kept", SIGNED.info)
    assert found is not None
    np.testing.assert_array_equal(found.train_images, dataset.train_images)
    assert SIGNED.info.n_bytes == sum(array.nbytes for array in arrays)
    cache.store(tmp_path / "bytes", made_up.GREY.info, made_up.GREY.load(None, {}, data.UNWATCHED))
    with pytest.raises(DataError, match="uint8"):
        cache.read(tmp_path / "kept", made_up.GREY.info)


def test_numbers_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(folder: Path | None, options: object, progress: object) -> Arrays:
        arrays = SIGNED.load(None, {}, data.UNWATCHED)
        arrays.train_images[3, 0, 0] = np.nan
        return arrays

    with added(replace(SIGNED, load=load)), pytest.raises(DataError, match="no numbers, or infinite"):
        data.load(NAME)
