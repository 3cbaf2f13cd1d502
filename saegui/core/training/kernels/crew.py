"""Several threads that share the pieces of a kernel's work.

Each takes the next piece that nobody has taken yet, so one that other programs keep from the processor holds up no more than the piece
it has; a thread that comes late finds less to do, and nobody waits for one that has not begun. What a piece computes does not
depend on who does it.

Where other programs are busy, a thread that was stopped in the middle of a piece keeps the others waiting, at every kernel again.
Whoever waited for so long does the next pieces alone for a moment: one thread that gets its share of a processor is faster then.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.training.kernels.compiled import inlined, kernel
from saegui.core.training.kernels.vectors import count

Work = Callable[[NDArray[np.int64]], None]
"""Takes pieces by :func:`take` until there are none, and counts each that is done by :func:`done`."""
TAKEN, DONE = 0, 1
LATE, ALONE = 0.001, 0.05
"""Seconds of waiting, if it is also longer than the work was, after which a thread works alone, and for how long."""

_Queue = SimpleQueue[tuple[Work, NDArray[np.int64]] | None]
_waiting: list[_Queue] = []
_threads: list[threading.Thread] = []
_lock = threading.Lock()
_alone_until = 0.0


@inlined
def take(counters: NDArray[np.int64]) -> Any:
    """The number of a piece that nobody has taken."""
    return count(counters, TAKEN, 1)


@inlined
def done(counters: NDArray[np.int64]) -> None:
    """Another piece is done."""
    count(counters, DONE, 1)


@kernel
def _finished(counters: NDArray[np.int64]) -> Any:
    return count(counters, DONE, 0)


def share(work: Work, pieces: int, threads: int) -> None:
    """Do all ``pieces`` of ``work``, by up to so many ``threads``, this one included."""
    global _alone_until
    began, counters = time.perf_counter(), np.zeros(2, np.int64)
    if began >= _alone_until:
        for helper in _helpers(min(threads, pieces) - 1):
            helper.put((work, counters))
    work(counters)
    if _finished(counters) == pieces:
        return
    worked = time.perf_counter()
    while _finished(counters) < pieces:
        # Somebody is at the last piece: let him, or another program, have the processor.
        time.sleep(0)
    now = time.perf_counter()
    if now - worked > max(LATE, worked - began):
        _alone_until = now + ALONE


def _helpers(number: int) -> list[_Queue]:
    if number > len(_waiting):
        with _lock:
            while number > len(_waiting):
                queue: _Queue = SimpleQueue()
                name = f"saegui-kernels-{len(_waiting) + 1}"
                # They sleep when nothing is trained, and end with the program.
                thread = threading.Thread(target=_help, args=(queue,), name=name, daemon=True)
                thread.start()
                _threads.append(thread)
                _waiting.append(queue)
    return _waiting[:number]


@atexit.register
def _end() -> None:
    """Python may not end while a thread is in a kernel: when that came back from it, the process would abort."""
    for queue in _waiting:
        queue.put(None)
    for thread in _threads:
        thread.join()


def _help(queue: _Queue) -> None:
    while (asked := queue.get()) is not None:
        work, counters = asked
        work(counters)
        # Nothing of a training is kept while there is nothing to do.
        del asked, work, counters
