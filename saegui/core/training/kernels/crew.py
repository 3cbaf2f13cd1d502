"""Several threads that share the pieces of a kernel's work, phase by phase.

Each takes the next piece that nobody has taken yet, so one that other programs keep from the processor holds up no more than the piece
it has; a thread that comes late finds less to do, and nobody waits for one that has not begun. What a piece computes does not
depend on who does it, nor on how many there are: :class:`Pace` is free to try which number is the fastest.
"""

from __future__ import annotations

import atexit
import math
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.training.kernels.compiled import inlined, kernel
from saegui.core.training.kernels.vectors import count, count_of, rest, sleep, wake

Counters = NDArray[np.int64]
Work = Callable[[Counters], None]
"""Does phases, each with a row of ``(phases, 16)``: takes pieces by :func:`take` until there are none, and counts each that is done by
:func:`done`. Before a phase that needs another one, it waits by :func:`all_done`."""
TAKEN, DONE, SLEEPING, ROW = 0, 8, 9, 16
"""Places in a row: how many pieces are taken, and, in another line of the cache, are done, and how many threads sleep until another one is; and how many
places there are."""
SPINS = 4000
"""So often a thread looks again whether the others are done, some fifty microseconds, before it sleeps until another piece is.

One that waits longer waits for a thread that other programs keep from its processor. Who sleeps comes back before these when that one
goes on, and the two then run at the same time; who only lets others go first comes back when their time is over, and the two take turns.
"""
TRIED = 0.05
"""Seconds, a step at least, for which each number of threads is tried."""
SOON, AGAIN = 4, 20
"""After so many times as long as that took, all are tried again: other programs may have begun to use the processors, or have ended.
Soon where the choice is a new one, twice as late whenever it is the same again."""
SLOWER = 1.5
"""Where half of the threads take so much longer than all, even fewer are not tried."""

_Queue = SimpleQueue[tuple[Work, Counters] | None]
_waiting: list[_Queue] = []
_threads: list[threading.Thread] = []
_lock = threading.Lock()


@inlined
def take(counters: Counters) -> Any:
    """The number of a piece that nobody has taken."""
    return count(counters, TAKEN, 1)


@inlined
def pieces_of(n: int, piece: int) -> int:
    """How many pieces ``n`` are, the last of which may be smaller."""
    return (n + piece - 1) // piece


@inlined
def done(counters: Counters) -> None:
    """Another piece is done."""
    count(counters, DONE, 1)
    # Who says that it sleeps, looks once more at what is done.
    if count_of(counters, SLEEPING) > 0:
        wake(counters, DONE)


@inlined
def all_done(counters: Counters, pieces: Any) -> None:
    """Wait until all ``pieces`` of a phase are done: others may be at their last ones."""
    spins = 0
    while count_of(counters, DONE) < pieces:
        spins += 1
        if spins < SPINS:
            rest()
            continue
        count(counters, SLEEPING, 1)
        seen = count_of(counters, DONE)
        if seen < pieces:
            sleep(counters, DONE, seen)
        count(counters, SLEEPING, -1)


@kernel
def _wait(counters: Counters, pieces: int) -> None:
    all_done(counters, pieces)


def share(work: Work, pieces: int, threads: int, phases: int = 1) -> None:
    """Do all ``phases`` of ``work`` by up to so many ``threads``, this one included.

    The last phase has so many ``pieces``; none where ``work`` itself waits until they are done.
    """
    counters = np.zeros((phases, ROW), np.int64)
    if threads > 1:
        for helper in _helpers(threads - 1):
            helper.put((work, counters))
    work(counters)
    if threads > 1 and pieces:
        _wait(counters[-1], pieces)


class Pace:
    """How many threads do a training's steps: all, half of them, a quarter …, or one alone, whichever was fastest when they were tried last.

    One alone is faster where steps are short, and where other programs keep processors busy: who was stopped in the middle of a
    piece keeps the others waiting, at every phase again.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        """``clock`` gives seconds."""
        self._clock = clock
        self._chosen, self._until = 0, -math.inf
        self._trying, self._tried = 0, dict[int, float]()
        self._warm, self._doubted, self._patience = False, False, SOON
        self._steps, self._taken, self._round = 0, 0.0, 0.0
        self._began: float | None = None

    def begin(self, most: int) -> int:
        """How many threads, up to ``most``, should do the step that begins now."""
        self._began = None
        if most == 1:
            return 1
        self._chosen = self._chosen or most
        now = self._clock()
        if not self._trying:
            if now < self._until:
                return min(self._chosen, most)
            self._trying, self._tried, self._round = most, {}, 0.0
        self._began = now
        return self._trying

    def end(self, steps: int = 1) -> None:
        """So many steps are done."""
        if self._began is None:
            return
        now = self._clock()
        self._steps += steps
        self._taken += now - self._began
        if self._taken < TRIED:
            return
        seconds, number = self._taken / self._steps, self._trying
        self._round += self._taken
        self._steps, self._taken = 0, 0.0
        if not self._warm:
            # The first steps of a training are not like the others.
            self._warm = True
            return
        fewer = seconds < SLOWER * self._tried.get(2 * number, math.inf)
        self._tried[number] = seconds
        self._trying = number // 2 if fewer else 0
        if self._trying:
            return
        chosen = min(self._tried, key=self._tried.__getitem__)
        # Who was disturbed for a moment would be left for a long time: another number must be the fastest twice. So it is at first, when
        # steps become faster from one to the next, and something may still be compiled.
        self._doubted = chosen != self._chosen and not self._doubted
        if self._doubted:
            self._trying, self._tried, self._round = max(self._tried), {}, 0.0
            return
        self._patience = min(2 * self._patience, AGAIN) if chosen == self._chosen else SOON
        self._chosen = chosen
        self._until = now + self._patience * self._round


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
