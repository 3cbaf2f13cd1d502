"""MNIST from a folder of IDX files, from the cache, or from the network."""

from __future__ import annotations

import zlib
from pathlib import Path

from saegui.core.data import cache, idx
from saegui.core.data.dataset import Arrays, DatasetInfo, UInt8
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
)
FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""In the order of :class:`Arrays`; each may end in ``.gz``."""
BELOW = (".", "MNIST/raw", "raw")
"""Where the files lie in a folder that the user names; torchvision makes ``MNIST/raw``."""
KNOWN = {0xE0CB4AD2: INFO.title, 0x741A4657: "Fashion-MNIST"}
"""Data sets in MNIST's form, by the CRC-32 of the unpacked file of their training labels."""
REMEDY = (
    f"choose a folder that holds {', '.join(FILES)} (each as it is or .gz), there or in MNIST/raw below it."
)


def load(data_dir: Path | None, progress: Progress) -> Arrays:
    """The arrays from, in this order: ``data_dir`` if it is given; the cache; the network, after which they are cached.

    A folder holds the four IDX files, raw or ``.gz``, there or in ``MNIST/raw`` or ``raw`` below it. Raw files are
    memory-mapped, any number of images is taken, and nothing is downloaded. A damaged cache is downloaded again, and
    ``progress`` says so. The addresses are torchvision's, or those in the environment variable
    ``SAEGUI_MNIST_MIRRORS`` (base URLs separated by spaces).
    """
    return _cached(progress) if data_dir is None else _folder(data_dir, progress)


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


def _cached(progress: Progress) -> Arrays:
    folder = cache_folder()
    damage = ""
    try:
        if arrays := cache.read(folder, INFO):
            return arrays
    except DataError as error:
        damage = f"{error} "
        progress.report(0, INFO.download_bytes, f"{error} Downloading {INFO.title} again.")
    from saegui.core.data import download  # the network's modules take longer to import than the cache to map

    try:
        with cache.replacing(folder, INFO) as temporary:
            cache.write(temporary, download.fetch(FILES, INFO, progress))
    except DataError as error:
        raise DataError(f"{damage}{error}") from error
    arrays = cache.read(folder, INFO)
    assert arrays is not None
    return arrays


def _folder(data_dir: Path, progress: Progress) -> Arrays:
    files = locate(data_dir)
    sizes = [path.stat().st_size for path in files]
    arrays = []
    for index, path in enumerate(files):
        progress.report(sum(sizes[:index]), sum(sizes), f"Reading {path.name}")
        arrays.append(idx.read(path))
    progress.report(sum(sizes), sum(sizes), f"Read {data_dir}")
    for images, labels in ((0, 1), (2, 3)):
        _check(files[images], arrays[images], files[labels], arrays[labels])
    return Arrays(*arrays)


def locate(data_dir: Path) -> list[Path]:
    """The four files in or below ``data_dir``; the first place that has them all wins."""
    try:
        if not data_dir.exists():
            raise DataError(f"The data folder {data_dir} does not exist; {REMEDY}")
        if not data_dir.is_dir():
            raise DataError(f"{data_dir} is a file, not a folder; {REMEDY}")
        places = [(data_dir / below, _files(data_dir / below)) for below in BELOW]
    except OSError as error:
        raise DataError(f"{data_dir} cannot be read ({error.strerror or error}); {REMEDY}") from error
    for _, files in places:
        found = [file for file in files.values() if file is not None]
        if len(found) == len(FILES):
            return found
    for folder, files in places:
        missing = [name for name, file in files.items() if file is None]
        if len(missing) < len(FILES):
            raise DataError(
                f"{folder} holds only a part of MNIST; add {', '.join(missing)} (each as it is or .gz), "
                "or choose another folder."
            )
    raise DataError(f"{data_dir} holds no MNIST files; {REMEDY}")


def _files(folder: Path) -> dict[str, Path | None]:
    """For each of FILES the file that holds it, unpacked before packed, or None."""
    found: dict[str, Path | None] = {}
    for name in FILES:
        # Some programs unpack train-images-idx3-ubyte.gz to train-images.idx3-ubyte.
        names = [f"{each}{end}" for end in ("", ".gz") for each in (name, name.replace("-idx", ".idx"))]
        found[name] = next((path for each in names if (path := folder / each).is_file()), None)
    return found


def title(arrays: Arrays, folder: Path) -> str:
    """What to call the images of a user's folder: many data sets have MNIST's file names and shapes."""
    labels = arrays.train_labels
    known = KNOWN.get(zlib.crc32(b"\0\0\x08\x01" + len(labels).to_bytes(4, "big") + labels.tobytes()))
    named = folder.absolute()
    return known or f"{named.parent.name if named.name == 'raw' else named.name} (not MNIST)"


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


SOURCE = Source(
    INFO, load, available, folder="the MNIST files (raw or .gz, there or in MNIST/raw below it)", title=title
)
