"""Trainings of a sweep that ended before their last step: what they saved waits in the sweep's folder until they are continued.

Each is a run under a hidden name that its configuration decides. Who continues it renames the folder first, so that nobody else does.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from saegui.core.errors import RunError
from saegui.core.files import leftovers
from saegui.core.runs.run import Run, is_run, open_run
from saegui.core.sweeps.spec import Training, key_of

SUFFIX = ".unfinished"


def place(key: str, out: Path) -> Path:
    """Where the unfinished run of the training with this :attr:`~saegui.core.sweeps.spec.Training.key` waits."""
    return out / f".{key}{SUFFIX}"


def of(training: Training, out: Path) -> Run | None:
    """The unfinished run of ``training``; None where nothing is saved from which it can be continued."""
    path = place(training.key, out)
    if not path.is_dir():
        return None
    try:
        run = open_run(path)
    except RunError:
        # Damaged: the training begins again, as if nothing had been saved.
        return None
    return run if run.can_resume and run.config == training.config else None


def count(out: Path) -> int:
    """How many wait in ``out``."""
    try:
        return sum(1 for _ in out.glob(f".*{SUFFIX}"))
    except OSError:
        return 0


def keep(run: Path, out: Path) -> None:
    """Let the run in the folder ``run`` wait in ``out``, in place of an older one.

    One that cannot be continued, or is whole by another process meanwhile, is removed.
    """
    with suppress(OSError, RunError):
        found = open_run(run)
        key = key_of(found.config)
        if found.can_resume and not any(is_run(whole) for whole in out.glob(f"*-{key}")):
            waiting = place(key, out)
            leftovers.remove(waiting)
            run.rename(waiting)
            return
    leftovers.remove(run)


def take(run: Run, path: Path) -> Run:
    """An unfinished run in the folder ``path`` from now on, where nobody else continues it; raises :class:`OSError` where somebody does."""
    run.path.rename(path)
    return replace(run, path=path)


def discard(training: Training, out: Path) -> None:
    """Remove what is saved of ``training``: it is whole now, or cannot be continued."""
    leftovers.remove(place(training.key, out))


def rescue(out: Path) -> None:
    """Keep what trainings had saved whose process was killed, and remove the rest of what they left in ``out``."""
    with suppress(OSError):
        for left in out.glob(".*.tmp"):
            if left.is_dir() and leftovers.is_abandoned(left):
                for run in filter(is_run, (left, *left.iterdir())):
                    keep(run, out)
    leftovers.sweep(out)
