"""Reading a run's data set, with progress."""

from __future__ import annotations

from pathlib import Path

from saegui.cli import output
from saegui.core import data
from saegui.core.data import Dataset
from saegui.core.errors import DataError


def load_data(name: str, data_dir: Path | None) -> Dataset:
    """The data set, downloaded if it is not here; raises DataError with the remedy."""
    try:
        with output.data_progress() as progress:
            return data.load(name, data_dir, progress=progress)
    except DataError as error:
        if data_dir is not None or data.available(name):
            raise
        raise DataError(f"{error} Give the folder with --data-dir.") from error


def load_local_data(name: str, data_dir: Path | None) -> Dataset | None:
    """The data set if it needs no network, else None; raises DataError for a folder that does not hold it.

    None also for a run whose data set this program does not know.
    """
    if name not in data.DATASETS or (data_dir is None and not data.available(name)):
        return None
    return load_data(name, data_dir)
