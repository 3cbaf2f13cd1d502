"""The Olivetti faces: 400 pictures of 40 people, 64×64, from a folder, from the cache, or from the network.

F. Samaria, A. Harter (1994), Parameterisation of a stochastic model for human face identification, AT&T Laboratories
Cambridge; the smaller pictures are Sam Roweis's. scikit-learn keeps them in ``olivetti_py3.pkz``, a zlib-packed pickle
of one array. The pickle is taken apart and never run: its opcodes say the shape, and the numbers follow them.
"""

from __future__ import annotations

import pickletools
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from saegui.core.data import cache
from saegui.core.data.dataset import Arrays, DatasetInfo, UInt8
from saegui.core.data.options import Options
from saegui.core.data.source import Source
from saegui.core.data.split import stratified
from saegui.core.errors import DataError
from saegui.core.files import paths
from saegui.core.progress import Progress

PEOPLE, PER_PERSON = 40, 10
SIDE = 64
N = PEOPLE * PER_PERSON
TEST_SHARE = 0.2
SPLIT_SEED = 0
RECIPE = 1
"""Names the cache; raised when :func:`pictures` or the split changes."""

INFO = DatasetInfo(
    "olivetti",
    "Olivetti faces",
    "400 photographs of 40 people, 64×64; fetched once (4 MB) or read from a folder.",
    (SIDE, SIDE),
    round(N * (1 - TEST_SHARE)),
    round(N * TEST_SHARE),
    tuple(f"person {index + 1}" for index in range(PEOPLE)),
    download_bytes=4_200_000,  # the published size; scikit-learn names only the sum
    credit="AT&T Laboratories Cambridge",
    licence="for research; credit AT&T Laboratories Cambridge",
    home="https://cam-orl.co.uk/facedatabase.html",
    ink=False,
)

PACKED, MATLAB = "olivetti_py3.pkz", "olivettifaces.mat"
FILES = (PACKED, MATLAB)
"""As scikit-learn keeps them, and as they are published."""
ADDRESS = "https://ndownloader.figshare.com/files/5976027"
SHA256 = "b612fb967f2dc77c9c62d3e1266e0c73d5fca46a4b8906c18e454d41af987794"
"""Of ``olivettifaces.mat`` at that address; both are scikit-learn's."""
MAX_BYTES = 16 * N * SIDE * SIDE
"""More than any file of these pictures holds, unpacked: what is longer is something else."""
REMEDY = f"choose a folder that holds scikit-learn's {PACKED}, or {MATLAB}."


def load(folder: Path | None, options: Options, progress: Progress) -> Arrays:
    """The arrays from ``folder`` if it is given, else from the cache, else from the network, after which they are cached.

    Of each person 2 of the 10 pictures are for testing, the same ones at every call.
    """
    if folder is not None:
        return _arrays(_read(locate(folder)))
    return cache.kept_or_fetched(cache_folder(), INFO, _fetched, progress)


def available(folder: Path | None) -> bool:
    """Whether ``load`` needs no network: one of the files is in the folder, or the cache is there and whole."""
    return cache.is_here(folder, locate, lambda: cache.read(cache_folder(), INFO))


def cache_folder() -> Path:
    """Where the pictures are kept once they were downloaded."""
    return paths.data_cache() / f"olivetti-{RECIPE}"


def locate(folder: Path) -> Path:
    """The file of :data:`FILES` in ``folder``, or in a folder of that name below it."""
    try:
        for place in (folder, folder / "olivetti"):
            for name in FILES:
                if (place / name).is_file():
                    return place / name
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror or error}); {REMEDY}") from error
    if not folder.exists():
        raise DataError(f"The data folder {folder} does not exist; {REMEDY}")
    raise DataError(f"{folder} does not hold {INFO.title}; {REMEDY}")


def pictures(columns: UInt8) -> UInt8:
    """``(400, 4096)`` grey levels, each picture column by column → ``(400, 64, 64)``, the darkest level of all 0."""
    upright = columns.reshape(N, SIDE, SIDE).transpose(0, 2, 1)
    levels: UInt8 = np.ascontiguousarray(upright - columns.min())
    return levels


def _arrays(columns: UInt8) -> Arrays:
    images, labels = pictures(columns), np.repeat(np.arange(PEOPLE, dtype=np.uint8), PER_PERSON)
    train, test = stratified(labels, TEST_SHARE, SPLIT_SEED)
    return Arrays(images[train], labels[train], images[test], labels[test])


def _fetched(progress: Progress) -> Arrays:
    from saegui.core.data import download  # the network's modules take longer to import than the cache to map

    return _arrays(_matlab(download.fetch_file(ADDRESS, MATLAB, SHA256, INFO, progress), ADDRESS))


def _read(path: Path) -> UInt8:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} is larger than any file of {INFO.title}; {REMEDY}")
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}); {REMEDY}") from error
    return _matlab(data, str(path)) if path.name == MATLAB else _packed(data, str(path))


def _matlab(data: bytes, name: str) -> UInt8:
    """The array ``faces`` of a MATLAB file, a picture a row."""
    from scipy.io import loadmat

    try:
        faces = loadmat(BytesIO(data), variable_names=["faces"])["faces"]
    except Exception as error:
        # What scipy raises for a file that is no MATLAB file depends on its bytes, like IndexError for a text.
        raise DataError(f"{name} is not a MATLAB file of {INFO.title} ({error}); {REMEDY}") from error
    return _checked(np.asarray(faces).T, name)


def _packed(data: bytes, name: str) -> UInt8:
    """The array of a zlib-packed joblib file, a picture a row, found without running the pickle around it."""
    try:
        values = _array_in(zlib.decompressobj().decompress(data, MAX_BYTES))
    except (zlib.error, ValueError, IndexError) as error:
        raise DataError(f"{name} is not scikit-learn's file of {INFO.title} ({error}); {REMEDY}") from error
    return _checked(values, name)


def _array_in(plain: bytes) -> UInt8:
    """The bytes that follow the description of one array in a joblib pickle.

    joblib writes the description, one byte that counts the padding, the padding, the values, and the final opcode.

    Raises:
        ValueError: the description is not that of :data:`N` rows of bytes.
    """
    shape = (N, SIDE * SIDE)
    words, end = _description(plain)
    wanted = ("joblib.numpy_pickle", "NumpyArrayWrapper", "C", "u1", *shape)
    if missing := [word for word in wanted if word not in words]:
        raise ValueError(f"its description lacks {missing[0]}")
    start = end + 1 + plain[end]
    if len(plain) != start + N * SIDE * SIDE + 1:
        raise ValueError(f"{len(plain):,} bytes where {start + N * SIDE * SIDE + 1:,} belong")
    return np.frombuffer(plain, np.uint8, N * SIDE * SIDE, start).reshape(shape)


def _description(plain: bytes) -> tuple[list[Any], int]:
    """The words and numbers before the values, and where the values' padding begins."""
    words: list[Any] = []
    builds = 0
    for opcode, argument, position in pickletools.genops(plain):
        words.append(argument)
        builds += opcode.name == "BUILD"
        if builds == 2 and position is not None:  # of the type of values, then of the array
            return words, position + 1
    raise ValueError("it describes no array")


def _checked(values: Any, name: str) -> UInt8:
    """``values`` as grey levels ``(400, 4096)``; some copies of the MATLAB file hold them as floating-point numbers."""
    found: UInt8 = values.astype(np.uint8) if values.dtype.kind in "iuf" else np.empty(0, np.uint8)
    if values.shape != (N, SIDE * SIDE) or not np.array_equal(found, values):
        raise DataError(
            f"{name} holds {values.dtype} {values.shape} where {INFO.title} are {N} × {SIDE * SIDE} whole "
            f"numbers from 0 to 255; {REMEDY}"
        )
    return found


SOURCE = Source(INFO, load, available, folder=f"{PACKED} or {MATLAB}")
