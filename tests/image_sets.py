"""Small files of every image set in the form in which it is published, written by the public libraries that write them.

IDX files are idx2numpy's; USPS's texts are scikit-learn's. The pictures are made up: those of a class show its pattern,
which is another one when it is transposed.
"""

from __future__ import annotations

import bz2
import gzip
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np

from saegui.core import data
from saegui.core.data.dataset import Arrays, UInt8
from saegui.core.data.idx_set import IdxSet
from saegui.core.data.sources import mnist_family, usps

N_TRAIN, N_TEST = 248, 62
"""At least one of each class everywhere."""
BY_NAME = {each.info.name: each for each in mnist_family.SETS}
NAMES = (*BY_NAME, "usps")


def pictures(name: str) -> Arrays:
    """What the data set ``name`` should be read as: upright pictures, and classes from 0."""
    info = data.DATASETS[name]
    random = np.random.default_rng(len(info.classes))
    patterns = random.random((len(info.classes), *info.shape)) ** 4

    def part(count: int) -> tuple[UInt8, UInt8]:
        labels = (np.arange(count) % len(info.classes)).astype(np.uint8)
        ink = random.uniform(0.5, 1, (count, 1, 1))
        return (255 * ink * patterns[labels]).astype(np.uint8), labels

    return Arrays(*part(N_TRAIN), *part(N_TEST))


def write(name: str, folder: Path, *, packed: bool = False) -> Arrays:
    """The files of the data set ``name`` in ``folder``, which is made; what they hold, as it should be read."""
    arrays = pictures(name)
    folder.mkdir(parents=True, exist_ok=True)
    if name == "usps":
        _write_usps(arrays, folder, packed)
        return arrays
    for file, content in idx_files(BY_NAME[name], arrays).items():
        path = folder / (f"{file}.gz" if packed else file)
        path.write_bytes(gzip.compress(content, 1, mtime=0) if packed else content)
    return arrays


def idx_files(this: IdxSet, arrays: Arrays) -> dict[str, bytes]:
    """The four files of ``this`` by name."""
    import idx2numpy

    held = []
    for images, labels in (
        (arrays.train_images, arrays.train_labels),
        (arrays.test_images, arrays.test_labels),
    ):
        held.append(np.ascontiguousarray(images.transpose(0, 2, 1)) if this.transposed else images)
        held.append(_columns(this, labels) if this.columns else labels + np.uint8(this.first_label))
    return {file: idx2numpy.convert_to_string(array) for file, array in zip(this.files, held, strict=True)}


def write_archive(path: Path, *names: str) -> dict[str, Arrays]:
    """The ZIP file ``path`` with the packed files of the EMNIST sets ``names``, in a folder, as it is published."""
    written = {name: pictures(name) for name in names}
    with zipfile.ZipFile(path, "w") as archive:
        for name, arrays in written.items():
            for file, content in idx_files(BY_NAME[name], arrays).items():
                archive.writestr(f"gzip/{file}.gz", gzip.compress(content, 1, mtime=0))
    return written


def small(this: IdxSet, **changes: object) -> IdxSet:
    """``this`` as if it were published with as many pictures as :func:`pictures` makes."""
    return replace(this, info=replace(this.info, n_train=N_TRAIN, n_test=N_TEST), **changes)  # type: ignore[arg-type]


def writers(labels: UInt8) -> np.ndarray:
    """Numbers of those who wrote QMNIST's digits with these ``labels``: there are three."""
    return 2000 + 150 * (np.arange(len(labels)) % 3)


def _columns(this: IdxSet, labels: UInt8) -> np.ndarray:
    """Class, series, writer, and numbers of no interest here."""
    found = np.zeros((len(labels), this.columns), np.int32)
    found[:, 0], found[:, 1], found[:, this.writer] = labels, 4, writers(labels)
    return found


def _write_usps(arrays: Arrays, folder: Path, packed: bool) -> None:
    from sklearn.datasets import dump_svmlight_file

    parts = ((arrays.train_images, arrays.train_labels), (arrays.test_images, arrays.test_labels))
    for file, (images, labels) in zip(usps.FILES, parts, strict=True):
        text = BytesIO()
        ink = images.reshape(len(images), -1) / 127.5 - 1
        dump_svmlight_file(ink, labels.astype(int) + 1, text, zero_based=False)
        content = bz2.compress(text.getvalue(), 1) if packed else text.getvalue()
        (folder / (file if packed else file.removesuffix(".bz2"))).write_bytes(content)
