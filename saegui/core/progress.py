"""How far long work is, and giving it up: one object that the work reports to."""

from __future__ import annotations

import time
from collections.abc import Callable


class Progress:
    """Long work calls :meth:`report` between its pieces, on its own thread. This one is watched by nobody."""

    def report(self, done: int, total: int, text: str = "") -> None:
        """``done`` of ``total`` pieces are done; ``text`` says of what.

        Raises:
            Cancelled: the work is to be given up; it leaves nothing half written.
        """

    def part(self, before: int, total: int, text: str = "") -> Progress:
        """For a piece of the work that begins when ``before`` of ``total`` are done."""
        return _Part(self, before, total, text)

    def named(self, text: str) -> Progress:
        """For work that does not say what it is: ``text`` does."""
        return _Named(self, text)


class InOne(Progress):
    """For work of several parts of which each counts from nothing: reported together, they go from 0 to 1,000 once.

    How many parts there will be is not known: each takes half of what is left, and those after :meth:`last` all of it. One that
    is done within :data:`AT_ONCE` takes nothing.
    """

    WHOLE = 1000
    AT_ONCE = 0.3
    """s."""

    def __init__(self, whole: Progress, clock: Callable[[], float] = time.monotonic) -> None:
        self._whole, self._clock, self._share = whole, clock, 0.5
        self._begun = self._reached = self._before = 0.0
        self._since = clock()

    def last(self) -> InOne:
        """For the last part."""
        self._begun, self._before, self._share = self._reached, 0.0, 1.0
        return self

    def report(self, done: int, total: int, text: str = "") -> None:
        """How far this part is goes into the text."""
        done_of_it = min(1.0, done / total) if total > 0 else 0.0
        if done_of_it < self._before:
            self._begun, self._since = self._reached, self._clock()
        self._before = done_of_it
        if self._share == 1 or self._clock() - self._since >= self.AT_ONCE:
            self._reached = self._begun + (1 - self._begun) * self._share * done_of_it
        words = f"{text}: {min(done + 1, total):,} of {total:,}" if text else ""
        self._whole.report(round(self.WHOLE * self._reached), self.WHOLE, words)


class Interruptible(Progress):
    """For work in steps of which each takes long: it may also be asked to return the steps that it has done."""

    @property
    def enough(self) -> bool:
        """Whether to return now: it is called again when more is wanted."""
        return False


class Asking(Interruptible):
    """Asks ``enough``, and reports to ``report``, which takes (done, total, text) and may raise :class:`Cancelled`."""

    def __init__(self, enough: Callable[[], bool], report: Callable[[int, int, str], None]) -> None:
        self._enough, self._report = enough, report

    @property
    def enough(self) -> bool:
        return self._enough()

    def report(self, done: int, total: int, text: str = "") -> None:
        self._report(done, total, text)


UNWATCHED = Progress()
UNINTERRUPTED = Interruptible()


class _Part(Progress):
    def __init__(self, whole: Progress, before: int, total: int, text: str) -> None:
        self._whole, self._before, self._total, self._text = whole, before, total, text

    def report(self, done: int, total: int, text: str = "") -> None:
        self._whole.report(self._before + done, self._total, text or self._text)


class _Named(Progress):
    def __init__(self, other: Progress, text: str) -> None:
        self._other, self._text = other, text

    def report(self, done: int, total: int, text: str = "") -> None:
        self._other.report(done, total, text or self._text)
