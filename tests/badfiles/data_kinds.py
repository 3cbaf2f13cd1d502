"""Every kind of file that a user adds as data, and the networks that are kept: a good one of it, and how it is read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.core.data.added import Added
from saegui.core.data.idx_set import MNIST_FILES
from saegui.core.data.options import Value, checked
from saegui.core.errors import DataError
from saegui.core.networks import network_file, train
from saegui.core.networks.classifier import Classifier
from tests import image_sets
from tests.badfiles.damage import Damage, cuts
from tests.badfiles.kinds import (
    _END_MEANS_NOTHING,
    _SAFETENSORS,
    Kind,
    _damages,
    _json,
    _set,
    _with_header,
    _with_value,
)
from tests.core.data import sentences
from tests.core.data.tables.writers import WRITERS
from tests.core.networks import onnx_files

SHAPE = (6, 5)
"""Of the pictures that the kept network reads."""
N_CLASSES = 4
STILL_TEXT = frozenset({"first half", "first byte missing", "last byte missing"})
"""What is left of a text is a text."""


@contextmanager
def _nothing_added() -> Iterator[None]:
    """What is added to the program meanwhile is forgotten."""
    before = set(registry.SOURCES)
    try:
        yield
    finally:
        for name in set(registry.SOURCES) - before:
            registry.forget(name)


def _added(path: Path, **options: Value) -> data.Dataset:
    with _nothing_added():
        return data.load(adding.name_of(str(path), options))


def _written(name: str, file: str) -> Callable[[Path, Path], None]:
    """A file of the writer ``name``, under the name ``file``."""

    def make(folder: Path, run: Path) -> None:
        WRITERS[name](folder).rename(folder / file)

    return make


def _text(folder: Path, run: Path) -> None:
    sentences.file_of(folder, 40)


def _onnx(folder: Path, run: Path) -> None:
    onnx_files.write(folder / "model.onnx", onnx_files.model())


def _letters(folder: Path, run: Path) -> None:
    image_sets.write("mnist", folder)


def _garden(folder: Path, run: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 255, (40, 40), dtype=np.uint8)
    Image.fromarray(levels).save(folder / "garden.png")


def _patches(path: Path) -> data.Dataset:
    options = checked(data.source("patches").options, {"number": 1000, "side": 6})
    with _nothing_added():
        return data.load(registry.add(Added("patches", path, options)))


def _network(folder: Path, run: Path) -> None:
    network = replace(train.untrained("mlp", SHAPE, N_CLASSES, seed=0), accuracy=0.5)
    network_file.save(folder / "network.safetensors", network)


def _kept_network(path: Path) -> Classifier:
    """Believed or refused; what is missing was never kept."""
    try:
        return network_file.read(path, "mlp", SHAPE, N_CLASSES)
    except FileNotFoundError as error:
        raise DataError(f"{path} is not there.") from error


def _known(change: Mapping[str, object]) -> Damage:
    """A network whose header says something else."""
    ((name, value),) = change.items()
    said, changed = _set(name, value)

    def within(header: dict[str, dict[str, str]]) -> None:
        known = header["__metadata__"]
        known["network"] = changed(known["network"].encode()).decode()

    return Damage(said, _with_header(within))


KINDS: tuple[Kind, ...] = (
    Kind("a text file", _text, "topics.txt", _added, without=STILL_TEXT, seeds=2),
    Kind(
        "an ONNX model",
        _onnx,
        "model.onnx",
        lambda path: _added(path, tensor="flat", images="digits"),
        cuts((1, 2, 3, 8, 30, 100, 300)),
        seeds=12,
    ),
    Kind(
        "a network that is kept",
        _network,
        "network.safetensors",
        _kept_network,
        (
            *cuts((4, 9, 400)),
            *_damages(tuple(each for each in _SAFETENSORS if "configuration" not in each[0] and each[0] != "foreign metadata")),
            *_damages(
                (
                    ("W0 missing", _with_header(lambda header: header.update(other=header.pop("W0")))),
                    ("W0 of gigabytes", _with_header(lambda header: header["W0"].update(shape=[2**20, 2**20])), True),
                    ("b0 as whole numbers", _with_header(lambda header: header["b0"].update(dtype="I32"))),
                    ("no number", _with_value("W0", float("nan"))),
                    ("another number", _with_value("W0", 0.25)),
                )
            ),
            *(
                _known({name: value})
                for name, values in {
                    "format": (2, "1", None),
                    "kind": ("cnn", 5),
                    "shape": ([5, 6], [], "6x5"),
                    "n_classes": (5, -4, None),
                    "accuracy": (2, -1, float("nan"), "high", None),
                    "checksum": (0, None),
                }.items()
                for value in values
            ),
        ),
        says_what_to_do=False,
    ),
    Kind("a .npy that is added", _written("npy", "rows.npy"), "rows.npy", _added, cuts((6, 10, 60, 128)), seeds=6),
    Kind("a .npz that is added", _written("npz", "rows.npz"), "rows.npz", _added, cuts((4, 30, 60, 400)), seeds=6),
    Kind(
        "a .npz of medmnist", _written("medmnist", "set.npz"), "set.npz", _added, cuts((4, 30, 60, 400)), seeds=2
    ),
    Kind(
        "tensors that are added",
        _written("safetensors", "rows.safetensors"),
        "rows.safetensors",
        _added,
        cuts((4, 9, 60, 400)),
        seeds=6,
    ),
    Kind(
        "a Parquet file that is added",
        _written("parquet_columns", "rows.parquet"),
        "rows.parquet",
        _added,
        cuts((4, 30, 400)),
        seeds=12,
    ),
    Kind(
        "a .csv that is added",
        _written("csv", "rows.csv"),
        "rows.csv",
        _added,
        cuts((1, 5)),
        without=STILL_TEXT,
        seeds=6,
    ),
    Kind("an IDX file that is added", _written("idx", "rows.idx"), "rows.idx", _added, cuts((3, 4, 8, 12, 13)), seeds=6),
    Kind(
        "a stream of cached activations",
        _activations := lambda folder, run: shutil.copytree(
            WRITERS["hugging_face"](folder), folder, dirs_exist_ok=True
        ),
        "data-00000-of-00002.arrow",
        lambda path: _added(path.parent),
        cuts((4, 9, 100, 400)),
        seeds=8,
    ),
    Kind(
        "the list of cached activations",
        _activations,
        "state.json",
        lambda path: _added(path.parent),
        _damages(
            (
                _set("_data_files", 5),
                _set("_data_files", [5]),
                _set("_data_files", [{"filename": "/etc/passwd"}]),
                _set("_data_files", [{"filename": ["a"]}]),
                ("no files", _json(lambda found: found.pop("_data_files"))),
                ("nested without end", lambda content: b"[" * 200_000),
                ("not UTF-8", lambda content: content.replace(b"arrow", b"arr\xf6w", 1)),
            )
        ),
        without=frozenset({"last byte missing"}),
        seeds=2,
    ),
    Kind("IDX files that are added", _letters, MNIST_FILES[0], lambda path: _added(path.parent), cuts((4, 15, 16)), seeds=2),
    Kind("a picture that patches are cut from", _garden, "garden.png", _patches, cuts((8, 16, 33, 41)), without=_END_MEANS_NOTHING, seeds=4),
)  # fmt: skip
