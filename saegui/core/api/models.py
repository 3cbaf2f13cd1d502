"""Runs, data sets and codes by one call each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core import data
from saegui.core.arrays import Array, shape_text
from saegui.core.data import Dataset, adding, remembered
from saegui.core.errors import DataError, RunError
from saegui.core.files import paths
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.runs import folders
from saegui.core.runs.run import STARTER_NAME, Run, open_run, starter_run


def load_run(run: str | Path) -> Run:
    """Open a run: a folder, a folder or name among the window's runs, or ``"starter"``, which comes with saegui.

    ``run.latest()`` is its model, ``run.at(step)`` an earlier one, ``run.history()`` its curves.

    Raises:
        RunError: there is no such run, it cannot be opened, or several runs have this name.
    """
    found = _found(run)
    data.know(found.config.dataset, found.origin, found.shape)
    return found


def load_data(
    name: str | Path,
    folder: str | Path | None = None,
    *,
    progress: Progress = UNWATCHED,
    **options: bool | int | float | str,
) -> Dataset:
    """A data set: one of ``saegui datasets``, or a file or folder of yours, read with the ``options`` of its reader.

    ``folder`` holds the files of a data set that is downloaded otherwise, such as MNIST's four.

    Raises:
        DataError: names the file, folder, option or addresses, and what to do.
    """
    remembered.know_all()
    known = adding.name_of(str(name), options, progress)
    return data.load(known, None if folder is None else Path(folder), progress=progress)


def encode(model: Run | Snapshot, inputs: NDArray[Any] | Dataset) -> Array:
    """The codes ``(N, n_latents)``, float32, of ``inputs``; zero where a latent is not active.

    ``inputs`` are ``(N, *shape)`` or one of ``shape``, as bytes or as numbers of the model's own scale, in which bytes are
    0 to 1; of a data set, its test inputs. :meth:`Snapshot.batches` encodes more than memory holds.

    Raises:
        DataError: the inputs have another shape than the model reads.
    """
    snapshot = model.latest() if isinstance(model, Run) else model
    rows = inputs.test_images if isinstance(inputs, Dataset) else np.asarray(inputs)
    if rows.shape == snapshot.shape:
        rows = rows[np.newaxis]
    if rows.shape[1:] != snapshot.shape:
        raise DataError(
            f"The inputs have the shape {shape_text(rows.shape)}; the model reads {shape_text(snapshot.shape)}: give "
            f"an array of shape (N, {', '.join(map(str, snapshot.shape))})."
        )
    if rows.dtype != np.uint8:
        rows = rows.astype(np.float32)
    codes = np.empty((len(rows), snapshot.n_latents), np.float32)
    for chosen, _, z in snapshot.batches(rows):
        codes[chosen] = z
    return codes


def _found(run: str | Path) -> Run:
    text = str(run)
    if text == STARTER_NAME:
        return starter_run()
    if not text:
        raise RunError("RUN is empty; give a folder, a name that 'saegui runs' lists, or 'starter'.")
    if _is_dir(Path(text)):
        return open_run(Path(text))
    if Path(text).name == text and _is_dir(paths.runs_dir() / text):
        return open_run(paths.runs_dir() / text)
    named = [found for found in folders.list_runs() if found.name == text]
    if len(named) > 1:
        listed = ", ".join(found.path.name for found in named)
        raise RunError(f"{len(named)} runs are named '{text}'; choose one by its folder: {listed}.")
    if not named:
        raise RunError(
            f"There is no run '{text}', neither as a folder nor among those in {paths.runs_dir()}; "
            "'saegui runs' lists them."
        )
    return open_run(named[0].path)


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        # A name too long or a folder one may not look into is no run that could be opened.
        return False
