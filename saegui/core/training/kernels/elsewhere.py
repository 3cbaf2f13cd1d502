"""Kernels are compiled in a process of its own: what numba and LLVM need for it, a quarter of a gigabyte, would stay with this one.

That process writes what it has compiled where numba keeps it, and this one reads it there, as it does when a kernel was compiled long
ago. Where no other process can be started, or what it says is not what was asked for, this one compiles.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from numba import types
from numba.core.caching import FunctionCache

from saegui.core import own_process
from saegui.core.files import paths

IDLE = 5.0
"""Seconds without anything to compile after which that process ends."""
PACKAGE = __name__.rpartition(".")[0]
"""Only functions of its modules are compiled elsewhere."""
DONE = "done\n"
_HOME = str(paths.home())
"""Where that process keeps what it compiles, as this one does from its beginning on."""
_lock = threading.Lock()
_process: subprocess.Popen[str] | None = None
_is_it = False
"""Whether this is that process."""


class Kept(FunctionCache):  # type: ignore[misc]
    """What is compiled of one function, as numba keeps it; what is not there yet is compiled elsewhere."""

    def load_overload(self, sig: tuple[Any, ...], target_context: Any) -> Any:
        """numba's word for what is compiled for such arguments; None where nothing is."""
        found = super().load_overload(sig, target_context)
        if found is None and not _is_it and _compiled(self._py_func, sig):
            found = super().load_overload(sig, target_context)
        return found


def _compiled(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bool:
    """Whether that process has compiled a function of this package for such arguments."""
    if function.__module__.rpartition(".")[0] != PACKAGE or function.__qualname__ != function.__name__:
        return False
    told = [_told(kind) for kind in arguments]
    if tuple(map(type_of, told)) != arguments:
        return False
    ask = json.dumps([function.__module__, function.__name__, told]) + "\n"
    with _lock:
        # One that has waited for long may end while it is asked.
        had_waited = _process is not None
        return _is_done(ask) or (had_waited and _is_done(ask))


def _is_done(ask: str) -> bool:
    try:
        process = _begun()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(ask)
        process.stdin.flush()
        done = process.stdout.readline() == DONE
    except OSError:
        done = False
    except BaseException:
        # Its answer would be taken for the next one's.
        _end()
        raise
    if not done:
        _end()
    return done


def _begun() -> subprocess.Popen[str]:
    global _process
    if _process is None:
        _process = own_process.start(
            f"{PACKAGE}.compiling_process",
            str(IDLE),
            environment={paths.HOME_VARIABLE: _HOME},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    return _process


def _end() -> None:
    global _process
    process, _process = _process, None
    if process is not None:
        process.kill()
        # What it did not read any more is not written either.
        with suppress(OSError):
            process.communicate()


@atexit.register
def _kill() -> None:
    """A thread that waits for an answer goes on by itself."""
    if _process is not None:
        _process.kill()
        _process.wait()


def stay_here() -> None:
    """This is that process."""
    global _is_it
    _is_it = True


def _told(kind: Any) -> Any:
    """A type of numba's in words that JSON has, from which :func:`type_of` makes it again; of types that kernels do not take, it does not."""
    if isinstance(kind, types.BaseTuple):
        return [_told(each) for each in kind]
    if isinstance(kind, types.Array):
        return {
            "of": str(kind.dtype),
            "ndim": kind.ndim,
            "layout": kind.layout,
            "readonly": not kind.mutable,
            "aligned": kind.aligned,
        }
    return str(kind)


def type_of(told: Any) -> Any:
    """A type of numba's from its words; None where there is no such type."""
    if isinstance(told, list):
        return types.Tuple(tuple(map(type_of, told)))
    if isinstance(told, dict):
        return types.Array(
            type_of(told["of"]), told["ndim"], told["layout"], told["readonly"], aligned=told["aligned"]
        )
    return getattr(types, told, None)
