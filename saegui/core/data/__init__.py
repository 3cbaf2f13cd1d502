"""Data sets as uint8 images with labels: loaded from a folder, from the cache, or fetched."""

from __future__ import annotations

from pathlib import Path

from saegui.core.data.dataset import (
    DATASETS,
    Arrays,
    Dataset,
    DatasetInfo,
)
from saegui.core.errors import DataError
from saegui.core.progress import UNWATCHED, Progress

__all__ = ["DATASETS", "Dataset", "DatasetInfo", "available", "load"]


def load(
    name: str,
    data_dir: Path | None = None,
    *,
    progress: Progress = UNWATCHED,
) -> Dataset:
    """The data set ``name``, a key of :data:`DATASETS`.

    ``mnist`` comes from, in this order: ``data_dir`` if given, a folder with the four IDX files, raw or
    ``.gz``, there or in ``MNIST/raw`` or ``raw`` below it (raw files are memory-mapped, any number of images
    is taken, nothing is ever downloaded); the cache in :func:`saegui.core.files.paths.data_cache`, memory-mapped;
    torchvision's mirrors, or those in the environment variable ``SAEGUI_MNIST_MIRRORS`` (base URLs separated
    by spaces), after which the cache is written. A damaged cache is downloaded again, and ``progress`` says
    so.

    ``digits`` needs neither network nor ``data_dir`` (which it ignores); the first call prepares and caches
    it; where no cache can be written, ``progress`` says so, and every call prepares it.

    ``progress`` counts bytes, several times a second also while a mirror is silent; the count goes back when a
    mirror fails and another begins.

    Raises:
        DataError: names the file, folder or mirrors and the remedy; nothing half written is left.
        Cancelled: ``progress`` gave the work up; nothing is left.
    """
    info = _info(name)
    return _dataset(info, _arrays(name, data_dir, progress))


def available(name: str, data_dir: Path | None = None) -> bool:
    """True when :func:`load` needs no network: ``digits`` always, ``mnist`` with its cache or a folder of it.

    The content of the files in ``data_dir`` is not looked at: that they are broken, :func:`load` says.

    Raises:
        DataError: there is no data set ``name``.
    """
    from saegui.core.data.sources import mnist

    return _info(name).name != "mnist" or mnist.available(data_dir)


def _arrays(name: str, data_dir: Path | None, progress: Progress) -> Arrays:
    if name == "mnist":
        from saegui.core.data.sources import mnist

        return mnist.load(data_dir, progress)
    from saegui.core.data.sources import digits

    return digits.load(progress)


def _dataset(info: DatasetInfo, arrays: Arrays) -> Dataset:
    return Dataset(info.name, info.title, **arrays._asdict(), classes=info.classes)


def _info(name: str) -> DatasetInfo:
    if name not in DATASETS:
        raise DataError(f"There is no data set '{name}'; choose one of {', '.join(DATASETS)}.")
    return DATASETS[name]
