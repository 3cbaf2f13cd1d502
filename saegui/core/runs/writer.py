"""RunWriter: writes one run while it is trained, so that a training killed at any moment leaves a run that opens."""

from __future__ import annotations

import math
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from saegui.core.arrays import Shape
from saegui.core.config.schema import RunConfig, parameters
from saegui.core.config.variants import short
from saegui.core.errors import RunError
from saegui.core.files import locks, paths
from saegui.core.model import snapshot_file
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs import resume_state
from saegui.core.runs.folders import check_new, new_name
from saegui.core.runs.history import History
from saegui.core.runs.resume_state import State
from saegui.core.runs.run import (
    FORMER_SHAPE,
    RENAMING,
    WEIGHTS,
    Run,
    Status,
    open_run,
    snapshot_path,
    unwritable,
    write,
)

MAX_SNAPSHOTS = 32
MAX_SNAPSHOT_BYTES = 128 * 2**20
"""At most this many snapshots and this many bytes are kept of one training, however long it is."""


class RunWriter:
    """Writes one run while it trains; every file is replaced in one step."""

    def __init__(
        self,
        path: Path,
        config: RunConfig,
        *,
        shape: Shape = FORMER_SHAPE,
        name: str | None = None,
        created: datetime | None = None,
    ) -> None:
        """Create the folder, and take its lock; ``shape`` of one input; ``created``: when the training began, if not now.

        Raises:
            RunError: when ``path`` exists and is not an empty folder, cannot be written, or is trained by another.
        """
        self.run = Run(
            path=path,
            name=name or config.run_name,
            config=config,
            created=(created or datetime.now(UTC)).isoformat(timespec="milliseconds"),
            status="training",
            step=0,
            epoch=0.0,
            shape=shape,
        )
        check_new(path)
        self._made_folder = not path.exists()
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = locks.TrainingLock(path)
        except OSError as error:
            if self._made_folder:
                shutil.rmtree(path, ignore_errors=True)
            raise unwritable(path, error) from error

    @classmethod
    def reopen(cls, run: Run) -> RunWriter:
        """Continue to write an existing run; raises :class:`RunError` when another training writes it, or it cannot be written."""
        writer = cls.__new__(cls)
        writer.run, writer._made_folder = replace(run, status="training"), False
        try:
            writer._lock = locks.TrainingLock(run.path)
            for folder in (run.path, run.path / "snapshots"):
                paths.sweep(folder)
        except OSError as error:
            raise unwritable(run.path, error) from error
        return writer

    def release(self) -> None:
        """Let others train the run: nothing more is written."""
        self._lock.release()

    def abandon(self) -> None:
        """Remove everything that was written: the training could not begin, so there is no run."""
        self.release()
        if self._made_folder:
            shutil.rmtree(self.run.path, ignore_errors=True)
            return
        for child in self.run.path.iterdir():
            if child.is_dir():
                shutil.rmtree(child, ignore_errors=True)
            else:
                child.unlink(missing_ok=True)

    def keeps(self, epoch: int, epochs: int) -> bool:
        """Whether the snapshot at the end of ``epoch`` (1-based) is one of those kept along the way."""
        bytes_each = 8 * self.run.config.n_latents * math.prod(self.run.shape) + 4096
        count = max(2, min(MAX_SNAPSHOTS, MAX_SNAPSHOT_BYTES // bytes_each))
        return epoch % max(1, -(-epochs // count)) == 0

    def save(
        self,
        latest: Snapshot,
        history: History,
        *,
        keep: bool = False,
        status: Status = "training",
        metrics: dict[str, Any] | None = None,
        state: State | None = None,
    ) -> None:
        """Write the latest weights, the curves and the position; with ``keep`` also a snapshot for later.

        ``state`` is the trainer's state at the same step; without it the training cannot be resumed. With any ``status``
        but ``training`` the training has ended, and the run's lock is released.

        Raises:
            RunError: when the disk is full or the folder cannot be written; what was saved before stays whole.
        """
        path = self.run.path
        try:
            snapshot_file.save(latest, path / WEIGHTS)
            if keep:
                snapshot_file.save(latest, snapshot_path(path, latest.step))
            history.save(path / "history.npz")
            if state is not None:
                resume_state.save(path, latest.config, state)
            with RENAMING:
                updated = replace(
                    self.run,
                    name=_following(self._current_name(), self.run.config, latest.config, path.parent),
                    config=latest.config,
                    step=latest.step,
                    epoch=latest.epoch,
                    shape=latest.shape,
                    status=status,
                    metrics=metrics or {},
                )
                write(updated)
            if state is None:
                # Last: if the program is killed before this, the run can still be resumed.
                resume_state.remove(path)
        except OSError as error:
            raise unwritable(path, error) from error
        self.run = updated
        if status != "training":
            self.release()

    def _current_name(self) -> str:
        """The name on disk: a run may be renamed while it is trained."""
        try:
            return open_run(self.run.path).name
        except RunError:
            return self.run.name


def _following(name: str, before: RunConfig, now: RunConfig, folder: Path) -> str:
    """A name made of the configuration follows a change of a live parameter; a name that somebody chose stays."""
    old = before.run_name
    options = "|".join(re.escape(short(parameter.name)) for parameter in parameters())
    # The plain name, that of one of several variants, or a numbered one.
    made_up = re.fullmatch(rf"{re.escape(old)}( · ({options}) \S+)*( \(\d+\))?", name)
    return new_name(now, folder) if made_up and now.run_name != old else name
