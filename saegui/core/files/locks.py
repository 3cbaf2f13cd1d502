"""A lock that allows one training per run. The operating system releases it when the process ends for any reason."""

from __future__ import annotations

import errno
import os
import sys
import weakref
from pathlib import Path

from saegui.core.errors import RunError

NAME = "training.lock"
"""In the run's folder. The file stays, empty: removing it could take it from under a process that just opened it."""
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


class TrainingLock:
    """Held while a run is trained. On file systems without locks, such as some network drives, it does nothing."""

    def __init__(self, run: Path) -> None:
        """Take the lock of the folder ``run``.

        Raises:
            RunError: when another training holds it.
            OSError: when the folder cannot be written.
        """
        file = os.open(run / NAME, os.O_RDWR | os.O_CREAT, 0o666)
        self._close = weakref.finalize(self, os.close, file)
        try:
            _lock(file)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return
            self.release()
            if error.errno not in _TAKEN:
                raise
            raise RunError(
                f"{run} is being trained by another window or command; wait for its end, or stop it there."
            ) from error

    def release(self) -> None:
        """Let others train the run. It may be called twice, and is called by itself when nothing refers to the lock."""
        self._close()


def check_free(run: Path) -> None:
    """Raises :class:`RunError` while another process trains the folder ``run``, ``OSError`` when this cannot be checked."""
    if (run / NAME).exists():
        TrainingLock(run).release()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
