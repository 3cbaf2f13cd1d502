"""Which of several open windows this is, so that their titles tell them apart."""

from __future__ import annotations

from PySide6.QtCore import QLockFile

from saegui.core.files import paths

MOST = 9


class WindowNumber:
    """The lowest number that no other window of this user has, in this program or in another one."""

    def __init__(self) -> None:
        self.value = 1
        """From 1 on."""
        self._lock: QLockFile | None = None
        try:
            paths.home().mkdir(parents=True, exist_ok=True)
        except OSError:
            # Nothing can be written here: every window is the first.
            return
        for value in range(1, MOST + 1):
            lock = QLockFile(str(paths.home() / f"window-{value}.lock"))
            # The system knows whether the process of an old lock still runs.
            lock.setStaleLockTime(0)
            if lock.tryLock(0):
                self.value, self._lock = value, lock
                return
            if lock.error() != QLockFile.LockError.LockFailedError:
                return
        self.value = MOST

    def release(self) -> None:
        """The window closes: another may have its number."""
        if self._lock is not None:
            self._lock.unlock()
