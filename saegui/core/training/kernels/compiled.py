"""kernel: compiles a function by numba, once for a machine. Only modules of this package import this one, and training alone them.

What is compiled is kept on disk, so that the next start need not compile it again. numba keeps it pickled, and unpickling runs
code: it must lie where nobody but the user can put a file. A folder is used only when it is the user's own and no other
may write into it; else every process compiles for itself. numba itself asks for the same processor and the same version of
itself; the folder's name holds what the functions call in other files, which numba does not look at. Folders of other versions and
processors that nobody has used for long are removed.
"""

from __future__ import annotations

import gc
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from llvmlite.binding import get_host_cpu_name
from numba.core import event

from saegui.core.files import paths
from saegui.core.training.kernels import checksum, elsewhere, parts

LEAST_ROOM = 64 * 2**20
"""Bytes that must be free on the disk: kernels take a few megabytes."""
UNUSED = 30 * 24 * 3600
"""Seconds without a start after which what another version or processor compiled is removed."""
F = TypeVar("F", bound=Callable[..., Any])
FAST = {"contract", "reassoc", "nsz", "arcp"}
"""Sums may be taken in another order than they are written in, the same at every step; NaN and infinity stay what they are."""
_OF_PARTS: dict[str, Any] = {
    **{"nogil": True, "error_model": "numpy", "fastmath": FAST},
    **{"no_cpython_wrapper": True, "no_cfunc_wrapper": True},
}


def kernel(function: F) -> F:
    """``function``, compiled when it is called first; it holds no lock of Python's while it runs."""
    found: F = _compile(function, None)
    return found


def inlined(function: F) -> F:
    """A part of kernels, which need not be kept on its own, and which Python cannot call: what that takes is half of the compiling.

    It is compiled for each kind of arguments, and a number that is written out in a call, or has a global name, is a kind of its
    own: ``np.int64(0)`` is none.
    """
    found: F = numba.njit(**_OF_PARTS, **parts.options())(function)
    return found


def pasted(function: F) -> F:
    """As :func:`inlined` for what a kernel does in one place only: written into it, it is compiled sooner than on its own."""
    found: F = numba.njit(**_OF_PARTS, inline="always")(function)
    return found


class _Uncollected(event.Listener):  # type: ignore[misc]
    """Python's cycle collector, while numba compiles: it would search what is made for one function again and again, a fifth of the time."""

    def __init__(self) -> None:
        self._lock, self._depth, self._paused = threading.Lock(), 0, False

    def on_start(self, event: event.Event) -> None:
        """A function begins, perhaps within another one."""
        with self._lock:
            if not self._depth:
                self._paused = gc.isenabled()
                gc.disable()
            self._depth += 1

    def on_end(self, event: event.Event) -> None:
        """It ends, by an error, too."""
        with self._lock:
            self._depth -= 1
            if not self._depth and self._paused:
                gc.enable()


event.register("numba:compile", _Uncollected())


def _compile(function: Callable[..., Any], where: Path | None) -> Any:
    folder = where or kept_in()
    # The folder is looked at when the function is made, and nobody else's functions must land in it.
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = "" if folder is None else str(folder)
    try:
        made = numba.njit(
            nogil=True, error_model="numpy", fastmath=FAST, cache=folder is not None, no_cfunc_wrapper=True
        )(function)
        if folder is not None and numba.version_info.short in parts.TRIED:
            made._cache = elsewhere.Kept(function)
        return made
    finally:
        numba.config.CACHE_DIR = before


@cache
def note(kind: str) -> None:
    """Keep that all kernels of a :func:`~saegui.core.training.kernels.kind` are compiled."""
    folder = kept_in()
    if folder is not None:
        # Whoever cannot write there is told of compiling once too often.
        with suppress(OSError):
            (folder / f"{kind}.done").touch()


@cache
def kept_in() -> Path | None:
    """The folder of compiled kernels; None where there is no safe one."""
    processor = get_host_cpu_name()
    folder = paths.home() / "kernels" / f"{checksum()}-numba-{numba.__version__}-{processor}"
    try:
        # Each by itself: parents that are made on the way get the rights that everything gets.
        for made in (folder.parent, folder):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        # numba would fail in the middle of a step.
        room = shutil.disk_usage(folder).free >= LEAST_ROOM
        if not (_is_own(folder) and _is_own(folder.parent)):
            return None
        # When it was used last.
        os.utime(folder)
        _sweep(folder)
        return folder if room else None
    except OSError:
        return None


def _sweep(used: Path) -> None:
    """Remove the folders beside ``used`` that nobody has used for :data:`UNUSED` seconds."""
    for folder in used.parent.iterdir():
        try:
            old = (
                folder.is_dir() and not folder.is_symlink() and time.time() - folder.stat().st_mtime > UNUSED
            )
        except OSError:
            # Another process removes it, too.
            continue
        if old and folder != used:
            shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    """Whether only this user can write into ``folder``; on Windows that is what a user's own folders are."""
    if os.name == "nt":
        return os.access(folder, os.W_OK)
    found = folder.lstat()
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.getuid()
        and not shared
        and os.access(folder, os.W_OK)
    )
