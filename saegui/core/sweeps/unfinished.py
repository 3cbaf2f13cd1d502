"""Trainings of a sweep that ended before their last step: what they saved waits in the sweep's folder until they are continued.

Each is a run under a hidden name that its configuration decides. Who continues it renames the folder first, so that nobody else does.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from saegui.core.errors import RunError
from saegui.core.files import leftovers
from saegui.core.runs.run import Run, is_run, open_run
from saegui.core.sweeps.spec import Training, key_of

SUFFIX = ".unfinished"
_KEY = re.compile(r"-([0-9a-f]{8})(?:\.[0-9a-f]{8}-\d+-[0-9a-f]{8}\.tmp)?$")
"""In the name of a folder into which a training writes."""


def place(key: str, out: Path) -> Path:
    """Where the unfinished run of the training with this :attr:`~saegui.core.sweeps.spec.Training.key` waits."""
    return out / f".{key}{SUFFIX}"


def is_kept(training: Training, out: Path) -> bool:
    """Whether something is saved of ``training``, even if nothing can be continued."""
    return place(training.key, out).is_dir()


def of(training: Training, out: Path) -> Run | None:
    """The unfinished run of ``training``; None where nothing is saved.

    Raises:
        RunError: says why what is saved cannot be continued: the training begins again then.
    """
    if not is_kept(training, out):
        return None
    run = open_run(place(training.key, out))
    run.check_can_resume()
    if run.config != training.config:
        raise RunError(f"{run.path} was trained with other settings.")
    return run


def count(out: Path) -> int:
    """How many wait in ``out``."""
    try:
        return sum(1 for _ in out.glob(f".*{SUFFIX}"))
    except OSError:
        return 0


def keep(run: Path, out: Path) -> None:
    """Let the run in the folder ``run`` wait in ``out``, in place of an older one.

    One that is not made to be continued, or is whole by another process meanwhile, is removed. A damaged one waits too: whoever
    would continue it says that it begins again.
    """
    with suppress(OSError):
        key = _key(run)
        if key is not None and not any(is_run(whole) for whole in out.glob(f"*-{key}")):
            waiting = place(key, out)
            leftovers.remove(waiting)
            run.rename(waiting)
            return
    leftovers.remove(run)


def _key(run: Path) -> str | None:
    """Of the training whose run is in the folder ``run``; None where nothing of it waits to be continued."""
    if not is_run(run):
        return None
    try:
        found = open_run(run)
    except RunError:
        named = _KEY.search(run.name)
        return named[1] if named else None
    return key_of(found.config) if found.can_resume else None


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
