"""USPS: 9,298 digits from envelopes, 16×16, from a folder, from the cache, or from the network.

J. Hull (1994), A database for handwritten text recognition research, IEEE PAMI 16. Its files are texts in the format of
LIBSVM: a line a picture, with the digit plus 1 and the ink of each pixel from −1 to 1.
"""

from __future__ import annotations

import hashlib
from math import prod
from pathlib import Path

import numpy as np

from saegui.core.data import cache
from saegui.core.data.dataset import Arrays, DatasetInfo, Found, UInt8
from saegui.core.data.options import Options
from saegui.core.data.source import Source
from saegui.core.errors import DataError, reason
from saegui.core.files import paths
from saegui.core.progress import Progress

INFO = DatasetInfo(
    "usps",
    "USPS",
    "9,298 handwritten digits from envelopes, 16×16; fetched once (8 MB) or read from a folder.",
    (16, 16),
    7_291,
    2_007,
    tuple("0123456789"),
    download_bytes=8_411_109,
    credit="Hull (US Postal Service); LIBSVM's copy",
    licence="none stated; for research",
    home="https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
)
FILES = ("usps.bz2", "usps.t.bz2")
"""Of training and test pictures; each may be unpacked, without ``.bz2``."""
TORCHVISION, VARIABLE = "USPS", "SAEGUI_USPS_MIRRORS"
"""The class that knows where the files are, and what names other addresses."""
SUMS = ("ec16c51db3855ca6c91edd34d0e9b197", "8ea070ee2aca1ac39742fdd1ef5ed118")
"""MD5 of :data:`FILES`, packed (torchvision's)."""
MOST_BYTES = 64 << 20
"""More than either file has, unpacked."""
REMEDY = f"choose a folder that holds {' and '.join(FILES)}, there or in USPS below it."


def load(folder: Path | None, options: Options, progress: Progress) -> Arrays | Found:
    """The arrays from ``folder`` if it is given, else from the cache, else from the network, after which they are cached."""
    if folder is None:
        return cache.kept_or_fetched(cache_folder(), INFO, _fetched, progress)
    files = locate(folder)
    parts = []
    for index, path in enumerate(files):
        progress.report(index, len(files), f"Reading {path.name}")
        parts.append(_read(path))
    progress.report(len(files), len(files), f"Read {folder}")
    arrays = Arrays(*parts[0], *parts[1])
    if _are_published(files, arrays):
        return Found(arrays, INFO.title)
    where = files[0].absolute().parent
    note = f"{where} holds {len(arrays.train_images):,} training images of 256 values that are not USPS's."
    return Found(arrays, f"{where.name} (not USPS)", (note,))


def available(folder: Path | None) -> bool:
    """Whether ``load`` needs no network: both files are in the folder, or the cache is there and whole."""
    return cache.is_here(folder, locate, lambda: cache.read(cache_folder(), INFO))


def cache_folder() -> Path:
    """Where the pictures are kept once they were downloaded."""
    return paths.data_cache() / INFO.name


def locate(folder: Path) -> list[Path]:
    """The two files in ``folder``, or in USPS below it, packed or not."""
    try:
        if not folder.exists():
            raise DataError(f"The data folder {folder} does not exist; {REMEDY}")
        for place in (folder, folder / "USPS", folder / "USPS" / "raw"):
            found = [_file(place, name) for name in FILES]
            whole = [path for path in found if path is not None]
            if len(whole) == len(FILES):
                return whole
            if whole:
                missing = next(name for name, path in zip(FILES, found, strict=True) if path is None)
                raise DataError(
                    f"{place} holds only a part of USPS; add {missing}, or choose another folder."
                )
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror or error}); {REMEDY}") from error
    raise DataError(f"{folder} holds no USPS files; {REMEDY}")


def _file(place: Path, name: str) -> Path | None:
    packed, plain = place / name, place / name.removesuffix(".bz2")
    return packed if packed.is_file() else plain if plain.is_file() else None


def _fetched(progress: Progress) -> Arrays:
    from saegui.core.data import download  # the network's modules take longer to import than the cache to map

    files = download.fetch_published(TORCHVISION, VARIABLE, INFO, progress)
    train, test = (_parsed(files[name], name) for name in FILES)
    return Arrays(*train, *test)


def _read(path: Path) -> tuple[UInt8, UInt8]:
    try:
        if paths.check_file(path).st_size > MOST_BYTES:
            raise DataError(f"{path} is larger than any file of USPS; {REMEDY}")
        return _parsed(path.read_bytes(), str(path))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}); {REMEDY}") from error


def _parsed(data: bytes, name: str) -> tuple[UInt8, UInt8]:
    """Images ``(N, 16, 16)``, bytes, and the digits ``(N,)``, of a file that is called ``name``."""
    from io import BytesIO

    from sklearn.datasets import load_svmlight_file

    text = _unpacked(data, name) if data.startswith(b"BZh") else data
    try:
        rows, labels = load_svmlight_file(BytesIO(text), n_features=prod(INFO.shape), zero_based=False)
    except Exception as error:
        # What scikit-learn raises for a text of another kind depends on where its parser stops.
        raise DataError(f"{name} is not a file of USPS ({reason(error)}); {REMEDY}") from error
    ink = rows.toarray()
    if not len(ink):
        raise DataError(f"{name} holds no pictures; {REMEDY}")
    if not (np.isfinite(ink).all() and ink.min() >= -1 and ink.max() <= 1):
        raise DataError(f"{name} holds values outside −1 to 1, the ink of USPS's pixels; {REMEDY}")
    if not np.isin(labels, np.arange(1, 11)).all():
        wrong = labels[~np.isin(labels, np.arange(1, 11))][0]
        raise DataError(f"{name} holds the label {wrong:g}, but USPS's are from 1 to 10; {REMEDY}")
    images = np.round((ink + 1) / 2 * 255).astype(np.uint8).reshape(-1, *INFO.shape)
    return images, (labels - 1).astype(np.uint8)


def _unpacked(data: bytes, name: str) -> bytes:
    import bz2

    unpacker = bz2.BZ2Decompressor()
    try:
        text = unpacker.decompress(data, MOST_BYTES)
    except (OSError, ValueError) as error:
        raise DataError(f"{name} is damaged ({error}); {REMEDY}") from error
    if not unpacker.eof:
        more = "is longer than any file of USPS" if len(text) >= MOST_BYTES else "is truncated"
        raise DataError(f"{name} {more}; {REMEDY}")
    return text


def _are_published(files: list[Path], arrays: Arrays) -> bool:
    """By the sums of the packed files; of files that were unpacked, by the numbers of pictures and the digits in them."""
    if all(path.suffix == ".bz2" for path in files):
        found = tuple(hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() for path in files)
        return found == SUMS
    counts = (len(arrays.train_images), len(arrays.test_images))
    return counts == (INFO.n_train, INFO.n_test) and len(np.unique(arrays.test_labels)) == len(INFO.classes)


SOURCE = Source(
    INFO, load, available, folder="the USPS files (usps.bz2 and usps.t.bz2, there or in USPS below it)"
)
