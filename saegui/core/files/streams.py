"""Standard streams that are always there: a desktop launcher gives none, and the terminal behind them may be gone."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import TextIO


def repair() -> None:
    """Make stdin, stdout and stderr usable, whatever this process was started with.

    A stream that is missing leads nowhere. Text on stderr that cannot be written is dropped, because there is no other
    place to report it, and the work must not end for it; of stdout that is an error, because output would be lost.
    """
    _occupy()
    if sys.stdout is None:
        sys.stdout = _nowhere()
    stderr: TextIO | None = sys.stderr
    # Not one that somebody put in place of the system's.
    is_own = stderr is sys.__stderr__
    if stderr is None:
        sys.stderr = _nowhere()
    elif is_own:
        sys.stderr = _never_failing(stderr)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a character shows a question mark, not a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def write(text: str) -> None:
    """Write ``text`` to stderr where there is one that can be written."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(text)


def _occupy() -> None:
    """Open the standard file numbers that are closed.

    Otherwise the next files that are opened get them, and what a library prints lands in a run's weights.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number, so this one.
            os.open(os.devnull, os.O_RDWR)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


class _Dropping(io.RawIOBase):
    """Writes to a file number; what cannot be written is dropped."""

    def __init__(self, number: int) -> None:
        self._number = number

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return os.isatty(self._number)

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]
        try:
            return os.write(self._number, view)
        except OSError:
            return view.nbytes


def _never_failing(stream: TextIO) -> TextIO:
    try:
        number = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(_Dropping(number), 1),
        encoding=stream.encoding,
        line_buffering=True,
        write_through=True,
    )
