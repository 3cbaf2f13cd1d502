"""Work in processes of their own that are killed at chosen moments. They are forked, so they need not import anything."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
LONGEST = 0.004
"""Seconds after a change of the disk within which work is killed: long enough to be in the middle of writing a file."""
PATIENCE = 60


class Ended(NamedTuple):
    """How the work ended."""

    killed: bool
    changes: int
    """Changes of the disk before it ended."""


def run(work: Callable[[], object], folder: Path, kill_at: int | None = None, delay: float = 0.0) -> Ended:
    """Do ``work`` in another process, and kill that ``delay`` seconds after its change number ``kill_at`` of ``folder``.

    A change is whatever creates, opens for writing, renames or removes something: it is counted just before it happens.
    Work that ends otherwise than by its end or by being killed is an error.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(work, folder, writer, kill_at, at_once=not delay)
    os.close(writer)
    changes = 0
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while told := pipe.read(4096):
            changes += len(told)
            if delay and kill_at is not None and changes >= kill_at:
                time.sleep(delay)
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                break
    status = os.waitpid(child, 0)[1]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not killed and status != 0:
        raise AssertionError(f"the work ended with status {status}")
    return Ended(killed, changes)


def moment(seeded: random.Random, changes: int) -> tuple[int, float]:
    """(number of a change, seconds after it) of a random moment in work that makes so many changes."""
    return seeded.randint(1, changes), seeded.choice((0.0, seeded.uniform(0, LONGEST)))


def _child(
    work: Callable[[], object], folder: Path, writer: int, kill_at: int | None, *, at_once: bool
) -> None:
    status = 1
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        # What goes wrong is shown; what the work says is not.
        errors = os.dup(2)
        os.dup2(nowhere, 2)
        _count_changes(folder, writer, kill_at if at_once else None)
        signal.alarm(PATIENCE)
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - the end of a process
        os.write(errors, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _count_changes(folder: Path, writer: int, kill_at: int | None) -> None:
    count, inside = 0, f"{folder}/"

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event == "open":
            changing = isinstance(arguments[2], int) and bool(arguments[2] & WRITING)
        else:
            changing = event in CHANGES
        if not changing or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        if not os.fsdecode(arguments[0]).startswith(inside):
            return
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        os.write(writer, b".")

    sys.addaudithook(hook)
