"""Folders of runs: list the runs in them, choose the folder of a new run, delete runs and restore them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from saegui.core.config.run_names import run_name, short
from saegui.core.config.schema import RunConfig
from saegui.core.errors import RunError, reason
from saegui.core.families.registry import KINDS
from saegui.core.files import leftovers, locks, paths, refusals
from saegui.core.runs import listing
from saegui.core.runs.listing import Look, newest_first
from saegui.core.runs.run import BrokenRun, Run, is_run, unwritable


def list_runs(folder: Path | None = None) -> Sequence[Run | BrokenRun]:
    """Every run in ``folder`` (default: the window's), newest first; broken ones are listed with the reason.

    Runs that were trained together, in a folder inside ``folder``, are listed too.
    """
    return newest_first(found.run for found in Look(paths.runs_dir() if folder is None else folder))


def unique_titles(found: Sequence[tuple[Path, str]]) -> list[str]:
    """The names of runs ``(path, name)``; where two have the same name, with their folders."""
    counts = Counter(name for _, name in found)
    return [name if counts[name] == 1 else f"{name} ({path.parent.name}/{path.name})" for path, name in found]


def newest_inside(folder: Path) -> Path | None:
    """The newest run in a folder of runs that can be opened; None when ``folder`` is a run itself or has none.

    A run that diverged is chosen only when there is no other.
    """
    if is_run(folder):
        return None
    sound = [run for run in list_inside(folder) if isinstance(run, Run)] if folder.is_dir() else []
    best = [run for run in sound if run.status != "diverged"] or sound
    return newest_first(best)[0].path if best else None


def list_inside(folder: Path) -> Sequence[Run | BrokenRun]:
    """As :func:`list_runs`, but folders without a ``run.json`` are left out: they may be anything."""
    return newest_first(found.run for found in Look(folder, others=False))


def check_new(path: Path) -> None:
    """Check that a new run can be written to ``path``; nothing is left there.

    Raises:
        RunError: when ``path`` exists and is not an empty folder, or when no folder can be made there.
    """
    try:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise RunError(f"{path} exists already; choose another folder, or delete it first.")
        paths.check_can_make(path)
    except OSError as error:
        raise unwritable(path, error) from error


def new_path(config: RunConfig, folder: Path | None = None) -> Path:
    """A folder that does not exist yet; its name is made of the time and the configuration.

    Raises:
        RunError: when the folder cannot be read.
    """
    folder = paths.runs_dir() if folder is None else folder
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    name = KINDS[config.arch].parameters[0]
    path = folder / f"{stamp}-{config.arch}-{config.n_latents}-{short(name)}-{getattr(config, name):g}"
    try:
        return unused(path)
    except OSError as error:
        raise unwritable(path, error) from error


def unused(path: Path) -> Path:
    """``path``, numbered where something is there already; raises ``OSError`` where that cannot be seen."""
    free, count = path, 2
    while free.exists():
        free, count = path.with_name(f"{path.name}-{count}"), count + 1
    return free


def new_name(
    config: RunConfig,
    folder: Path | None = None,
    *,
    preset: str | None = None,
    trails: Mapping[str, str] | None = None,
) -> str:
    """What :func:`saegui.core.config.run_names.run_name` calls a new run: numbered when a run in ``folder`` has that name, so that each curve has its own."""
    taken = listing.names(paths.runs_dir() if folder is None else folder)
    plain = run_name(config, preset, trails)
    name, count = plain, 2
    while name in taken:
        name, count = f"{plain} ({count})", count + 1
    return name


BIN = ".deleted"
"""The folder beside runs to which deleted ones are moved."""


def delete(run: Run | BrokenRun) -> Path:
    """Move the run to this process's bin; returns where it is until :func:`empty_bin`, for :func:`restore`.

    Raises:
        RunError: when it is being trained, or its folder cannot be moved.
    """
    # A folder for each: two runs may have had the same place one after the other.
    target = run.path.parent / BIN / leftovers.name_for("bin") / run.path.name
    made: list[Path] = []
    try:
        with locks.changing(run.path):
            locks.check_free(run.path)
            made = paths.make_folders(target.parent)
            return run.path.rename(target)
    except OSError as error:
        paths.remove_empty(made)
        what = refusals.remedy(error) or "close what uses it"
        raise RunError(f"{run.path} cannot be deleted ({reason(error)}); {what}.") from error


def restore(binned: Path, original: Path) -> None:
    """Undo :func:`delete`; raises :class:`RunError` when the folder cannot be moved back."""
    try:
        if original.exists():
            raise FileExistsError(0, "another run has that name now")
        binned.rename(original)
        paths.remove_empty([binned.parent])
    except OSError as error:
        raise RunError(
            f"{original} cannot be restored ({error.strerror}); it is still at {binned}."
        ) from error


def empty_bin(folder: Path | None = None, mine: Iterable[Path] = ()) -> None:
    """Remove deleted runs for good: those that :func:`delete` moved to ``mine``, and those of processes that have ended.

    Another window keeps what it has deleted itself, and can restore it.
    """
    found = (paths.runs_dir() if folder is None else folder) / BIN
    for binned in mine:
        leftovers.remove(binned.parent)
    with suppress(OSError):
        for left in found.iterdir():
            if leftovers.is_abandoned(left):
                leftovers.remove(left)
        found.rmdir()
