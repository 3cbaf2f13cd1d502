"""Locks on a run: one training at a time, and one change of its description at a time.

The operating system releases them when the process ends for any reason. On file systems without locks, such as some network
drives, they do nothing between processes.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saegui.core.errors import RunError

NAME = "training.lock"
"""In the run's folder. The file stays, empty: removing it could take it from under a process that just opened it."""
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF)
"""The last is said of a folder by network drives that lock only what is open for writing."""


PATIENCE_SECONDS = 10.0
"""For so long another process may change a run's description, which takes it milliseconds, before an error says so."""
_LOOKS = 0.5
"""Seconds for which a training tries to take its lock: others hold it for a moment while they look whether it is free."""
_PAUSE = 0.005


class TrainingLock:
    """Held while a run is trained."""

    def __init__(self, run: Path, patience: float = _LOOKS, *, shared: bool = False) -> None:
        """Take the lock of the folder ``run``, within so many seconds; ``shared`` with others that only look, where the system can.

        Raises:
            RunError: when another training holds it.
            OSError: when the folder cannot be written.
        """
        file = os.open(run / NAME, os.O_RDWR | os.O_CREAT, 0o666)
        self._close = weakref.finalize(self, os.close, file)
        try:
            taken = _take(file, patience, shared=shared)
        except OSError:
            self.release()
            raise
        if not taken:
            self.release()
            raise RunError(
                f"{run} is being trained by another window or command; wait for its end, or stop it there."
            )

    def release(self) -> None:
        """Let others train the run. It may be called twice, and is called by itself when nothing refers to the lock."""
        self._close()


def check_free(run: Path) -> None:
    """Raises :class:`RunError` while another process trains the folder ``run``, ``OSError`` when this cannot be checked."""
    if (run / NAME).exists():
        TrainingLock(run, patience=0, shared=True).release()


_ONE_THREAD = threading.RLock()
_changed_here: set[Path] = set()
"""Whose lock this process holds; read and written by the thread that holds :data:`_ONE_THREAD`."""


@contextmanager
def changing(run: Path) -> Iterator[None]:
    """Held by one thread of one process from reading the description of the folder ``run`` to writing it back, and while the folder is
    moved or a training of it begins. A thread that holds it may take it again. A folder that cannot be opened is left to what
    follows, which says why.

    Raises:
        RunError: when another process holds it for longer than :data:`PATIENCE_SECONDS`.
    """
    with _ONE_THREAD:
        if run in _changed_here:
            yield
            return
        try:
            file = _open_for_change(run)
        except OSError:
            yield
            return
        try:
            if not _take(file, PATIENCE_SECONDS, at=1):
                raise RunError(
                    f"{run} has been written by another window or command for {PATIENCE_SECONDS:.0f} seconds; "
                    "try again when that has ended."
                )
            _changed_here.add(run)
            yield
        finally:
            _changed_here.discard(run)
            os.close(file)


def _take(file: int, patience: float, at: int = 0, *, shared: bool = False) -> bool:
    """Lock an open file, or its byte ``at`` where the system locks bytes; False where others held it for ``patience`` seconds.

    Raises ``OSError`` for any other trouble.
    """
    end = time.monotonic() + patience
    while True:
        try:
            _lock(file, at, shared)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return True
            if error.errno not in _TAKEN:
                raise
        else:
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(_PAUSE)


if sys.platform == "win32":
    import msvcrt

    def _open_for_change(run: Path) -> int:
        # A folder cannot be opened here; the first byte of this file says that the run is being trained.
        return os.open(run / NAME, os.O_RDWR | os.O_CREAT, 0o666)

    def _lock(file: int, at: int, shared: bool) -> None:
        os.lseek(file, at, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _open_for_change(run: Path) -> int:
        return os.open(run, os.O_RDONLY | os.O_DIRECTORY)

    def _lock(file: int, at: int, shared: bool) -> None:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
