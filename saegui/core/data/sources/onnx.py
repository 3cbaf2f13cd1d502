"""An inner tensor of any ONNX model, fed with pictures or arrays: its activations are the data."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from saegui.core.arrays import Array, Images
from saegui.core.data import cache
from saegui.core.data.dataset import NO_LABELS, Arrays, DatasetInfo, Encoder, Found, Items
from saegui.core.data.noun import IMAGE
from saegui.core.data.options import Option, Options, Value
from saegui.core.data.source import Description, Source
from saegui.core.data.sources.layer import PicturesOf
from saegui.core.errors import DataError
from saegui.core.files import npy, paths
from saegui.core.networks import onnx_model
from saegui.core.networks.classifier import measured_accuracy
from saegui.core.networks.onnx_model import SCALES, OnnxModel, Part, Size, Tensor
from saegui.core.networks.readout import Readout
from saegui.core.progress import Progress

NAME = "onnx"
ENDING = ".onnx"
RECIPE = 1
PLACES = ("mean", "each")
MOST_LISTED = 12
PIECE = 512
"""Pictures between two reports."""
MOST_SHOWN = 1 << 28
"""Bytes of the pictures that are kept with the activations, where one picture has several rows."""
MOST_VALUES = 1 << 24
"""Of one row."""

FilePictures = Callable[[Path, Size | None, Progress], Found]
"""``(path, size, progress)``: the pictures or numbers in a file or folder of the user's; pictures are brought to ``size``."""


def source(sets: Mapping[str, DatasetInfo], pictures_of: PicturesOf, file_pictures: FilePictures) -> Source:
    """The reader; the model is fed with one of ``sets``, or with a file or folder of the user's."""
    load = partial(_load, sets, pictures_of, file_pictures)
    info = DatasetInfo(
        NAME,
        "Layer of an ONNX model",
        "The activations of an inner tensor of your own model, fed with pictures.",
        (1,),
        0,
        0,
        dtype="float32",
        called=IMAGE,
    )
    return Source(
        info,
        lambda path, options, progress: load(path, None, options, progress),
        load_of=load,
        available=lambda path: path is not None and path.is_file(),
        folder="an ONNX model (.onnx)",
        needs_folder=True,
        options=options(sets),
        sniff=sniff,
        inspect=partial(inspect, sets),
        settle=settle,
        picked=lambda options: str(options["tensor"]),
        extra="onnx",
        made_of="images",
    )


def options(sets: Mapping[str, DatasetInfo], model: OnnxModel | None = None) -> tuple[Option, ...]:
    """What can be chosen; of a ``model`` that is known, one of its tensors."""
    tensors = () if model is None else model.inner
    names = tuple(sets)
    return (
        Option(
            "tensor",
            "Tensor",
            "The inner tensor whose values are the data.",
            "" if model is None else model.likely.name,
            tuple(each.name for each in tensors),
            tuple(f"{each.name}, {each.shape_text} ({each.made_by})" for each in tensors),
        ),
        Option(
            "images",
            "Images",
            "The pictures that the model is fed with.",
            names[0],
            names,
            tuple(info.title for info in sets.values()),
        ),
        Option(
            "file",
            "File or folder",
            "A folder of pictures, which are brought to the model's size, or of an image set such as MNIST, or a file of "
            "arrays that is fed to the model instead of the images; empty for none.",
            "",
        ),
        Option(
            "values", "Pixel values", "What the model expects from black to white.", "0 to 1", tuple(SCALES)
        ),
        Option(
            "places",
            "Places of a picture",
            "For tensors with several places a picture: one row with the mean over all places, or one row for each place.",
            "mean",
            PLACES,
            ("their mean", "a row each"),
        ),
    )


def sniff(path: Path) -> bool:
    """Whether a file is named like an ONNX model."""
    return path.suffix.lower() == ENDING and path.is_file()


def settle(path: Path, options: Options, progress: Progress) -> dict[str, Value]:
    """``options`` with a file that is found from every folder."""
    file = str(options["file"])
    return {**options, "file": str(_absolute(file)) if file else ""}


def inspect(sets: Mapping[str, DatasetInfo], path: Path, progress: Progress) -> Description:
    """What the model takes, and its inner tensors.

    Raises:
        DataError: it cannot be read; says why.
    """
    model = onnx_model.read(path)
    fitting = {name: info for name, info in sets.items() if _fits(info, model.input)}
    return Description(
        "an ONNX model",
        (
            ("size", f"{path.stat().st_size:,} bytes"),
            ("input", f"{model.input.name}, {model.input.shape_text}"),
            ("inner tensors", _listed(model.inner)),
        ),
        options(fitting or sets, model),
        ("tensor",) if len(model.inner) > 1 else (),
        notes=()
        if fitting
        else (
            "None of the image sets fits its input: give a folder of pictures, or a file of arrays, with the option file.",
        ),
    )


def _listed(tensors: tuple[Tensor, ...]) -> str:
    """How many there are; of the last few, which are the most telling, also their shapes."""
    last = ", ".join(f"{each.name} {each.shape_text}" for each in tensors[-MOST_LISTED:])
    return f"{len(tensors):,}: {'… ' if len(tensors) > MOST_LISTED else ''}{last}"


def _fits(info: DatasetInfo, takes: Tensor) -> bool:
    try:
        onnx_model.fed(np.zeros((1, *info.shape), np.uint8), takes, "0 to 1")
    except DataError:
        return False
    return True


@dataclass(frozen=True)
class Reader:
    """Pictures → rows: how a model is fed, and what is taken of its tensor."""

    part: Part
    scale: str
    places: str

    def rows(self, pictures: Images) -> tuple[Array, int]:
        """``(n · places, d)``, and how many rows there are for each picture."""
        given = self.part.run(onnx_model.fed(pictures, self.part.takes, self.scale))
        if given.ndim == 2:
            return given, 1
        # Channels are first where there are rows and columns, and last in a sequence of vectors.
        last = given.reshape(*given.shape[:2], -1).transpose(0, 2, 1) if given.ndim == 4 else given
        if self.places == "mean":
            return last.mean(axis=1), 1
        return np.ascontiguousarray(last).reshape(-1, last.shape[2]), last.shape[1]

    def encode(self, pictures: Images) -> Array:
        """``(n, d)``, or as many rows for each as it has places: for new pictures.

        Raises:
            DataError: they do not fit the model.
        """
        return self.rows(np.asarray(pictures))[0]


def _absolute(file: str) -> Path:
    return Path(file).expanduser().absolute()


def _load(
    sets: Mapping[str, DatasetInfo],
    pictures_of: PicturesOf,
    file_pictures: FilePictures,
    path: Path | None,
    place: Path | None,
    options: Options,
    progress: Progress,
) -> Found:
    """``place`` is where the pictures are; None for where the options say, or where they are kept."""
    assert path is not None
    model = onnx_model.read(path)
    tensor = model.tensor(str(options["tensor"]))
    file, images = str(options["file"]), str(options["images"])
    if file:
        pictures = file_pictures(place or _absolute(file), model.input.pictures, progress)
    else:
        # Before anything is downloaded.
        onnx_model.fed(np.zeros((1, *sets[images].shape), np.uint8), model.input, "0 to 1")
        pictures = pictures_of(images, place, progress)
    reader = Reader(model.up_to(tensor.name), str(options["values"]), str(options["places"]))
    classes = pictures.classes or NO_LABELS
    arrays, each = _kept(model, tensor, reader, pictures, classes, progress)
    readout = _readout(model, tensor, classes, arrays)
    title = f"{path.name}, {tensor.name}"
    return Found(
        arrays,
        title if readout is None else f"{title} ({100 * readout.accuracy:.1f} % correct)",
        pictures.notes,
        classes,
        _items(pictures, reader, each),
        tuple(f"value {index + 1}" for index in range(arrays.train_images.shape[1])),
        ink=pictures.ink,
        readout=readout,
        encoder=Encoder(
            pictures.arrays.train_images.shape[1:],
            pictures.arrays.train_images.dtype.name,
            reader.encode,
            pictures.added,
        ),
    )


def _kept(
    model: OnnxModel,
    tensor: Tensor,
    reader: Reader,
    pictures: Found,
    classes: tuple[str, ...],
    progress: Progress,
) -> tuple[Arrays, int]:
    """The activations, kept on disk, and how many rows there are for each picture."""
    first, each = reader.rows(np.asarray(pictures.arrays.train_images[:1]))
    units = first.shape[1]
    if units > MOST_VALUES:
        raise DataError(f"The tensor {tensor.name} has {units:,} values, of at most {MOST_VALUES:,}.")
    sources = pictures.arrays
    key = zlib.crc32(repr((tensor.name, reader.scale, reader.places, model.checksum)).encode())
    for array in sources:
        key = zlib.crc32(np.ascontiguousarray(array).data, key)
    info = DatasetInfo(
        NAME,
        f"{model.path.name}, {tensor.name}",
        "",
        (units,),
        len(sources.train_images) * each,
        len(sources.test_images) * each,
        classes,
        dtype="float32",
    )
    folder = paths.data_cache() / f"onnx-{RECIPE}" / f"{key:08x}"
    try:
        if found := cache.read(folder, info):
            return found, each
    except DataError as error:
        progress.report(0, info.n_train, f"{error} Making it again.")
    with cache.replacing(folder, info) as temporary:
        done = 0
        total = len(sources.train_images) + len(sources.test_images)
        for part in ("train", "test"):
            images, labels = getattr(sources, f"{part}_images"), getattr(sources, f"{part}_labels")
            batches = _batches(reader, images, progress.part(done, total))
            with npy.writing(
                temporary / f"{part}_images.npy", (len(images) * each, units), np.float32
            ) as add:
                for batch in batches:
                    add(batch)
            with npy.writing(temporary / f"{part}_labels.npy", (len(labels) * each,), info.label_type) as add:
                add(np.repeat(labels, each))
            done += len(images)
    kept = cache.read(folder, info)
    assert kept is not None
    return kept, each


def _batches(reader: Reader, images: Images, progress: Progress) -> Iterator[Array]:
    for start in range(0, len(images), PIECE):
        progress.report(start, len(images), "Pictures through the model")
        yield reader.rows(np.asarray(images[start : start + PIECE]))[0]


def _readout(model: OnnxModel, tensor: Tensor, classes: tuple[str, ...], arrays: Arrays) -> Readout | None:
    """What follows the tensor, where that gives one logit for each class and needs nothing else."""
    if classes == NO_LABELS or (part := model.after(tensor.name, len(classes))) is None:
        return None
    units = arrays.test_images.shape[1]
    weights = None
    if part.is_linear:
        bias = part.run(np.zeros((1, units), np.float32))
        weights = part.run(np.eye(units, dtype=np.float32)) - bias
    accuracy = measured_accuracy(part.run(np.asarray(arrays.test_images)), arrays.test_labels)
    return Readout(part.run, classes, accuracy, model.path.stem, weights)


def _items(pictures: Found, reader: Reader, each: int) -> Items | None:
    """The pictures of the rows; None where the model was fed with something else, or they would be too large."""
    train, test = pictures.arrays.train_images, pictures.arrays.test_images
    if train.ndim < 3 or train.dtype != np.uint8:
        return None
    if each == 1:
        return Items(train, test, reader.encode)
    if each * (train.nbytes + test.nbytes) > MOST_SHOWN:
        return None
    return Items(np.repeat(train, each, axis=0), np.repeat(test, each, axis=0))
