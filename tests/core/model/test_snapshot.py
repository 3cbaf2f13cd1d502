"""A snapshot's arithmetic, its file, and the files it refuses."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from saegui.core.config.schema import RunConfig
from saegui.core.errors import RunError
from saegui.core.model import snapshot as snapshots
from saegui.core.model.snapshot import TENSORS, Snapshot, to_input
from saegui.core.model.snapshot_file import load, save
from tests.mnist_shape import D_IN

F, K = 6, 2


def some(seed: int = 0, **options: Any) -> Snapshot:
    rng = np.random.default_rng(seed)
    config = RunConfig(n_latents=F, k=K, **options)
    shapes = {"W_enc": (D_IN, F), "b_enc": (F,), "W_dec": (F, D_IN), "b_dec": (D_IN,), "density": (F,)}
    arrays = {name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}
    return Snapshot(config, 470, 2.0, **arrays)


def some_images(count: int, seed: int = 1) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), np.uint8)


class TestArithmetic:
    @pytest.mark.parametrize("pre_bias", [False, True])
    def test_is_the_definition(self, pre_bias: bool) -> None:
        model = some(pre_bias=pre_bias)
        x = to_input(some_images(5))
        wide = {name: getattr(model, name).astype(np.float64) for name in TENSORS}
        pre = (x - wide["b_dec"] * pre_bias) @ wide["W_enc"] + wide["b_enc"]
        np.testing.assert_allclose(model.pre_activations(x), pre, atol=1e-5)
        z = model.encode(x)
        assert (np.count_nonzero(z, axis=1) <= K).all()
        for row, expected in zip(z, np.maximum(pre, 0), strict=True):
            np.testing.assert_allclose(np.sort(row)[-K:], np.sort(expected)[-K:], atol=1e-5)
        np.testing.assert_allclose(model.decode(z, x), z @ wide["W_dec"] + wide["b_dec"], atol=1e-5)

    def test_input_is_grey_in_0_to_1(self) -> None:
        image = np.arange(784, dtype=np.uint16).reshape(28, 28).astype(np.uint8)
        x = to_input(image[np.newaxis])
        assert (x.dtype, x.shape) == (np.float32, (1, 784))
        np.testing.assert_array_equal(x[0], image.reshape(-1).astype(np.float32) / np.float32(255))

    def test_pictures_of_weights(self) -> None:
        model = some()
        assert model.encoder_images.shape == model.decoder_images.shape == (F, 28, 28)
        np.testing.assert_array_equal(model.encoder_images[3].reshape(-1), model.W_enc[:, 3])
        np.testing.assert_array_equal(model.decoder_images[3].reshape(-1), model.W_dec[3])

    def test_nobody_writes_to_it(self) -> None:
        model = some()
        for name in TENSORS:
            with pytest.raises(ValueError, match="read-only"):
                getattr(model, name)[0] = 0

    @pytest.mark.parametrize("size", [1, 7, 64, 10_000])
    def test_batches_cover_all_images_and_change_nothing(
        self, size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model, images = some(), some_images(20)
        monkeypatch.setattr(snapshots, "BATCH", size)
        pieces = list(model.batches(images))
        assert [rows.start for rows, _, _ in pieces] == list(range(0, 20, size))
        np.testing.assert_array_equal(np.concatenate([x for _, x, _ in pieces]), to_input(images))
        z = np.concatenate([z for _, _, z in pieces])
        np.testing.assert_allclose(z, model.encode(to_input(images)), atol=1e-5)

    @pytest.mark.parametrize("images", [some_images(20), some_images(20) / np.float32(7)])
    @pytest.mark.parametrize("size", [1, 3, 64])
    def test_pieces_of_batches_are_the_same_in_less_memory(
        self, size: int, images: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model = some()
        monkeypatch.setattr(snapshots, "BATCH", 8)
        monkeypatch.setattr(snapshots, "PIECE", size)
        found = np.zeros((20, F), np.float32)
        memory = set()
        for rows, x, z in model.batches(images, in_cache=True):
            np.testing.assert_array_equal(x, to_input(images[rows]))
            found[rows] = z
            memory.add(x.ctypes.data)
        np.testing.assert_allclose(found, model.encode(to_input(images)), rtol=1e-5, atol=1e-5)
        assert len(memory) == 1

    @pytest.mark.parametrize("options", [{"refinements": 1}, {"refit": True}])
    def test_what_is_prepared_for_a_batch_is_prepared_once(
        self, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(snapshots, "PIECE", 3)
        pieces = some(**options).batches(some_images(20), in_cache=True)
        assert [rows for rows, _, _ in pieces] == [slice(0, 20)]

    @pytest.mark.parametrize("count", [1, 5])
    def test_a_reconstruction_may_have_memory_of_its_caller(self, count: int) -> None:
        model, x = some(), to_input(some_images(count))
        memory = np.full(x.shape, np.nan, np.float32)
        found = model.decode(z := model.encode(x), x, memory)
        assert found.ctypes.data == memory.ctypes.data
        np.testing.assert_array_equal(found, model.decode(z, x))

    def test_large_dictionaries_are_encoded_in_small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(snapshots, "BATCH_VALUES", 5 * F)
        assert [rows.stop - rows.start for rows, _, _ in some().batches(some_images(12))] == [5, 5, 2]


class TestFiles:
    @pytest.mark.parametrize("config", [{}, {"pre_bias": True, "seed": 9, "lr": 0.01}])
    def test_come_back(self, config: dict[str, Any], tmp_path: Path) -> None:
        model = some(**config)
        save(model, tmp_path / "a")
        loaded = load(tmp_path / "a")
        assert (loaded.config, loaded.step, loaded.epoch) == (model.config, model.step, model.epoch)
        for name in TENSORS:
            np.testing.assert_array_equal(getattr(loaded, name), getattr(model, name))
            assert not getattr(loaded, name).flags.writeable

    def test_equal_snapshots_give_equal_files(self, tmp_path: Path) -> None:
        contents = set()
        for index in range(10):
            save(some(), tmp_path / str(index))
            contents.add((tmp_path / str(index)).read_bytes())
        assert len(contents) == 1

    def test_other_programs_read_them(self, tmp_path: Path) -> None:
        save(some(), tmp_path / "a")
        assert {name: array.shape for name, array in load_file(tmp_path / "a").items()} == {
            name: getattr(some(), name).shape for name in TENSORS
        }

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match=r"weights is missing"):
            load(tmp_path / "weights")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match="cannot be read"):
            load(tmp_path)

    @pytest.mark.parametrize(
        ("name", "array", "words"),
        [
            ("W_enc", np.zeros((D_IN, F + 1), np.float32), "but must be float32"),
            ("b_dec", np.zeros(D_IN, np.float64), "float64"),
            ("density", np.zeros((F, 1), np.float32), r"\(6, 1\)"),
            ("W_dec", np.full((F, D_IN), np.nan, np.float32), "not finite"),
            ("b_enc", np.full(F, np.inf, np.float32), "not finite"),
        ],
    )
    def test_tensors_that_do_not_belong(self, name: str, array: Any, words: str, tmp_path: Path) -> None:
        self._write(tmp_path / "a", {name: array})
        with pytest.raises(RunError, match=f"a: {name}.*{words}"):
            load(tmp_path / "a")

    @pytest.mark.parametrize(
        "metadata",
        [
            {"config": "[1]"},
            {"config": "null"},
            {"config": "[" * 100_000},
            {"config": '{"k": 70}'},
            {"config": '{"colour": 1}'},
            {"step": "many"},
            {"epoch": ""},
        ],
    )
    def test_metadata_that_make_no_sense(self, metadata: dict[str, str], tmp_path: Path) -> None:
        self._write(tmp_path / "a", {}, **metadata)
        with pytest.raises(RunError, match="cannot be read"):
            load(tmp_path / "a")

    def test_another_program_s_file(self, tmp_path: Path) -> None:
        save_file({name: getattr(some(), name) for name in TENSORS}, tmp_path / "a")
        with pytest.raises(RunError, match="no saegui weights"):
            load(tmp_path / "a")

    def test_a_tensor_missing(self, tmp_path: Path) -> None:
        save_file({"W_enc": some().W_enc}, tmp_path / "a", {"format": "saegui"})
        with pytest.raises(RunError, match="cannot be read"):
            load(tmp_path / "a")

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
    @given(st.data())
    def test_damaged_anywhere_they_are_refused_or_read(self, tmp_path: Path, data: st.DataObject) -> None:
        path = tmp_path / "weights"
        save(some(), path)
        content = bytearray(path.read_bytes())
        if data.draw(st.booleans(), label="cut"):
            del content[data.draw(st.integers(0, len(content) - 1)) :]
        else:
            for place in data.draw(st.lists(st.integers(0, 1200), min_size=1, max_size=4)):
                content[place] = data.draw(st.integers(0, 255))
        path.write_bytes(content)
        with suppress(RunError):
            assert load(path).n_latents == F

    def _write(self, path: Path, tensors: dict[str, Any], **metadata: str) -> None:
        model = some()
        arrays = {name: getattr(model, name) for name in TENSORS} | tensors
        texts = {
            "format": "saegui",
            "step": "1",
            "epoch": "0.5",
            "config": json.dumps(model.config.model_dump()),
        }
        save_file(arrays, path, texts | metadata)
