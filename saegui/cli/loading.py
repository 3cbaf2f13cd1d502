"""Reading a run's data set, with progress."""

from __future__ import annotations

from pathlib import Path

from saegui.cli import output
from saegui.core import data
from saegui.core.data import Dataset, Origin, remembered
from saegui.core.errors import DataError
from saegui.core.files import paths, refusals
from saegui.core.runs.run import Run


def load_data(name: str, data_dir: Path | None, origin: Origin | None = None) -> Dataset:
    """The data set from ``data_dir``; without it from where a run has its images from, ``origin``, or from the cache.

    It is downloaded where none of them has it and the run was not trained on files of the user's own. What the user should
    know of the files is said on stderr. Raises DataError with the remedy.
    """
    try:
        folder = data_dir or data.place(name, origin)
        with output.data_progress() as progress:
            dataset = data.load(name, folder, progress=progress)
    except DataError as error:
        if data_dir is not None or data.available(name):
            raise
        raise DataError(f"{error} Give the file or the folder with --data-dir.") from error
    for note in dataset.notes:
        output.say(note)
    return dataset


def load_new(name: str, data_dir: Path | None) -> Dataset:
    """As :func:`load_data`, for a new training: a data set that the user set up is known by its name from now on."""
    dataset = load_data(name, data_dir)
    if dataset.added is not None:
        try:
            remembered.remember(dataset.added, dataset.shape)
        except OSError as error:
            output.say(f"The name {name} is not remembered: {refusals.unwritable(paths.home(), error)}")
    return dataset


def load_images_of(run: Run, data_dir: Path | None) -> Dataset:
    """The data set of ``run``, from ``data_dir`` or from where :func:`load_data` looks; says where it is not what it was."""
    dataset = load_data(run.config.dataset, data_dir, run.origin)
    # Inputs of another shape are refused where they are used.
    if dataset.shape == run.shape and (changed := dataset.changed_since(run.origin)):
        output.say(changed)
    return dataset


def load_local_images_of(run: Run, data_dir: Path | None) -> Dataset | None:
    """As :func:`load_images_of` if that needs no network, else None; raises DataError for a folder that does not hold it.

    None also for a run whose data set this program does not know.
    """
    name, origin = run.config.dataset, run.origin
    if name not in data.DATASETS:
        return None
    if (
        data_dir is None
        and not data.available(name)
        and not (origin is not None and origin.folder is not None and data.available(name, origin.folder))
    ):
        return None
    return load_images_of(run, data_dir)
