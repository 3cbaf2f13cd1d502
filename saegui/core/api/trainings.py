"""A whole training by one call."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saegui.core import data
from saegui.core.api.models import load_data
from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import preset as preset_named
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.errors import RunError
from saegui.core.runs import folders
from saegui.core.runs.history import StepResult
from saegui.core.runs.run import Run
from saegui.core.training.devices import DEVICES

if TYPE_CHECKING:
    from saegui.core.api.tensorboard import TensorBoard
    from saegui.core.training.any_trainer import AnyTrainer
    from saegui.core.training.session import Session

Callback = Callable[[StepResult, "AnyTrainer"], object]


def train(
    out: str | Path,
    dataset: Dataset | str | Path = data.DEFAULT,
    *,
    preset: str | None = None,
    callback: Callback | None = None,
    log_dir: str | Path | None = None,
    device: str = DEVICES[0],
    threads: int | None = None,
    **parameters: Any,
) -> Run:
    """Train a sparse autoencoder into the new folder ``out``; returns its run, measured and saved.

    ``parameters`` are those of a training by their names, such as ``n_latents=256, k=16, arch="batch_topk"``; what is not
    given comes from the ``preset``, or is the default: docs/reference.md lists them. ``dataset``: as :func:`load_data`
    returns it, or what it takes. ``callback(step, trainer)`` is called after each step; when it returns True the training
    stops; ``saegui train --resume`` resumes it, as after Ctrl+C. Into ``log_dir`` go files for TensorBoard.
    ``device`` and ``threads``: as ``saegui train`` takes them; equal parameters, data, threads and devices give equal
    weights. A save that fails on the way, as on a full disk, is a warning, and is tried again.

    Raises:
        ConfigError: names the parameter, its value and the allowed values.
        DataError: the data set cannot be read.
        RunError: ``out`` exists, or cannot be written.
        DivergedError: the loss exploded; the run keeps the last good weights.
    """
    out = Path(out)
    base = preset_named(preset).config.model_dump() if preset else None
    folders.check_new(out)
    found = dataset if isinstance(dataset, Dataset) else load_data(dataset)
    config = make(with_kind({**parameters, "dataset": found.name}, base))
    from saegui.core.api.tensorboard import TensorBoard
    from saegui.core.training.devices import use_threads
    from saegui.core.training.session import Session

    board = None if log_dir is None else TensorBoard(Path(log_dir))
    try:
        use_threads(threads, windowless=True)
        session = Session(config, found, out, preset=preset, device=device)
        try:
            _advance(session, callback, board)
        finally:
            # After Ctrl+C, or an error of the callback, too: what was trained is kept.
            if session.run.status == "training":
                session.close()
        return session.run
    finally:
        if board is not None:
            board.close()


def _advance(session: Session, callback: Callback | None, board: TensorBoard | None) -> None:
    while not session.done:
        try:
            # Whoever is called after each step sees the weights that it left.
            session.advance(single=callback is not None)
        except RunError as error:
            warnings.warn(str(error), stacklevel=3)
        for note in session.checkpoints.take_notes():
            warnings.warn(note, stacklevel=3)
        if board is not None:
            board.record(session.recent, session.checkpoints)
        if callback is not None and any(callback(step, session.trainer) is True for step in session.recent):
            return
