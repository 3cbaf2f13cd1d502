"""A save is one moment: its files lie whole in one folder, which is renamed to say so, before the first of them is moved.

Whoever is killed while the files are moved leaves that folder. The next that opens the run moves the rest.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from saegui.core.errors import RunError
from saegui.core.files import locks
from saegui.core.runs import resume_state

DESCRIPTION = "run.json"
"""Moved last: it says what the other files hold."""
SAVED = ".saved"
"""The folder inside a run that holds a whole save whose files have not all been moved yet."""


def commit(staged: Path, run: Path) -> None:
    """From now on the files in ``staged``, a folder inside ``run``, are what the run holds; raises ``OSError``.

    An empty ``resume.safetensors`` stands for none.
    """
    staged.rename(run / SAVED)


def finish(run: Path) -> None:
    """Move what is left of a save into its place, for whoever holds the run's lock; raises ``OSError``, and may be repeated."""
    saved = run / SAVED
    if not saved.is_dir():
        return
    files = [path for path in saved.rglob("*") if path.is_file()]
    for file in sorted(files, key=lambda path: path.name == DESCRIPTION):
        move(file, run / file.relative_to(saved))
    for folder in sorted(saved.rglob("*"), reverse=True):
        folder.rmdir()
    saved.rmdir()


def move(file: Path, target: Path) -> None:
    """Put one ``file`` of a save where it belongs."""
    if file.name == resume_state.NAME and not file.stat().st_size:
        target.unlink(missing_ok=True)
        file.unlink()
        return
    target.parent.mkdir(exist_ok=True)
    file.replace(target)


def recover(run: Path) -> None:
    """Finish the save of a process that was killed. While the run is trained, or cannot be written, nothing is done."""
    with suppress(OSError, RunError):
        if not (run / SAVED).is_dir():
            return
        with locks.changing(run):
            lock = locks.TrainingLock(run, patience=0)
            try:
                finish(run)
            finally:
                lock.release()


def newest(run: Path, name: str) -> Path:
    """Where the file ``name`` of a run is read: beside ``run.json``, or in a save that cannot be finished on this disk."""
    saved = run / SAVED / name
    # Where it can be finished, its files may be moved just now.
    return saved if not os.access(run, os.W_OK) and os.path.exists(saved) else run / name  # noqa: PTH110 - never raises
