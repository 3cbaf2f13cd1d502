"""RunWriter: writes one run while it is trained, so that a training killed at any moment leaves a run that opens."""

from __future__ import annotations

import errno
import math
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from saegui.core.arrays import Shape
from saegui.core.config.changes import Change, trails
from saegui.core.config.run_names import base_preset, run_name, short
from saegui.core.config.schema import RunConfig, parameters
from saegui.core.data import Origin
from saegui.core.errors import RunError
from saegui.core.files import leftovers, locks, paths, refusals
from saegui.core.model import snapshot_file
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs import journal, resume_state
from saegui.core.runs.folders import check_new, new_name
from saegui.core.runs.history import History
from saegui.core.runs.moments import Moments, moments
from saegui.core.runs.resume_state import State
from saegui.core.runs.run import (
    FORMER_SHAPE,
    HISTORY,
    RUN,
    WEIGHTS,
    Run,
    Status,
    kept_steps,
    open_run,
    snapshot_path,
    unwritable,
    write_into,
)


class _Moment(NamedTuple):
    """What one save writes."""

    latest: Snapshot
    history: History
    keep: bool
    status: Status
    metrics: dict[str, Any]
    state: State | None

    @property
    def n_bytes(self) -> int:
        """About how much room its files need, without a snapshot that is kept."""
        arrays = [*self.latest.tensors().values(), *(self.state or {}).values()]
        curves = [*self.history.train.values(), *self.history.test.values()]
        return sum(array.nbytes for array in arrays + curves) + _OVERHEAD


_OVERHEAD = 64 * 1024
"""Bytes for headers, ``run.json`` and the rest of each file's last block."""


class RunWriter:
    """Writes one run while it trains. All files of a save replace the old ones together, when all are whole."""

    def __init__(
        self,
        path: Path,
        config: RunConfig,
        *,
        shape: Shape = FORMER_SHAPE,
        name: str | None = None,
        preset: str | None = None,
        created: datetime | None = None,
        origin: Origin | None = None,
        way: str | None = None,
    ) -> None:
        """Create the folder, and take its lock; ``shape`` of one input; ``created``: when the training began, if not now.

        ``preset``: the one that ``config`` began with; ``origin``: where the images come from; ``way``: how steps are computed.

        Raises:
            RunError: when ``path`` exists and is not an empty folder, cannot be written, or is trained by another.
        """
        self.run = Run(
            path=path,
            name=name or run_name(config, preset),
            config=config,
            created=(created or datetime.now(UTC)).isoformat(timespec="milliseconds"),
            status="training",
            step=0,
            epoch=0.0,
            shape=shape,
            origin=origin,
            preset=base_preset(config.model_dump(), preset),
            way=way,
        )
        self._made_up = run_name(config, preset)
        self._written: bytes | None = b""
        """The text that the last save wrote, if it is known."""
        self._notes: list[str] = []
        check_new(path)
        self._made: list[Path] = []
        """Folders that did not exist before, the run's own first."""
        try:
            self._made = paths.make_folders(path)
            self._lock = locks.TrainingLock(path)
        except OSError as error:
            paths.remove_empty(self._made)
            raise unwritable(path, error) from error

    @classmethod
    def reopen(cls, run: Run, changes: Sequence[Change] = ()) -> RunWriter:
        """Continue to write an existing run, which has these changes so far; raises :class:`RunError` when another training writes it, or it cannot be written."""
        writer = cls.__new__(cls)
        writer.run, writer._made = replace(run, status="training"), []
        writer._notes, writer._written = [], b""
        writer._made_up = run_name(run.config, run.preset, trails(changes))
        try:
            # Nobody deletes it between the moment at which it is found and that from which it is trained.
            with locks.changing(run.path):
                writer._lock = locks.TrainingLock(run.path)
            journal.finish(run.path)
            for folder in (run.path, snapshot_path(run.path, 0).parent):
                leftovers.sweep(folder)
            # Moments that were kept after the last save come again.
            for step in kept_steps(run.path):
                if step > run.step:
                    snapshot_path(run.path, step).unlink()
        except OSError as error:
            raise unwritable(run.path, error) from error
        return writer

    def release(self) -> None:
        """Let others train the run: nothing more is written."""
        self._lock.release()

    def abandon(self) -> None:
        """Remove everything that was written: the training could not begin, so there is no run."""
        self.release()
        if self._made:
            shutil.rmtree(self.run.path, ignore_errors=True)
            paths.remove_empty(self._made[1:])
            return
        for child in self.run.path.iterdir():
            if child.is_dir():
                shutil.rmtree(child, ignore_errors=True)
            else:
                child.unlink(missing_ok=True)

    def moments(self, steps_per_epoch: int) -> Moments:
        """The moments of this training that are kept along the way."""
        config = self.run.config
        n_bytes = snapshot_file.kept_bytes(config.n_latents, math.prod(self.run.shape))
        return moments(steps_per_epoch, config.epochs, n_bytes)

    def keep(self, moment: Snapshot) -> bool:
        """Keep an earlier snapshot for later, beside what is saved; False where the disk has no room, which a note then says.

        Raises:
            RunError: the folder cannot be written.
        """
        path = snapshot_path(self.run.path, moment.step)
        try:
            self._make_folder_again()
            path.parent.mkdir(exist_ok=True)
            snapshot_file.save_kept(moment, path)
        except OSError as error:
            if error.errno not in refusals.NO_ROOM:
                raise unwritable(self.run.path, error) from error
            self._note_not_kept(moment, error)
            return False
        return True

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

        On a full disk the new snapshot is not kept, and at the end of a training earlier ones are given up for the final
        weights; :meth:`take_notes` says so.

        Raises:
            RunError: when the disk is full or the folder cannot be written; what was saved before stays whole.
        """
        moment = _Moment(latest, history, keep, status, metrics or {}, state)
        try:
            self._make_folder_again()
            self._save_with_less(moment)
        except OSError as error:
            raise unwritable(self.run.path, error) from error
        if status != "training":
            self.release()

    def take_notes(self) -> list[str]:
        """What the user should know of the saves since the last call: one sentence each."""
        notes, self._notes = self._notes, []
        return notes

    def _make_folder_again(self) -> None:
        path = self.run.path
        if path.is_dir():
            return
        self._lock.release()
        path.mkdir()
        self._lock = locks.TrainingLock(path)
        self._notes.append(f"{path} had vanished. It was made again, without the earlier snapshots.")

    def _save_with_less(self, moment: _Moment) -> None:
        """Save; where the disk has no room give up first the new snapshot and then, at the end of a training, earlier ones."""
        try:
            return self._save(moment)
        except OSError as error:
            if error.errno not in refusals.NO_ROOM:
                raise
            full = error
        if moment.keep:
            try:
                self._save(moment._replace(keep=False))
            except OSError as error:
                full = error
            else:
                self._note_not_kept(moment.latest, full)
                return None
        if moment.status == "training" or not self._can_make_room(moment, full):
            raise full
        return self._give_up_snapshots(moment._replace(keep=False), full)

    def _note_not_kept(self, snapshot: Snapshot, full: OSError) -> None:
        self._notes.append(
            f"{self.run.path} has no room ({full.strerror}), so no snapshot of step {snapshot.step:,} is kept; "
            "the newest weights are saved."
        )

    def _give_up_snapshots(self, moment: _Moment, full: OSError) -> None:
        path, given_up = self.run.path, 0
        for name in [snapshot_path(path, step) for step in _thinning(kept_steps(path))] + [
            path / resume_state.NAME
        ]:
            if name.name == resume_state.NAME and moment.state is not None:
                break
            name.unlink(missing_ok=True)
            given_up += name.name != resume_state.NAME
            try:
                self._save(moment)
            except OSError as error:
                full = error
            else:
                self._notes.append(
                    f"{path} had no room ({full.strerror}), so {given_up:,} earlier snapshot{'s' * (given_up != 1)} "
                    "had to be given up for the final weights."
                )
                return
        raise full

    def _can_make_room(self, moment: _Moment, full: OSError) -> bool:
        """Whether giving up what may be given up makes enough room, as far as that can be known."""
        path = self.run.path
        may_go = [snapshot_path(path, step) for step in kept_steps(path)]
        if moment.state is None:
            may_go.append(path / resume_state.NAME)
        room = sum(file.stat().st_size for file in may_go if file.exists())
        if full.errno != errno.EDQUOT:
            room += shutil.disk_usage(path).free
        return bool(may_go) and room >= moment.n_bytes

    def _save(self, moment: _Moment) -> None:
        """Write every file, then replace the old ones all together; raises ``OSError``."""
        path, latest = self.run.path, moment.latest
        # Of a save that could be written, but not moved into its place.
        journal.finish(path)
        if moment.keep:
            (path / "snapshots").mkdir(exist_ok=True)
        with paths.staging(path) as staged:
            snapshot_file.save(latest, staged / WEIGHTS, staged=True)
            moment.history.save(staged / HISTORY, staged=True)
            if moment.keep:
                kept_file = snapshot_path(staged, latest.step)
                kept_file.parent.mkdir()
                snapshot_file.save_kept(latest, kept_file, staged=True)
            if moment.state is not None:
                resume_state.save(staged, latest.config, moment.state, staged=True)
            else:
                resume_state.save_none(staged)
            text, made_up = self._text(), self._made_up_now(moment)
            updated = self._described(moment, made_up, self._on_disk(text))
            write_into(staged, updated, staged=True)
            # Before the lock, because others wait for that, and a slow disk takes seconds.
            paths.sync(staged)
            with locks.changing(path):
                if (now := self._text()) != text:
                    # It was renamed meanwhile, by this window or another.
                    updated = self._described(moment, made_up, self._on_disk(now))
                    write_into(staged, updated, staged=True)
                    paths.sync(staged)
                journal.commit(staged, path)
                journal.finish(path)
                self._written = self._text()
        self.run, self._made_up = updated, made_up

    def _made_up_now(self, moment: _Moment) -> str:
        return run_name(moment.latest.config, self.run.preset, trails(moment.history.changes))

    def _described(self, moment: _Moment, made_up: str, kept: Run) -> Run:
        """The run once ``moment`` is saved; ``kept`` is what it is on disk before."""
        latest, name = moment.latest, kept.name
        if made_up != self._made_up and _is_made_up(name, self._made_up):
            trail = trails(moment.history.changes)
            name = new_name(latest.config, self.run.path.parent, preset=self.run.preset, trails=trail)
        return replace(
            self.run,
            name=name,
            note=kept.note,
            config=latest.config,
            step=latest.step,
            epoch=latest.epoch,
            shape=latest.shape,
            status=moment.status,
            metrics=moment.metrics,
            seconds=moment.history.length,
        )

    def _text(self) -> bytes | None:
        """What the run's file says; None where it cannot be read."""
        try:
            return (self.run.path / RUN).read_bytes()
        except OSError:
            return None

    def _on_disk(self, text: bytes | None) -> Run:
        """The run as its file with this ``text`` says: it may get another name or a note while it is trained."""
        if text == self._written:
            return self.run
        try:
            return open_run(self.run.path)
        except RunError:
            return self.run


def _thinning(steps: list[int]) -> list[int]:
    """``steps`` in an order in which they can be given up: what is left at any time is spread evenly, and the first goes last."""
    order: list[int] = []
    while steps:
        given_up = steps[1::2] or steps
        order += given_up
        steps = [step for step in steps if step not in given_up]
    return order


def _is_made_up(name: str, plain: str) -> bool:
    """Whether ``name`` is ``plain``, that of one of several variants, or numbered; a name that somebody chose is not."""
    options = "|".join(re.escape(short(parameter.name)) for parameter in parameters())
    return re.fullmatch(rf"{re.escape(plain)}(, ({options}) \S+)*( \(\d+\))?", name) is not None
