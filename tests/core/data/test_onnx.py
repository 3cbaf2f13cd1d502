"""An inner tensor of an ONNX model as a data set; and models that are broken or hostile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from saegui.core import data
from saegui.core.config.schema import make
from saegui.core.data import adding, registry
from saegui.core.data.dataset import label_type
from saegui.core.errors import DataError
from saegui.core.figures import KINDS, draw, missing, render
from saegui.core.figures.subject_of_run import completed, measured, subject_of
from saegui.core.networks import onnx_model
from saegui.core.training.devices import use_threads
from saegui.core.training.session import Session
from tests import image_sets
from tests.core.data.picture_files import folder_of
from tests.core.networks import onnx_files

Load = Callable[..., data.Dataset]


@pytest.fixture
def loaded() -> Iterator[Load]:
    names: list[str] = []

    def load(path: Path, **given: Any) -> data.Dataset:
        names.append(adding.name_of(str(path), {"images": "digits"} | given))
        return data.load(names[-1])

    yield load
    for name in names:
        if name in registry.SOURCES:
            registry.forget(name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return onnx_files.write(tmp_path / "small.onnx", onnx_files.model())


def test_inspecting_a_model_names_its_inner_tensors_with_their_shapes(path: Path) -> None:
    found = adding.inspect(path).description
    assert found.kind == "an ONNX model"
    assert dict(found.facts)["input"] == "pictures, N×1×28×28"
    assert dict(found.facts)["inner tensors"].startswith("6: conv N×4×7×7, relu N×4×7×7, pooled")
    options = {option.name: option for option in found.options}
    assert options["tensor"].choices == ("conv", "relu", "pooled", "flat", "logits", "shares")
    assert options["tensor"].titles[1] == "relu, N×4×7×7 (Relu)"
    assert found.ask == ("tensor",)
    # Only sets of grey 28×28 pictures fit.
    assert "digits" in options["images"].choices and "olivetti" not in options["images"].choices
    with pytest.raises(DataError, match="Choose the option tensor; it is one of conv, relu"):
        adding.name_of(str(path), {})


def test_rows_are_the_tensor_with_a_mean_or_a_row_for_each_place(path: Path, loaded: Load) -> None:
    digits = data.load("digits")
    right = onnx_files.relu_by_hand(digits.test_images)
    mean = loaded(path, tensor="relu")
    np.testing.assert_allclose(mean.test_images, right.mean((2, 3)), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(mean.items.test, digits.test_images)
    np.testing.assert_allclose(
        mean.items.encode(digits.test_images[3:5]), mean.test_images[3:5], rtol=1e-5, atol=1e-6
    )
    each = loaded(path, tensor="relu", places="each")
    wanted = right.transpose(0, 2, 3, 1).reshape(-1, onnx_files.CHANNELS)
    np.testing.assert_allclose(each.test_images, wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(each.test_labels, np.repeat(digits.test_labels, 49))
    np.testing.assert_array_equal(each.items.test[49:51], digits.test_images[[1, 1]])
    assert each.items.encode is None
    assert sorted(path.parent.glob("*.onnx*")) == [path]


def test_the_rest_of_the_model_reads_the_tensor_where_it_needs_nothing_else(
    path: Path, tmp_path: Path, loaded: Load
) -> None:
    known = onnx_files.weights()
    dataset = loaded(path, tensor="flat")
    logits = dataset.test_images @ known["dense"] + known["bias"]
    np.testing.assert_allclose(dataset.readout.logits(dataset.test_images), logits, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(dataset.readout.weights, known["dense"], rtol=1e-4, atol=1e-5)
    assert dataset.readout.accuracy == np.mean(logits.argmax(1) == dataset.test_labels)
    assert loaded(path, tensor="relu").readout is None
    assert loaded(path, tensor="shares").readout is None
    other = onnx_files.write(tmp_path / "skips.onnx", onnx_files.model(skips=True))
    assert loaded(other, tensor="flat").readout is None


def test_a_fixed_batch_gives_the_rows_of_an_open_one(path: Path, tmp_path: Path, loaded: Load) -> None:
    fixed = onnx_files.write(tmp_path / "fixed.onnx", onnx_files.model(100))
    np.testing.assert_allclose(
        loaded(fixed, tensor="flat").test_images,
        loaded(path, tensor="flat").test_images,
        rtol=1e-5,
        atol=1e-6,
    )


def test_a_file_of_arrays_can_be_fed_to_the_model(path: Path, tmp_path: Path, loaded: Load) -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (40, 28, 28), np.uint8)
    np.save(tmp_path / "pictures.npy", pictures)
    dataset = loaded(path, tensor="flat", file=str(tmp_path / "pictures.npy"))
    assert dataset.noun.many == "images"
    rows = np.concatenate([dataset.train_images, dataset.test_images])
    right = onnx_files.relu_by_hand(pictures).mean((2, 3))
    assert rows.shape == right.shape
    np.testing.assert_allclose(np.sort(rows[:, 0]), np.sort(right[:, 0]), rtol=1e-4, atol=1e-5)
    with pytest.raises(DataError, match=r"nothing\.npy is not there"):
        loaded(path, tensor="flat", file=str(tmp_path / "nothing.npy"))


def test_what_was_made_of_numbers_is_no_image(tmp_path: Path, loaded: Load) -> None:
    weight = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "weight"], ["inner"]),
        helper.make_node("Relu", ["inner"], ["rectified"]),
        helper.make_node("MatMul", ["rectified", "last"], ["out"]),
    ]
    made = helper.make_graph(
        nodes,
        "numbers",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 6])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", 4])],
        [
            onnx.numpy_helper.from_array(weight, "weight"),
            onnx.numpy_helper.from_array(np.eye(4, dtype=np.float32), "last"),
        ],
    )
    proto = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = onnx_files.write(tmp_path / "numbers.onnx", proto)
    np.save(tmp_path / "rows.npy", np.random.default_rng(1).normal(size=(40, 6)).astype(np.float32))
    dataset = loaded(path, tensor="rectified", file=str(tmp_path / "rows.npy"))
    assert dataset.shape == (4,) and dataset.noun.many == "rows"


def test_the_tensor_that_the_last_layer_reads_is_suggested(path: Path, tmp_path: Path) -> None:
    def likely(file: Path) -> object:
        return {option.name: option.default for option in adding.inspect(file).description.options}["tensor"]

    assert likely(path) == "flat"
    # Without a softmax, and where several layers follow each other.
    short = onnx_files.model()
    del short.graph.node[-1]
    short.graph.output[0].name = "logits"
    assert likely(onnx_files.write(tmp_path / "short.onnx", short)) == "flat"
    # Of which nothing says what the last layer is, the last tensor before the output.
    assert likely(onnx_files.write(tmp_path / "skips.onnx", onnx_files.model(skips=True))) == "flat"
    del short.graph.node[3:]
    short.graph.output[0].CopyFrom(
        helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["N", onnx_files.CHANNELS, 1, 1])
    )
    assert likely(onnx_files.write(tmp_path / "conv.onnx", short)) == "relu"


def test_a_folder_of_pictures_is_brought_to_the_size_and_colour_that_the_model_reads(
    path: Path, tmp_path: Path, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "photographs", count=12, colour=True)
    monkeypatch.chdir(tmp_path)
    dataset = loaded(path, tensor="flat", file="photographs")
    monkeypatch.chdir("/")
    assert dataset.items is not None and dataset.items.train.shape[1:] == (28, 28)
    # It is found from every folder.
    assert dataset.added is not None and dataset.added.options["file"] == str(folder)
    assert data.load(dataset.name).checksum == dataset.checksum


def test_pictures_come_from_a_folder_of_the_user_s(path: Path, tmp_path: Path, loaded: Load) -> None:
    arrays = image_sets.write("mnist", tmp_path / "mnist")
    right = onnx_files.relu_by_hand(arrays.test_images).mean((2, 3))
    by_file = loaded(path, tensor="flat", file=str(tmp_path / "mnist"))
    np.testing.assert_allclose(by_file.test_images, right, rtol=1e-4, atol=1e-5)
    assert by_file.classes == tuple("0123456789")
    name = adding.name_of(str(path), {"tensor": "flat", "images": "mnist"})
    assert data.available(name, tmp_path / "mnist") and not data.available(name, tmp_path / "nothing")
    by_folder = data.load(name, tmp_path / "mnist")
    np.testing.assert_allclose(by_folder.test_images, right, rtol=1e-4, atol=1e-5)
    # A run finds them there again; the model may have moved instead.
    place = data.place(name, by_folder.origin)
    assert data.load(name, place).checksum == by_folder.checksum
    moved = path.rename(tmp_path / "moved.onnx")
    name = adding.name_of(str(moved), {"tensor": "flat", "images": "digits"})
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(moved.read_bytes())
    moved.unlink()
    assert data.load(name, copy).shape == (onnx_files.CHANNELS,)


def test_image_sets_that_do_not_fit_are_refused_before_they_are_loaded(tmp_path: Path, loaded: Load) -> None:
    large = onnx_files.write(tmp_path / "large.onnx", onnx_files.model(side=50))
    with pytest.raises(
        DataError, match=r"which 28×28 pictures do not fit; .*folder of pictures with the option file"
    ):
        loaded(large, tensor="flat", images="mnist")


@pytest.mark.parametrize("classes", [10, 256, 257, 300])
def test_labels_of_any_number_of_classes_are_kept_as_they_are(
    path: Path, tmp_path: Path, loaded: Load, classes: int
) -> None:
    random = np.random.default_rng(0)
    pictures = random.integers(0, 255, (2 * classes, 28, 28), np.uint8)
    labels = np.arange(2 * classes) % classes
    np.savez(tmp_path / "many.npz", images=pictures, labels=labels)
    for _ in range(2):
        dataset = loaded(path, tensor="flat", file=str(tmp_path / "many.npz"))
        rows = np.concatenate([dataset.train_images, dataset.test_images])
        found = np.concatenate([dataset.train_labels, dataset.test_labels])
        right = onnx_files.relu_by_hand(pictures).mean((2, 3))
        nearest = np.abs(rows[:, None] - right).sum(2).argmin(1)
        assert [dataset.classes[label] for label in found] == [str(labels[place]) for place in nearest]
        assert found.dtype == label_type(classes)


@pytest.mark.parametrize(
    ("pictures", "takes", "shape"),
    [
        ((28, 28), (None, 3, 28, 28), (2, 3, 28, 28)),
        ((28, 28), (None, None, None, None), (2, 1, 28, 28)),
        ((8, 9, 3), (None, 3, None, None), (2, 3, 8, 9)),
        ((8, 9, 3), (4, 8, 9, 3), (2, 8, 9, 3)),
        ((8, 9), (None, 72), (2, 72)),
        ((8, 9), (None, 8, 9), (2, 8, 9)),
    ],
)
def test_pictures_are_brought_into_the_layout_of_the_input(
    pictures: tuple[int, ...], takes: tuple[int | None, ...], shape: tuple[int, ...]
) -> None:
    images = np.random.default_rng(0).integers(0, 255, (2, *pictures), np.uint8)
    fed = onnx_model.fed(images, onnx_model.Tensor("x", takes), "-1 to 1")
    assert fed.shape == shape and fed.dtype == np.float32
    assert fed.flat[0] == pytest.approx(images.flat[0] / 255 * 2 - 1)


def test_pictures_that_do_not_fit_are_refused_with_both_shapes() -> None:
    takes = onnx_model.Tensor("x", (None, 3, 32, 32))
    with pytest.raises(DataError, match="reads N×3×32×32, which 28×28 pictures do not fit"):
        onnx_model.fed(np.zeros((1, 28, 28), np.uint8), takes, "0 to 1")


def test_a_model_of_a_tensor_learns_and_every_figure_of_it_is_drawn(
    path: Path, tmp_path: Path, loaded: Load
) -> None:
    use_threads(1)
    dataset = loaded(path, tensor="relu")
    values = {"dataset": dataset.name, "n_latents": 16, "k": 3, "epochs": 8, "batch_size": 64, "lr": 1e-2}
    session = Session(make({**values, "init": "data"}), dataset, tmp_path / "run")
    while not session.done:
        session.advance()
    assert session.close().fvu < 0.2
    found = completed(measured(subject_of(session.run, KINDS, dataset=dataset), KINDS))
    drawn = [kind for kind in KINDS if not missing(kind, found)]
    assert {"decoder-grid", "reconstruction", "latent"} <= set(drawn)
    for kind in drawn:
        assert render(draw(kind, found), "svg")


def external(location: str, **more: str) -> Any:
    made = onnx_files.model()
    tensor = made.graph.initializer[2]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **more}.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return made


def test_weights_beside_the_model_are_read_and_those_elsewhere_are_refused(
    tmp_path: Path, loaded: Load
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    secret = tmp_path / "secret.bin"
    for place in (secret, folder / "dense.bin"):
        place.write_bytes(onnx_files.weights()["dense"].tobytes())
    (folder / "link.bin").symlink_to(secret)
    good = onnx_files.write(folder / "good.onnx", external("dense.bin"))
    whole = onnx_files.write(tmp_path / "whole.onnx", onnx_files.model())
    np.testing.assert_allclose(
        loaded(good, tensor="logits").test_images, loaded(whole, tensor="logits").test_images, rtol=1e-5
    )
    for location in ("../secret.bin", str(secret), "link.bin", ""):
        bad = onnx_files.write(folder / "bad.onnx", external(location))
        with pytest.raises(DataError, match=r"bad\.onnx cannot be read .*not in its own folder"):
            onnx_model.read(bad)
    for key in ({"offset": "9999"}, {"length": "999999999999"}, {"offset": "-4"}):
        bad = onnx_files.write(folder / "bad.onnx", external("dense.bin", **key))
        with pytest.raises(DataError, match=r"are not in dense\.bin"):
            onnx_model.read(bad)


def test_files_that_are_no_model_are_refused_in_a_sentence(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    bad = tmp_path / "bad.onnx"
    for content in (b"", b"\x80\x04pickle", whole[: len(whole) // 2], whole[:7], b"\xff" * 500):
        bad.write_bytes(content)
        with pytest.raises(DataError, match=r"bad\.onnx cannot be read as an ONNX model \(.*another file"):
            onnx_model.read(bad)
    short = onnx_files.model()
    short.graph.initializer[2].dims[0] = 10**9
    with pytest.raises(DataError, match=r"bad\.onnx cannot be read"):
        onnx_model.read(onnx_files.write(bad, short))
    two = onnx_files.model()
    two.graph.input.append(helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["N", 4]))
    with pytest.raises(DataError, match="takes pictures, mask; a model with one input"):
        onnx_model.read(onnx_files.write(bad, two))
    with pytest.raises(DataError, match="has no inner tensor 'nothing'; choose one of conv, relu"):
        onnx_model.read(path).tensor("nothing")


def test_a_file_that_is_too_large_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "MOST_BYTES", 100)
    with pytest.raises(DataError, match="of at most 100"):
        onnx_model.read(path)


def test_values_that_are_no_numbers_are_refused(tmp_path: Path, loaded: Load) -> None:
    proto = onnx_files.model()
    bias = onnx.numpy_helper.from_array(np.full(onnx_files.CLASSES, np.nan, np.float32), "bias")
    proto.graph.initializer[3].CopyFrom(bias)
    with pytest.raises(DataError, match=r"logits of .*nan\.onnx holds values that are no numbers"):
        loaded(onnx_files.write(tmp_path / "nan.onnx", proto), tensor="logits")
