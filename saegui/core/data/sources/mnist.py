"""MNIST from a folder of IDX files, from the cache, or from the network."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

from saegui.core.data import cache, copies, idx, lookalikes
from saegui.core.data.dataset import Arrays, DatasetInfo, Found, UInt8
from saegui.core.data.options import Options
from saegui.core.data.source import Source
from saegui.core.errors import DataError
from saegui.core.files import paths
from saegui.core.progress import Progress

INFO = DatasetInfo(
    "mnist",
    "MNIST",
    "70,000 handwritten digits, 28×28, from 836 writers; fetched once (11 MB) or read from a folder.",
    (28, 28),
    60_000,
    10_000,
    tuple("0123456789"),
    download_bytes=11_594_722,
    credit="LeCun, Cortes and Burges",
    licence="CC BY-SA 3.0",
    home="http://yann.lecun.com/exdb/mnist/",
)
FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""In the order of :class:`Arrays`; each may end in ``.gz``."""
ORIGINALS = dict(zip(FILES, (0xE9F4D8B3, 0xE0CB4AD2, 0x91373BDF, 0x4AB9EFF9), strict=True))
"""CRC-32 of each file, unpacked."""
BELOW = (".", "MNIST/raw", "raw", "MNIST")
"""Where the files lie in a folder that the user names; torchvision makes ``MNIST/raw``."""
REMEDY = (
    f"choose a folder that holds {', '.join(FILES)} (each as it is or .gz), there or in MNIST/raw below it."
)


def load(data_dir: Path | None, options: Options, progress: Progress) -> Arrays | Found:
    """The arrays from, in this order: ``data_dir`` if it is given; the cache; the network, after which they are cached.

    A folder holds the four IDX files, raw or ``.gz``, there or in one of :data:`BELOW`. Raw files are memory-mapped, any
    number of images is taken, and nothing is downloaded. Where it holds another data set in MNIST's form, that is said and
    it is called by its own name. A damaged cache is downloaded again, and
    ``progress`` says so. The addresses are torchvision's, or those in the environment variable
    ``SAEGUI_MNIST_MIRRORS`` (base URLs separated by spaces).
    """
    if data_dir is not None:
        return _folder(data_dir, progress)
    return cache.kept_or_fetched(cache_folder(), INFO, _fetched, progress)


def available(data_dir: Path | None) -> bool:
    """True when ``load`` needs no network: the folder holds all four files, or the cache is there and
    whole."""
    try:
        if data_dir is None:
            return cache.read(cache_folder(), INFO) is not None
        locate(data_dir)
    except DataError:
        return False
    return True


def cache_folder() -> Path:
    """Where the downloaded MNIST is kept."""
    return paths.data_cache() / "mnist"


def _fetched(progress: Progress) -> Arrays:
    from saegui.core.data import download  # the network's modules take longer to import than the cache to map

    return download.fetch(FILES, INFO, progress)


def _folder(data_dir: Path, progress: Progress) -> Found:
    files = [
        copies.choose(paths, ORIGINALS[name]) for name, paths in zip(FILES, locate(data_dir), strict=True)
    ]
    sizes = [file.path.stat().st_size for file in files]
    found = []
    for index, file in enumerate(files):
        progress.report(sum(sizes[:index]), sum(sizes), f"Reading {file.path.name}")
        found.append(idx.read(file.path))
    progress.report(sum(sizes), sum(sizes), f"Read {data_dir}")
    for images, labels in ((0, 1), (2, 3)):
        _check(files[images].path, found[images], files[labels].path, found[labels])
    title, note = _identity(found, files[1].path)
    return Found(
        Arrays(*found), title, tuple(each for each in (note, *(file.note for file in files)) if each)
    )


def _identity(arrays: list[UInt8], labels: Path) -> tuple[str, str]:
    """What to call the images, and a sentence where they are not MNIST: many data sets have its file names and shapes."""
    checksums = dict(zip(FILES, map(idx.checksum, arrays), strict=True))
    if checksums == ORIGINALS:
        return INFO.title, ""
    folder = labels.absolute().parent
    if known := lookalikes.by_labels(checksums[FILES[1]], checksums[FILES[3]], labels):
        return known, f"{folder} holds {known}, not MNIST: its labels show it."
    named = folder.parent.name if folder.name == "raw" else folder.name
    different = [name for name in FILES if checksums[name] != ORIGINALS[name]]
    verb = "is" if len(different) == 1 else "are"
    part = f": {' and '.join(different)} {verb} not as published" if len(different) < len(FILES) else ""
    size = math.prod(INFO.shape)
    what = "image" if len(arrays[0]) == 1 else "images"
    return f"{named} (not MNIST)", (
        f"{folder} holds {len(arrays[0]):,} training {what} of {size} values that are not MNIST's{part}."
    )


def locate(data_dir: Path) -> list[list[Path]]:
    """Of each of FILES the copies in or below ``data_dir``; the first place that has all four wins."""
    try:
        if not data_dir.exists():
            raise DataError(f"The data folder {data_dir} does not exist; {REMEDY}")
        if not data_dir.is_dir():
            raise DataError(f"{data_dir} is a file, not a folder; {REMEDY}")
        places = [(data_dir / below, _files(data_dir / below)) for below in BELOW]
        for _, files in places:
            if all(files.values()):
                return list(files.values())
        for folder, files in places:
            if any(files.values()):
                raise DataError(_partial(folder, files))
        seen = lookalikes.look(data_dir)
    except OSError as error:
        raise DataError(f"{data_dir} cannot be read ({error.strerror or error}); {REMEDY}") from error
    if seen is None:
        raise DataError(f"{data_dir} holds no MNIST files; {REMEDY}")
    here = seen.path.relative_to(data_dir)
    if _is_complete(seen.path):
        raise DataError(
            f"{data_dir} holds no MNIST files, but those of {seen.title} in {here}, {seen.why}; "
            f"choose {seen.path} to use them, or another folder."
        )
    raise DataError(
        f"{data_dir} holds no MNIST files, but those of {seen.title} ({here}), {seen.why}; {REMEDY}"
    )


def _is_complete(folder: Path) -> bool:
    return folder.is_dir() and all(_files(folder).values())


def _partial(folder: Path, files: dict[str, list[Path]]) -> str:
    missing = [name for name, copies in files.items() if not copies]
    # Something has the name: that is what has to be looked at.
    for name in missing:
        if os.path.lexists(path := folder / name) and (kind := paths.unreadable_kind(path)):
            return f"{path} is {kind}; bring the file itself, or choose another folder."
    return (
        f"{folder} holds only a part of MNIST; add {', '.join(missing)} (each as it is or .gz), "
        "or choose another folder."
    )


def _files(folder: Path) -> dict[str, list[Path]]:
    """For each of FILES the files that hold it, unpacked before packed."""
    return {name: [path for path in _spellings(folder, name) if path.is_file()] for name in FILES}


def _spellings(folder: Path, name: str) -> Iterator[Path]:
    """Where ``name`` may be: some programs unpack it to a dotted name, others into a folder of the same name."""
    names = (name, name.replace("-idx", ".idx"))
    for end in ("", ".gz"):
        for place in (folder, *(folder / each for each in names)):
            yield from (place / f"{each}{end}" for each in names)


def _check(images_path: Path, images: UInt8, labels_path: Path, labels: UInt8) -> None:
    if images.ndim != 3 or images.shape[1:] != INFO.shape:
        sizes = "×".join(str(size) for size in images.shape[1:]) or "single values"
        raise DataError(
            f"{images_path} holds images of {sizes} where MNIST's are {INFO.shape_text}; "
            "choose a folder with MNIST's own files."
        )
    if labels.ndim != 1 or len(labels) != len(images):
        raise DataError(
            f"{labels_path} holds labels of shape {labels.shape} for the {len(images):,} images of "
            f"{images_path.name}; both must come from the same data set."
        )
    if (highest := int(labels.max())) >= len(INFO.classes):
        raise DataError(
            f"{labels_path} holds the label {highest}, but MNIST's go up to {len(INFO.classes) - 1}; "
            "choose a folder with MNIST's own files."
        )


SOURCE = Source(INFO, load, available, folder="the MNIST files (raw or .gz, there or in MNIST/raw below it)")
