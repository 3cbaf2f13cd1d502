"""Several threads that share the pieces of a kernel's work.

Each takes the next piece that nobody has taken yet, so one that other programs keep from the processor holds up no more than the piece
it has; a thread that comes late finds less to do, and nobody waits for one that has not begun. What a piece computes does not
depend on who does it.
"""

from __future__ import annotations

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

_waiting: list[SimpleQueue[tuple[Work, NDArray[np.int64]]]] = []
_lock = threading.Lock()


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
    counters = np.zeros(2, np.int64)
    for helper in _helpers(min(threads, pieces) - 1):
        helper.put((work, counters))
    work(counters)
    while _finished(counters) < pieces:
        # Somebody is at the last piece: let him, or another program, have the processor.
        time.sleep(0)


def _helpers(number: int) -> list[SimpleQueue[tuple[Work, NDArray[np.int64]]]]:
    if number > len(_waiting):
        with _lock:
            while number > len(_waiting):
                queue: SimpleQueue[tuple[Work, NDArray[np.int64]]] = SimpleQueue()
                name = f"saegui-kernels-{len(_waiting) + 1}"
                # They sleep when nothing is trained, and end with the program.
                threading.Thread(target=_help, args=(queue,), name=name, daemon=True).start()
                _waiting.append(queue)
    return _waiting[:number]


def _help(queue: SimpleQueue[tuple[Work, NDArray[np.int64]]]) -> None:
    while True:
        work, counters = queue.get()
        work(counters)
        # Nothing of a training is kept while there is nothing to do.
        del work, counters
