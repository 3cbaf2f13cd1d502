"""Runs on disk: a folder each, written so that a training killed at any moment leaves one that opens.

``run.json``            name, configuration, status, position, final metrics
``history.npz``         the curves
``weights.safetensors`` the latest snapshot
``resume.safetensors``  what the training needs to go on; none when it is finished
``training.lock``       held by whoever trains it
``snapshots/``          earlier snapshots, ``step-000000470.safetensors``
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import saegui
from saegui.core import locks, paths, resume, snapshot
from saegui.core.config import RunConfig, make
from saegui.core.errors import ConfigError, RunError
from saegui.core.history import History
from saegui.core.snapshot import Snapshot

if TYPE_CHECKING:
    from saegui.core.metrics import Metrics

FORMAT = "saegui run"
VERSION = 1
STARTER = "starter"
"""Stands for the run that comes with saegui wherever the command line asks for a run."""
_RUN, WEIGHTS = "run.json", "weights.safetensors"
_LISTED = 8
"""Runs that a message names."""

Status = Literal["training", "finished", "stopped", "diverged"]
STATUS_TEXT: dict[Status, str] = {
    "training": "unfinished",
    "finished": "finished",
    "stopped": "stopped",
    "diverged": "diverged",
}


@dataclass(frozen=True)
class Run:
    """What ``run.json`` says; weights and curves are read when asked for."""

    path: Path
    name: str
    config: RunConfig
    created: str
    status: Status
    step: int
    epoch: float
    metrics: dict[str, float | int | str | None] = field(default_factory=dict)
    """The measurement at the end (:class:`saegui.core.metrics.Metrics`); empty before."""

    def latest(self) -> Snapshot:
        """The newest snapshot; raises :class:`RunError` when it cannot be read."""
        return snapshot.load(self.path / WEIGHTS)

    def history(self) -> History:
        """The curves; raises :class:`RunError` when they cannot be read."""
        return History.load(self.path / "history.npz")

    def steps(self) -> list[int]:
        """Steps of which a snapshot is kept, ascending, the latest included."""
        kept = {int(match[1]) for file in self._snapshots() if (match := _SNAPSHOT.fullmatch(file.name))}
        # The file is asked, not this object: a training that goes on, or was killed while it saved, is ahead of it.
        latest = snapshot.step_of(self.path / WEIGHTS)
        return sorted(kept if latest is None else kept | {latest})

    def at(self, step: int) -> Snapshot:
        """The snapshot of ``step``, one of :meth:`steps`; raises :class:`RunError` when it cannot be read."""
        path = snapshot_path(self.path, step)
        if path.exists():
            return snapshot.load(path)
        found = self.latest()
        if found.step != step:
            raise RunError(
                f"{self.path} keeps no snapshot of step {step:,}; the latest is of step {found.step:,}: "
                "choose another step."
            )
        return found

    @property
    def can_go_on(self) -> bool:
        """Whether its training was interrupted and can be resumed, or is under way: see :attr:`is_trained`."""
        return self.status in ("training", "stopped") and resume.exists(self.path)

    @property
    def is_trained(self) -> bool:
        """Whether somebody trains it just now, in this program or another."""
        try:
            locks.check_free(self.path)
        except RunError:
            return True
        except OSError:
            # What cannot be told now is told when its training is to go on.
            return False
        return False

    @property
    def how_it_stands(self) -> str:
        """Its status in a word; ``training`` only while somebody really does."""
        return "training" if self.status == "training" and self.is_trained else STATUS_TEXT[self.status]

    @property
    def saved_at(self) -> int:
        """When it was saved last, in nanoseconds; 0 when it is gone."""
        try:
            return (self.path / _RUN).stat().st_mtime_ns
        except OSError:
            return 0

    def check_can_go_on(self) -> None:
        """Raises :class:`RunError`, which says why, where :attr:`can_go_on` is false."""
        if self.status not in ("training", "stopped"):
            ended = "has diverged" if self.status == "diverged" else "is finished"
            raise RunError(f"{self.path} {ended}, so its training cannot go on; train a new run.")
        if not resume.exists(self.path):
            raise RunError(
                f"{self.path} keeps no {resume.NAME}, so its training cannot go on; it still opens, or train a new run."
            )

    def _snapshots(self) -> list[Path]:
        folder = self.path / "snapshots"
        return list(folder.iterdir()) if folder.is_dir() else []


@dataclass(frozen=True)
class BrokenRun:
    """A folder that should hold a run and cannot be opened."""

    path: Path
    reason: str

    @property
    def name(self) -> str:
        """The folder's name: all that is known."""
        return self.path.name


def open_run(path: Path) -> Run:
    """Read ``path/run.json``.

    Raises:
        RunError: names the folder and what is wrong: missing, not a run, damaged, or of a newer saegui.
    """
    file = path / _RUN
    try:
        if not path.is_dir():
            raise RunError(f"There is no run at {path}; 'saegui runs' lists those there are.")
        found = json.loads(file.read_text("utf-8"))
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise RunError(f"{path} is not a run of saegui; choose a folder that 'saegui train' wrote.")
        if found["version"] > VERSION:
            raise RunError(
                f"{path} was written by a newer saegui ({found.get('saegui')}); update this one to open it."
            )
        if found["status"] not in get_args(Status):
            raise ValueError(f"status is {found['status']!r}")
        step, epoch = snapshot.position(found["step"], found["epoch"])
        return Run(
            path=path,
            name=str(found["name"]),
            config=make(found["config"]),
            created=str(found["created"]),
            status=found["status"],
            step=step,
            epoch=epoch,
            metrics=dict(found["metrics"]),
        )
    except FileNotFoundError as error:
        raise _no_run(path) from error
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError, ConfigError) as error:
        raise RunError(f"{file} cannot be read ({error}); restore the file or delete the run.") from error


def _no_run(path: Path) -> RunError:
    try:
        inside = [child.name for child in _inside(path)]
    except OSError:
        # A folder that may be opened but not listed has nothing that could be named.
        inside = []
    if not inside:
        return RunError(f"{path} holds no run.json; choose a folder that 'saegui train' wrote.")
    listed = ", ".join(inside[:_LISTED]) + (", …" if inside[_LISTED:] else "")
    return RunError(f"{path} is a folder of runs; choose one of them: {listed}.")


def list_runs(folder: Path | None = None) -> Sequence[Run | BrokenRun]:
    """Every run in ``folder`` (default: the window's), newest first; broken ones are listed with the reason.

    Those that were trained together, in a folder of their own in it, are among them.
    """
    folder = paths.runs_dir() if folder is None else folder
    try:
        found: list[Path] = []
        for child in folder.iterdir():
            if child.is_dir() and not child.name.startswith("."):
                found += [child] if is_run(child) else _inside(child) or [child]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"{folder} cannot be listed ({error.strerror}); check its permissions.") from error
    return _read(found)


def is_run(path: Path) -> bool:
    """Whether ``path`` looks like a run, be it broken; what may not be looked into does not."""
    try:
        return (path / _RUN).is_file()
    except OSError:
        return False


def told_apart(found: Sequence[tuple[Path, str]]) -> list[str]:
    """The names of runs in folders ``(path, name)``, with their folders where two have the same."""
    names = [name for _, name in found]
    return [
        name if names.count(name) == 1 else f"{name} ({path.parent.name}/{path.name})" for path, name in found
    ]


def newest_inside(folder: Path) -> Path | None:
    """Of a folder of runs, which is no run itself, the newest that opens; None of any other."""
    if is_run(folder):
        return None
    sound = [run for run in list_inside(folder) if isinstance(run, Run)] if folder.is_dir() else []
    return newest_first(sound)[0].path if sound else None


def list_inside(folder: Path) -> Sequence[Run | BrokenRun]:
    """As :func:`list_runs`, of a folder that may hold anything else too: what has no ``run.json`` is passed by."""
    try:
        return _read(_inside(folder))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"{folder} cannot be listed ({error.strerror}); check its permissions.") from error


def _inside(folder: Path) -> list[Path]:
    """The folders in ``folder`` that are runs, by their name."""
    return [child for child in sorted(folder.iterdir()) if child.name[0] != "." and is_run(child)]


def _read(found: Iterable[Path]) -> Sequence[Run | BrokenRun]:
    listed: list[Run | BrokenRun] = []
    for child in sorted(found, reverse=True):
        try:
            run = open_run(child)
            snapshot.check_header(child / WEIGHTS)
            listed.append(run)
        except RunError as error:
            listed.append(BrokenRun(child, str(error)))
    return newest_first(listed)


def newest_first(found: Iterable[Run | BrokenRun]) -> list[Run | BrokenRun]:
    """By when their trainings began; broken ones, of which that is not known, last."""
    return sorted(found, key=lambda run: run.created if isinstance(run, Run) else "", reverse=True)


def starter() -> Run:
    """The trained run that comes with the program."""
    return open_run(paths.resource("starter"))


def check_free(path: Path) -> None:
    """Whether a training can write a new run to ``path``, as far as looking can tell.

    Raises:
        RunError: when ``path`` exists and is not an empty folder, or when no folder can be made there.
    """
    try:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise RunError(f"{path} exists already; choose another folder, or delete it first.")
        nearest = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
        if not nearest.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, f"{nearest} is a file")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise unwritable(path, error) from error


def new_path(config: RunConfig, folder: Path | None = None) -> Path:
    """A folder that does not exist yet, named after the time and the configuration.

    Raises:
        RunError: when the place cannot be looked at.
    """
    folder = paths.runs_dir() if folder is None else folder
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    stem = f"{stamp}-{config.arch}-{config.n_latents}-k{config.k}"
    path, count = folder / stem, 2
    try:
        while path.exists():
            path, count = folder / f"{stem}-{count}", count + 1
    except OSError as error:
        raise unwritable(path, error) from error
    return path


def new_name(config: RunConfig, folder: Path | None = None) -> str:
    """What the configuration is called, numbered where a run in ``folder`` has that name: curves are told apart by it."""
    taken = {run.name for run in list_runs(folder)}
    name, count = config.run_name, 2
    while name in taken:
        name, count = f"{config.run_name} ({count})", count + 1
    return name


def rename(run: Run, name: str) -> Run:
    """Give the run another name; the folder stays where it is.

    Raises:
        RunError: for an empty name or the starter run's, or when ``run.json`` cannot be read or written.
    """
    name = " ".join(name.split())
    if not name:
        raise RunError("A run's name cannot be empty; type at least one letter.")
    if name == STARTER:
        raise RunError(f"'{name}' is the run that comes with saegui; choose another name.")
    with RENAMING:
        # What is on disk may be newer than ``run``: a training that went on, its final measurement.
        renamed = replace(open_run(run.path), name=name)
        write(renamed)
    return renamed


def note_metrics(path: Path, found: Metrics) -> Run:
    """Write the measurement of the run in ``path``, which ended without one; returns it as it is then.

    Raises:
        RunError: when ``run.json`` cannot be read or written, or the run is at another step by now.
    """
    with RENAMING:
        run = open_run(path)
        if run.status == "training" or run.step != found.step:
            raise RunError(
                f"{path} was trained on while it was measured; measure it again when that has ended."
            )
        measured = replace(run, metrics=found.to_dict())
        write(measured)
    return measured


def delete(run: Run | BrokenRun) -> Path:
    """Move the run out of the list; returns where it is kept until :func:`empty_bin`, for :func:`restore`.

    Raises:
        RunError: while somebody trains it, or when the folder cannot be moved.
    """
    bin_folder = run.path.parent / ".deleted"
    target, count = bin_folder / run.path.name, 2
    try:
        locks.check_free(run.path)
        bin_folder.mkdir(exist_ok=True)
        while target.exists():
            target, count = bin_folder / f"{run.path.name}-{count}", count + 1
        run.path.rename(target)
    except OSError as error:
        raise RunError(f"{run.path} cannot be deleted ({error.strerror}); check its permissions.") from error
    return target


def restore(binned: Path, original: Path) -> None:
    """Undo :func:`delete`; raises :class:`RunError` when the folder cannot be moved back."""
    try:
        if original.exists():
            raise FileExistsError(0, "a run of that name is there again")
        binned.rename(original)
    except OSError as error:
        raise RunError(
            f"{original} cannot be restored ({error.strerror}); it is still at {binned}."
        ) from error


def empty_bin(folder: Path | None = None) -> None:
    """Remove deleted runs for good; called when the window closes."""
    shutil.rmtree((paths.runs_dir() if folder is None else folder) / ".deleted", ignore_errors=True)


RENAMING = threading.Lock()
"""Held from reading a run's name to writing it back: the window renames what its training thread saves."""
_SNAPSHOT = re.compile(r"step-(\d{9})\.safetensors")


def snapshot_path(run: Path, step: int) -> Path:
    """Where the folder ``run`` keeps its snapshot of ``step``."""
    return run / "snapshots" / f"step-{step:09d}.safetensors"


def write(run: Run) -> None:
    """Write ``run.json``; raises :class:`RunError` where that cannot be done."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "saegui": saegui.__version__,
        "name": run.name,
        "created": run.created,
        "status": run.status,
        "step": run.step,
        "epoch": run.epoch,
        "config": run.config.model_dump(),
        "metrics": run.metrics,
    }
    try:
        paths.write_text(run.path / _RUN, json.dumps(content, indent=2) + "\n")
    except OSError as error:
        raise unwritable(run.path, error) from error


def unwritable(path: Path, error: OSError) -> RunError:
    """What to tell when ``path`` cannot be written."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    remedy = "free some space" if full else "check its permissions"
    return RunError(
        f"{path} cannot be written ({error.strerror or error}); {remedy} or choose another folder."
    )
