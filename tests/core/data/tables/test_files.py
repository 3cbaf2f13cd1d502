"""Arrays in every format: read as they were written, trained on, measured, drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from saegui.core import data
from saegui.core.analysis import metrics
from saegui.core.data import Dataset, adding, registry
from saegui.core.data.sources import arrays
from saegui.core.data.tables import prepare
from saegui.core.errors import Cancelled
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.runs.run import open_run
from tests.core.data.tables.writers import WRITERS, D, rows
from tests.made_up import train


@pytest.fixture(autouse=True)
def _forget(own_home: Path) -> Iterator[None]:
    before = set(registry.SOURCES)
    yield
    for name in set(registry.SOURCES) - before:
        registry.forget(name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Those that were written by now."""
    return {}


@pytest.fixture
def file(
    request: pytest.FixtureRequest, files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The file that the writer of this name writes."""
    if request.param not in files:
        files[request.param] = WRITERS[request.param](tmp_path_factory.mktemp(request.param))
    return files[request.param]


def load(path: Path, **given: object) -> Dataset:
    """The data set that ``path`` becomes."""
    return data.load(adding.name_of(str(path), given))


class Expected(NamedTuple):
    shape: tuple[int, ...]
    dtype: str = "float32"
    n: tuple[int, int] = (360, 40)
    classes: int = 1
    axes: bool = False
    texts: bool = False
    near: float = 0.0
    """How far numbers may be from those that were written."""


EXPECTED = {
    "npy": Expected((D,)),
    "npy_float16": Expected((D,), "float16", near=2e-3),
    "npy_fortran": Expected((D,)),
    "npy_big_endian": Expected((D,)),
    "npy_pictures": Expected((6, 4), "uint8"),
    "npz": Expected((D,), classes=4, texts=True),
    "medmnist": Expected((6, 4, 3), "uint8", (300, 60), classes=4),
    "safetensors": Expected((D,), classes=4),
    "safetensors_bfloat16": Expected((D,), near=2e-2),
    "parquet_columns": Expected((D,), classes=4, axes=True),
    "parquet_lists": Expected((D,), texts=True),
    "csv": Expected((D,), classes=4, axes=True, texts=True, near=1e-6),
    "csv_semicolons": Expected((D,), axes=True, near=1e-6),
    "csv_pixels": Expected((8, 8), "uint8", classes=4),
    "idx": Expected((D,)),
    "idx_packed": Expected((6, 4), "uint8"),
    "hugging_face": Expected((D,)),
}


@pytest.mark.parametrize(("file", "expected"), EXPECTED.items(), ids=EXPECTED, indirect=["file"])
def test_every_format_is_read_as_it_was_written(file: Path, expected: Expected) -> None:
    found = load(file)
    assert (found.shape, str(found.train_images.dtype)) == (expected.shape, expected.dtype)
    assert (len(found.train_images), len(found.test_images)) == expected.n
    assert len(found.classes) == expected.classes and bool(found.axes) == expected.axes
    if expected.shape == (D,):
        written = rows()
        # Rows keep the file's order: those for testing are taken out.
        place = {word: index for index, word in enumerate(written.words)}
        for images, labels, part in (
            (found.train_images, found.train_labels, "train"),
            (found.test_images, found.test_labels, "test"),
        ):
            order = nearest(images, written.vectors)
            np.testing.assert_allclose(images, written.vectors[order], rtol=0, atol=expected.near)
            assert np.all(np.diff(order) > 0)
            if expected.classes > 1:
                np.testing.assert_array_equal(labels, written.labels[order])
            if expected.texts:
                assert found.items is not None
                assert [place[text] for text in getattr(found.items, part)] == order.tolist()


def nearest(images: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Which row of ``written`` each of ``images`` is."""
    distances = np.square(images[:, None].astype(np.float64) - written[None]).sum(axis=2)
    return np.asarray(distances.argmin(axis=1))


@pytest.mark.slow
@pytest.mark.parametrize(("file", "expected"), EXPECTED.items(), ids=EXPECTED, indirect=["file"])
def test_every_format_is_trained_on_and_encoded(file: Path, expected: Expected, tmp_path: Path) -> None:
    dataset = load(file)
    run = open_run(train(data.source(dataset.name), tmp_path / "run", epochs=15))
    found = metrics.evaluate(run.latest(), dataset)
    assert found.fvu < 0.25
    assert run.origin is not None and data.place(dataset.name, run.origin) == file
    added = run.origin.added
    assert added is not None and added.path is not None
    encoded = arrays.rows(
        file, {}, run.shape, (added.path, added.options), run.latest().check_reads, UNWATCHED
    )
    n = sum(expected.n)
    assert encoded.shape == (n, *expected.shape)
    assert np.isfinite(run.latest().encode(encoded.reshape(n, -1).astype(np.float32))).all()


def is_mapped(images: np.ndarray) -> bool:
    """Whether they are read where they lie on the disk."""
    base: Any = images
    while base is not None and not isinstance(base, np.memmap):
        base = base.base
    return base is not None


@pytest.mark.parametrize("file", ["npy", "safetensors", "npy_float16"], indirect=True)
def test_the_last_rows_of_a_file_are_kept_for_testing_and_nothing_is_copied(file: Path) -> None:
    found = load(file, split="last", share="0.25")
    assert (len(found.train_images), len(found.test_images)) == (300, 100)
    for images in (found.train_images, found.test_images):
        assert is_mapped(images) and not images.flags.writeable
    np.testing.assert_allclose(found.test_images, rows().vectors[300:], atol=2e-3)


def test_one_arrow_file_of_one_batch_is_mapped(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"acts": datasets.Array2D((8, D), "float32")})
    content = {"acts": rows().vectors.reshape(50, 8, D)}
    datasets.disable_progress_bars()
    datasets.Dataset.from_dict(content, features=features).save_to_disk(folder := tmp_path / "acts")
    found = load(folder)
    assert is_mapped(found.train_images) and found.shape == (D,)
    np.testing.assert_array_equal(found.train_images, rows().vectors[: 45 * 8])
    np.testing.assert_array_equal(found.test_images, rows().vectors[45 * 8 :])


def test_rows_are_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    monkeypatch.setattr(prepare, "IN_MEMORY", 0)
    file = WRITERS["npy_fortran"](tmp_path)
    first = load(file)
    (folder,) = (own_home / "data").glob("arrays-*")
    made = (folder / "train_images.npy").stat().st_mtime_ns
    assert first.train_images.flags.c_contiguous and not first.train_images.flags.owndata
    assert load(file).checksum == first.checksum
    assert (folder / "train_images.npy").stat().st_mtime_ns == made
    np.save(file, np.asfortranarray(rows().vectors[::-1] + 1))
    assert load(file).checksum != first.checksum, "another file is copied again"
    (folder / "train_images.npy").write_bytes(b"damaged")
    assert load(file).shape == (D,)


@pytest.mark.parametrize("file", ["npz", "csv", "npy_fortran", "hugging_face"], indirect=True)
def test_work_that_is_given_up_leaves_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch, own_home: Path
) -> None:
    class GivenUp(Progress):
        def report(self, done: int, total: int, text: str = "") -> None:
            assert 0 <= done <= total and text == f"Reading {file.name}"
            raise Cancelled

    monkeypatch.setattr(prepare, "IN_MEMORY", 0)
    name = adding.name_of(str(file), {})
    with pytest.raises(Cancelled):
        data.load(name, progress=GivenUp())
    assert not list((own_home / "data").glob("*")) and not list((own_home / "data").glob(".*"))
    assert data.load(name).shape == (D,)


def test_numbers_of_tokens_are_the_texts_of_positions(files: dict[str, Path], tmp_path: Path) -> None:
    folder = files.get("hugging_face") or WRITERS["hugging_face"](tmp_path)
    found = load(folder, text="token_ids", labels="token_ids")
    assert found.items is not None and found.items.are_texts
    assert list(found.items.test[-2:]) == ["token 398", "token 399"] and found.items.train[7] == "token 7"
    assert len(found.classes) == 400 and found.train_labels.dtype == np.uint16
    assert found.classes[found.test_labels[-1]] == "399"


def test_columns_in_several_units_become_alike_by_the_rows_for_training(tmp_path: Path) -> None:
    np.savetxt(
        path := tmp_path / "a.csv",
        rows().vectors[:, :3] * [1, 50, 9000],
        delimiter=",",
        header="a,b,c",
        comments="",
    )
    found = load(path, scale="columns", split="last")
    np.testing.assert_allclose(found.train_images.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(found.train_images.std(axis=0), 1, atol=1e-5)
    assert abs(float(found.test_images.mean())) > 1e-4
    ranged = load(path, scale="range", split="last")
    assert (ranged.train_images.min(), ranged.train_images.max()) == (0, 1)


def test_a_file_is_described_and_only_what_cannot_be_told_is_asked(
    files: dict[str, Path], tmp_path: Path
) -> None:
    path = files.get("medmnist") or WRITERS["medmnist"](tmp_path)
    found = adding.inspect(path).description
    facts = dict(found.facts)
    assert (facts["rows"], facts["one row"], facts["range"]) == (
        "300 and 60 for testing",
        "uint8 6 × 4 × 3",
        "0 to 255",
    )
    assert "val_labels int64 40 × 1" in facts["holds"] and facts["labels"] == "labels"
    assert found.ask == () and found.notes == ("val_images, val_labels: for validation, and left out.",)
    assert isinstance(found.preview, np.ndarray) and found.preview.shape == (16, 6, 4, 3)
    table = adding.inspect(files.get("csv") or WRITERS["csv"](tmp_path)).description
    held = dict(table.facts)["holds"]
    assert held.startswith("26 columns of numbers: column 1, gene 0, ") and held.endswith(
        "…, label; 1 column of texts: text"
    )
    # A run remembers what was found out, not that it was left to the program.
    added = adding.inspect(path).added({})
    assert (
        added.options["shape"] == "6x4x3"
        and added.options["scale"] == "bytes"
        and "auto" not in added.options.values()
    )
