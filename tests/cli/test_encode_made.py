"""``saegui encode`` of what a run's inputs are made of: texts, and pictures that go through a network first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.core.data.sources import words
from saegui.core.runs.run import open_run
from tests import image_sets
from tests.cli.conftest import Result
from tests.core.data.picture_files import save
from tests.core.data.sentences import file_of, sentences
from tests.core.networks import onnx_files
from tests.made_up import train

Here = Callable[..., Result]
Refused = Callable[..., str]


@pytest.fixture(autouse=True)
def _forget(own_home: Path) -> Iterator[None]:
    before = set(registry.SOURCES)
    yield
    for name in set(registry.SOURCES) - before:
        registry.forget(name)


def trained(text: str, folder: Path, **given: object) -> tuple[Path, data.Dataset]:
    """A run of what ``text`` names, and its data set."""
    name = adding.name_of(text, given)
    return train(data.source(name), folder, epochs=1), data.load(name)


def encoded(here: Here, out: Path, *arguments: object) -> tuple[dict[str, np.ndarray], Result]:
    """The arrays in the file that ``saegui encode`` wrote."""
    result = here("encode", *arguments, "--out", out)
    assert result.status == 0, result.err
    with np.load(out) as file:
        return dict(file), result


def test_lines_of_a_text_file_and_texts_that_are_given_are_embedded_as_the_run_s_own(
    here: Here, refused: Refused, tmp_path: Path
) -> None:
    path = file_of(tmp_path, 60)
    run, dataset = trained(str(path), tmp_path / "run")
    assert dataset.items is not None and dataset.items.encode is not None
    known = sentences(3)
    more = tmp_path / "more.txt"
    more.write_text(f"{known[0]}\n\n{known[1]}\n{known[0]}\n", "utf-8")
    path.unlink()  # the run's own file is not needed for others
    found, result = encoded(here, tmp_path / "codes.npz", run, "--data", more)
    assert "3 lines, 256 values each" in result.out
    right = dataset.items.encode([known[0], known[1], known[0]])
    np.testing.assert_allclose(found["images"], right, atol=1e-5)
    assert found["lines"].tolist() == [1, 3, 4]
    np.testing.assert_allclose(found["latents"], open_run(run).latest().encode(right), atol=1e-5)
    typed, result = encoded(here, tmp_path / "typed.npz", run, "--text", known[1], known[0])
    assert "2 texts, 256 values each" in result.out and "lines" not in typed
    np.testing.assert_allclose(typed["images"], right[[1, 0]], atol=1e-5)
    # Rows of numbers are taken as they are.
    np.save(tmp_path / "rows.npy", right)
    rows, _ = encoded(here, tmp_path / "rows.npz", run, "--data", tmp_path / "rows.npy")
    np.testing.assert_array_equal(rows["images"], right)
    out = ("--out", tmp_path / "no.npz")
    np.save(tmp_path / "other.npy", right[:, :7])
    assert "a text file, of which each line" in refused("encode", run, "--data", tmp_path / "other.npy", *out)
    assert "give one of them" in refused("encode", run, "--data", more, "--text", "a", *out)
    more.write_bytes("Gr\xfc\xdfe\n".encode("latin-1"))
    assert "encoding=cp1252 would suit" in refused("encode", run, "--data", more, *out)
    assert encoded(here, tmp_path / "l.npz", run, "--data", more, "--data-option", "encoding=latin-1")
    more.write_text("\n \n")
    assert "holds no line of text" in refused("encode", run, "--data", more, *out)


def test_lines_with_words_that_nobody_knows_are_named_and_left_out(
    here: Here, refused: Refused, tmp_path: Path
) -> None:
    run, dataset = trained("words", tmp_path / "run", words=words.FEWEST)
    assert dataset.items is not None and dataset.items.encode is not None
    path = tmp_path / "some.txt"
    path.write_text("king\nqwertzuiop\na loaf of bread\nyxcvbnm\n")
    found, result = encoded(here, tmp_path / "codes.npz", run, "--data", path)
    np.testing.assert_allclose(found["images"], dataset.items.encode(["king", "a loaf of bread"]), atol=1e-6)
    assert found["lines"].tolist() == [1, 3]
    assert "2 of 4 lines cannot be encoded and are left out: line 2: 'qwertzuiop'" in result.err
    path.write_text("qwertzuiop\n")
    assert "No line of" in refused("encode", run, "--data", path, "--out", tmp_path / "no.npz")
    assert "'qwertzuiop' is not among" in refused(
        "encode", run, "--text", "qwertzuiop", "--out", tmp_path / "no.npz"
    )


def networks(tmp_path: Path) -> list[tuple[str, dict[str, object]]]:
    model = onnx_files.write(tmp_path / "small.onnx", onnx_files.model())
    return [
        ("layer", {"images": "digits", "steps": 20}),
        (str(model), {"images": "digits", "tensor": "flat", "values": "-1 to 1"}),
    ]


@pytest.mark.parametrize("which", [0, 1], ids=["layer", "onnx"])
def test_pictures_and_arrays_go_through_the_network_whose_layer_a_run_reads(
    here: Here, refused: Refused, tmp_path: Path, drawings: Path, which: int
) -> None:
    text, given = networks(tmp_path)[which]
    run, dataset = trained(text, tmp_path / "run", **given)
    assert dataset.encoder is not None
    pixels = data.load("digits").test_images[:5]
    right = dataset.encoder.encode(pixels)
    for array in (pixels, pixels / 255, pixels.reshape(5, -1)):
        np.save(tmp_path / "pictures.npy", array)
        found, _ = encoded(here, tmp_path / "codes.npz", run, "--data", tmp_path / "pictures.npy")
        np.testing.assert_allclose(found["images"], right, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["latents"], open_run(run).latest().encode(right), atol=1e-4)
    # Activations are taken as they are.
    np.save(tmp_path / "rows.npy", right)
    rows, _ = encoded(here, tmp_path / "rows.npz", run, "--data", tmp_path / "rows.npy")
    np.testing.assert_array_equal(rows["images"], right)
    # Pictures of another size and in colour are brought to what the network reads.
    save(tmp_path / "some" / "a.png", np.full((60, 80, 3), 100, np.uint8))
    found, result = encoded(here, tmp_path / "folder.npz", run, "--data", tmp_path / "some")
    assert "1 picture, " in result.out
    level = np.full((1, 28, 28), 100, np.uint8)
    np.testing.assert_allclose(found["images"], dataset.encoder.encode(level), rtol=1e-4, atol=1e-5)
    drawn, result = encoded(here, tmp_path / "drawn.npz", run, "--strokes", drawings)
    assert "3 drawings, " in result.out and drawn["images"].shape == (3, *dataset.shape)
    figure = (
        "figure",
        run,
        "--kind",
        "activation-pattern",
        "--strokes",
        drawings,
        "--out",
        tmp_path / "p.png",
    )
    assert here(*figure).status == 0
    np.save(tmp_path / "other.npy", np.zeros((5, 7), np.float32))
    sentence = refused("encode", run, "--data", tmp_path / "other.npy", "--out", tmp_path / "no.npz")
    assert "a network makes of a 28×28 picture" in sentence
    assert "is not made of texts" in refused("encode", run, "--text", "a", "--out", tmp_path / "no.npz")


def test_vectors_and_pictures_with_many_places_go_through_an_onnx_model(here: Here, tmp_path: Path) -> None:
    model = onnx_files.write(tmp_path / "small.onnx", onnx_files.model())
    numbers = np.random.default_rng(0).random((40, 28, 28)).astype(np.float32) * 3 - 1
    np.save(tmp_path / "numbers.npy", numbers)
    run, _ = trained(str(model), tmp_path / "run", tensor="flat", file=str(tmp_path / "numbers.npy"))
    found, _ = encoded(here, tmp_path / "codes.npz", run, "--data", tmp_path / "numbers.npy")
    np.testing.assert_allclose(
        found["images"], onnx_files.relu_by_hand(numbers * 255).mean((2, 3)), rtol=1e-3, atol=1e-4
    )
    run, _ = trained(str(model), tmp_path / "each", tensor="relu", images="digits", places="each")
    np.save(tmp_path / "two.npy", data.load("digits").test_images[:2])
    found, result = encoded(here, tmp_path / "each.npz", run, "--data", tmp_path / "two.npy")
    assert "98 rows of 4 values" in result.out
    assert found["images"].shape == (2 * 49, onnx_files.CHANNELS)


def test_an_image_set_in_a_folder_is_encoded_whole(here: Here, tmp_path: Path) -> None:
    run, _ = trained("digits", tmp_path / "run")
    arrays = image_sets.write("mnist", tmp_path / "mnist")
    found, result = encoded(here, tmp_path / "codes.npz", run, "--data", tmp_path / "mnist")
    assert f"{image_sets.N_TRAIN + image_sets.N_TEST} pictures of 28×28" in result.out
    np.testing.assert_array_equal(found["images"], np.concatenate([arrays.train_images, arrays.test_images]))
    # Of one file only its own pictures.
    one = next(path for path in (tmp_path / "mnist").rglob("t10k-images*"))
    found, _ = encoded(here, tmp_path / "one.npz", run, "--data", one)
    np.testing.assert_array_equal(found["images"], arrays.test_images)
