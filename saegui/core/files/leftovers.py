"""What killed processes leave behind: files and folders that are not whole yet carry the mark of the process that writes them."""

from __future__ import annotations

import glob
import os
import platform
import re
import secrets
import shutil
import sys
import time
import zlib
from contextlib import suppress
from pathlib import Path

ABANDONED_AFTER = 24 * 3600
"""Seconds after which what another machine was writing, on a disk that both use, counts as left behind."""
_MARK = re.compile(r"\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp")


def name_for(name: str, suffix: str = "") -> str:
    """A new name for what will be called ``name``: hidden, marked with this process, and ending in ``suffix``."""
    # A name may be as long as the system allows.
    return f".{name[:40]}.{_machine()}-{os.getpid()}-{secrets.token_hex(4)}.tmp{suffix}"


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove what killed processes left in ``folder``, of what was to be called ``name`` or of everything.

    What a process is still writing stays. What cannot be removed stays too: it is in nobody's way.
    """
    with suppress(OSError):
        for left in folder.glob(f".{'' if name is None else glob.escape(name[:40])}*.tmp*"):
            if is_abandoned(left):
                remove(left)


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as the system allows."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        path.unlink()


def is_abandoned(path: Path) -> bool:
    """Whether ``path`` has the mark of a process that has ended."""
    if not (found := _MARK.search(path.name)):
        return False
    if found[1] == _machine() and sys.platform != "win32":
        return not _is_running(int(found[2]))
    # Which processes run on another machine cannot be seen.
    try:
        return time.time() - path.stat().st_mtime > ABANDONED_AFTER
    except OSError:
        return False


def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        # It is another user's.
        return True
    return not _is_waited_for(process)


def _is_waited_for(process: int) -> bool:
    """Whether it has ended and only its number is left, until the process that began it asks how; in a container perhaps for
    ever."""
    try:
        after_name = Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2]
    except OSError:
        # Not Linux, or it is gone meanwhile.
        return False
    return after_name.split()[:1] == ["Z"]
