"""MNIST downloaded once, and broken IDX files."""

from __future__ import annotations

import gzip
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import registry
from saegui.core.data.idx_set import MNIST_FILES
from saegui.core.data.sources.mnist_family import MNIST
from saegui.core.files.paths import HOME_VARIABLE
from tests.mirror import Mirror


@pytest.fixture(scope="session")
def downloaded(mnist_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which MNIST was downloaded; treat it as read-only."""
    home = tmp_path_factory.mktemp("downloaded")
    mirror = Mirror(mnist_dir)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(home))
        patch.setenv(MNIST.variable, mirror.url)
        patch.setenv("no_proxy", "127.0.0.1")
        data.load("mnist")
    mirror.close()
    return home


@pytest.fixture
def cached(downloaded: Path, own_home: Path) -> Path:
    """The test's own cache folder of MNIST, whose files (links) may be replaced, not written into."""
    shutil.copytree(downloaded / "data", own_home / "data", copy_function=os.link)
    return own_home / "data" / "mnist"


def _idx_bytes(array: np.ndarray, code: int = 8) -> bytes:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.tobytes()


@pytest.fixture(scope="session")
def idx_bytes() -> Callable[..., bytes]:
    """``idx_bytes(array, code=8)``: the array as an IDX file."""
    return _idx_bytes


@pytest.fixture
def small() -> dict[str, np.ndarray]:
    """The four arrays of a small data set in MNIST's format, by file name."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (30, 28, 28), dtype=np.uint8)
    labels = (np.arange(30) % 10).astype(np.uint8)
    return dict(zip(MNIST_FILES, (images, labels, images[:10], labels[:10]), strict=True))


@pytest.fixture
def write_folder(tmp_path: Path) -> Callable[..., Path]:
    """``write_folder(arrays, below=".", packed=False)``: IDX files below a new folder, which it returns."""

    def write(arrays: dict[str, np.ndarray], below: str = ".", packed: bool = False) -> Path:
        folder = tmp_path / "chosen"
        (folder / below).mkdir(parents=True, exist_ok=True)
        for name, array in arrays.items():
            content = _idx_bytes(array)
            path = folder / below / (f"{name}.gz" if packed else name)
            path.write_bytes(gzip.compress(content, 1, mtime=0) if packed else content)
        return folder

    return write


@pytest.fixture(autouse=True)
def _added_are_forgotten() -> Iterator[None]:
    """What a test adds to the program is not there for the next one, whose lists and titles it would change."""
    before = set(registry.SOURCES)
    yield
    for name in set(registry.SOURCES) - before:
        if registry.SOURCES[name].added is not None:
            registry.forget(name)
