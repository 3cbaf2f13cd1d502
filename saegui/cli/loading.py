"""Reading a run's data set, with progress."""

from __future__ import annotations

from pathlib import Path

from saegui.cli import output
from saegui.core import data
from saegui.core.data import Dataset
from saegui.core.errors import DataError


def load_data(name: str, data_dir: Path | None, trained_in: Path | None = None) -> Dataset:
    """The data set from ``data_dir``; without it from ``trained_in``, the folder that a run was trained on, or the cache.

    It is downloaded where none of them has it and the run was not trained on files of the user's own. Raises DataError
    with the remedy.
    """
    try:
        folder = data_dir or data.place(name, trained_in)
        with output.data_progress() as progress:
            dataset = data.load(name, folder, progress=progress)
    except DataError as error:
        if data_dir is not None or data.available(name):
            raise
        raise DataError(f"{error} Give the folder with --data-dir.") from error
    for note in dataset.notes:
        output.say(note)
    return dataset


def load_local_data(name: str, data_dir: Path | None, trained_in: Path | None = None) -> Dataset | None:
    """The data set if it needs no network, else None; raises DataError for a folder that does not hold it.

    None also for a run whose data set this program does not know.
    """
    if name not in data.DATASETS:
        return None
    if data_dir is None and not data.available(name) and not data.available(name, trained_in):
        return None
    return load_data(name, data_dir, trained_in)
